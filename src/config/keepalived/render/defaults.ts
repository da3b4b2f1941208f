import { BLOCKS } from '../grammar/blocks.ts';
import type { BlockName, PlacedKeyword } from '../grammar/keyword.ts';
import type { Statement } from '../grammar/tree.ts';
import { traceLine } from '../text/traced.ts';
import { splitWords } from '../text/words.ts';

/** Keywords that mean something where they stand, whatever is behind them, by block. */
const TELLING: Readonly<Partial<Record<BlockName, readonly string[]>>> = {
  global_defs: [
    // keepalived 2.2.7 does not read the word behind these: they switch on.
    ...['vrrp_strict', 'vrrp_skip_check_adv_addr'],
    // Each of these has keepalived make a table.
    ...['nftables_priority', 'nftables_ipvs_priority', 'nftables_ipvs_start_fwmark'],
    // None at all is the default, and a number that keepalived refuses.
    ...['vrrp_startup_delay', 'vrrp_garp_interval', 'vrrp_gna_interval'],
  ],
  // The owner has another default; the other is refused without peers.
  vrrp_instance: ['priority', 'unicast_ttl'],
};

/** The statements with the default of every keyword that is not stated, behind what is. */
export function withDefaults(
  statements: readonly Statement[],
  without: ReadonlySet<string>,
): readonly Statement[] {
  const isGlobal = ({ definition }: Statement): boolean => definition.name === 'global_defs';
  const globals = statements.filter(isGlobal).flatMap(({ block }) => block?.statements ?? []);
  const last = statements.findLast(isGlobal);
  return statements.map((statement) => {
    // Of several global_defs the last one gets what none of them says.
    if (isGlobal(statement)) {
      return statement === last ? completed(statement, globals, without) : statement;
    }
    return completed(statement, statement.block?.statements ?? [], without);
  });
}

function completed(
  statement: Statement,
  stated: readonly Statement[],
  without: ReadonlySet<string>,
): Statement {
  const { block, definition } = statement;
  if (block === undefined || definition.body?.kind !== 'keywords') return statement;
  const inside = block.statements.map((one) =>
    completed(one, one.block?.statements ?? [], without),
  );
  const names = new Set(stated.flatMap((one) => namesOf(one.definition)));
  const added = defaultsOf(definition.body.block).filter(
    (keyword) =>
      !without.has(defaultKey(keyword)) && !namesOf(keyword).some((name) => names.has(name)),
  );
  return {
    ...statement,
    block: { ...block, statements: [...inside, ...added.map(stateDefault)] },
  };
}

export function defaultKey({ block, name }: PlacedKeyword): string {
  return `${block}/${name}`;
}

function namesOf({ name, spellingOf }: PlacedKeyword): string[] {
  return spellingOf === undefined ? [name] : [name, spellingOf];
}

/** The keywords of a block whose default can be stated without meaning anything more. */
export function defaultsOf(block: BlockName): readonly PlacedKeyword[] {
  return [...BLOCKS[block].values()].filter(
    (keyword) =>
      keyword.default !== undefined &&
      keyword.body === undefined &&
      keyword.spellingOf === undefined &&
      (keyword.since === undefined || keyword.since === 'holdfast') &&
      // Where the word may be absent, the default is that of the word and not of the keyword.
      (keyword.required > 0 || keyword.arguments[0]?.kind === 'bool') &&
      TELLING[block]?.includes(keyword.name) !== true &&
      !isInherited(keyword),
  );
}

/** Whether a block further out, or further in, has the same setting: that one's absence counts too. */
function isInherited({ block, name }: PlacedKeyword): boolean {
  const isElsewhere = (other: BlockName): boolean => other !== block && BLOCKS[other].has(name);
  if (block === 'global_defs') return false;
  if (BLOCKS.global_defs.has(name) || BLOCKS.global_defs.has(`vrrp_${name}`)) return true;
  return relatedBlocks(block).some(isElsewhere);
}

/** The blocks around and inside one, but those at the root. */
function relatedBlocks(block: BlockName): readonly BlockName[] {
  return [...blocksInside(block), ...blocksAround(block)];
}

function blocksInside(block: BlockName): readonly BlockName[] {
  if (block === 'root') return [];
  return [...BLOCKS[block].values()].flatMap(({ body }) =>
    body?.kind === 'keywords' ? [body.block, ...blocksInside(body.block)] : [],
  );
}

function blocksAround(block: BlockName): readonly BlockName[] {
  return (Object.keys(BLOCKS) as BlockName[]).filter(
    (other) => other !== 'root' && other !== block && blocksInside(other).includes(block),
  );
}

function stateDefault(definition: PlacedKeyword): Statement {
  const source = traceLine('', 1, `${definition.name} ${definition.default}`);
  const [keyword, ...words] = splitWords(source);
  if (keyword === undefined) throw new Error(`the keyword ${definition.name} has no name`);
  return { keyword, definition, words, source };
}
