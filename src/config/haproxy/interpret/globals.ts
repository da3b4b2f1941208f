/** The global section. */
import type { StatsSocket, TlsVersion } from '../../model/proxy.ts';
import type { Line } from './context.ts';
import { presetVariable, resetVariables, setVariable } from './environment.ts';
import { readListenAddresses } from './listen-address.ts';
import { readLogTarget } from './log-target.ts';
import { meantHint, readBytes, readChoice, readDuration, readNumber } from './values.ts';

type Handler = (line: Line) => void;

type Text = 'pidFile' | 'chroot';

const text =
  (field: Text | 'node' | 'caBase' | 'crtBase' | 'bindCiphers' | 'bindCiphersuites'): Handler =>
  (line) => {
    line.context.global[field] = line.text(0);
  };

/** The name of a user or group of this host. */
export function isAccount(line: Line, at: number, kind: 'user' | 'group'): boolean {
  const { accounts } = line.context;
  const name = line.text(at);
  const isKnown = kind === 'user' ? accounts?.hasUser(name) : accounts?.hasGroup(name);
  if (isKnown !== false) return true;
  line.tell('unknown-account', line.args[at], `there is no ${kind} '${name}' on this host`);
  return false;
}

const account =
  (kind: 'user' | 'group'): Handler =>
  (line) => {
    if (isAccount(line, 0, kind)) line.context.global[kind] = line.text(0);
  };

const accountNumber =
  (kind: 'user' | 'group'): Handler =>
  (line) => {
    const number = readNumber(line, line.args[0], `'${line.name}'`);
    if (number !== undefined) line.context.global[kind] = String(number);
  };

export const GLOBAL_HANDLERS: Readonly<Record<string, Handler>> = {
  maxconn: (line) => {
    const most = readNumber(line, line.args[0], "'maxconn'");
    if (most !== undefined) line.context.global.maxconn = most;
  },
  daemon: ({ context }) => {
    context.global.daemon = true;
  },
  'master-worker': (line) => {
    line.context.global.masterWorker = true;
    if (line.args.length > 0)
      readChoice(line, line.args[0], "'master-worker'", ['no-exit-on-failure']);
  },
  log: (line) => {
    const target = readLogTarget(line);
    if (target !== undefined) line.context.global.logs.push(target);
  },
  'log-tag': (line) => {
    line.context.global.logTag = line.text(0);
  },
  'log-send-hostname': (line) => {
    line.context.global.logHostName = line.args[0]?.text ?? line.context.hostName;
  },
  'stats socket': readStatsSocket,
  'stats timeout': (line) => {
    const time = readDuration(line, line.args[0], "'stats timeout'");
    if (time !== undefined) line.context.global.statsTimeout = time;
  },
  user: account('user'),
  group: account('group'),
  uid: accountNumber('user'),
  gid: accountNumber('group'),
  chroot: text('chroot'),
  pidfile: text('pidFile'),
  node: text('node'),
  description: (line) => {
    if (line.text(0) === '') line.tell('missing-argument', 0, "'description' is empty");
    line.context.global.description = line.args.map((word) => word.text).join(' ');
  },
  nbthread: (line) => {
    const workers = readNumber(line, line.args[0], "'nbthread'", { least: 1, most: 64 });
    if (workers !== undefined) line.context.global.workers = workers;
  },
  nbproc: (line) => {
    const workers = readNumber(line, line.args[0], "'nbproc'", { least: 1, most: 64 });
    if (workers !== undefined) line.context.global.workers = workers;
  },
  'hard-stop-after': (line) => {
    const time = readDuration(line, line.args[0], "'hard-stop-after'");
    if (time !== undefined) line.context.global.hardStopAfter = time;
  },
  'spread-checks': (line) => {
    const percent = readNumber(line, line.args[0], "'spread-checks'", { most: 50 });
    if (percent !== undefined) line.context.global.spreadChecks = percent;
  },
  'tune.bufsize': (line) => {
    const size = readBytes(line, line.args[0], "'tune.bufsize'");
    if (size === 0) line.fail(0, 'a buffer has at least one byte');
    else if (size !== undefined) line.context.global.bufferSize = size;
  },
  'tune.maxrewrite': (line) => {
    const size = readBytes(line, line.args[0], "'tune.maxrewrite'");
    if (size !== undefined) line.context.global.rewriteReserve = size;
  },
  'ca-base': text('caBase'),
  'crt-base': text('crtBase'),
  'default-path': (line) => {
    readChoice(line, line.args[0], "'default-path'", ['current', 'config', 'parent', 'origin']);
  },
  'ssl-default-bind-ciphers': text('bindCiphers'),
  'ssl-default-bind-ciphersuites': text('bindCiphersuites'),
  'ssl-default-bind-options': readBindOptions,
  'ssl-server-verify': (line) => {
    const verify = readChoice(line, line.args[0], "'ssl-server-verify'", ['none', 'required']);
    if (verify !== undefined) line.context.global.serverVerify = verify;
  },
  setenv: (line) => setVariable(line.context.environment, line.text(0), line.text(1)),
  presetenv: (line) => presetVariable(line.context.environment, line.text(0), line.text(1)),
  unsetenv: ({ context, args }) => {
    for (const word of args) context.environment.variables.delete(word.text);
  },
  resetenv: ({ context, args }) => {
    resetVariables(
      context.environment,
      args.map((word) => word.text),
    );
  },
  'zero-warning': ({ context }) => {
    context.global.zeroWarning = true;
  },
  localpeer: (line) => {
    line.context.global.localPeer = line.text(0);
    setVariable(line.context.environment, 'HAPROXY_LOCALPEER', line.text(0));
  },
};

/** Of a stats socket: the options that `bind` has as well are taken without a word. */
const SOCKET_OPTIONS = ['mode', 'user', 'group', 'uid', 'gid', 'level', 'expose-fd', 'name', 'id'];
const SOCKET_OPTIONS_MORE = ['severity-output', 'maxconn', 'backlog', 'process', 'thread', 'nice'];
const SOCKET_FLAGS = [
  'accept-proxy',
  'ssl',
  'v4v6',
  'v6only',
  'transparent',
  'defer-accept',
  'tfo',
];

function readStatsSocket(line: Line): void {
  const addresses = readListenAddresses(line);
  const socket: { -readonly [Key in keyof Omit<StatsSocket, 'address'>]: StatsSocket[Key] } = {
    level: 'operator',
  };
  for (let at = 1; at < line.args.length; at += 2) {
    const word = line.args[at];
    const name = word?.text ?? '';
    const given = line.args[at + 1];
    if (SOCKET_FLAGS.includes(name)) {
      line.tell('not-applied', word, `'${name}' is not applied to a stats socket`);
      at--;
    } else if (![...SOCKET_OPTIONS, ...SOCKET_OPTIONS_MORE].includes(name)) {
      const hint = meantHint(name, [...SOCKET_OPTIONS, ...SOCKET_OPTIONS_MORE]);
      line.tell('unknown-keyword', word, `a stats socket has no option '${name}'`, hint);
      return;
    } else if (given === undefined) {
      line.tell('missing-argument', word, `'${name}' lacks its value`);
      return;
    } else readSocketOption(line, at, socket);
  }
  for (const address of addresses ?? [])
    line.context.global.statsSockets.push({ address, ...socket });
}

function readSocketOption(
  line: Line,
  at: number,
  socket: { -readonly [Key in keyof Omit<StatsSocket, 'address'>]: StatsSocket[Key] },
): void {
  const given = line.args[at + 1];
  const value = given?.text ?? '';
  switch (line.text(at)) {
    case 'level': {
      const levels = ['user', 'operator', 'admin'] as const;
      socket.level = readChoice(line, given, "'level'", levels) ?? socket.level;
      break;
    }
    case 'mode':
      if (/^[0-7]{1,4}$/.test(value)) socket.mode = Number.parseInt(value, 8);
      else line.fail(given, `'mode' is an octal number, not '${value}'`);
      break;
    case 'user':
    case 'uid':
      socket.user = value;
      break;
    case 'group':
    case 'gid':
      socket.group = value;
      break;
    case 'expose-fd':
      readChoice(line, given, "'expose-fd'", ['listeners']);
      break;
    default:
  }
}

const VERSIONS: ReadonlyMap<string, TlsVersion> = new Map([
  ['TLSv1.0', 'TLSv1'],
  ['TLSv1.1', 'TLSv1.1'],
  ['TLSv1.2', 'TLSv1.2'],
  ['TLSv1.3', 'TLSv1.3'],
]);

/** `SSLv3` as the lowest means the lowest there is. */
export function readTlsVersion(line: Line, at: number): TlsVersion | undefined {
  if (line.text(at) === 'SSLv3') return 'TLSv1';
  const choice = readChoice(line, line.args[at], 'a version of TLS', [...VERSIONS.keys()]);
  return choice === undefined ? undefined : VERSIONS.get(choice);
}

/** What `no-tlsv10` and so on leave, as a lowest and a highest version. */
export function versionLimits(names: readonly string[]): { min?: TlsVersion; max?: TlsVersion } {
  const all: readonly (readonly [string, TlsVersion])[] = [
    ['tlsv10', 'TLSv1'],
    ['tlsv11', 'TLSv1.1'],
    ['tlsv12', 'TLSv1.2'],
    ['tlsv13', 'TLSv1.3'],
  ];
  const forced = all.find(([name]) => names.includes(`force-${name}`));
  if (forced !== undefined) return { min: forced[1], max: forced[1] };
  if (!names.some((name) => name.startsWith('no-tlsv'))) return {};
  const left = all.filter(([name]) => !names.includes(`no-${name}`));
  const min = left[0]?.[1];
  const max = left.at(-1)?.[1];
  return {
    ...(min !== undefined && min !== 'TLSv1' && { min }),
    ...(max !== undefined && max !== 'TLSv1.3' && { max }),
  };
}

const BIND_FLAGS = [
  ...['no-sslv3', 'no-tlsv10', 'no-tlsv11', 'no-tlsv12', 'no-tlsv13', 'no-tls-tickets'],
  ...['force-tlsv10', 'force-tlsv11', 'force-tlsv12', 'force-tlsv13', 'force-sslv3'],
  ...['prefer-client-ciphers', 'strict-sni', 'allow-0rtt', 'no-ca-names'],
];

function readBindOptions(line: Line): void {
  const { global } = line.context;
  const names: string[] = [];
  for (let at = 0; at < line.args.length; at++) {
    const name = line.text(at);
    if (name === 'ssl-min-ver' || name === 'ssl-max-ver') {
      const version = readTlsVersion(line, ++at);
      if (version !== undefined && name === 'ssl-min-ver') global.bindMinVersion = version;
      if (version !== undefined && name === 'ssl-max-ver') global.bindMaxVersion = version;
    } else if (BIND_FLAGS.includes(name)) names.push(name);
    else {
      const hint = meantHint(name, [...BIND_FLAGS, 'ssl-min-ver', 'ssl-max-ver']);
      line.tell(
        'unknown-keyword',
        at === 0 ? line.args[0] : line.args[at],
        `unknown option '${name}'`,
        hint,
      );
    }
  }
  const { min, max } = versionLimits(names);
  if (min !== undefined) global.bindMinVersion = min;
  if (max !== undefined) global.bindMaxVersion = max;
}
