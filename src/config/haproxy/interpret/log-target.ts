/** `log ADDRESS [len N] [format F] [sample R:N] FACILITY [LEVEL [LEAST]]`. */
import { ipFamily, parseIp } from '../../../base/ip.ts';
import type { LogTarget } from '../../model/proxy.ts';
import { addressText, readAddress, shellMistake } from './address.ts';
import type { Line } from './context.ts';
import { readChoice, readNumber } from './values.ts';

const FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news'],
  ...['uucp', 'cron', 'auth2', 'ftp', 'ntp', 'audit', 'alert', 'cron2'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
];
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];
const FORMATS = [
  ...(['rfc3164', 'rfc5424', 'local', 'priority', 'short', 'timed', 'iso', 'raw'] as const),
];

const PORT_SYSLOG = 514;
const LENGTH = 1024;
const LENGTH_LEAST = 80;

/** Tag and host's name are put in when all of global is known; so is the format where none is chosen. */
export type LogDraft = Omit<LogTarget, 'format'> & Partial<Pick<LogTarget, 'format'>>;

export function readLogTarget(line: Line): LogDraft | undefined {
  const to = readTarget(line);
  if (to === undefined) return undefined;
  let length = LENGTH;
  let format: LogTarget['format'] | undefined;
  let at = 1;
  for (; ['len', 'format', 'sample'].includes(line.text(at)); at += 2) {
    const what = line.text(at);
    const word = line.args[at + 1];
    if (what === 'len') {
      length = readNumber(line, word, "'len'", { least: LENGTH_LEAST, most: 65_535 }) ?? length;
    } else if (what === 'format') {
      format = readChoice(line, word, 'the format of a log', FORMATS) ?? format;
    } else {
      line.tell('not-applied', word, "'sample' is not applied: every line is sent");
    }
  }
  if (line.args[at] === undefined) {
    line.tell('missing-argument', undefined, "'log' ends with a facility", 'such as local0');
    return undefined;
  }
  const facility = readChoice(line, line.args[at], 'the facility', FACILITIES);
  const maxLevel = line.args[at + 1] === undefined ? 'debug' : readLevel(line, at + 1);
  const minLevel = line.args[at + 2] === undefined ? 'emerg' : readLevel(line, at + 2);
  const surplus = line.args[at + 3];
  if (surplus !== undefined) {
    line.tell('too-many-arguments', surplus, `'${surplus.text}' is too much behind 'log'`);
  }
  if (facility === undefined || maxLevel === undefined || minLevel === undefined) return undefined;
  return {
    to,
    ...(format !== undefined && { format }),
    facility: FACILITIES.indexOf(facility),
    maxLevel: LEVELS.indexOf(maxLevel),
    minLevel: LEVELS.indexOf(minLevel),
    length,
    tag: 'haproxy',
  };
}

function readLevel(line: Line, at: number): string | undefined {
  return readChoice(line, line.args[at], 'a level', LEVELS);
}

function readTarget(line: Line): LogTarget['to'] | undefined {
  const word = line.args[0];
  const text = word === undefined ? '' : addressText(word);
  if (text === 'stdout') return { kind: 'descriptor', fd: 1 };
  if (text === 'stderr') return { kind: 'descriptor', fd: 2 };
  if (text.startsWith('ring@')) {
    line.tell('not-supported', word, "rings are not kept: write an address behind 'log'");
    return undefined;
  }
  const mistake = word === undefined ? undefined : shellMistake(word);
  if (mistake !== undefined) {
    line.tell('literal-variable', word, mistake.message, mistake.hint);
    return undefined;
  }
  const read = readAddress(text);
  if (!read.ok) {
    line.tell('invalid-address', word, read.message);
    return undefined;
  }
  const { address } = read;
  if (address.kind === 'descriptor') return address;
  if (address.kind === 'unix') return address;
  if (address.kind === 'abstract') {
    line.tell('not-supported', word, 'an abstract socket cannot be logged to');
    return undefined;
  }
  const port = address.port.kind === 'ports' ? address.port.from : PORT_SYSLOG;
  const { host } = address;
  if (host.kind === 'ip') return { kind: 'udp', ip: host.ip, port };
  const name = host.kind === 'any' ? 'localhost' : host.name;
  const loopback = parseIp(host.family === 6 ? '::1' : '127.0.0.1');
  const ip = host.kind === 'any' ? loopback : line.context.resolve(name, 'ipv4');
  if (ip !== undefined && (host.family === undefined || ipFamily(ip) === host.family)) {
    return { kind: 'udp', ip, port };
  }
  line.tell('invalid-address', word, `'${name}' has no address to be logged to`);
  return undefined;
}
