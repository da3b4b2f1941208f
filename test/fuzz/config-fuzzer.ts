import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng, type Rng } from '../../src/base/rng.ts';
import { BLOCKS } from '../../src/config/keepalived/grammar/blocks.ts';
import { type KeepalivedConfig, readKeepalivedConfig } from '../../src/config/keepalived/index.ts';
import { createMemoryFiles } from '../../src/config/keepalived/memory-files.ts';
import { render } from '../../src/config/keepalived/render/render.ts';

export interface ConfigFuzzReport {
  readonly configurations: number;
  /** How often each diagnostic came, by its code. */
  readonly codes: ReadonlyMap<string, number>;
  /** How many configurations nothing was wrong with, and how many had an instance left. */
  readonly clean: number;
  readonly withInstances: number;
  readonly slowestMs: number;
  readonly failures: readonly { readonly number: number; text: string; error: string }[];
}

export interface ConfigFuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Told of each finished configuration. */
  readonly onProgress?: (done: number, failures: number) => void;
}

const SLOW_MS = 1000;
const LENGTH_MAX = 100_000;
const FAILURES_MAX = 20;
const MAIN = '/etc/keepalived/main.conf';
const SOURCES = ['test/conformance/keepalived/corpus', 'test/seeds/files'];

const WORDS: readonly string[] = [
  ...new Set(Object.values(BLOCKS).flatMap((block) => [...block.keys()])),
];
const TOKENS = [
  ...['{', '}', '{ ', ' }', '"', "'", '\\', '\\"', '#', '!', '//', '@', '@^node1 ', '@node1 '],
  ...['@holdfast ', '$A', '$B ', `\${A}`, `\${_ENV X}`, `\${_RANDOM 1 9}`, `\${_HASH}`, '{{ x }}'],
  ...['~SEQ(N, 3) ', '~SEQx(N, 1, 2, 9) ', '~LST(N, 1, 2) ', '~LST({N,M},{1,2}) ', '$N', ')'],
  ...[
    '\n$A=',
    '\n$A=$B\n',
    '\n$B=$A $A\n',
    ' \\\n',
    '\ninclude other.conf\n',
    '\nincludea *.conf\n',
  ],
  ...['\ninclude main.conf\n', '\ninclude_check\n', '\0', '\r\n', '\uFEFF', '\u00a0', 'ä', '\t'],
  ...['0', '-1', '1', '254', '255', '256', '0x10', '1.5', '4294967296', '99999999999999999999'],
  ...['10.0.0.1', 'fd00::1/64', '10.0.0.1/33', 'eth0', 'weight', 'reverse', 'dev', 'true', 'off'],
];

/** Reads configurations that are mutated from good ones; equal options, equal configurations. */
export function fuzzConfigs({ seed, count, onProgress }: ConfigFuzzOptions): ConfigFuzzReport {
  const rng = createRng(seed);
  const seeds = readSeeds();
  const codes = new Map<string, number>();
  const failures: { number: number; text: string; error: string }[] = [];
  let clean = 0;
  let withInstances = 0;
  let slowestMs = 0;
  for (let number = 0; number < count && failures.length < FAILURES_MAX; number++) {
    const text = mutate(rng, seeds);
    const other = rng.chance(0.3) ? mutate(rng, seeds) : '';
    const random = rng.integer(0, 1_000_000);
    const readings = readerOf({ text, other, random });
    try {
      const { config, elapsedMs } = timed(readings);
      slowestMs = Math.max(slowestMs, elapsedMs);
      if (elapsedMs > SLOW_MS) throw new Error(`${Math.round(elapsedMs)} ms`);
      check(config, readings());
      if (config.diagnostics.length === 0) clean++;
      if (config.model.instances.length > 0) withInstances++;
      for (const { code } of config.diagnostics) codes.set(code, (codes.get(code) ?? 0) + 1);
    } catch (error) {
      const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failures.push({ number, text: `${text}\n--- other.conf\n${other}`, error: said });
    }
    onProgress?.(number + 1, failures.length);
  }
  return { configurations: count, codes, clean, withInstances, slowestMs, failures };
}

function readerOf({
  text,
  other,
  random,
}: {
  readonly text: string;
  readonly other: string;
  readonly random: number;
}): () => KeepalivedConfig {
  return () =>
    readKeepalivedConfig(MAIN, {
      files: createMemoryFiles({ [MAIN]: text, '/etc/keepalived/other.conf': other }),
      environment: { get: (name) => (name === 'X' ? 'one\ntwo' : undefined) },
      rng: createRng(random),
      hostName: 'node1',
    });
}

/** A slow reading counts when it is slow again: the machine has other things to do. */
function timed(reading: () => KeepalivedConfig): { config: KeepalivedConfig; elapsedMs: number } {
  let fastest = Number.POSITIVE_INFINITY;
  let config: KeepalivedConfig | undefined;
  for (let round = 0; round < 3 && fastest > SLOW_MS; round++) {
    const started = process.hrtime.bigint();
    config = reading();
    fastest = Math.min(fastest, Number(process.hrtime.bigint() - started) / 1e6);
  }
  if (config === undefined) throw new Error('nothing was read');
  return { config, elapsedMs: fastest };
}

function check(config: KeepalivedConfig, again: KeepalivedConfig): void {
  for (const { file, line, column, message, code } of config.diagnostics) {
    const isPlace = line >= 1 && column >= 1 && Number.isInteger(line) && Number.isInteger(column);
    if (!isPlace || file === '' || message === '' || /undefined|NaN|\[object/.test(message)) {
      throw new Error(`${code} at ${file}:${line}:${column}: ${message}`);
    }
  }
  const told = JSON.stringify(config.diagnostics);
  if (told !== JSON.stringify(again.diagnostics)) throw new Error('the second reading says more');
  if (JSON.stringify(config.model) !== JSON.stringify(again.model)) {
    throw new Error('the second reading means something else');
  }
  const printed = render(config, { secrets: 'shown', defaults: 'left-out' }, () => config.model);
  const reread = readerOf({ text: printed, other: '', random: 1 })();
  const names = ({ model }: KeepalivedConfig): string =>
    model.instances.map(({ name }) => name).join('\n');
  if (names(reread) !== names(config)) throw new Error(`printed, it loses instances:\n${printed}`);
  const broken = reread.diagnostics.find(({ code }) => STRUCTURAL.has(code));
  if (broken !== undefined) {
    throw new Error(`printed, ${broken.code} on line ${broken.line}: ${printed}`);
  }
}

/** What a printer must never bring about. */
const STRUCTURAL: ReadonlySet<string> = new Set([
  ...['missing-open-brace', 'missing-close-brace', 'unexpected-open-brace', 'extra-close-brace'],
  ...['unterminated-quote', 'unknown-keyword', 'nul-in-line', 'malformed-sequence'],
]);

/** All good configurations that there are. */
export function readSeeds(): readonly string[] {
  return SOURCES.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.conf') || path.endsWith('.inc'))
      .sort()
      .map((path) => readFileSync(join(folder, path), 'utf8')),
  );
}

function mutate(rng: Rng, seeds: readonly string[]): string {
  let text = rng.pick(seeds);
  if (rng.chance(0.2)) text += rng.pick(seeds);
  return mutateSome(rng, seeds, text);
}

export function mutateSome(rng: Rng, seeds: readonly string[], begun: string): string {
  let text = begun;
  for (let round = rng.integer(0, 6); round > 0; round--) text = mutateOnce(rng, seeds, text);
  return text.slice(0, LENGTH_MAX);
}

function mutateOnce(rng: Rng, seeds: readonly string[], text: string): string {
  const at = rng.integer(0, text.length);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  const lines = text.split('\n');
  const row = rng.integer(0, lines.length - 1);
  switch (rng.integer(0, 9)) {
    case 0:
      return before + String.fromCharCode(rng.integer(0, 0x2ff)) + after.slice(rng.integer(0, 1));
    case 1:
      return before + after.slice(rng.integer(0, 20));
    case 2:
      return before + rng.pick(TOKENS) + after;
    case 3:
      return `${before} ${rng.pick(WORDS)} ${after}`;
    case 4:
      return lines.toSpliced(row, rng.integer(1, 3)).join('\n');
    case 5:
      return lines.toSpliced(row, 0, lines[rng.integer(0, lines.length - 1)] ?? '').join('\n');
    case 6:
      return lines.with(row, rng.pick(rng.pick(seeds).split('\n'))).join('\n');
    case 7:
      return before + rng.pick(TOKENS).repeat(rng.pick([2, 10, 500, 5000])) + after;
    case 8:
      return replaceWord(text, at, rng.chance(0.5) ? rng.pick(WORDS) : rng.pick(TOKENS));
    default:
      return `${before}\n${rng.pick(WORDS)} x {\n`.repeat(rng.pick([1, 1, 3])) + after;
  }
}

function replaceWord(text: string, at: number, instead: string): string {
  const rest = text.slice(at).replace(/^\S*/, '');
  return text.slice(0, at).replace(/\S*$/, '') + instead + rest;
}
