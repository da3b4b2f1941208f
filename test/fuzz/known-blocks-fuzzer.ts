import { isDeepStrictEqual } from 'node:util';
import { createRng } from '../../src/base/rng.ts';
import type { HostFacts } from '../../src/config/keepalived/host-check.ts';
import { checkAgainstHost, readKeepalivedConfig } from '../../src/config/keepalived/index.ts';
import { KnownBlocks } from '../../src/config/keepalived/known-blocks.ts';
import { createMemoryFiles } from '../../src/config/keepalived/memory-files.ts';
import type { Position } from '../../src/config/keepalived/text/traced.ts';
import { mutateSome, readSeeds } from './config-fuzzer.ts';

const MAIN = '/etc/keepalived/main.conf';
const STATES = 3;

/** A host on which something is to be told of whatever stands somewhere. */
const host: HostFacts = {
  interface: () => 'missing',
  script: () => 'missing',
  user: () => 'missing',
  group: () => 'missing',
};

/**
 * Files that are edited at random, each state read with what is known of the ones before it and without.
 * Returns the texts of which that makes a difference.
 */
export function fuzzKnownBlocks({
  seed,
  count,
}: {
  readonly seed: number;
  readonly count: number;
}) {
  const rng = createRng(seed);
  const seeds = readSeeds();
  const knowable = seeds.filter(hasKnowable);
  const failures: string[] = [];
  let known = 0;
  for (let file = 0; file < count; file++) {
    const blocks = new KnownBlocks();
    let text = [rng.pick(knowable), rng.pick(seeds), rng.pick(knowable)].join('');
    for (let state = 0; state < STATES; state++) {
      known += text.length - blocks.unknownPart(text).length;
      if (!isDeepStrictEqual(outcome(text, blocks), outcome(text))) failures.push(text);
      text = mutateSome(rng, seeds, text).slice(0, 50_000);
    }
  }
  return { failures, knownCharacters: known };
}

/** Whether anything of the text is known once it was read. */
function hasKnowable(text: string): boolean {
  const blocks = new KnownBlocks();
  outcome(text, blocks);
  return blocks.unknownPart(text) !== text;
}

/** All that becomes of a text. */
function outcome(text: string, known?: KnownBlocks) {
  const config = readKeepalivedConfig(MAIN, {
    files: createMemoryFiles({ [MAIN]: text }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: 'node1',
    ...(known !== undefined && { known }),
  });
  const { model, diagnostics, loadBalancing, filesRead, positions } = config;
  const checked = checkAgainstHost(model, positions, host, config.claims);
  const placed = [sortedByPlace(config.claims), sortedByPlace(config.faults)];
  return { model, diagnostics, loadBalancing, filesRead, checked, placed, text: config.text() };
}

function sortedByPlace(all: readonly { readonly at: Position }[]): string[] {
  return all.map((one) => JSON.stringify(one)).sort();
}
