import type { Tracking } from '../../model/vrrp.ts';
import type { DataLine } from '../grammar/tree.ts';
import { type Context, notePosition } from './context.ts';
import type { ScriptDefinition } from './scripts.ts';
import type { Values } from './values.ts';
import { readWeighting } from './weighting.ts';

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
  const { context, instance } = rules;
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
    if (seen.has(name)) {
      reportTwice(line, context);
      return [];
    }
    seen.add(name);
    notePosition(context, `instance/${instance}/track_script/${name}`, at);
    const weight = written.weight ?? script.weight;
    const sense = written.weight === undefined ? script.sense : (written.sense ?? 'normal');
    if (rules.isOwner && weight !== 0) {
      context.report.add(
        'weight-on-owner',
        at,
        `the priority of an address owner cannot change: ${name} is not tracked`,
        'use a priority below 255',
      );
      return [];
    }
    return [{ name, weight, sense }];
  });
}

function listLines(values: Values, keyword: string): DataLine[] {
  return values.all(keyword).flatMap(({ block }) => [...(block?.lines ?? [])]);
}

function nameHint(
  name: string,
  scripts: ReadonlyMap<string, ScriptDefinition>,
): string | undefined {
  const close = [...scripts.keys()].find((other) => other.toLowerCase() === name.toLowerCase());
  return close === undefined ? undefined : `did you mean '${close}'?`;
}

function reportTwice({ words: [{ text, at }] }: DataLine, { report }: Context): void {
  report.add('duplicate-tracking', at, `${text} is tracked twice: the first line counts`);
}
