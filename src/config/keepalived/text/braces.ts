/** `a{b,c{d,e}}` becomes `ab`, `acd`, `ace`; a brace without its partner stands for itself. */
export function expandBraces(pattern: string): readonly string[] {
  // More than that is no name of a file, and would be more names than anybody could wait for.
  if (pattern.length > PATH_MAX || pattern.split('{').length > CHOICES_MAX + 1) return [pattern];
  const alternatives: string[] = [];
  expand(pattern, alternatives);
  return alternatives;
}

const ALTERNATIVES_MAX = 4096;
const CHOICES_MAX = 12;
const PATH_MAX = 4096;

function expand(pattern: string, into: string[]): void {
  if (into.length >= ALTERNATIVES_MAX) return;
  const choice = findChoice(pattern);
  if (choice === undefined) {
    into.push(pattern);
    return;
  }
  const { cuts } = choice;
  const open = cuts[0] ?? 0;
  const rest = pattern.slice((cuts.at(-1) ?? 0) + 1);
  for (const [number, cut] of cuts.slice(0, -1).entries()) {
    expand(pattern.slice(0, open) + pattern.slice(cut + 1, cuts[number + 1]) + rest, into);
  }
}

/** Where the first brace with its commas and its partner stand; undefined where there is no choice. */
function findChoice(pattern: string): { readonly cuts: readonly number[] } | undefined {
  const open = pattern.indexOf('{');
  if (open < 0) return undefined;
  let depth = 0;
  const commas: number[] = [];
  for (let index = open; index < pattern.length; index++) {
    const character = pattern[index];
    if (character === '{') depth++;
    else if (character === ',' && depth === 1) commas.push(index);
    else if (character === '}' && --depth === 0) {
      return commas.length === 0 ? undefined : { cuts: [open, ...commas, index] };
    }
  }
  return undefined;
}
