/** How servers are asked: `option …chk`, `http-check`, `tcp-check`. */
import type { CheckConnect, HttpExpect, TcpCheckStep } from '../../model/proxy-check.ts';
import type { Word } from '../text/words.ts';
import { readCheckPlace } from './check-place.ts';
import type { Line } from './context.ts';
import type { CheckDraft, Mutable, ProxyDraft } from './proxy-draft.ts';
import { isPattern } from './regular-expression.ts';
import { readChoice, readNumber } from './values.ts';

type Handler = (line: Line, proxy: ProxyDraft) => void;

/** An `option` line begins anew what the check is. */
function begin(proxy: ProxyDraft, kind: CheckDraft['kind']): CheckDraft {
  const { check } = proxy.settings;
  check.kind = kind;
  return check;
}

export const CHECK_HANDLERS: Readonly<Record<string, Handler>> = {
  'option httpchk': (line, proxy) => {
    const check = begin(proxy, 'http');
    const [first, second, third, ...more] = line.args.map(({ text }) => text);
    delete check.method;
    delete check.uri;
    delete check.version;
    check.headers = [];
    if (first !== undefined && second === undefined) check.uri = first;
    else if (first !== undefined) {
      check.method = first;
      if (second !== undefined) check.uri = second;
    }
    if (third !== undefined) readOldVersion(line, check, [third, ...more].join(' '));
  },
  'option tcp-check': (_, proxy) => void begin(proxy, 'tcp'),
  'option redis-check': (_, proxy) => void begin(proxy, 'redis'),
  'option ldap-check': (_, proxy) => void begin(proxy, 'ldap'),
  'option ssl-hello-chk': (_, proxy) => void begin(proxy, 'ssl-hello'),
  'option mysql-check': (line, proxy) => {
    const check = begin(proxy, 'mysql');
    delete check.user;
    if (line.args.length === 0) return;
    const isUser = readChoice(line, line.args[0], "'option mysql-check'", ['user']);
    if (isUser === undefined) return;
    if (line.args[1] === undefined) line.tell('missing-argument', 0, "'user' lacks its name");
    else check.user = line.text(1);
    if (line.args[2] === undefined) return;
    const version = readChoice(line, line.args[2], 'the protocol', ['post-41', 'pre-41']);
    if (version !== undefined) check.mysqlVersion = version;
  },
  'option pgsql-check': (line, proxy) => {
    const check = begin(proxy, 'pgsql');
    if (readChoice(line, line.args[0], "'option pgsql-check'", ['user']) === undefined) return;
    if (line.args[1] === undefined) line.tell('missing-argument', 0, "'user' lacks its name");
    else check.user = line.text(1);
  },
  'option smtpchk': (line, proxy) => {
    const check = begin(proxy, 'smtp');
    const isWhole = line.args.length === 2 && /^(?:HELO|EHLO)$/.test(line.text(0));
    check.greeting = isWhole ? `${line.text(0)} ${line.text(1)}` : 'HELO localhost';
  },
  'http-check disable-on-404': (_, { settings }) => {
    settings.check.disableOn404 = true;
  },
  'http-check send': readHttpSend,
  'http-check connect': (line, { settings }) => {
    const connect = readConnect(line);
    if (connect !== undefined) settings.check.httpSteps.push(connect);
  },
  'http-check expect': (line, { settings }) => {
    const expect = readHttpExpect(line);
    if (expect !== undefined) settings.check.httpSteps.push(expect);
  },
  'tcp-check connect': (line, { settings }) => {
    const connect = readConnect(line);
    if (connect !== undefined) settings.check.tcpSteps.push(connect);
  },
  'tcp-check send': (line, { settings }) => {
    settings.check.tcpSteps.push({ kind: 'send', data: toBytes(line.text(0)) });
    readComment(line, 1);
  },
  'tcp-check send-binary': (line, { settings }) => {
    const data = readHex(line, 0);
    if (data !== undefined) settings.check.tcpSteps.push({ kind: 'send', data });
    readComment(line, 1);
  },
  'tcp-check expect': (line, { settings }) => {
    const expect = readTcpExpect(line, settings.check);
    if (expect !== undefined) settings.check.tcpSteps.push(expect);
  },
  'tcp-check comment': (line, { settings }) => {
    settings.check.comment = line.args.map(({ text }) => text).join(' ');
  },
};

/** `HTTP/1.1\r\nHost:\ x`: headers behind the version were the only way once. */
function readOldVersion(line: Line, check: CheckDraft, text: string): void {
  const [version = '', ...lines] = text.split('\r\n');
  check.version = version;
  const [head, ...body] = lines.join('\r\n').split('\r\n\r\n');
  for (const header of (head ?? '').split('\r\n')) {
    const found = /^([^:]+):\s*(.*)$/.exec(header);
    if (found !== null) check.headers.push([found[1] ?? '', found[2] ?? '']);
  }
  if (body.length > 0) check.body = body.join('\r\n\r\n');
  if (lines.length > 0) {
    line.tell(
      'deprecated',
      2,
      'headers behind the version are an old trick',
      'write http-check send hdr NAME VALUE',
    );
  }
}

function readHttpSend(line: Line, { settings }: ProxyDraft): void {
  const send: Mutable<Extract<CheckDraft['httpSteps'][number], { kind: 'send' }>> = {
    kind: 'send',
    method: '',
    uri: '',
    version: '',
    headers: [],
  };
  const headers: (readonly [string, string])[] = [];
  for (let at = 0; at < line.args.length; at += 2) {
    const word = line.args[at];
    const name = word?.text ?? '';
    const value = line.args[at + 1];
    const known = ['meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body', 'body-lf', 'comment'];
    if (readChoice(line, word, "'http-check send'", known) === undefined) return;
    if (value === undefined) {
      line.tell('missing-argument', word, `'${name}' lacks its value`);
      return;
    }
    if (name === 'hdr') {
      const content = line.args[at + 2];
      if (content === undefined) {
        line.tell('missing-argument', word, "'hdr' is followed by a name and a value");
        return;
      }
      headers.push([value.text, content.text]);
      at++;
    } else if (name === 'meth') send.method = value.text;
    else if (name.startsWith('uri')) send.uri = value.text;
    else if (name === 'ver') send.version = value.text;
    else if (name.startsWith('body')) send.body = value.text;
  }
  settings.check.httpSteps.push({ ...send, headers });
}

function readHttpExpect(line: Line): HttpExpect | undefined {
  const start = skipExpectOptions(line);
  const { negated, at, word } = readNegation(line, start);
  const matches = ['status', 'rstatus', 'string', 'rstring', 'hdr', 'fhdr', 'string-lf'] as const;
  const match = readChoice(line, word, "'http-check expect'", matches);
  const value = line.args[at + 1];
  if (match === undefined) return undefined;
  if (value === undefined) {
    line.tell('missing-argument', line.args[at], `'${match}' lacks its pattern`);
    return undefined;
  }
  switch (match) {
    case 'status': {
      const ranges = readRanges(line, at + 1);
      return ranges === undefined ? undefined : { kind: 'expect', negated, match, ranges };
    }
    case 'hdr':
    case 'fhdr':
      return readHeaderExpect(line, at + 1, negated);
    case 'string-lf':
      return { kind: 'expect', negated, match: 'string', pattern: value.text };
    default:
      if (match !== 'string' && !isPattern(line, at + 1)) return undefined;
      return { kind: 'expect', negated, match, pattern: value.text };
  }
}

/** `name NAME [value VALUE]`. */
function readHeaderExpect(line: Line, from: number, negated: boolean): HttpExpect | undefined {
  let name: string | undefined;
  let value: string | undefined;
  for (let at = from; at < line.args.length; at += 2) {
    const word = line.text(at);
    if (word === '-m') continue;
    if (word.startsWith('name')) name = line.text(at + 1);
    else if (word.startsWith('value')) value = line.text(at + 1);
    else if (word === 'full' || word === 'log-message') break;
  }
  if (name === undefined || name === '') {
    line.tell('missing-argument', line.args[from], "'hdr' is followed by name NAME");
    return undefined;
  }
  return { kind: 'expect', negated, match: 'hdr', name, ...(value !== undefined && { value }) };
}

/** `200,300-399`. */
function readRanges(line: Line, at: number): (readonly [number, number])[] | undefined {
  const ranges: (readonly [number, number])[] = [];
  for (const part of line.text(at).split(',')) {
    const found = /^(\d+)(?:-(\d+))?$/.exec(part);
    const from = Number(found?.[1]);
    const to = Number(found?.[2] ?? found?.[1]);
    if (found === null || from > to || from < 100 || to > 999) {
      line.fail(line.args[at], `'${part}' is no status, and no range of them`);
      return undefined;
    }
    ranges.push([from, to]);
  }
  return ranges;
}

/** `!` by itself or before the word that it is about; where that word stands. */
function readNegation(
  line: Line,
  start: number,
): { readonly negated: boolean; readonly at: number; readonly word: Word | undefined } {
  const word = line.args[start];
  if (word?.text === '!') return { negated: true, at: start + 1, word: line.args[start + 1] };
  if (word === undefined || !word.text.startsWith('!')) return { negated: false, at: start, word };
  const rest = { ...word, text: word.text.slice(1), column: word.column + 1 };
  return { negated: true, at: start, word: rest };
}

function readTcpExpect(line: Line, check: CheckDraft): TcpCheckStep | undefined {
  const start = skipExpectOptions(line);
  const { negated, at, word } = readNegation(line, start);
  const matches = ['string', 'rstring', 'binary', 'rbinary'] as const;
  const match = readChoice(line, word, "'tcp-check expect'", matches);
  const value = line.args[at + 1];
  if (match === undefined) return undefined;
  if (value === undefined) {
    line.tell('missing-argument', line.args[at], `'${match}' lacks its pattern`);
    return undefined;
  }
  const isRegular = match === 'rstring' || match === 'rbinary';
  if (isRegular && !isPattern(line, at + 1)) return undefined;
  const pattern =
    match === 'binary' ? readHex(line, at + 1) : isRegular ? value.text : toBytes(value.text);
  if (pattern === undefined) return undefined;
  const comment = readComment(line, 0) ?? check.comment;
  delete check.comment;
  const step = { kind: 'expect', negated, match, pattern } as const;
  return comment === undefined ? step : { ...step, comment };
}

const EXPECT_OPTIONS = [
  ...['min-recv', 'comment', 'ok-status', 'error-status', 'tout-status', 'on-success', 'on-error'],
  'status-code',
];

/** `min-recv N comment TEXT …` before the pattern. */
function skipExpectOptions(line: Line): number {
  let at = 0;
  while (EXPECT_OPTIONS.includes(line.text(at))) {
    if (line.text(at) === 'min-recv')
      readNumber(line, line.args[at + 1], "'min-recv'", { least: -1 });
    at += 2;
  }
  return at;
}

function readComment(line: Line, from: number): string | undefined {
  const at = line.args.findIndex(({ text }, index) => index >= from && text === 'comment');
  return at === -1 ? undefined : line.text(at + 1);
}

function readConnect(line: Line): CheckConnect | undefined {
  const connect: Mutable<CheckConnect> = { kind: 'connect', tls: false, sendProxy: false };
  for (let at = 0; at < line.args.length; at++) {
    const word = line.args[at];
    const value = line.args[at + 1];
    const name = word?.text ?? '';
    const flags = ['default', 'ssl', 'send-proxy', 'linger', 'via-socks4'];
    const valued = ['port', 'addr', 'sni', 'alpn', 'comment', 'proto'];
    if (readChoice(line, word, `'${line.name}'`, [...flags, ...valued]) === undefined)
      return undefined;
    if (valued.includes(name)) {
      at++;
      if (value === undefined) {
        line.tell('missing-argument', word, `'${name}' lacks its value`);
        return undefined;
      }
    }
    if (name === 'ssl') connect.tls = true;
    else if (name === 'default') connect.asServer = true;
    else if (name === 'comment') connect.comment = value?.text ?? '';
    else if (name === 'send-proxy') connect.sendProxy = true;
    else if (name === 'sni') connect.sni = value?.text ?? '';
    else if (name === 'port') {
      const port = readNumber(line, value, "'port'", { least: 1, most: 65_535 });
      if (port === undefined) return undefined;
      connect.port = port;
    } else if (name === 'addr') {
      const place = value === undefined ? undefined : readCheckPlace(line, value);
      if (place === undefined) return undefined;
      connect.ip = place.ip;
      if (place.port !== undefined) connect.port ??= place.port;
    } else if (name === 'via-socks4') {
      line.tell('not-supported', word, "'via-socks4' is not supported: SOCKS is not spoken");
    }
  }
  return connect;
}

function readHex(line: Line, at: number): string | undefined {
  const text = line.text(at);
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(text)) {
    return line.fail(line.args[at], 'bytes are written as pairs of hexadecimal digits');
  }
  return text.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
}

/** One character a byte, of UTF-8. */
function toBytes(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
