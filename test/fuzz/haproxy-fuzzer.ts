import { createRng, type Rng } from '../../src/base/rng.ts';
import { createMemoryFiles } from '../../src/config/haproxy/files.ts';
import { BIND_OPTIONS } from '../../src/config/haproxy/grammar/bind-options.ts';
import { GLOBAL_KEYWORDS } from '../../src/config/haproxy/grammar/global-keywords.ts';
import { PROXY_KEYWORDS } from '../../src/config/haproxy/grammar/proxy-keywords.ts';
import { SECTION_NAMES } from '../../src/config/haproxy/grammar/sections.ts';
import { SERVER_OPTIONS } from '../../src/config/haproxy/grammar/server-options.ts';
import { type HaproxyReading, readHaproxy } from '../../src/config/haproxy/index.ts';
import { formatAsHaproxy } from '../../src/config/haproxy/shape.ts';
import { readCorpus } from '../conformance/haproxy/corpus.ts';

export interface HaproxyFuzzReport {
  readonly configurations: number;
  readonly codes: ReadonlyMap<string, number>;
  /** Without an error, and with a proxy that is left. */
  readonly clean: number;
  readonly withProxies: number;
  readonly slowestMs: number;
  readonly failures: readonly { readonly number: number; text: string; error: string }[];
}

export interface HaproxyFuzzOptions {
  readonly seed: number;
  readonly count: number;
  readonly onProgress?: (done: number, failures: number) => void;
}

const SLOW_MS = 1000;
const LENGTH_MAX = 50_000;
const FAILURES_MAX = 20;

const WORDS: readonly string[] = [
  ...[...GLOBAL_KEYWORDS, ...PROXY_KEYWORDS, ...BIND_OPTIONS, ...SERVER_OPTIONS].map(
    ({ name }) => name,
  ),
  ...SECTION_NAMES,
];
const TOKENS = [
  ...[
    '"',
    "'",
    '\\',
    '\\"',
    '#',
    '\\x',
    '\\x4',
    '{',
    '}',
    '{ ',
    ' }',
    '(',
    ')',
    ',',
    '!',
    '%',
    '%[',
  ],
  ...[
    '$A',
    `"\${A}"`,
    `"\${A-`,
    `"\${A[*]}"`,
    '"$',
    '\n.if ',
    '\n.if 1\n',
    '\n.elif ',
    '\n.else\n',
  ],
  ...['\n.endif\n', '\n.notice ', 'defined(A)', 'streq(a,', '||', '&&', ' or ', ' if ', ' unless '],
  ...['\0', '\r\n', '\uFEFF', 'ä', '\t', ' from ', '\nno option ', '\ndefault ', ':', '::', '*:80'],
  ...['0', '-1', '1', '65535', '65536', ':1-65535', '4294967296', '99999999999999999999', '1.5s'],
  ...['10.0.0.1', '10.0.0.1:80', '[fd00::1]:80', '/run/x', 'fd@3', 'abns@x', 'unix@', 'ipv6@'],
  ...[
    '{ src 10.0.0.0/8 }',
    'hdr(host),lower',
    'path_beg',
    '-m reg',
    '[',
    '-f',
    '-i',
    '%[src]',
    '%ci',
  ],
  ...['setenv A b', 'TRUE', 'or', 'x', '\n', '\n', ' '],
];

/** Reads configurations that are mutated from those of the corpus. */
export function fuzzHaproxy({ seed, count, onProgress }: HaproxyFuzzOptions): HaproxyFuzzReport {
  const rng = createRng(seed);
  const seeds = readCorpus().map(({ text }) => text);
  const codes = new Map<string, number>();
  const failures: { number: number; text: string; error: string }[] = [];
  let [clean, withProxies, slowestMs] = [0, 0, 0];
  for (let number = 0; number < count && failures.length < FAILURES_MAX; number++) {
    const text = mutate(rng, seeds);
    try {
      const { reading, elapsedMs } = timed(text);
      slowestMs = Math.max(slowestMs, elapsedMs);
      if (elapsedMs > SLOW_MS) throw new Error(`${Math.round(elapsedMs)} ms`);
      check(reading, text);
      // Reading twice costs twice: one in eight suffices.
      if (number % 8 === 0) compare(reading, read(text));
      const isClean = reading.diagnostics.every(({ severity }) => severity !== 'error');
      if (isClean) clean++;
      if (reading.config.proxies.length > 0) withProxies++;
      for (const { code } of reading.diagnostics) codes.set(code, (codes.get(code) ?? 0) + 1);
    } catch (error) {
      const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failures.push({ number, text, error: said });
    }
    onProgress?.(number + 1, failures.length);
  }
  return { configurations: count, codes, clean, withProxies, slowestMs, failures };
}

function read(text: string): HaproxyReading {
  const files = createMemoryFiles({ f: text, x: '10.0.0.1\nb\n', '/dev/null': '' });
  return readHaproxy({ paths: ['f'], files, environment: { A: 'one two', HOME: '/' } });
}

/** Time on a processor; a slow reading counts when it is slow again. */
function timed(text: string): { reading: HaproxyReading; elapsedMs: number } {
  let fastest = Number.POSITIVE_INFINITY;
  let reading: HaproxyReading | undefined;
  for (let round = 0; round < 3 && fastest > SLOW_MS; round++) {
    const started = process.cpuUsage();
    reading = read(text);
    const { user, system } = process.cpuUsage(started);
    fastest = Math.min(fastest, (user + system) / 1000);
  }
  if (reading === undefined) throw new Error('nothing was read');
  return { reading, elapsedMs: fastest };
}

/** Words of ours that would be slips may stand in the text as well. */
function check({ config, diagnostics }: HaproxyReading, text: string): void {
  const slips = ['undefined', 'NaN', '[object'].filter((word) => !text.includes(word));
  for (const diagnostic of diagnostics) {
    const { file, line, column, message, code } = diagnostic;
    const isPlace = line >= 1 && column >= 1 && Number.isInteger(line) && Number.isInteger(column);
    const isSaid = message !== '' || code.startsWith('message-');
    const isSlip = slips.some((word) => message.includes(word));
    if (!isPlace || file === '' || !isSaid || isSlip) {
      throw new Error(`${code} at ${file}:${line}:${column}: ${message}`);
    }
    formatAsHaproxy(diagnostic, 1);
  }
  for (const { binds, servers, name } of config.proxies) {
    for (const { addresses } of binds) {
      if (addresses.length === 0) throw new Error(`a bind of ${name} listens nowhere`);
    }
    const ids = new Set(servers.map(({ id }) => id));
    if (ids.size !== servers.length) throw new Error(`servers of ${name} share an id`);
  }
}

function compare(first: HaproxyReading, second: HaproxyReading): void {
  const plain = ({ config, diagnostics }: HaproxyReading): string =>
    JSON.stringify([config, diagnostics]);
  if (plain(first) !== plain(second)) throw new Error('the second reading means something else');
}

function mutate(rng: Rng, seeds: readonly string[]): string {
  let text = rng.pick(seeds);
  if (rng.chance(0.3)) text += rng.pick(seeds);
  for (let round = rng.integer(0, 5); round > 0; round--) text = mutateOnce(rng, seeds, text);
  return text.slice(0, LENGTH_MAX);
}

function mutateOnce(rng: Rng, seeds: readonly string[], text: string): string {
  const at = rng.integer(0, text.length);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  const lines = text.split('\n');
  const row = rng.integer(0, lines.length - 1);
  switch (rng.integer(0, 8)) {
    case 0:
      return before + String.fromCharCode(rng.integer(0, 0x2ff)) + after.slice(rng.integer(0, 1));
    case 1:
      return before + after.slice(rng.integer(0, 20));
    case 2:
      return before + rng.pick(TOKENS) + after;
    case 3:
      return `${before} ${rng.pick(WORDS)} ${after}`;
    case 4:
      return lines.toSpliced(row, rng.integer(1, 2)).join('\n');
    case 5:
      return lines.toSpliced(row, 0, rng.pick(rng.pick(seeds).split('\n'))).join('\n');
    case 6:
      return lines
        .with(row, ` ${rng.pick(WORDS)} ${rng.pick(TOKENS)} ${rng.pick(TOKENS)}`)
        .join('\n');
    case 7:
      // Seldom, for it takes most of the time.
      return (
        before + rng.pick(TOKENS).repeat(rng.pick([2, 2, 2, 2, 2, 2, 2, 10, 10, 3000])) + after
      );
    default:
      return replaceWord(text, at, rng.chance(0.5) ? rng.pick(WORDS) : rng.pick(TOKENS));
  }
}

function replaceWord(text: string, at: number, instead: string): string {
  const rest = text.slice(at).replace(/^\S*/, '');
  return text.slice(0, at).replace(/\S*$/, '') + instead + rest;
}
