/** The part of YAML that files of variables are written in: names with a value or a list of values. */
import { failed, ok, type Result } from '../../base/result.ts';

export type DefinedValue = string | readonly string[];

/** Fails with the number of the line that is beyond that part. */
export function parseYamlVariables(
  text: string,
): Result<ReadonlyMap<string, DefinedValue>, number> {
  const variables = new Map<string, DefinedValue>();
  let open: { readonly name: string; readonly items: string[] } | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = withoutComment(raw);
    if (line.trim() === '' || /^(?:---|\.\.\.|%YAML.*)$/.test(line.trim())) continue;
    const item = /^\s*-\s+(.*)$/.exec(line)?.[1];
    if (item !== undefined) {
      const value = scalar(item);
      if (open === undefined || value === undefined) return failed(index + 1);
      open.items.push(value);
      variables.set(open.name, open.items);
      continue;
    }
    const [, name, rest] = /^([A-Za-z_][\w.-]*)\s*:(?:\s+(.*))?$/.exec(line.trimEnd()) ?? [];
    if (name === undefined) return failed(index + 1);
    const value = definedValue(rest?.trim() ?? '');
    if (value === undefined) return failed(index + 1);
    variables.set(name, value);
    open = rest === undefined ? { name, items: [] } : undefined;
  }
  return ok(variables);
}

/** A # begins a comment at the start of a word that is not in quotes. */
function withoutComment(line: string): string {
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (quote !== '') {
      if (quote === '"' && character === '\\') at++;
      else if (character === quote) quote = '';
    } else if (/["']/.test(character) && /(?:^|[\s:[,-])$/.test(line.slice(0, at)))
      quote = character;
    else if (character === '#' && /(?:^|\s)$/.test(line.slice(0, at))) return line.slice(0, at);
  }
  return line;
}

function definedValue(text: string): DefinedValue | undefined {
  if (!text.startsWith('[')) return scalar(text);
  if (!text.endsWith(']')) return undefined;
  const parts = text.slice(1, -1).match(/\s*"(?:\\.|[^"\\])*"|\s*'(?:''|[^'])*'|[^,]+/g) ?? [];
  const items = parts.filter((part) => part.trim() !== '').map((part) => scalar(part.trim()));
  return items.includes(undefined) ? undefined : (items as string[]);
}

/** Words that YAML 1.1 takes for something else, as Python writes that. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(?:true|yes|on)$/i, 'True'],
  [/^(?:false|no|off)$/i, 'False'],
  [/^(?:~|null)?$/i, ''],
];

function scalar(text: string): string | undefined {
  const trimmed = text.trim();
  const [, single] = /^'((?:''|[^'])*)'$/.exec(trimmed) ?? [];
  if (single !== undefined) return single.replaceAll("''", "'");
  if (/^"(?:\\.|[^"\\])*"$/.test(trimmed)) return unescaped(trimmed);
  if (/^(?:["'[{}&*!|>%@`]|\]|-\s)/.test(trimmed) || /:\s/.test(trimmed)) return undefined;
  const word = WORDS.find(([pattern]) => pattern.test(trimmed));
  return word === undefined ? trimmed : word[1];
}

function unescaped(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}
