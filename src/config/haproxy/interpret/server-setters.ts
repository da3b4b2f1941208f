/** What each option of a server sets. `at`: its index among the arguments; values follow. */
import { parseIp } from '../../../base/ip.ts';
import { describeFailure } from '../files.ts';
import { positionOf } from '../text/statements.ts';
import { readCheckPlace } from './check-place.ts';
import type { Line } from './context.ts';
import { readSample } from './samples.ts';
import type { ServerSettings } from './server-draft.ts';
import { readSource } from './source.ts';
import { readChoice, readDuration, readNumber } from './values.ts';

type Setter = (settings: ServerSettings, line: Line, at: number) => void;
type KeysOf<Type> = {
  [Key in keyof ServerSettings]-?: Type extends NonNullable<ServerSettings[Key]>
    ? NonNullable<ServerSettings[Key]> extends Type
      ? Key
      : never
    : never;
}[keyof ServerSettings];

const number =
  (field: KeysOf<number>, limits: { least?: number; most?: number } = {}): Setter =>
  (settings, line, at) => {
    const value = readNumber(line, line.args[at + 1], `'${line.text(at)}'`, limits);
    if (value !== undefined) settings[field] = value;
  };

const time =
  (field: 'slowstart' | 'inter' | 'fastinter' | 'downinter' | 'agentInter'): Setter =>
  (settings, line, at) => {
    const value = readDuration(line, line.args[at + 1], `'${line.text(at)}'`);
    if (value === 0 && field !== 'slowstart') {
      line.fail(line.args[at + 1], `'${line.text(at)}' is more than 0`);
    } else if (value !== undefined) settings[field] = value;
  };

const set =
  <Key extends keyof ServerSettings>(field: Key, value: NonNullable<ServerSettings[Key]>): Setter =>
  (settings) => {
    settings[field] = value;
  };

const text =
  (field: 'checkSni' | 'agentSend' | 'verifyHost' | 'track'): Setter =>
  (settings, line, at) => {
    settings[field] = line.text(at + 1);
  };

type Choices = 'onMarkedDown' | 'onMarkedUp' | 'onError' | 'verify' | 'prefer';

const choice =
  <Field extends Choices>(
    field: Field,
    choices: readonly NonNullable<ServerSettings[Field]>[],
  ): Setter =>
  (settings, line, at) => {
    const value = readChoice<NonNullable<ServerSettings[Field]>>(
      line,
      line.args[at + 1],
      `'${line.text(at)}'`,
      choices,
    );
    if (value !== undefined) settings[field] = value;
  };

const checkPlace: Setter = (settings, line, at) => {
  const word = line.args[at + 1];
  const place = word === undefined ? undefined : readCheckPlace(line, word);
  if (place === undefined) return;
  settings.checkIp = place.ip;
  if (place.port !== undefined) settings.checkPort ??= place.port;
};

const agentIp: Setter = (settings, line, at) => {
  const value = line.text(at + 1);
  const address = parseIp(value) ?? line.context.resolve(value, 'ipv4');
  if (address !== undefined) settings.agentIp = address;
  else line.tell('invalid-address', line.args[at + 1], `'${value}' is no address to be checked`);
};

const names =
  (field: 'alpn' | 'checkAlpn'): Setter =>
  (settings, line, at) => {
    settings[field] = line.text(at + 1).split(',');
  };

export const SERVER_SETTERS: Readonly<Record<string, Setter>> = {
  check: set('check', true),
  'no-check': set('check', false),
  inter: time('inter'),
  fastinter: time('fastinter'),
  downinter: time('downinter'),
  rise: number('rise', { least: 1 }),
  fall: number('fall', { least: 1 }),
  port: number('checkPort', { most: 65_535 }),
  addr: checkPlace,
  weight: number('weight', { most: 256 }),
  backup: set('backup', true),
  'no-backup': set('backup', false),
  disabled: set('disabled', true),
  enabled: set('disabled', false),
  maxconn: number('maxconn'),
  minconn: number('minconn'),
  maxqueue: number('maxqueue'),
  slowstart: time('slowstart'),
  'on-marked-down': choice('onMarkedDown', ['shutdown-sessions']),
  'on-marked-up': choice('onMarkedUp', ['shutdown-backup-sessions']),
  observe: (settings, line, at) => {
    const layers = ['none', 'layer4', 'layer7'] as const;
    const observe = readChoice(line, line.args[at + 1], "'observe'", layers);
    if (observe === undefined) return;
    settings.observe = observe;
    settings.observeAt = positionOf(line.statement, line.args[at]);
  },
  'error-limit': number('errorLimit', { least: 1 }),
  'on-error': choice('onError', ['fastinter', 'fail-check', 'sudden-death', 'mark-down']),
  track: text('track'),
  cookie: (settings, line, at) => {
    settings.cookie = line.text(at + 1);
    settings.cookieAt = positionOf(line.statement, line.args[at]);
  },
  id: number('id', { least: 1 }),
  source: (settings, line, at) => {
    const source = readSource(line, at + 1);
    if (source !== undefined) settings.source = source;
  },
  'send-proxy': set('sendProxy', 'v1'),
  'no-send-proxy': set('sendProxy', 'none'),
  'send-proxy-v2': set('sendProxy', 'v2'),
  'no-send-proxy-v2': set('sendProxy', 'none'),
  'check-send-proxy': set('checkSendProxy', true),
  'no-check-send-proxy': set('checkSendProxy', false),
  ssl: set('tls', true),
  'no-ssl': set('tls', false),
  'check-ssl': set('checkTls', true),
  'no-check-ssl': set('checkTls', false),
  verify: choice('verify', ['none', 'required']),
  'ca-file': (settings, line, at) => {
    const ca = readNamedFile(line, at + 1, line.context.global.caBase);
    if (ca !== undefined) settings.ca = ca;
  },
  crt: (settings, line, at) => {
    const certificate = readNamedFile(line, at + 1, line.context.global.crtBase);
    if (certificate !== undefined) settings.certificate = certificate;
  },
  sni: (settings, line, at) => {
    const sample = readSample(line, line.args[at + 1]);
    if (sample !== undefined) settings.sni = sample;
  },
  'check-sni': text('checkSni'),
  verifyhost: text('verifyHost'),
  alpn: names('alpn'),
  'check-alpn': names('checkAlpn'),
  'agent-check': set('agent', true),
  'no-agent-check': set('agent', false),
  'agent-port': number('agentPort', { most: 65_535 }),
  'agent-inter': time('agentInter'),
  'agent-addr': agentIp,
  'agent-send': text('agentSend'),
  'init-addr': (settings, line, at) => {
    const methods = line.text(at + 1).split(',');
    const wrong = methods.find((method) => {
      return !['last', 'libc', 'none'].includes(method) && parseIp(method) === undefined;
    });
    if (wrong === undefined) settings.initAddress = methods;
    else
      line.fail(
        line.args[at + 1],
        `'init-addr' has 'last', 'libc', 'none' or addresses, not '${wrong}'`,
      );
  },
  'resolve-prefer': choice('prefer', ['ipv4', 'ipv6']),
  'init-state': (settings, line, at) => {
    const states = ['fully-up', 'up', 'down', 'fully-down'] as const;
    const state = readChoice(line, line.args[at + 1], "'init-state'", states);
    if (state !== undefined) settings.initState = state;
    line.tell(
      'later-version',
      line.args[at],
      "'init-state' is known to HAProxy from version 3.1 on",
    );
  },
};

/** What the word `at` names, relative to `base`. */
export function readNamedFile(
  line: Line,
  at: number,
  base: string | undefined,
): string | undefined {
  const path = inFolder(line.text(at), base);
  if (path === '@system-ca') return path;
  const read = line.context.files.read(path, 'text');
  if (read.ok) return read.value;
  const message = `'${path}' is not read: ${describeFailure(read.reason)}`;
  line.tell('file-unreadable', line.args[at], message);
  return undefined;
}

export function inFolder(path: string, base: string | undefined): string {
  return base === undefined || path.startsWith('/') || path.startsWith('@')
    ? path
    : `${base}/${path}`;
}
