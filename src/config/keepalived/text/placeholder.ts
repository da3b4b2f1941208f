/**
 * Index behind a `${…}` or `{{ … }}` of which a brace stands at `index`; -1 where there is none.
 * Such a thing is what a template or a shell should have filled in, not a block.
 */
export function endOfPlaceholder(text: string, index: number): number {
  const start = text[index] === '{' && text[index - 1] === '{' ? index - 1 : index;
  const rest = text.slice(start, start + 80);
  const pattern = text[start - 1] === '$' ? /^\{\w[\w ]*\}/ : /^\{\{-?[\w .()|'-]*\}\}/;
  const match = pattern.exec(rest);
  return match === null ? -1 : start + match[0].length;
}

/** Whether a brace at `index` opens or closes a block. */
export function isBlockBrace(text: string, index: number): boolean {
  const character = text[index];
  if (character === '{') return endOfPlaceholder(text, index) === -1;
  if (character !== '}') return false;
  const base = Math.max(0, index - 80);
  const open = base + text.slice(base, index).lastIndexOf('{');
  if (open < base) return true;
  return index >= endOfPlaceholder(text, open);
}

/** Whether something between braces was to be filled in; keepalived takes the braces for a block. */
export function holdsPlaceholder(text: string): boolean {
  return /\$\{\w[\w ]*\}|\{\{.*\}\}/.test(text);
}

/** What to say about a value that was never filled in; undefined for any other. */
export function placeholderHint(text: string): string | undefined {
  if (/^\$\{?\w+\}?/.test(text))
    return `'${text}' was never filled in: define it, or write the value`;
  if (text.includes('{{')) return 'a template left this placeholder unfilled: write the value';
  if (text === '') return 'an empty value: was a variable unset when this file was written?';
  return undefined;
}
