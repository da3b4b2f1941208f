/** Lines of defaults, frontend, listen and backend. */
import { parseIp } from '../../../base/ip.ts';
import type { ForwardFor, ProxyOption, ProxyTimeouts } from '../../model/proxy.ts';
import { describeFailure } from '../files.ts';
import { positionOf } from '../text/statements.ts';
import { readBalance, readHashType } from './balance.ts';
import { readBind } from './binds.ts';
import { CHECK_HANDLERS } from './checks.ts';
import { readAclLine, readCondition } from './conditions.ts';
import type { Line } from './context.ts';
import { isFormat } from './formats.ts';
import { readLogTarget } from './log-target.ts';
import { readCookie, readStickTable } from './persistence.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import { refer } from './references.ts';
import { RULE_HANDLERS } from './rules.ts';
import { readDefaultServer, readServer, readServerTemplate } from './servers.ts';
import { readSource } from './source.ts';
import { STATS_HANDLERS } from './stats.ts';
import { readChoice, readDuration, readNumber } from './values.ts';

type Handler = (line: Line, proxy: ProxyDraft) => void;

const number =
  (field: 'maxconn' | 'fullconn' | 'backlog' | 'retries'): Handler =>
  (line, { settings }) => {
    const value = readNumber(line, line.args[0], `'${field}'`);
    if (value !== undefined) settings[field] = value;
  };

const timeout =
  (field: keyof ProxyTimeouts): Handler =>
  (line, { settings }) => {
    const time = readDuration(line, line.args[0], `'${line.name}'`);
    if (time === undefined) settings.unread.add(field);
    else if (time === 0) delete settings.timeouts[field];
    else settings.timeouts[field] = time;
  };

const option =
  (...options: ProxyOption[]): Handler =>
  (_, { settings }) => {
    for (const name of options) settings.options.set(name, true);
  };

const connection =
  (kind: 'keep-alive' | 'server-close' | 'close'): Handler =>
  (_, { settings }) => {
    settings.httpConnection = kind;
  };

const logFormat =
  (kind: 'tcplog' | 'httplog'): Handler =>
  (line, { settings }) => {
    const isClf = line.args[0]?.text === 'clf';
    if (line.args.length > 0) readChoice(line, line.args[0], `'${line.name}'`, ['clf']);
    if (isClf && kind === 'tcplog') {
      line.tell('later-version', 0, "'option tcplog clf' is known to HAProxy from version 2.9 on");
    }
    settings.logFormat = { kind: isClf && kind === 'httplog' ? 'clf' : kind };
    settings.logFormatAt = positionOf(line.statement);
  };

const GENERAL: Readonly<Record<string, Handler>> = {
  mode: (line, { settings }) => {
    settings.unread.add('mode');
    if (line.text(0) === 'health') {
      const hint = 'write mode http with http-request return, or monitor-uri';
      line.tell('removed-keyword', 0, "'mode health' is no longer part of the language", hint);
      return;
    }
    const mode = readChoice(line, line.args[0], "'mode'", ['tcp', 'http']);
    if (mode === undefined) return;
    settings.mode = mode;
    settings.unread.delete('mode');
  },
  bind: readBind,
  server: readServer,
  'default-server': readDefaultServer,
  'server-template': readServerTemplate,
  default_backend: (line, { settings }) => {
    settings.defaultBackend = { name: line.text(0), at: positionOf(line.statement, line.args[0]) };
  },
  use_backend: (line, proxy) => {
    const when = readCondition(line, proxy, 1);
    if (when === 'bad') return;
    const at = positionOf(line.statement, line.args[0]);
    const backend = { name: line.text(0), at };
    if (backend.name.includes('%[')) {
      line.tell('not-supported', 0, 'a backend whose name is made at run time is not supported');
      return;
    }
    proxy.switching.push(when === undefined ? { backend } : { backend, when });
  },
  acl: readAclLine,
  balance: readBalance,
  'hash-type': readHashType,
  retries: number('retries'),
  maxconn: number('maxconn'),
  fullconn: number('fullconn'),
  backlog: number('backlog'),
  id: (line, proxy) => {
    const id = readNumber(line, line.args[0], "'id'", { least: 1 });
    if (id !== undefined) proxy.id = id;
  },
  description: (line, proxy) => {
    proxy.description = line.args.map(({ text }) => text).join(' ');
  },
  disabled: (_, { settings }) => {
    settings.disabled = true;
  },
  enabled: (_, { settings }) => {
    settings.disabled = false;
  },
  log: (line, { settings }) => {
    if (line.text(0) === 'global') {
      settings.logs.push('global');
      return;
    }
    const target = readLogTarget(line);
    if (target !== undefined) settings.logs.push(target);
  },
  'no log': (_, { settings }) => {
    settings.logs.length = 0;
  },
  'log-format': (line, { settings }) => {
    const ofHttp = new Set<string>();
    if (!isFormat(line, line.args[0], ofHttp)) return;
    settings.logFormat = { kind: 'custom', format: line.text(0) };
    settings.logFormatAt = positionOf(line.statement);
    settings.logOfHttp = [...ofHttp][0];
  },
  'log-tag': (line, { settings }) => {
    settings.logTag = line.text(0);
  },
  errorfile: readErrorFile,
  errorfiles: readErrorFiles,
  errorloc: errorLocation(302),
  errorloc302: errorLocation(302),
  errorloc303: errorLocation(303),
  'monitor-uri': (line, { settings }) => {
    settings.monitorUri = line.text(0);
  },
  'monitor fail': (line, proxy) => {
    const condition = readCondition(line, proxy, 0);
    if (condition !== undefined && condition !== 'bad') proxy.monitorFail = condition;
  },
  source: (line, { settings }) => {
    const source = readSource(line, 0);
    if (source !== undefined) settings.source = source;
  },
  cookie: readCookie,
  'stick-table': (line) => readStickTable(line),
  stick: (line, proxy) => {
    const table = line.args.findIndex(({ text }) => text === 'table');
    refer(line, 'table', table === -1 ? proxy.name : line.text(table + 1));
  },
  'external-check command': (line) => {
    line.tell('not-applied', undefined, 'checks by programs are not run');
  },
};

const TIMEOUTS: Readonly<Record<string, Handler>> = {
  'timeout connect': timeout('connect'),
  'timeout client': timeout('client'),
  'timeout server': timeout('server'),
  'timeout queue': timeout('queue'),
  'timeout check': timeout('check'),
  'timeout http-request': timeout('httpRequest'),
  'timeout http-keep-alive': timeout('httpKeepAlive'),
  'timeout tunnel': timeout('tunnel'),
  'timeout client-fin': timeout('clientFin'),
  'timeout server-fin': timeout('serverFin'),
  'timeout tarpit': timeout('tarpit'),
  clitimeout: timeout('client'),
  srvtimeout: timeout('server'),
  contimeout: timeout('connect'),
};

const PLAIN_OPTIONS: readonly ProxyOption[] = [
  ...(['allbackups', 'dontlognull', 'dontlog-normal', 'log-separate-errors'] as const),
  ...(['log-health-checks', 'logasap', 'clitcpka', 'srvtcpka', 'persist', 'nolinger'] as const),
  ...(['abortonclose', 'http-ignore-probes', 'socket-stats', 'holdfast-offload'] as const),
];

const redispatch: Handler = (line, { settings }) => {
  const every = readNumber(
    line,
    line.args[0] ?? { text: '-1', column: 1, isQuoted: false },
    "'option redispatch'",
    { least: -0x7fff_ffff },
  );
  if (every !== undefined) settings.redispatch = every;
};

const OPTIONS: Readonly<Record<string, Handler>> = {
  ...Object.fromEntries(PLAIN_OPTIONS.map((name) => [`option ${name}`, option(name)])),
  'option tcpka': option('clitcpka', 'srvtcpka'),
  'option tcplog': logFormat('tcplog'),
  'option httplog': logFormat('httplog'),
  'option redispatch': redispatch,
  redisp: redispatch,
  redispatch,
  'option forwardfor': readForwardFor,
  'option http-keep-alive': connection('keep-alive'),
  'option http-server-close': connection('server-close'),
  'option httpclose': connection('close'),
  'option forceclose': connection('close'),
  'option http-use-htx': () => undefined,
};

export const PROXY_HANDLERS: Readonly<Record<string, Handler>> = {
  ...GENERAL,
  ...TIMEOUTS,
  ...OPTIONS,
  ...CHECK_HANDLERS,
  ...STATS_HANDLERS,
  ...RULE_HANDLERS,
};

/** `no option X`, `default option X`: as if it had not been said. */
export function withdrawOption(name: string, { settings }: ProxyDraft): void {
  const plain = PLAIN_OPTIONS.find((known) => `option ${known}` === name);
  if (plain !== undefined) settings.options.delete(plain);
  else if (name === 'option redispatch') settings.redispatch = 0;
  else if (name === 'option forwardfor') delete settings.forwardFor;
  else if (name === 'option tcpka') {
    settings.options.delete('clitcpka');
    settings.options.delete('srvtcpka');
  } else if (/^option http-(?:server-close|keep-alive)$|^option httpclose$/.test(name)) {
    settings.httpConnection = 'keep-alive';
  }
}

function readForwardFor(line: Line, { settings }: ProxyDraft): void {
  let except: ForwardFor['except'];
  let header = 'X-Forwarded-For';
  let ifNone = false;
  for (let at = 0; at < line.args.length; at++) {
    const choices = ['except', 'header', 'if-none'] as const;
    const choice = readChoice(line, line.args[at], "'option forwardfor'", choices);
    if (choice === undefined) return;
    if (choice === 'if-none') {
      ifNone = true;
      continue;
    }
    const value = line.args[++at];
    if (value === undefined) {
      line.tell('missing-argument', line.args[at - 1], `'${choice}' lacks its value`);
      return;
    }
    if (choice === 'header') header = value.text;
    else {
      except = readNetwork(value.text);
      if (except === undefined)
        line.fail(value, `'${value.text}' is no network`, 'ADDRESS[/LENGTH]');
    }
  }
  settings.forwardFor = { header, ifNone, ...(except !== undefined && { except }) };
  settings.forwardForAt = positionOf(line.statement);
}

function readNetwork(text: string): ForwardFor['except'] {
  const [, address = '', mask] = /^([^/]*)(?:\/(.*))?$/.exec(text) ?? [];
  const ip = parseIp(address);
  if (ip === undefined) return undefined;
  const bits = ip.includes(':') ? 128 : 32;
  const length = mask === undefined ? bits : lengthOf(mask);
  return length === undefined || length > bits ? undefined : { ip, length };
}

/** A number, or a netmask. */
function lengthOf(mask: string): number | undefined {
  if (/^\d+$/.test(mask)) return Number(mask);
  const ip = parseIp(mask);
  if (ip === undefined || ip.includes(':')) return undefined;
  const bits = ip
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.replace(/0/g, '').length : undefined;
}

/** Whose page can be told. */
export const ERROR_STATUS = [
  200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 421, 422, 425, 429, 500, 501, 502, 503, 504,
];

function readErrorStatus(line: Line): number | undefined {
  const status = Number(line.text(0));
  if (ERROR_STATUS.includes(status)) return status;
  line.fail(0, `there is no page for the status '${line.text(0)}': ${ERROR_STATUS.join(', ')}`);
  return undefined;
}

/** The client is sent to where the page is. */
function errorLocation(code: 302 | 303): Handler {
  const reason = code === 302 ? 'Found' : 'See Other';
  return (line, { settings }) => {
    const status = readErrorStatus(line);
    if (status === undefined) return;
    const lines = ['Cache-Control: no-cache', 'Content-length: 0', `Location: ${line.text(1)}`];
    const page = [`HTTP/1.1 ${code} ${reason}`, ...lines, '', ''].join('\r\n');
    settings.errorFiles.set(status, page);
  };
}

export function readErrorPage(line: Line): { status: number; page: string } | undefined {
  const status = readErrorStatus(line);
  if (status === undefined) return undefined;
  const path = line.text(1);
  if (path === '/dev/null') return { status, page: '' };
  const read = line.context.files.read(path, 'bytes');
  if (!read.ok) {
    line.tell('file-unreadable', 1, `'${path}' is not read: ${describeFailure(read.reason)}`);
    return undefined;
  }
  if (read.value !== '' && !/^HTTP\/\d\.\d \d{3}/.test(read.value)) {
    line.fail(
      1,
      `'${path}' is no whole response`,
      "its first line is 'HTTP/1.0 503 Service Unavailable' or the like",
    );
    return undefined;
  }
  return { status, page: read.value };
}

function readErrorFile(line: Line, { settings }: ProxyDraft): void {
  const page = readErrorPage(line);
  if (page !== undefined) settings.errorFiles.set(page.status, page.page);
}

function readErrorFiles(line: Line, { settings }: ProxyDraft): void {
  const [name, ...wanted] = line.args;
  const pages = line.context.errorPages.get(name?.text ?? '');
  if (pages === undefined) {
    line.fail(name, `there is no section http-errors '${name?.text ?? ''}' before this line`);
    return;
  }
  for (const [status, page] of pages) {
    const isWanted = wanted.length === 0 || wanted.some(({ text }) => Number(text) === status);
    if (isWanted) settings.errorFiles.set(status, page);
  }
}
