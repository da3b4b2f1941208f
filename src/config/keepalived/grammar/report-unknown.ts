import { nearestWord } from '../../../base/edit-distance.ts';
import type { Hint, Report } from '../report.ts';
import type { TextPiece } from '../text/pieces.ts';
import { BLOCKS, blocksOf } from './blocks.ts';
import type { BlockName } from './keyword.ts';

/** Says that a block does not know a keyword; returns the keyword of this block that was meant. */
export function reportUnknown(
  piece: TextPiece,
  block: BlockName,
  report: Report,
): string | undefined {
  const { text, at } = piece.words[0];
  if (text.startsWith('//') || text.startsWith('/*')) {
    report.add(
      'slash-comment',
      at,
      `'${text.slice(0, 2)}' does not begin a comment in this language`,
      'begin comments with # or !',
    );
    return undefined;
  }
  const where = block === 'root' ? 'outside all blocks' : `in ${block}`;
  const hint = report.hintFor(`${block} ${text}`, () => hintFor(text, block));
  report.add('unknown-keyword', at, `'${text}' is not a keyword ${where}`, hint.text);
  return hint.meant;
}

/** How many blocks a hint names. */
const NAMED_MAX = 3;

function hintFor(text: string, block: BlockName): Hint {
  const elsewhere = blocksOf(text).filter((name) => name !== block);
  if (elsewhere.includes('root')) return { text: `'${text}' stands outside all blocks` };
  if (elsewhere.length > NAMED_MAX) {
    return { text: `'${text}' belongs in ${elsewhere.slice(0, NAMED_MAX).join(', ')} and others` };
  }
  if (elsewhere.length > 0) return { text: `'${text}' belongs in ${elsewhere.join(' or ')}` };
  const nearest = nearestWord(text, BLOCKS[block].keys());
  if (nearest !== undefined) return { text: `did you mean '${nearest}'?`, meant: nearest };
  for (const name of Object.keys(BLOCKS) as BlockName[]) {
    const other = nearestWord(text, BLOCKS[name].keys());
    if (other !== undefined && name !== 'root') {
      return { text: `did you mean '${other}', in ${name}?` };
    }
  }
  return {};
}
