import type { Code } from '../codes.ts';
import type { Block, DataLine, Statement } from '../grammar/tree.ts';
import { type Fault, severityOf } from '../report.ts';
import type { Position } from '../text/traced.ts';

/** Errors at a place of which the rest stays in force. */
const HARMLESS: ReadonlySet<Code> = new Set<Code>([
  ...(['missing-open-brace', 'missing-close-brace'] as const),
  ...(['unexpected-open-brace', 'extra-close-brace', 'unterminated-quote'] as const),
  ...(['unknown-address-option', 'missing-option-value', 'two-addresses'] as const),
  // Of these there is nothing in the tree.
  ...(['unknown-keyword', 'malformed-sequence', 'expansion-too-large', 'include-loop'] as const),
  ...(['include-too-deep', 'include-required', 'include-empty'] as const),
  ...(['unknown-tracking-option', 'invalid-prefix', 'slash-comment', 'weight-on-owner'] as const),
  // Of a block that lacks something nothing comes, with its keyword or without.
  ...(['empty-group', 'no-real-servers', 'incomplete-check', 'undefined-name'] as const),
  ...(['port-mismatch', 'link-local-needs-interface', 'impossible-check'] as const),
]);

/** Errors about an option of a line that has all of it ignored. */
const WHOLE_LINE: ReadonlySet<Code> = new Set<Code>(['label-too-long']);

/** Numbers that are mended rather than ignored: none at all becomes one. */
const MENDED = /garp_\w*repeat$/;

function takesAway({ code }: Fault): boolean {
  if (code === 'repeated-keyword') return true;
  return severityOf(code) === 'error' && !HARMLESS.has(code);
}

/** The statements without those, and those lines, that something is wrong with. */
export function inForce(
  statements: readonly Statement[],
  faults: readonly Fault[],
): readonly Statement[] {
  const grave = faults.filter(takesAway);
  const wrong = new Set<object>();
  const owners = ownersOf(statements);
  for (const fault of grave) {
    const owner = owners.byPosition.get(fault.at) ?? nearestOwner(owners.inOrder, fault.at);
    if (owner !== undefined && !staysInForce(owner, fault)) wrong.add(owner);
  }
  return withoutWrong(statements, wrong);
}

type Owner = Statement | DataLine;

/** Whether what precedes the wrong word counts without it. */
function staysInForce(owner: Owner, { code, at }: Fault): boolean {
  const place = owner.words.findIndex((word) => word.at === at);
  if (!('definition' in owner)) return place > 0 && !WHOLE_LINE.has(code);
  const { name, required, arguments: args, body } = owner.definition;
  // A block is read whatever it is called.
  if (body !== undefined && code === 'placeholder-left') return true;
  if (place > 0 || (place === 0 && MENDED.test(name))) return true;
  return place === 0 && required === 0 && args[0]?.kind !== 'bool';
}

interface Owners {
  readonly byPosition: ReadonlyMap<Position, Owner>;
  readonly inOrder: readonly { readonly at: Position; readonly owner: Owner }[];
}

/** Which statement or line each word belongs to. Positions alone do not tell: a macro has but one. */
function ownersOf(statements: readonly Statement[]): Owners {
  const byPosition = new Map<Position, Owner>();
  const inOrder: { at: Position; owner: Owner }[] = [];
  const note = (owner: Owner, words: readonly { readonly at: Position }[]): void => {
    for (const { at } of words) byPosition.set(at, owner);
    const at = words[0]?.at;
    if (at !== undefined) inOrder.push({ at, owner });
  };
  const visit = (inside: readonly Statement[]): void => {
    for (const statement of inside) {
      note(statement, [statement.keyword, ...statement.words]);
      if (statement.block === undefined) continue;
      for (const line of statement.block.lines) note(line, line.words);
      visit(statement.block.statements);
    }
  };
  visit(statements);
  return { byPosition, inOrder };
}

/** The last one on the same line that begins no later. */
function nearestOwner(inOrder: Owners['inOrder'], place: Position): Owner | undefined {
  return inOrder.findLast(
    ({ at }) => at.file === place.file && at.line === place.line && at.column <= place.column,
  )?.owner;
}

function withoutWrong(
  statements: readonly Statement[],
  wrong: ReadonlySet<object>,
): readonly Statement[] {
  return statements.flatMap((statement): Statement[] => {
    const { block, definition } = statement;
    const isWithoutBlock = definition.body !== undefined && block === undefined;
    if (wrong.has(statement) || isWithoutBlock) return [];
    return block === undefined ? [statement] : [{ ...statement, block: cleared(block, wrong) }];
  });
}

function cleared(block: Block, wrong: ReadonlySet<object>): Block {
  return {
    ...block,
    statements: withoutWrong(block.statements, wrong),
    lines: block.lines.filter((line) => !wrong.has(line)),
  };
}
