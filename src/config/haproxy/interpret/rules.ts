/** Rules about connections, requests and responses. */
import type { HttpAction, HttpRule, TcpRule } from '../../model/proxy-rules.ts';
import { readCondition } from './conditions.ts';
import type { Line } from './context.ts';
import { isFormat } from './formats.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import { refer } from './references.ts';
import { isPattern } from './regular-expression.ts';
import { readChoice, readDuration, readNumber } from './values.ts';

type Handler = (line: Line, proxy: ProxyDraft) => void;

const tcp =
  (on: TcpRule['on']): Handler =>
  (line, proxy) => {
    const name = line.text(0);
    if (name !== 'accept' && name !== 'reject') {
      unknownAction(line, proxy, TCP_ACTIONS, ['accept', 'reject']);
      return;
    }
    const when = readCondition(line, proxy, 1);
    if (when === 'bad') return;
    proxy.tcpRules.push(when === undefined ? { on, action: name } : { on, action: name, when });
  };

/** Known and not done: without them less is counted or set, and what passes is the same. */
const TCP_ACTIONS = [
  ...['track-sc0', 'track-sc1', 'track-sc2', 'sc-inc-gpc', 'sc-inc-gpc0', 'sc-inc-gpc1'],
  ...['sc-set-gpt', 'sc-set-gpt0', 'set-log-level', 'set-mark', 'set-nice', 'set-tos', 'set-var'],
  ...['set-var-fmt', 'unset-var', 'set-priority-class', 'set-priority-offset', 'capture'],
  'send-spoe-group',
];
const HTTP_ACTIONS_IGNORED = [
  ...TCP_ACTIONS,
  ...['cache-use', 'cache-store', 'disable-l7-retry', 'early-hint', 'normalize-uri', 'strict-mode'],
  ...['add-acl', 'del-acl', 'add-map', 'del-map', 'set-map', 'wait-for-handshake', 'set-timeout'],
];
const HTTP_ACTIONS_REFUSED = [
  ...['reject', 'silent-drop', 'do-resolve', 'set-dst', 'set-dst-port', 'set-src', 'set-src-port'],
  ...['wait-for-body', 'replace-header', 'replace-value', 'set-pathq', 'replace-pathq', 'lua.'],
  ...['expect-netscaler-cip', 'expect-proxy', 'switch-mode', 'use-service'],
];

function unknownAction(
  line: Line,
  proxy: ProxyDraft,
  ignored: readonly string[],
  known: readonly string[],
): void {
  const name = line.text(0).replace(/\(.*$/, '');
  const said = `'${line.name} ${line.text(0)}'`;
  if (name.startsWith('track-sc')) {
    const table = line.args.findIndex(({ text }) => text === 'table');
    refer(line, 'table', table === -1 ? proxy.name : line.text(table + 1), line.args[0]);
  } else if (name === 'cache-use' || name === 'cache-store')
    refer(line, 'cache', line.text(1), line.args[1]);
  else if (/^(?:un)?set-var/.test(name) && !isVariable(line)) return;
  if (ignored.includes(name)) {
    line.tell('not-applied', 0, `${said} is accepted, not applied`);
    return;
  }
  if (HTTP_ACTIONS_REFUSED.some((refused) => name === refused || name.startsWith('lua.'))) {
    line.tell('not-supported', 0, `${said} is not supported`);
    return;
  }
  const all = [...known, ...ignored, ...HTTP_ACTIONS_REFUSED];
  line.tell(
    'unknown-keyword',
    0,
    `'${line.name}' has no action '${line.text(0)}'`,
    line.meant(name, all),
  );
}

/** `set-var(SCOPE.NAME)`. */
function isVariable(line: Line): boolean {
  const [, name] = /\(([^),]*)/.exec(line.text(0)) ?? [];
  if (name !== undefined && /^(?:proc|sess|txn|req|res|check)\.\w/.test(name)) return true;
  line.fail(
    0,
    `'${line.text(0)}' lacks a variable`,
    'write set-var(txn.NAME), or sess, req, res, proc for txn',
  );
  return false;
}

interface Read {
  readonly action: HttpAction;
  /** Where the condition begins. */
  readonly at: number;
}

type Reader = (line: Line) => Read | undefined;

/** `at`: where an argument is wanted. */
function lacks(line: Line, what: string): undefined {
  line.tell('missing-argument', 0, `'${line.name} ${line.text(0)}' lacks ${what}`);
  return undefined;
}

const header =
  (kind: 'set-header' | 'add-header'): Reader =>
  (line) => {
    const [, name, format] = line.args;
    if (name === undefined || format === undefined) return lacks(line, 'a name and a value');
    if (!isFormat(line, format)) return undefined;
    return { action: { kind, name: name.text, format: format.text }, at: 3 };
  };

const format =
  (kind: 'set-path' | 'set-uri' | 'set-method' | 'set-query'): Reader =>
  (line) => {
    const word = line.args[1];
    if (word === undefined) return lacks(line, 'a value');
    if (!isFormat(line, word)) return undefined;
    return { action: { kind, format: word.text }, at: 2 };
  };

const replace =
  (kind: 'replace-path' | 'replace-uri'): Reader =>
  (line) => {
    const [, pattern, value] = line.args;
    if (pattern === undefined || value === undefined) return lacks(line, 'a pattern and a value');
    if (!isPattern(line, 1) || !isFormat(line, value)) return undefined;
    return { action: { kind, pattern: pattern.text, format: value.text }, at: 3 };
  };

const deny =
  (kind: 'deny' | 'tarpit', preset: number): Reader =>
  (line) => {
    let status = preset;
    let at = 1;
    if (line.text(at) === 'deny_status' || line.text(at) === 'status') {
      const given = readNumber(line, line.args[at + 1], 'a status', { least: 200, most: 599 });
      if (given === undefined) return undefined;
      status = given;
      at += 2;
    }
    const more = [
      'content-type',
      'errorfile',
      'errorfiles',
      'file',
      'lf-file',
      'string',
      'lf-string',
      'hdr',
    ];
    if (more.includes(line.text(at))) {
      line.tell(
        'not-supported',
        line.args[at],
        `'${kind}' sends the page of its status`,
        'write errorfile, or http-request return',
      );
      return undefined;
    }
    return { action: { kind, status }, at };
  };

const REDIRECT_CODES = ['301', '302', '303', '307', '308'] as const;

/** `location|prefix|scheme VALUE [code N] [drop-query] [append-slash]`; `from`: where it begins. */
function readRedirect(line: Line, from: number): Read | undefined {
  let to: 'location' | 'prefix' | 'scheme' | undefined;
  let value = '';
  let status: 301 | 302 | 303 | 307 | 308 = 302;
  let dropQuery = false;
  let appendSlash = false;
  let at = from;
  for (; at < line.args.length; at++) {
    const text = line.text(at);
    if (text === 'if' || text === 'unless') break;
    const next = line.args[at + 1];
    if (text === 'location' || text === 'prefix' || text === 'scheme') {
      if (next === undefined) return lacks(line, `a value behind '${text}'`);
      to = text;
      value = next.text;
      at++;
    } else if (text === 'code') {
      const code = readChoice(line, next, 'the code of a redirect', REDIRECT_CODES);
      if (code === undefined) return undefined;
      status = Number(code) as typeof status;
      at++;
    } else if (text === 'drop-query') dropQuery = true;
    else if (text === 'append-slash') appendSlash = true;
    else if (text === 'set-cookie' || text === 'clear-cookie') {
      line.tell('not-applied', line.args[at], `'${text}' is accepted, not applied`);
      at++;
    } else if (text === 'ignore-empty') {
      line.tell('not-applied', line.args[at], `'${text}' is accepted, not applied`);
    } else {
      const all = ['location', 'prefix', 'scheme', 'code', 'drop-query', 'append-slash'];
      line.tell(
        'unknown-keyword',
        line.args[at],
        `a redirect has no option '${text}'`,
        line.meant(text, all),
      );
      return undefined;
    }
  }
  if (to === undefined) return lacks(line, "'location', 'prefix' or 'scheme'");
  if (!isFormat(line, { text: value, column: line.args[from]?.column ?? 1, isQuoted: false }))
    return undefined;
  return { action: { kind: 'redirect', to, format: value, status, dropQuery, appendSlash }, at };
}

/** `[status N] [content-type T] [string S|file F] …` */
function readReturn(line: Line): Read | undefined {
  let status = 200;
  let body = '';
  let type: string | undefined;
  let at = 1;
  for (; at < line.args.length; at += 2) {
    const text = line.text(at);
    if (text === 'if' || text === 'unless') break;
    const value = line.args[at + 1];
    if (value === undefined) return lacks(line, `a value behind '${text}'`);
    if (text === 'status') {
      const given = readNumber(line, value, 'a status', { least: 200, most: 599 });
      if (given === undefined) return undefined;
      status = given;
    } else if (text === 'content-type') type = value.text;
    else if (text === 'string') body = value.text;
    else if (text === 'file') {
      const read = line.context.files.read(value.text, 'bytes');
      if (!read.ok) {
        line.tell('file-unreadable', value, `'${value.text}' is not read`);
        return undefined;
      }
      body = read.value;
    } else {
      line.tell(
        'not-supported',
        line.args[at],
        `'return' with '${text}' is not supported`,
        'write string or file',
      );
      return undefined;
    }
  }
  if (body !== '' && type === undefined) {
    line.tell('missing-argument', 0, "'return' with a body lacks its content-type");
    return undefined;
  }
  return { action: { kind: 'return', status, body, ...(type !== undefined && { type }) }, at };
}

const COMMON: Readonly<Record<string, Reader>> = {
  allow: () => ({ action: { kind: 'allow' }, at: 1 }),
  'set-header': header('set-header'),
  'add-header': header('add-header'),
  'del-header': (line) => {
    const name = line.args[1];
    if (name === undefined) return lacks(line, 'a name');
    if (line.text(2) === '-m') {
      line.tell('not-supported', line.args[2], "'del-header' takes one name");
      return undefined;
    }
    return { action: { kind: 'del-header', name: name.text }, at: 2 };
  },
  return: readReturn,
  redirect: (line) => readRedirect(line, 1),
};

const REQUEST: Readonly<Record<string, Reader>> = {
  ...COMMON,
  deny: deny('deny', 403),
  tarpit: deny('tarpit', 500),
  'set-path': format('set-path'),
  'set-uri': format('set-uri'),
  'set-method': format('set-method'),
  'set-query': format('set-query'),
  'replace-path': replace('replace-path'),
  'replace-uri': replace('replace-uri'),
  auth: (line) => {
    if (line.text(1) !== 'realm') return { action: { kind: 'auth' }, at: 1 };
    const realm = line.args[2];
    if (realm === undefined) return lacks(line, "a value behind 'realm'");
    return { action: { kind: 'auth', realm: realm.text }, at: 3 };
  },
  'use-service': (line) => {
    const service = readChoice(line, line.args[1], 'a service', ['prometheus-exporter']);
    return service === undefined ? undefined : { action: { kind: 'use-service', service }, at: 2 };
  },
};

const RESPONSE: Readonly<Record<string, Reader>> = {
  ...COMMON,
  deny: deny('deny', 502),
  'set-status': (line) => {
    const status = readNumber(line, line.args[1], 'a status', { least: 100, most: 999 });
    if (status === undefined) return undefined;
    if (line.text(2) !== 'reason') return { action: { kind: 'set-status', status }, at: 2 };
    const reason = line.args[3];
    if (reason === undefined) return lacks(line, "a value behind 'reason'");
    return { action: { kind: 'set-status', status, reason: reason.text }, at: 4 };
  },
};

function readHttpRule(
  line: Line,
  proxy: ProxyDraft,
  rules: HttpRule[],
  readers: typeof COMMON,
): void {
  const name = line.text(0);
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader === undefined) {
    unknownAction(line, proxy, HTTP_ACTIONS_IGNORED, Object.keys(readers));
    return;
  }
  const read = reader(line);
  if (read !== undefined) addHttpRule(line, proxy, rules, read);
}

function addHttpRule(line: Line, proxy: ProxyDraft, rules: HttpRule[], { action, at }: Read): void {
  const when = readCondition(line, proxy, at);
  if (when === 'bad') return;
  rules.push(when === undefined ? action : { ...action, when });
}

export const RULE_HANDLERS: Readonly<Record<string, Handler>> = {
  'tcp-request inspect-delay': (line, { settings }) => {
    const delay = readDuration(line, line.args[0], `'${line.name}'`);
    if (delay !== undefined) settings.inspectDelay = delay;
  },
  'tcp-request connection': tcp('connection'),
  'tcp-request session': tcp('session'),
  'tcp-request content': tcp('content'),
  'tcp-response content': tcp('response'),
  'http-request': (line, proxy) => readHttpRule(line, proxy, proxy.httpRequestRules, REQUEST),
  'http-response': (line, proxy) => readHttpRule(line, proxy, proxy.httpResponseRules, RESPONSE),
  redirect: (line, proxy) => {
    const read = readRedirect(line, 0);
    if (read !== undefined) addHttpRule(line, proxy, proxy.redirectRules, read);
  },
};

interface Actions {
  readonly acted: readonly string[];
  readonly ignored: readonly string[];
  readonly refused: readonly string[];
}

/** For documentation. */
export const TCP_RULE_ACTIONS: Actions = {
  acted: ['accept', 'reject'],
  ignored: TCP_ACTIONS,
  refused: HTTP_ACTIONS_REFUSED,
};
export const HTTP_REQUEST_ACTIONS: Actions = {
  acted: Object.keys(REQUEST),
  ignored: HTTP_ACTIONS_IGNORED,
  refused: HTTP_ACTIONS_REFUSED.filter((name) => !Object.hasOwn(REQUEST, name)),
};
export const HTTP_RESPONSE_ACTIONS: Actions = {
  acted: Object.keys(RESPONSE),
  ignored: HTTP_ACTIONS_IGNORED,
  refused: HTTP_ACTIONS_REFUSED,
};
