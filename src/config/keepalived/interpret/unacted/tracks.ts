import type { DataLine, Statement } from '../../grammar/tree.ts';
import type { Context } from '../context.ts';
import { readWeighting } from '../weighting.ts';

/** What may be tracked by name, by the keyword that tracks it. */
export type TrackedKind = 'track_script' | 'track_file' | 'track_process' | 'track_bfd';

const TRACKED: Readonly<Record<TrackedKind, string>> = {
  track_script: 'vrrp_script',
  track_file: 'track_file',
  track_process: 'vrrp_track_process',
  track_bfd: 'bfd_instance',
};

const WEIGHT_MAX: Readonly<Record<string, 253 | 254>> = {
  track_file: 254,
  track_process: 254,
};

/** Names that were defined so far, by what tracks them. */
export type Definitions = Readonly<Record<TrackedKind, Set<string>>>;

/** The tracking blocks of an instance or a group: names that exist above, each once, and weights. */
export function checkTracks(
  statements: readonly Statement[],
  kinds: ReadonlySet<string>,
  definitions: Definitions,
  context: Context,
): void {
  for (const kind of kinds) {
    const seen = new Set<string>();
    for (const { definition, block } of statements) {
      if (definition.name !== kind) continue;
      for (const line of block?.lines ?? []) checkLine(line, kind, seen, definitions, context);
    }
  }
}

function checkLine(
  line: DataLine,
  kind: string,
  seen: Set<string>,
  definitions: Definitions,
  context: Context,
): void {
  const [{ text, at }] = line.words;
  readWeighting(line, WEIGHT_MAX[kind] ?? 253, context);
  if (isTrackedKind(kind)) {
    if (!definitions[kind].has(text)) {
      context.report.add(
        'unknown-tracked',
        at,
        `no ${TRACKED[kind]} ${text} stands above this line: it is not tracked`,
      );
      return;
    }
  } else context.claims.push({ kind: 'interface', name: text, at, missing: 'reported' });
  if (seen.has(text)) {
    context.report.add('duplicate-tracking', at, `${text} is tracked twice: the first line counts`);
  }
  seen.add(text);
}

function isTrackedKind(kind: string): kind is TrackedKind {
  return Object.hasOwn(TRACKED, kind);
}
