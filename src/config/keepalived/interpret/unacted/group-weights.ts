import type { Statement } from '../../grammar/tree.ts';
import type { Context } from '../context.ts';

const KINDS = new Set(['track_interface', 'track_script', 'track_file', 'track_bfd']);

const OWNER = 'an address owner';

/** The weights that definitions bring along, by what tracks them and their names. */
export type DefaultWeights = ReadonlyMap<string, number>;

export function weightKey(kind: string, name: string): string {
  return `${kind} ${name}`;
}

/** An instance that may track something, and is read when that matters. */
export interface Tracker {
  readonly name: string;
  statement(): Statement | undefined;
}

/** Members of a sync group change state together, so that weights do nothing unless asked for. */
export function checkGroupWeights(
  statements: readonly Statement[],
  trackers: readonly Tracker[],
  defaults: DefaultWeights,
  context: Context,
): void {
  const groups = new Map<string, string>();
  for (const {
    definition,
    block,
    words: [header],
  } of statements) {
    if (definition.name !== 'vrrp_sync_group') continue;
    const inner = block?.statements ?? [];
    const names = new Set(inner.map((statement) => statement.definition.name));
    if (names.has('sync_group_tracking_weight') || names.has('global_tracking')) continue;
    for (const statement of inner) {
      if (statement.definition.name !== 'group') continue;
      for (const line of statement.block?.lines ?? []) {
        for (const { text } of line.words) groups.set(text, header?.text ?? '');
      }
    }
  }
  for (const { definition, block, words } of statements) {
    if (definition.name !== 'vrrp_instance') continue;
    const inner = block?.statements ?? [];
    const group = words[0] === undefined ? undefined : groups.get(words[0].text);
    if (group !== undefined) {
      checkInstance(inner, defaults, `sync group ${group}`, KINDS, context);
    } else if (isOwner(inner)) {
      checkInstance(inner, defaults, OWNER, new Set(['track_file']), context);
    }
  }
  for (const { name, statement } of trackers) {
    const group = groups.get(name);
    if (group === undefined) continue;
    const inner = statement()?.block?.statements ?? [];
    checkInstance(inner, defaults, `sync group ${group}`, KINDS, context);
  }
}

function isOwner(statements: readonly Statement[]): boolean {
  return statements.some(
    ({ definition, words }) => definition.name === 'priority' && words[0]?.text === '255',
  );
}

function checkInstance(
  statements: readonly Statement[],
  defaults: DefaultWeights,
  who: string,
  kinds: ReadonlySet<string>,
  { report }: Context,
): void {
  for (const { definition, block } of statements) {
    if (!kinds.has(definition.name)) continue;
    for (const { words } of block?.lines ?? []) {
      const [{ text, at }, option, value] = words;
      const written = option?.text === 'weight' ? Number(value?.text) : undefined;
      const weight = written ?? defaults.get(weightKey(definition.name, text)) ?? 0;
      if (weight === 0) continue;
      report.add(
        'weight-in-group',
        at,
        `keepalived ignores the weight of ${text} in ${who}`,
        who !== OWNER ? 'write sync_group_tracking_weight in the group' : undefined,
      );
    }
  }
}

/** The weight a definition has, so far as it is written. */
export function defaultWeightOf(statement: Statement, kind: string): number {
  const inner = statement.block?.statements ?? [];
  const written = inner.findLast(({ definition }) => definition.name === 'weight')?.words[0]?.text;
  const number = Number(written);
  return written === undefined || Number.isNaN(number) ? (kind === 'track_file' ? 1 : 0) : number;
}
