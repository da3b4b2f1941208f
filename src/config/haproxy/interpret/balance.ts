import type { Balance } from '../../model/proxy.ts';
import type { Line } from './context.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import { readSample } from './samples.ts';
import { meantHint, readChoice, readNumber } from './values.ts';

const PLAIN = ['roundrobin', 'static-rr', 'leastconn', 'first', 'source'] as const;
const ALL = [...PLAIN, 'random', 'uri', 'url_param', 'hdr', 'hash', 'rdp-cookie'];

export function readBalance(line: Line, { settings }: ProxyDraft): void {
  const algorithm = line.args.length === 0 ? { kind: 'roundrobin' as const } : readAlgorithm(line);
  if (algorithm !== undefined) settings.algorithm = algorithm;
}

function readAlgorithm(line: Line): Omit<Balance, 'hash'> | undefined {
  const text = line.text(0);
  const plain = PLAIN.find((kind) => kind === text);
  if (plain !== undefined) return { kind: plain };
  const [, name = '', argument] = /^([a-z_-]+)(?:\((.*)\))?$/.exec(text) ?? [];
  switch (name) {
    case 'random': {
      const draws = argument === undefined ? 2 : Number(argument);
      if (Number.isInteger(draws) && draws > 0) return { kind: 'random', draws } as Balance;
      return line.fail(0, `'random(${argument ?? ''})' draws a number of servers`);
    }
    case 'uri':
      return readUri(line);
    case 'url_param':
      return line.args[1] === undefined
        ? lacksName(line)
        : ({ kind: 'url_param', name: line.text(1) } as Balance);
    case 'hdr':
      return argument === undefined || argument === ''
        ? lacksName(line)
        : ({ kind: 'hdr', name: argument } as Balance);
    case 'hash': {
      const sample = readSample(line, line.args[1]);
      return sample === undefined ? undefined : ({ kind: 'hash', sample } as Balance);
    }
    case 'rdp-cookie':
      line.tell('not-supported', 0, "'rdp-cookie' is not supported", 'write balance source');
      return undefined;
    default:
      return line.fail(
        0,
        `'${text}' is no way to balance: ${ALL.join(', ')}`,
        meantHint(text, ALL),
      );
  }
}

function lacksName(line: Line): undefined {
  line.tell('missing-argument', 0, `'${line.text(0)}' lacks its name`);
  return undefined;
}

function readUri(line: Line): Omit<Balance, 'hash'> | undefined {
  let len: number | undefined;
  let depth: number | undefined;
  let whole = false;
  for (let at = 1; at < line.args.length; at++) {
    const options = ['len', 'depth', 'whole', 'path-only'] as const;
    const option = readChoice(line, line.args[at], "'balance uri'", options);
    if (option === undefined) return undefined;
    if (option === 'whole') whole = true;
    if (option !== 'len' && option !== 'depth') continue;
    const number = readNumber(line, line.args[++at], `'${option}'`, { least: 1 });
    if (number === undefined) return undefined;
    if (option === 'len') len = number;
    else depth = number;
  }
  const limits = { ...(len !== undefined && { len }), ...(depth !== undefined && { depth }) };
  return { kind: 'uri', whole, ...limits } as Balance;
}

export function readHashType(line: Line, { settings }: ProxyDraft): void {
  const type = readChoice(line, line.args[0], "'hash-type'", ['map-based', 'consistent']);
  if (type === undefined) return;
  settings.hash = type;
  if (line.args[1] === undefined) return;
  const functions = ['sdbm', 'djb2', 'wt6', 'crc32', 'none'];
  const chosen = readChoice(line, line.args[1], 'the function of a hash', functions);
  if (chosen === undefined || line.args[2] === undefined) return;
  readChoice(line, line.args[2], 'what follows it', ['avalanche']);
}
