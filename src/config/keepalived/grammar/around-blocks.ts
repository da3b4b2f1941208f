import type { Report } from '../report.ts';
import { cutAtBraces, type Piece } from '../text/pieces.ts';
import { isPlainBlock, type PlainBlock, type SourceLine } from '../text/plain-block.ts';
import type { TracedLine } from '../text/traced.ts';
import { parse } from './parser.ts';
import { areInStep, startsRootBlock } from './segments.ts';
import type { Statement } from './tree.ts';

/** What stands at the root; of a plain block nobody has looked at the words. */
export type RootStatement = Statement | PlainBlock;

/** A plain block and the pieces that follow it, up to the next one. */
interface Stretch {
  readonly block?: PlainBlock;
  readonly pieces: readonly Piece[];
}

/**
 * Statements of the whole configuration, plain blocks as they are. `open` gives the lines of one that
 * must be looked at to tell what belongs to what.
 */
export function parseAround(
  lines: readonly SourceLine[],
  report: Report,
  open: (block: PlainBlock) => readonly TracedLine[],
): readonly RootStatement[] {
  const stretches = cutIntoStretches(lines, report);
  const allPieces = ({ block, pieces }: Stretch): readonly Piece[] =>
    block === undefined ? pieces : [...cutAtBraces(open(block), report), ...pieces];
  // Where a brace is missing, what belongs to what depends on all that follows.
  if (!stretches.every(({ pieces }) => areInStep(pieces))) {
    return parse(stretches.flatMap(allPieces), report);
  }
  return stretches.flatMap((stretch): readonly RootStatement[] => {
    const { block, pieces } = stretch;
    const isAlone = pieces.length === 0 || startsRootBlock(pieces, 0);
    if (block !== undefined && isAlone) {
      return pieces.length === 0 ? [block] : [block, ...parse(pieces, report)];
    }
    // What follows a block and begins none itself is read as something that belongs to it.
    return parse(allPieces(stretch), report);
  });
}

function cutIntoStretches(lines: readonly SourceLine[], report: Report): Stretch[] {
  const stretches: Stretch[] = [];
  let block: PlainBlock | undefined;
  let between: TracedLine[] = [];
  const end = (): void => {
    stretches.push({ ...(block !== undefined && { block }), pieces: cutAtBraces(between, report) });
    between = [];
  };
  for (const line of lines) {
    if (!isPlainBlock(line)) between.push(line);
    else {
      end();
      block = line;
    }
  }
  end();
  return stretches;
}
