/** Templates of osixia: `{{ NAME }}` filled by sed, or `${NAME}` filled by envsubst. */
import type { Draft, Value } from './draft.ts';

export interface TemplateValues {
  /** What stands in the place of a name; undefined where the name is not the template's. */
  one(name: string): readonly (string | Value)[] | undefined;
  /** The lines that stand in the place of a name. */
  list(name: string): readonly Value[] | undefined;
  /** A line in which this one stands is left out where it has no value. */
  optional(name: string): 'absent' | 'present';
}

const PLACEHOLDER = {
  classic: /\{\{ (\w+) \}\}/g,
  '2026': /\$\{(\w+)\}|\$(\w+)/g,
} as const;

export function fillTemplate(
  template: string,
  dialect: keyof typeof PLACEHOLDER,
  values: TemplateValues,
  draft: Draft,
): void {
  for (const line of template.replace(/\n$/, '').split('\n'))
    fillLine(line, dialect, values, draft);
}

function fillLine(
  line: string,
  dialect: keyof typeof PLACEHOLDER,
  values: TemplateValues,
  draft: Draft,
): void {
  const parts: (string | Value)[] = [];
  let last = 0;
  for (const found of line.matchAll(PLACEHOLDER[dialect])) {
    const name = found[1] ?? found[2] ?? '';
    if (dialect === 'classic' && values.optional(name) === 'absent') return;
    const list = values.list(name);
    const before = line.slice(last, found.index);
    if (list !== undefined) {
      const rest = line.slice(found.index + found[0].length);
      addRows(list, { parts: [...parts, before], rest, dialect }, draft);
      return;
    }
    const value = values.one(name);
    if (value === undefined) continue;
    parts.push(before, ...value);
    last = found.index + found[0].length;
  }
  draft.add(...parts, line.slice(last));
}

interface Surroundings {
  readonly parts: readonly (string | Value)[];
  readonly rest: string;
  readonly dialect: keyof typeof PLACEHOLDER;
}

/** sed takes the rest of the line away with the placeholder that it leaves behind. */
function addRows(
  list: readonly Value[],
  { parts, rest, dialect }: Surroundings,
  draft: Draft,
): void {
  const end = dialect === 'classic' ? '' : rest;
  const [first, ...others] = list;
  if (first === undefined) {
    if (dialect === '2026') draft.add(...parts, end);
    return;
  }
  draft.add(...parts, first, others.length === 0 ? end : '');
  for (const [index, value] of others.entries()) {
    draft.add('    ', value, index === others.length - 1 ? end : '');
  }
}
