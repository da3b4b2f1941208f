import type { Tracking } from '../../model/vrrp.ts';
import type { DataLine } from '../grammar/tree.ts';
import { type Context, notePosition } from './context.ts';
import type { ScriptDefinition } from './scripts.ts';
import type { Values } from './values.ts';
import { readWeighting, type Weighting } from './weighting.ts';

/** What holds for whoever tracks something and says no more. */
export type TrackerDefaults = Pick<Tracking, 'weight' | 'sense'>;

export interface TrackingRules {
  readonly instance: string;
  /** The instance's own interface. */
  readonly interface: string;
  readonly isOwner: boolean;
  readonly context: Context;
}

/** track_interface; the instance's own interface is tracked anyway and may be named. */
export function readTrackedInterfaces(values: Values, rules: TrackingRules): Tracking[] {
  const { context, instance } = rules;
  const isOwnCovered = !values.has('dont_track_primary');
  const seen = new Set<string>();
  return listLines(values, 'track_interface').flatMap((line) => {
    const [{ text: name, at }] = line.words;
    const written = readWeighting(line, 253, context);
    if (name === rules.interface) {
      const effect = isOwnCovered ? 'is tracked anyway' : 'dont_track_primary excludes';
      context.report.add(
        'own-interface-tracked',
        at,
        `${name} is the interface of this instance, which ${effect}`,
        'remove this line',
      );
      return [];
    }
    if (seen.has(name)) {
      reportTwice(line, context);
      return [];
    }
    seen.add(name);
    notePosition(context, `instance/${instance}/track_interface/${name}`, at);
    const { weight = 0, sense = 'normal' } = written;
    if (rules.isOwner && weight !== 0) {
      context.report.add(
        'weight-on-owner',
        at,
        `the priority of an address owner cannot change: ${name} down is a fault`,
        'use a priority below 255',
      );
      return [{ name, weight: 0, sense }];
    }
    return [{ name, weight, sense }];
  });
}

/** track_script; only scripts defined above may be used, and their weight is inherited. */
export function readTrackedScripts(
  values: Values,
  scripts: ReadonlyMap<string, ScriptDefinition>,
  order: number,
  rules: TrackingRules,
): Tracking[] {
  const { context } = rules;
  const seen = new Set<string>();
  return listLines(values, 'track_script').flatMap((line) => {
    const [{ text: name, at }] = line.words;
    const written = readWeighting(line, 253, context);
    const script = scripts.get(name);
    if (script === undefined || script.order > order) {
      context.report.add(
        'unknown-script',
        at,
        `no vrrp_script ${name} stands above this line: it is not tracked`,
        script === undefined
          ? nameHint(name, scripts)
          : `move vrrp_script ${name} above this instance, as keepalived needs it`,
      );
      return [];
    }
    return inherit({ keyword: 'track_script', line, written, defaults: script, seen }, rules);
  });
}

/** track_check, whose definitions may stand anywhere. */
export function readTrackedChecks(
  values: Values,
  checks: ReadonlyMap<string, TrackerDefaults>,
  rules: TrackingRules,
): Tracking[] {
  const { context } = rules;
  const seen = new Set<string>();
  return listLines(values, 'track_check').flatMap((line) => {
    const [{ text: name, at }] = line.words;
    const written = readWeighting(line, 253, context);
    const check = checks.get(name);
    if (check === undefined) {
      context.report.add(
        'unknown-tracked',
        at,
        `there is no track_check ${name}: it is not tracked`,
        nameHint(name, checks),
      );
      return [];
    }
    return inherit({ keyword: 'track_check', line, written, defaults: check, seen }, rules);
  });
}

interface TrackedLine {
  readonly keyword: 'track_script' | 'track_check';
  readonly line: DataLine;
  readonly written: Weighting;
  readonly defaults: TrackerDefaults;
  readonly seen: Set<string>;
}

/** What the line does not say of the weight, the definition does. */
function inherit(
  { keyword, line, written, defaults, seen }: TrackedLine,
  { context, instance, isOwner }: TrackingRules,
): Tracking[] {
  const [{ text: name, at }] = line.words;
  if (seen.has(name)) {
    reportTwice(line, context);
    return [];
  }
  seen.add(name);
  notePosition(context, `instance/${instance}/${keyword}/${name}`, at);
  const weight = written.weight ?? defaults.weight;
  const sense = written.weight === undefined ? defaults.sense : (written.sense ?? 'normal');
  if (isOwner && weight !== 0) {
    context.report.add(
      'weight-on-owner',
      at,
      `the priority of an address owner cannot change: ${name} is not tracked`,
      'use a priority below 255',
    );
    return [];
  }
  return [{ name, weight, sense }];
}

function listLines(values: Values, keyword: string): DataLine[] {
  return values.all(keyword).flatMap(({ block }) => [...(block?.lines ?? [])]);
}

function nameHint(name: string, known: ReadonlyMap<string, unknown>): string | undefined {
  const close = [...known.keys()].find((other) => other.toLowerCase() === name.toLowerCase());
  return close === undefined ? undefined : `did you mean '${close}'?`;
}

function reportTwice({ words: [{ text, at }] }: DataLine, { report }: Context): void {
  report.add('duplicate-tracking', at, `${text} is tracked twice: the first line counts`);
}
