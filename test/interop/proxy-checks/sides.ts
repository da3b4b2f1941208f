/**
 * Runs inside a namespace of its own: haproxy and ours watch the same servers at the same time, by the
 * same file. What each logs of the first check of each server goes to standard output as JSON.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer as createTlsServer } from 'node:tls';
import { testPath } from '../../../tools/sweep.ts';
import { dramas, methods, questions } from './cases.ts';
import { type BehaviourName, listen, serveAll, serveDrama, serveRecorder } from './servers.ts';

/** Checks that take longer are late. */
const INTER_MS = 600;
const LIMIT_MS = 20_000;

/** What is compared: `b12-silent`, a server with one behaviour; `q3`, what is heard; `d1`, a drama. */
const wanted = new Set(process.argv.slice(2));
const backends = methods
  .flatMap((method, index) =>
    method.servers.map((server) => ({ id: `b${index}-${server}`, method, server })),
  )
  .filter(({ id }) => wanted.has(id) || wanted.has('all'));

const folder = testPath('proxy-checks');
mkdirSync(folder, { recursive: true });
const inFolder = (name: string): string => join(folder, name);
for (const name of ['own', 'other']) {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', inFolder(`${name}.key`), '-out', inFolder(`${name}.pem`)];
  const options = ['-x509', ...curve, ...files, '-subj', `/CN=${name}`, '-days', '2'];
  execFileSync('openssl', ['req', ...options], { stdio: 'ignore' });
}
const { ports } = await serveAll();
const secure = createTlsServer(
  { key: readFileSync(inFolder('own.key')), cert: readFileSync(inFolder('own.pem')) },
  (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'));
  },
);
secure.on('tlsClientError', () => {});
ports.set('tls', await listen(secure));

/** Each question goes to two ports that look alike, one for each side: 1xxxx and 2xxxx of the text. */
const heard = new Map<string, string>();
const recorders = new Map<string, readonly [theirs: number, ours: number]>();
if (wanted.has('all'))
  for (const index of questions.keys()) {
    const note = (side: string) => (bytes: Buffer) => {
      const key = `${side}-${index}`;
      // Ports of the sender differ.
      const text = bytes.toString('latin1').replace(/^(PROXY \S+ \S+ \S+ )\d+ \d+/, '$1…');
      if (!heard.has(key) && text !== '') heard.set(key, text);
    };
    const both = [await serveRecorder(note('theirs')), await serveRecorder(note('ours'))] as const;
    recorders.set(`q${index}`, both);
  }

/** The same play on two stages; it is over when the last answer has been given a few times. */
const stages = new Map<string, readonly [theirs: number, ours: number]>();
const over = new Set<string>();
for (const [index, { answers }] of dramas.entries()) {
  const id = `d${index}`;
  if (!wanted.has(id) && !wanted.has('dramas')) continue;
  const serve = (side: string): Promise<number> =>
    serveDrama(answers, (count) => count > answers.length + 5 && over.add(`${side} ${id}`));
  stages.set(id, [await serve('theirs'), await serve('ours')]);
}

/** `lost`: an address of the link that nobody has; `unreachable`: there is no way there. */
function addressOf(server: BehaviourName): string {
  const hosts: Partial<Record<BehaviourName, string>> = {
    ...{ lost: '10.9.0.2', unreachable: '10.77.0.2' },
  };
  return `${hosts[server] ?? '127.0.0.1'}:${ports.get(server) ?? 80}`;
}

function configText(side: 'theirs' | 'ours'): string {
  const fill = (text: string): string =>
    text
      .replace('{refused}', String(ports.get('refused')))
      .replace(/\{(own|other)\}/, (_, name: string) => inFolder(`${name}.pem`));
  const texts = backends.map(({ id, method, server }) => {
    const words = method.words ?? 'verify none';
    const lines = [...method.lines, `server s ${addressOf(server)} check ${words}`];
    return [`backend ${id}`, ...lines.map(fill)].join('\n  ');
  });
  const asked = questions.map(({ lines, words = '' }, index) => {
    const port = recorders.get(`q${index}`)?.[side === 'theirs' ? 0 : 1];
    const server = `server s 127.0.0.1:${port} check ${words.replace('{own port}', String(port))}`;
    return port === undefined ? '' : [`backend q${index}`, ...lines, server].join('\n  ');
  });
  const played = [...stages].map(([id, stage]) => {
    const port = String(stage[side === 'theirs' ? 0 : 1]);
    const { lines = [], words = '' } = dramas[Number(id.slice(1))] ?? {};
    const server = `server s 127.0.0.1:${port} ${words.replace('{own port}', port)}`;
    return [`backend ${id}`, ...lines, server].join('\n  ');
  });
  return `global
  log stdout format short local0
  stats socket ${inFolder(`${side}.sock`)}
defaults
  log global
  timeout connect 5s
  timeout client 5s
  timeout server 5s
  option log-health-checks
  default-server inter ${INTER_MS}
${[...texts, ...asked, ...played].join('\n')}
`;
}

/** What is said of each backend, by its first line about a check; durations left out. */
class Book {
  readonly lines = new Map<string, string[]>();

  write(line: string): void {
    const id = /(?:server |Server |backend )(b\d+-\w+|d\d+)/.exec(line)?.[1];
    if (id === undefined) return;
    const text = line
      .replace(/check duration: \d+ms/, 'check duration: …')
      // What errno of another connection haproxy found there.
      .replace('SSL handshake failure (Connection refused)', 'SSL handshake failure');
    const known = this.lines.get(id) ?? [];
    // A second check may find something else: of an answer that it saw but half.
    if (id.startsWith('b') && known.length > 0 && text.includes('Health check')) return;
    this.lines.set(id, [...known, text]);
  }
}

const severities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];
const theirs = new Book();
const ours = new Book();
for (const side of ['theirs', 'ours'] as const)
  writeFileSync(inFolder(`${side}.cfg`), configText(side));
const haproxy = watch(theirs, 'haproxy', ['-db', '-f', inFolder('theirs.cfg')]);
const program = new URL('../../../src/daemon/proxy/main.ts', import.meta.url).pathname;
const options = { programName: 'holdfast', role: 'single', paths: [inFolder('ours.cfg')] };
const holdfast = watch(ours, process.execPath, [
  ...['--import', 'tsx', program],
  JSON.stringify(options),
]);

interface Watched {
  readonly child: ChildProcess;
  complaints: string;
}

/** Starts one side; its log is its standard output. */
function watch(book: Book, command: string, args: readonly string[]): Watched {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const watched: Watched = { child, complaints: '' };
  createInterface(child.stdout).on('line', (line) => {
    const match = /^<(\d+)>(.*)$/.exec(line);
    if (match !== null) book.write(`${severities[Number(match[1]) & 7]} ${match[2]}`);
  });
  child.stderr.on('data', (bytes) => {
    watched.complaints += String(bytes);
  });
  return watched;
}

function isDone(): boolean {
  return (
    heard.size === 2 * recorders.size &&
    over.size === 2 * stages.size &&
    backends.every(({ id }) =>
      [theirs, ours].every(({ lines }) => {
        const last = lines.get(id)?.at(-1);
        return last !== undefined && (last.includes('UP.') || last.startsWith('emerg'));
      }),
    )
  );
}

const sides = [haproxy, holdfast];
const hasEnded = ({ child }: Watched): boolean =>
  child.exitCode !== null || child.signalCode !== null;
const begun = Date.now();
while (!isDone() && Date.now() - begun < LIMIT_MS && !sides.some(hasEnded))
  await new Promise((resolve) => setTimeout(resolve, 20));
const failure = sides.find(hasEnded)?.complaints;
for (const side of sides.filter((each) => !hasEnded(each))) {
  side.child.kill();
  await once(side.child, 'exit');
}
rmSync(folder, { recursive: true, force: true });
const said = [...recorders.keys()].map((id, index) => ({
  ...{ name: `question ${index}`, id },
  theirs: [heard.get(`theirs-${index}`) ?? ''],
  ours: [heard.get(`ours-${index}`) ?? ''],
}));
const played = [...stages.keys()].map((id) => ({
  ...{ name: `drama ${id.slice(1)}`, id },
  theirs: theirs.lines.get(id) ?? [],
  ours: ours.lines.get(id) ?? [],
}));
const result = backends.map(({ id, method, server }) => ({
  ...{ name: `${method.name}: ${server}`, id },
  theirs: theirs.lines.get(id) ?? [],
  ours: ours.lines.get(id) ?? [],
}));
process.stdout.write(
  `${JSON.stringify({ result: [...result, ...said, ...played], failure })}\n`,
  () => process.exit(0),
);
