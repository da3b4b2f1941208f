/** Pieces of HTML. Everything that does not stand in this folder goes through `escapeHtml`. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? '');
}

/** In groups of three digits, which are apart for the eye only: copied, it is one number. */
export function bigNumber(value: number): string {
  const sign = value < 0 ? '-' : '';
  const [first = '', ...groups] = String(Math.abs(value))
    .replace(/\B(?=(?:\d{3})+$)/g, ' ')
    .split(' ');
  return `${sign}${first}${groups.map((group) => `<span class="k">${group}</span>`).join('')}`;
}

/** The two largest units: `1m2s`, `3d4h`. */
export function humanTime(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const;
  const at = units.findIndex(([, size]) => seconds >= size);
  if (at < 0) return '0s';
  let rest = seconds;
  let text = '';
  for (const [unit, size] of units.slice(at, at + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}

/** With more to read when the mouse is over it. */
export function withTip(html: string, lines: readonly string[]): string {
  if (lines.length === 0) return html;
  return `<u title="${lines.map(escapeHtml).join('&#10;')}">${html}</u>`;
}
