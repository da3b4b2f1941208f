/** Timelines as a picture (SVG): a bar for each node while it serves, red where nobody or two do. */
import type { Strip } from './timeline.ts';

const LEFT = 120;
const WIDTH = 720;
const ROW = 18;
const HEAD = 22;
const FOOT = 34;

export function svgOf(strips: readonly Strip[]): string {
  let y = 10;
  const parts: string[] = [];
  for (const strip of strips) {
    parts.push(stripSvg(strip, y));
    y += heightOf(strip);
  }
  const size = `width="${LEFT + WIDTH + 40}" height="${y + 10}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#ffffff"/>
${parts.join('')}</svg>
`;
}

function heightOf({ nodes }: Strip): number {
  return HEAD + (nodes.length + 1) * ROW + FOOT;
}

function stripSvg(strip: Strip, top: number): string {
  const { title, service, nodes, marks, length } = strip;
  const x = (at: number): number => LEFT + (WIDTH * at) / length;
  const y = (index: number): number => top + HEAD + index * ROW;
  const parts = [
    `<text x="10" y="${top + 14}" font-weight="bold">${escaped(`${title} (${service})`)}</text>`,
    ...nodes.map((name, index) => `<text x="10" y="${y(index) + 13}">${escaped(name)}</text>`),
    `<text x="10" y="${y(nodes.length) + 13}" fill="#b00020">nobody, or two</text>`,
  ];
  for (const { from, to, holders } of spansOf(strip)) {
    const place = `x="${x(from).toFixed(1)}" width="${(x(to) - x(from)).toFixed(1)}"`;
    for (const name of holders) {
      const row = y(nodes.indexOf(name)) + 2;
      parts.push(`<rect ${place} y="${row}" height="${ROW - 4}" fill="#2e7d32"/>`);
    }
    if (holders.length === 1) continue;
    parts.push(`<rect ${place} y="${y(nodes.length) + 2}" height="${ROW - 4}" fill="#b00020"/>`);
  }
  const bottom = y(nodes.length + 1);
  for (const { at, text } of marks) {
    const line = `x1="${x(at)}" x2="${x(at)}" y1="${top + HEAD}" y2="${bottom}"`;
    parts.push(`<line ${line} stroke="#555555" stroke-dasharray="3 2"/>`);
    const label = `${(at / 1e6).toFixed(1)} s ${text}`;
    parts.push(`<text x="${x(at) + 3}" y="${bottom + 14}">${escaped(label)}</text>`);
  }
  return `${parts.join('\n')}\n`;
}

interface HeldSpan {
  readonly from: number;
  readonly to: number;
  readonly holders: readonly string[];
}

function spansOf({ before, changes, length }: Strip): readonly HeldSpan[] {
  const all = [{ at: 0, holders: before }, ...changes];
  return all.flatMap(({ at, holders }, index) => {
    const to = all[index + 1]?.at ?? length;
    return to > at ? [{ from: at, to, holders }] : [];
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
