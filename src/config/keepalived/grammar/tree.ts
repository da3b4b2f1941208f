import type { Position, TracedLine } from '../text/traced.ts';
import type { Word } from '../text/words.ts';
import type { PlacedKeyword } from './keyword.ts';

/** A keyword with what belongs to it. */
export interface Statement {
  readonly keyword: Word;
  readonly definition: PlacedKeyword;
  /** The words behind the keyword. */
  readonly words: readonly Word[];
  readonly source: TracedLine;
  readonly block?: Block;
}

/** What stands between two braces: statements, or lines of data, by the kind of its keyword. */
export interface Block {
  readonly open: Position;
  readonly statements: readonly Statement[];
  readonly lines: readonly DataLine[];
}

export interface DataLine {
  readonly words: readonly [Word, ...Word[]];
  readonly source: TracedLine;
}
