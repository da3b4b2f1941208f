/**
 * What failures do to a group. When they strike decides how long nobody serves, so they strike just after
 * an advert (or the start of a check), half-way to the next, and just before it.
 */
import { type Micros, micros } from '../../base/time.ts';
import { Stage, type StageOptions } from './stage.ts';
import {
  ALLOWANCE,
  type Change,
  type Failure,
  type Group,
  type Outcome,
  type Range,
  type Row,
  type Service,
} from './types.ts';
import { gapOf, overlapOf, type Span, takeoverOf } from './watch.ts';

const PHASES = [0.5, 0.004, 0.996] as const;

export interface Sample {
  readonly spans: readonly Span[];
  readonly mended: readonly Span[];
}

/** A group that has started, and whom it has elected. */
export function startOf(group: Group, options: StageOptions): readonly (readonly string[])[] {
  const stage = new Stage(group, options);
  stage.startAll();
  return group.services.map((service) => stage.watch.holdersOf(service));
}

export function measure(group: Group, failures: readonly Failure[], options: StageOptions): Row {
  const [half, ...edges] = PHASES;
  const typical = sample(group, failures, half, options);
  const isMoved = typical.spans.some(({ changes }) => changes.length > 0);
  const others = isMoved ? edges.map((phase) => sample(group, failures, phase, options)) : [];
  const outcomes = group.services.map((service, index) =>
    outcomeOf(service, index, [typical, ...others]),
  );
  return { failures, outcomes };
}

function sample(
  group: Group,
  failures: readonly Failure[],
  phase: number,
  options: StageOptions,
): Sample {
  const stage = new Stage(group, options);
  stage.startAll();
  waitForPhase(stage, group, failures, phase);
  stage.strike(failures);
  stage.settle();
  const spans = group.services.map((service) => stage.watch.spanOf(service));
  if (phase !== PHASES[0]) return { spans, mended: [] };
  stage.watch.begin();
  stage.mend(failures);
  stage.settle();
  return { spans, mended: group.services.map((service) => stage.watch.spanOf(service)) };
}

/** Lets time pass until so much of the interval that matters is over. */
function waitForPhase(
  stage: Stage,
  group: Group,
  failures: readonly Failure[],
  phase: number,
): void {
  const { marks, key, interval } = beatOf(stage, group, failures);
  if (interval === 0) return;
  const last = marks.get(key);
  stage.world.runUntil(micros(2 * interval), () => marks.get(key) !== last);
  stage.world.run(micros(interval * phase));
}

interface Beat {
  readonly marks: ReadonlyMap<string, Micros>;
  readonly key: string;
  /** 0 where nothing beats. */
  readonly interval: number;
}

/** What recurs and decides: the check that fails, or else the adverts of whoever serves. */
function beatOf(stage: Stage, group: Group, failures: readonly Failure[]): Beat {
  for (const { kind, nodes, subject } of failures) {
    const [name] = nodes;
    const node = group.nodes.find((one) => one.name === name);
    const script = node?.model.scripts.find((one) => one.name === subject);
    if (kind !== 'script' || script === undefined) continue;
    const key = `${name} ${script.name}`;
    return { marks: stage.watch.lastRun, key, interval: script.interval };
  }
  const struck = new Set(failures.flatMap(({ nodes }) => nodes));
  const holding = group.services.flatMap((service) =>
    service.members.filter(({ node }) => stage.watch.holdersOf(service).includes(node)),
  );
  const chosen = holding.find(({ node }) => struck.has(node)) ?? holding[0];
  if (chosen === undefined) return { marks: new Map(), key: '', interval: 0 };
  const { node, instance } = chosen;
  const model = group.nodes.find((one) => one.name === node)?.model;
  const found = model?.instances.find((one) => one.name === instance);
  return {
    marks: stage.watch.lastAdvert,
    key: `${node} ${instance}`,
    interval: found?.advertInterval ?? 0,
  };
}

function outcomeOf(service: Service, index: number, samples: readonly Sample[]): Outcome {
  const spans = samples.flatMap(({ spans: all }) => all[index] ?? []);
  const [typical = NOTHING] = spans;
  const repair = samples[0]?.mended[index] ?? NOTHING;
  const takeovers = spans.flatMap((span) => takeoverOf(span) ?? []);
  const isServed = spans.every(({ after }) => after.length > 0);
  return {
    service: service.name,
    before: typical.before,
    after: typical.after,
    gap: isServed ? rangeOf(spans.map(gapOf)) : undefined,
    takeover: takeovers.length === spans.length ? rangeOf(takeovers) : undefined,
    overlap: rangeOf(spans.map(overlapOf)),
    mended: repair.after,
    mendedGap: gapOf(repair),
    timeline: [...typical.changes, ...repair.changes.map(after(typical.length))],
    mendedAt: typical.length,
  };
}

const NOTHING: Span = { before: [], changes: [], after: [], length: micros(0) };

function after(length: Micros): (change: Change) => Change {
  return ({ at, holders }) => ({ at: micros(at + length), holders });
}

/** Nothing at all is nothing; what lasts, lasts a little longer on a real host. */
function rangeOf(values: readonly Micros[]): Range {
  const sorted = values.toSorted((a, b) => a - b);
  const least = sorted[0] ?? 0;
  const most = sorted.at(-1) ?? 0;
  const typical = sorted[sorted.length >> 1] ?? 0;
  if (most === 0) return { least: micros(0), typical: micros(0), most: micros(0) };
  return {
    least: micros(Math.max(0, least - ALLOWANCE.early)),
    typical: micros(typical),
    most: micros(most + ALLOWANCE.late),
  };
}
