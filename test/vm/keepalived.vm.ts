/**
 * What Debian's keepalived makes of a configuration in IPVS is what holdfast makes of it: after the
 * start, when a server fails, when it returns, after a reload, and after SIGTERM. Each configuration has
 * processes of its own; several are run side by side, each program in a namespace of its own.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CorpusEntry, corpus } from './corpus.ts';
import { Site } from './site.ts';

const PHASES = ['start', 'failure', 'return', 'reload', 'end'] as const;
type Phase = (typeof PHASES)[number];

const LIMIT_MS = 120_000;
const LOOK_MS = 1500;
/** Configurations side by side. */
const LANES = 6;
/** What is run where nobody asks for the whole: always the same, of every kind some. */
const PART = 3;
const chosen = corpus.filter(
  (_, index) => process.env.WHOLE_CORPUS !== undefined || index % PART === 0,
);

interface Pair {
  readonly theirs: Site;
  readonly ours: Site;
}

describe('virtual servers in IPVS beside keepalived', { concurrency: LANES }, () => {
  const pairs: Pair[] = [];
  const free: Pair[] = [];
  const createPair = (): Pair => {
    const number = pairs.length + 1;
    const pair = {
      theirs: new Site('keepalived', `k${number}`),
      ours: new Site('holdfast', `h${number}`),
    };
    pairs.push(pair);
    return pair;
  };
  after(async () => {
    for (const { theirs, ours } of pairs) {
      await theirs.close();
      await ours.close();
    }
  });

  for (const entry of chosen) {
    test(entry.name, async () => {
      const pair = free.pop() ?? createPair();
      let before = '';
      try {
        for (const phase of PHASES) before = await compare(pair, phase, entry, before);
      } finally {
        for (const site of [pair.theirs, pair.ours]) {
          site.mend();
          await site.stop();
        }
      }
      // Where something is left behind, nothing else can be judged there.
      free.push(pair);
    });
  }
});

/** Resolves with what both have made of it, which is another state than `before`. */
async function compare(
  { theirs, ours }: Pair,
  phase: Phase,
  entry: CorpusEntry,
  before: string,
): Promise<string> {
  const logs = (): string => `${theirs.output}\n${ours.output}`;
  await enter(theirs, phase, { ...entry, restarts: entry.leaves !== undefined });
  await enter(ours, phase, { ...entry, restarts: false });
  let [wanted, shown, agreed, log] = ['', '', '', ''];
  const { shows = [] } = entry;
  for (const endMs = Date.now() + LIMIT_MS; Date.now() < endMs; await sleep(LOOK_MS)) {
    wanted = theirs.state();
    shown = ours.state();
    log = logs();
    const isDone = shown === wanted && wanted !== before && (wanted === '') === (phase === 'end');
    // Twice: neither is still at work.
    if (isDone && (phase === 'end' || agreed === wanted)) {
      const state = wanted;
      wanted = theirs.ipvsadm(...shows);
      shown = ours.ipvsadm(...shows);
      if (shown === wanted) return state;
    }
    agreed = isDone ? wanted : '';
  }
  assert.equal(shown, wanted, `${phase}:\n${shown}\ninstead of\n${wanted}\n${log}`);
  assert.fail(`${phase}: nothing changed, or something is left:\n${shown}\n${log}`);
}

async function enter(
  site: Site,
  phase: Phase,
  { text, reloaded, restarts }: CorpusEntry & { readonly restarts: boolean },
): Promise<void> {
  if (phase === 'start') site.start(text);
  else if (phase === 'failure') site.fail();
  else if (phase === 'return') site.mend();
  else if (phase === 'end') await site.stop();
  else if (restarts) {
    await site.stop();
    site.start(reloaded);
  } else site.reload(reloaded);
}
