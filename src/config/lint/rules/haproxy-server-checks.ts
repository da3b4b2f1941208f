/** What is found about servers, and how they are checked. */
import type { Container, Found, Place, Subject } from '../types.ts';
import {
  type Line,
  lineOf,
  type Section,
  sections,
  serversOf,
  servesApi,
  timeOf,
} from './haproxy-sections.ts';

function backends(subject: Subject): readonly Section[] {
  return sections(subject).filter(({ kind }) => kind === 'backend' || kind === 'listen');
}

function modeOf(section: Section): string {
  return lineOf(section, 'mode')?.words[1] ?? 'tcp';
}

/** The word behind an option of a server, or of its `default-server`. */
function optionOf(section: Section, server: Line, option: string): string | undefined {
  const behind = (words: readonly string[]): string | undefined => {
    const at = words.lastIndexOf(option);
    return at === -1 ? undefined : (words[at + 1] ?? '');
  };
  return behind(server.words) ?? behind(lineOf(section, 'default-server')?.words ?? []);
}

function checkedServers(section: Section): readonly Line[] {
  return serversOf(section).filter(
    (server) => optionOf(section, server, 'check') !== undefined && !server.words.includes('track'),
  );
}

export function* unequalTimeouts(subject: Subject): Generator<Found> {
  for (const section of sections(subject)) {
    if (modeOf(section) !== 'tcp' || section.kind === 'global') continue;
    const own = (side: string): Line | undefined =>
      section.lines.findLast(({ words }) => words[0] === 'timeout' && words[1] === side);
    const [client, server] = [own('client'), own('server')];
    const [first, second] = [client?.words[2] ?? '', server?.words[2] ?? ''];
    if (server === undefined || timeOf(first) === undefined) continue;
    if (timeOf(first) === timeOf(second)) continue;
    const message = `timeout client is ${first} and timeout server ${second}: the shorter one ends both sides`;
    yield { at: server.at, message, hint: 'in mode tcp the same for both' };
  }
}

export function* helloChecks(subject: Subject): Generator<Found> {
  for (const section of sections(subject)) {
    for (const { at, words } of section.lines) {
      if (words[0] !== 'option' || words[1] !== 'ssl-hello-chk') continue;
      const message = 'ssl-hello-chk says hello in SSLv3: servers of today refuse it, and are down';
      yield { at, message, hint: "'check-ssl verify none' on the servers, with option httpchk" };
    }
  }
}

export function* withoutHost(subject: Subject): Generator<Found> {
  for (const section of sections(subject)) {
    const sends = section.lines.filter(({ words }) => /^http-check send\b/.test(words.join(' ')));
    const hasHost = [...sends, ...section.lines].some(
      ({ words }) =>
        /^(?:http-check|option httpchk)\b/.test(words.join(' ')) &&
        /\bhost\b/i.test(words.join(' ')),
    );
    const asks = [...sends, ...section.lines.filter(({ words }) => words[1] === 'httpchk')];
    const [first] = asks.filter(({ words }) => words.some((word) => /^HTTP\/1\.1/.test(word)));
    if (first === undefined || hasHost) continue;
    const message = 'HTTP/1.1 without a Host: the server answers 400, and is taken for down';
    yield { at: first.at, message, hint: "'http-check send ver HTTP/1.1 hdr Host NAME'" };
  }
}

export function* balanceUnsaid(subject: Subject): Generator<Found> {
  for (const section of backends(subject)) {
    const active = serversOf(section).filter(({ words }) => !words.includes('backup'));
    if (active.length < 2 || lineOf(section, 'balance') !== undefined) continue;
    const message = `'${section.name}' does not say how it balances: by turns until HAProxy 3.2, by chance from 3.3 on`;
    yield { at: section.at, message, hint: "'balance roundrobin'" };
  }
}

const SLOW_MS = 10_000;

export function* slowChecks(subject: Subject): Generator<Found> {
  for (const section of backends(subject)) {
    const times = checkedServers(section).map((server) => {
      const inter = timeOf(optionOf(section, server, 'inter') ?? '2s') ?? 2000;
      const fall = Number(optionOf(section, server, 'fall') ?? 3);
      return { server, inter, fall, total: inter * fall };
    });
    const [slowest] = times.toSorted((a, b) => b.total - a.total);
    if (slowest === undefined || !(slowest.total > SLOW_MS)) continue;
    const { server, inter, fall, total } = slowest;
    const message =
      `that ${server.words[1]} is dead is noticed after up to ${total / 1000} s: ` +
      `every ${inter / 1000} s, ${fall} times`;
    yield { at: server.at, message, hint: "'inter 2s fall 3' takes 6 s" };
  }
}

export function* lonelyBackups(subject: Subject): Generator<Found> {
  for (const section of backends(subject)) {
    const backups = serversOf(section).filter(({ words }) => words.includes('backup'));
    const [, second] = backups;
    if (second === undefined || lineOf(section, 'option', 'allbackups') !== undefined) continue;
    const message = `${second.words[1]} gets nothing while another backup lives: only the first is used`;
    yield { at: second.at, message, hint: "'option allbackups', if all of them are meant" };
  }
}

const DATABASE = /:(?:3306|5432|6379|26379|27017)$/;

export function* survivingSessions(subject: Subject): Generator<Found> {
  for (const section of backends(subject)) {
    const isDatabase = ({ words }: Line): boolean => DATABASE.test(words[2] ?? '');
    const [server] = checkedServers(section).filter(isDatabase);
    if (server === undefined || modeOf(section) !== 'tcp') continue;
    if (optionOf(section, server, 'on-marked-down') === 'shutdown-sessions') continue;
    const message = `sessions stay on ${server.words[1]} when it is down, or no longer the master`;
    yield { at: server.at, message, hint: "'on-marked-down shutdown-sessions'" };
  }
}

export function* httpOpensPort(subject: Subject): Generator<Found> {
  for (const section of backends(subject)) {
    const [server] = checkedServers(section);
    if (server === undefined || modeOf(section) !== 'http' || servesApi(section)) continue;
    const asks = section.lines.concat(section.defaults).some(({ words }) => {
      return /^(?:option (?:httpchk|\S+-chk|\S+-check)|tcp-check)\b/.test(words.join(' '));
    });
    if (asks) continue;
    const message = 'the check only opens a connection: a server that answers 500 to all stays up';
    yield { at: server.at, message, hint: "'option httpchk GET /health'" };
  }
}

/** Docker's own images, which start without root from 2.4 on. */
export function runsUnprivileged({ image, tag, text }: Container): boolean {
  if (!/^(?:docker\.io\/)?(?:library\/)?haproxy$/.test(image)) return false;
  const [, major = '9', minor = '9'] = /^(\d+)\.(\d+)/.exec(tag) ?? [];
  const isOld = Number(major) < 2 || (Number(major) === 2 && Number(minor) < 4);
  return !isOld && !/--user[= ](?:root|0)\b|\buser:\s*["']?(?:root|0)\b|runAsUser:\s*0/.test(text);
}

export function* lowPorts(subject: Subject): Generator<Found> {
  const isHere = subject.containers.some((one) => runsUnprivileged(one) && one.network === 'host');
  for (const section of isHere ? sections(subject) : []) {
    for (const { at, words } of section.lines) {
      const port = Number(/:(\d+)$/.exec(words[1] ?? '')?.[1] ?? 9999);
      if (words[0] !== 'bind' || port >= 1024) continue;
      const message = `port ${port} needs root, and this image of HAProxy does not start as root: it ends here`;
      yield { at, message, hint: '--user root, or a port from 1024 on' };
    }
  }
}

export function* unlimitedConnections(subject: Subject): Generator<Found> {
  const images = subject.containers.filter(({ image }) => /haproxy/.test(image));
  if (images.length === 0 || images.every(({ tag }) => /^v?(?:[3-9]|\d\d)\b/.test(tag))) return;
  const all = sections(subject);
  const globals = all.filter(({ kind }) => kind === 'global');
  if (globals.some(({ lines }) => lines.some(({ words }) => words[0] === 'maxconn'))) return;
  const at: Place | undefined = (globals[0] ?? all[0])?.at;
  if (at === undefined) return;
  const message =
    'without a global maxconn HAProxy before 3.0 makes room for as many as files may be open: in a container a billion';
  yield { at, message, hint: "'maxconn 4096' in global" };
}
