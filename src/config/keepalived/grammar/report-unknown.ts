import { nearestWord } from '../../../base/edit-distance.ts';
import type { Report } from '../report.ts';
import type { TextPiece } from '../text/pieces.ts';
import { BLOCKS, blocksOf } from './blocks.ts';
import type { BlockName } from './keyword.ts';

/** Says that a block does not know a keyword, and what may have been meant. */
export function reportUnknown(piece: TextPiece, block: BlockName, report: Report): void {
  const { text, at } = piece.words[0];
  if (text.startsWith('//') || text.startsWith('/*')) {
    report.add(
      'slash-comment',
      at,
      `'${text.slice(0, 2)}' does not begin a comment in this language`,
      'begin comments with # or !',
    );
    return;
  }
  const where = block === 'root' ? 'outside all blocks' : `in ${block}`;
  report.add(
    'unknown-keyword',
    at,
    `'${text}' is not a keyword ${where}`,
    report.hintFor(`${block} ${text}`, () => hintFor(text, block)),
  );
}

/** How many blocks a hint names. */
const NAMED_MAX = 3;

function hintFor(text: string, block: BlockName): string | undefined {
  const elsewhere = blocksOf(text).filter((name) => name !== block);
  if (elsewhere.includes('root')) return `'${text}' stands outside all blocks`;
  if (elsewhere.length > NAMED_MAX) {
    return `'${text}' belongs in ${elsewhere.slice(0, NAMED_MAX).join(', ')} and others`;
  }
  if (elsewhere.length > 0) return `'${text}' belongs in ${elsewhere.join(' or ')}`;
  const nearest = nearestWord(text, BLOCKS[block].keys());
  if (nearest !== undefined) return `did you mean '${nearest}'?`;
  for (const name of Object.keys(BLOCKS) as BlockName[]) {
    const other = nearestWord(text, BLOCKS[name].keys());
    if (other !== undefined && name !== 'root') return `did you mean '${other}', in ${name}?`;
  }
  return undefined;
}
