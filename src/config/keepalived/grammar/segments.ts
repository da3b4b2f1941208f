import type { Piece } from '../text/pieces.ts';
import { BLOCKS } from './blocks.ts';

/**
 * A root block and what follows it up to the next one. Its braces are counted for themselves, so
 * that a brace too few or too many does harm to this block alone.
 */
export interface Segment {
  readonly start: number;
  readonly end: number;
  /** How many braces are opened more than closed; negative: the other way round. */
  readonly excess: number;
}

export function findSegments(pieces: readonly Piece[]): Segment[] {
  return mergeForeignBlocks(pieces, cutSegments(pieces));
}

/** Whether there are as many `{` as `}` in every root block and what follows it. */
export function areInStep(pieces: readonly Piece[]): boolean {
  return cutSegments(pieces).every(({ excess }) => excess === 0);
}

function cutSegments(pieces: readonly Piece[]): Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  let excess = 0;
  for (const [index, piece] of pieces.entries()) {
    if (index > start && startsRootBlock(pieces, index)) {
      segments.push({ start, end: index, excess });
      start = index;
      excess = 0;
    }
    if (piece.kind === 'open') excess++;
    else if (piece.kind === 'close') excess--;
  }
  segments.push({ start, end: pieces.length, excess });
  return segments;
}

/** Blocks with a name at the root, and without one in an instance. */
const TWO_PLACES = new Set(['track_file', 'track_check']);

export function startsRootBlock(pieces: readonly Piece[], index: number): boolean {
  const piece = pieces[index];
  if (piece?.kind !== 'text') return false;
  const [keyword] = piece.words;
  const definition = BLOCKS.root.get(keyword.text);
  if (definition?.body === undefined) return false;
  const isOpened = pieces[index + 1]?.kind === 'open';
  // `track_file NAME {` stands at the root, `track_file {` in an instance.
  if (TWO_PLACES.has(keyword.text)) return isOpened && piece.words.length === 2;
  const takesName = definition.arguments.length > 0;
  return isOpened || (takesName && piece.words.length > 1);
}

/** An unknown block that wraps whole root blocks, and closes behind them, is one segment with them. */
function mergeForeignBlocks(pieces: readonly Piece[], segments: readonly Segment[]): Segment[] {
  const merged: Segment[] = [];
  for (let at = 0; at < segments.length; at++) {
    const segment = segments[at];
    if (segment === undefined) break;
    const last = segment.excess > 0 ? findCounterpart(segments, at) : -1;
    if (last === -1 || !opensUnknownBlock(pieces, segment)) {
      merged.push(segment);
      continue;
    }
    merged.push({ start: segment.start, end: segments[last]?.end ?? segment.end, excess: 0 });
    at = last;
  }
  return merged;
}

/** The later segment whose surplus closes what this one leaves open, with none out of step between. */
function findCounterpart(segments: readonly Segment[], at: number): number {
  const wanted = -(segments[at]?.excess ?? 0);
  for (let index = at + 1; index < segments.length; index++) {
    const { excess = 0 } = segments[index] ?? {};
    if (excess === wanted) return index;
    if (excess !== 0) return -1;
  }
  return -1;
}

/** Whether the last block left open at the end of the segment is one that the root does not know. */
function opensUnknownBlock(pieces: readonly Piece[], { start, end }: Segment): boolean {
  const openers: string[] = [];
  for (let index = start; index < end; index++) {
    const piece = pieces[index];
    const before = pieces[index - 1];
    if (piece?.kind === 'open') openers.push(before?.kind === 'text' ? before.words[0].text : '');
    else if (piece?.kind === 'close') openers.pop();
  }
  return openers.length > 0 && openers.every((name) => name !== '' && !BLOCKS.root.has(name));
}
