import type { Position } from '../text/traced.ts';
import type { Word } from '../text/words.ts';
import { BLOCKS, type KeywordMap } from './blocks.ts';
import type { BlockName, Body, LineKind } from './keyword.ts';
import type { DataLine, Statement } from './tree.ts';

/** A block that is being read. */
export interface Frame {
  readonly kind: 'keywords' | 'lines' | 'opaque';
  /** The keyword that opened it. */
  readonly label: string;
  readonly block?: BlockName;
  readonly lineKind?: LineKind;
  readonly open: Position;
  /** Column of the first character on the line of its keyword. */
  readonly indent: number;
  /**
   * `braced`: opened by a brace. `half`: its `{` is missing, its `}` is there. `bare`: both are
   * missing. `stray`: a brace that opens nothing; what is inside belongs to the block around it.
   */
  readonly braces: 'braced' | 'half' | 'bare' | 'stray';
  readonly statements: Statement[];
  readonly lines: DataLine[];
}

export function openFrame(
  body: Body,
  place: Pick<Frame, 'label' | 'open' | 'indent' | 'braces'>,
): Frame {
  return {
    ...place,
    kind: body.kind,
    ...(body.kind === 'keywords' && { block: body.block }),
    ...(body.kind === 'lines' && { lineKind: body.lines }),
    statements: [],
    lines: [],
  };
}

const NONE: KeywordMap = new Map();

export function keywordsOf(frame: Frame): KeywordMap {
  return frame.block === undefined ? NONE : BLOCKS[frame.block];
}

/** Whether words could be a line of such a list, rather than a keyword of a block around it. */
export function looksLikeData(kind: LineKind, words: readonly [Word, ...Word[]]): boolean {
  const [first, second] = words;
  switch (kind) {
    case 'addresses':
    case 'peers':
      return /^[0-9a-fA-F:."/$~{]/.test(first.text) && /[.:\d${]/.test(first.text);
    case 'servers':
      return first.text === 'fwmark' || /^[0-9a-fA-F]*[.:]/.test(first.text);
    case 'tracks':
      return second === undefined || second.text === 'weight' || second.text === 'reverse';
    case 'names':
    case 'linkbeats':
    case 'delays':
      return true;
    case 'routes':
    case 'rules':
    case 'mails':
      return words.length > 2 || /[.:@/]/.test(first.text);
  }
}
