/** When two programs that watch the same servers take them out and put them back. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS, type Kind, MOODS, type Mood, type Pace, type Servers } from './servers.ts';

/** One of the two. */
export interface Watched {
  readonly present: ReadonlySet<Kind>;
  /** By performance.now(): when it got or lost a server last. */
  readonly changedMs: ReadonlyMap<Kind, number>;
  /** Its log. */
  readonly output: string;
  /** Brings the others up to date. */
  look(): void;
}

export interface Comparison {
  readonly servers: Servers;
  /** keepalived, then holdfast. */
  readonly watched: readonly [Watched, Watched];
  readonly pace: Pace;
  /** Besides: what the machine may hold up. */
  readonly slackMs: number;
  readonly lookMs: number;
}

const SETTLE_MS = 90_000;
const ROUNDS = 3;

export async function until(
  { watched, lookMs }: Pick<Comparison, 'watched' | 'lookMs'>,
  expected: readonly Kind[],
): Promise<void> {
  const wanted = KINDS.filter((kind) => expected.includes(kind)).join();
  const isDone = (): boolean =>
    watched.every(({ present }) => KINDS.filter((kind) => present.has(kind)).join() === wanted);
  for (const endMs = Date.now() + SETTLE_MS; ; await sleep(lookMs)) {
    for (const each of watched) each.look();
    if (isDone()) return;
    if (Date.now() < endMs) continue;
    const shown = watched.map(({ present }) => [...present].join());
    assert.fail(`${shown.join(' | ')}, not ${wanted}\n${watched[1].output}`);
  }
}

/** So that neither is in the middle of a retry. */
export function calm({ pace }: Pick<Comparison, 'pace'>): Promise<unknown> {
  return sleep((pace.intervalSeconds + pace.retrySeconds) * 1000);
}

/** Out and back with a mood, at the same time within one check interval. */
export async function compare(
  comparison: Comparison,
  mood: Exclude<Mood, 'well' | 'slow'>,
  /** More than an interval, where one of them is known to be slower. */
  moreMs = 0,
): Promise<void> {
  const { servers } = comparison;
  const kinds = MOODS[mood].filter((kind) =>
    comparison.watched.every(({ present }) => present.has(kind)),
  );
  assert.equal(kinds.length, MOODS[mood].length);
  // What a busy machine has held up is measured again.
  for (let round = 1; ; round++) {
    servers.set(mood);
    await until(
      comparison,
      KINDS.filter((kind) => !kinds.includes(kind)),
    );
    const out = apart(comparison, kinds, moreMs);
    await calm(comparison);
    servers.set('well');
    await until(comparison, KINDS);
    const late = [...out, ...apart(comparison, kinds, moreMs)];
    await calm(comparison);
    if (late.length === 0) return;
    assert.ok(round < ROUNDS, late.join(', '));
  }
}

/** Who moved too far from the other: two in one rhythm are an interval apart at most. */
function apart(
  { watched, pace, slackMs }: Comparison,
  kinds: readonly Kind[],
  moreMs: number,
): readonly string[] {
  const limitMs = pace.intervalSeconds * 1000 + slackMs + moreMs;
  const [theirs, ours] = watched;
  const found = kinds.map((kind) => {
    const ms = (ours.changedMs.get(kind) ?? 0) - (theirs.changedMs.get(kind) ?? Number.NaN);
    return { ms, text: `${kind} ${Math.round(ms)} ms` };
  });
  console.log(found.map(({ text }) => text).join(', '));
  return found.filter(({ ms }) => !(Math.abs(ms) <= limitMs)).map(({ text }) => text);
}
