/** Takes a file apart into the files that it holds. */
import { lineFrom, padded } from '../lines.ts';
import type { Piece, Source } from '../types.ts';
import { fillTemplate, fillVariables, hostsOf, isTemplate } from './fill.ts';
import { kindOfText } from './kinds.ts';
import { assignmentsOf, derivedPieces, piecesOfShell } from './shell.ts';

const FENCE = /^\s*(`{3,}|~{3,})\s*(\S*)/;

export interface Extracted {
  /** With values in place of variables and expressions. */
  readonly pieces: readonly Piece[];
  /** As they were written. */
  readonly written: readonly Piece[];
}

export function extract(sources: readonly Source[]): Extracted {
  const top = sources.flatMap(topPieces);
  const written = top.flatMap((piece) => (piece.kind === 'shell' ? piecesOfShell(piece) : [piece]));
  const shells = top.filter(({ kind }) => kind === 'shell' || kind === 'script');
  const known = new Map(shells.flatMap(({ text }) => [...assignmentsOf(text)]));
  const hosts = written.filter(({ kind }) => kind === 'inventory').flatMap(hostsOf);
  const all = [...written, ...derivedPieces(written)];
  const pieces = all.flatMap((piece) => {
    if (piece.kind === 'prose' || piece.kind === 'shell' || piece.kind === 'script') return [piece];
    const filled = fillVariables(piece, known);
    return isTemplate(filled) ? fillTemplate(filled, hosts) : [filled];
  });
  return { pieces, written };
}

function topPieces(source: Source): readonly Piece[] {
  const text = source.text.replaceAll('\r\n', '\n');
  const base = { file: source.path, filled: new Set<number>(), node: source.path };
  const isDocument = /\.(?:md|markdown|txt)$/.test(source.path) && /^\s*(?:```|~~~)/m.test(text);
  if (isDocument) return piecesOfDocument(text, base);
  const kind = kindOfText(text, source.path);
  const piece: Piece = { ...base, kind, text: source.text, origin: 'file' };
  return kind === 'yaml' ? [piece, ...embedded(piece)] : [piece];
}

type Base = Pick<Piece, 'file' | 'filled' | 'node'>;

function piecesOfDocument(text: string, base: Base): readonly Piece[] {
  const lines = text.split('\n');
  const prose = [...lines];
  const blocks: Piece[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [, fence, name = ''] = FENCE.exec(lines[index] ?? '') ?? [];
    if (fence === undefined) continue;
    const found = lineFrom(lines, index + 1, (line) => line.trim() === fence);
    const end = found === -1 ? lines.length : found;
    prose.fill('', index, end + 1);
    const kind = kindOfText(padded(lines, index + 1, end).trimStart(), name);
    const from = kind === 'keepalived' ? skipPrompts(lines, index + 1, end) : index + 1;
    const node = `the host of line ${index + 1}`;
    const piece: Piece = { ...base, kind, text: padded(lines, from, end), origin: 'block', node };
    blocks.push(piece, ...(kind === 'yaml' ? embedded(piece) : []));
    index = end;
  }
  return [{ ...base, kind: 'prose', text: prose.join('\n'), origin: 'block' }, ...blocks];
}

/** Past what a terminal shows before the file itself. */
function skipPrompts(lines: readonly string[], from: number, to: number): number {
  const first = lineFrom(
    lines,
    from,
    (line) =>
      /^\s*(?:!|#\s|global_defs|vrrp_|virtual_|static_|include)/.test(line) &&
      !/^\s*#\s*kubectl|^\S+@\S+[#$]/.test(line),
  );
  return first === -1 || first >= to ? from : first;
}

/** Block scalars of a ConfigMap whose keys name files. */
function embedded(yaml: Piece): readonly Piece[] {
  const lines = yaml.text.split('\n');
  const found: Piece[] = [];
  for (const [index, line] of lines.entries()) {
    const [, indent = '', key] = /^(\s*)([\w.-]+\.(?:conf|cfg|sh)):\s*\|[-+]?\s*$/.exec(line) ?? [];
    if (key === undefined) continue;
    const end = lineFrom(
      lines,
      index + 1,
      (each) => each.trim() !== '' && !each.startsWith(`${indent} `),
    );
    const text = padded(lines, index + 1, end === -1 ? lines.length : end);
    found.push({ ...yaml, kind: kindOfText(text.trimStart(), key), text, target: key });
  }
  return found;
}
