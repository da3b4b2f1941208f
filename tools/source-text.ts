/** A module that a source file names, and how. */
export interface Import {
  readonly specifier: string;
  /** Only types are taken from it, so nothing of it is there at run time. */
  readonly isTypeOnly: boolean;
}

/**
 * Blanks out the comments of a TypeScript source and, on request, the text of its string, template
 * and regular-expression literals. Offsets and line breaks stay, and so does the code in `${…}`.
 */
export function blankOut(source: string, what: 'comments' | 'comments-and-text'): string {
  const out = source.split('');
  const blank = (from: number, to: number): void => {
    for (let at = from; at < to; at++) if (out[at] !== '\n') out[at] = ' ';
  };
  const blankText = (from: number, to: number): void => {
    if (what === 'comments-and-text') blank(from, to);
  };
  /** For each template literal around this place, the number of braces open in its `${…}`. */
  const templates: number[] = [];
  let at = 0;
  while (at < source.length) {
    const token = tokenAt(source, at, templates);
    if (token.kind === 'comment') blank(at, token.end);
    else if (token.kind === 'text') blankText(at + 1, token.end - 1);
    at = token.end;
  }
  return out.join('');
}

interface Token {
  readonly kind: 'comment' | 'text' | 'code';
  readonly end: number;
}

const lineComment = /\/\/[^\n]*/y;
const blockComment = /\/\*[\s\S]*?(?:\*\/|$)/y;
const quoted = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const regularExpression = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const templateText = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|$)/y;
/** A slash after one of these starts a regular expression; elsewhere it divides. */
const beforeExpression = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|of|in))\s*$/;

function tokenAt(source: string, at: number, templates: number[]): Token {
  const match = (pattern: RegExp, from = at): number | undefined => {
    pattern.lastIndex = from;
    return pattern.test(source) ? pattern.lastIndex : undefined;
  };
  const openTemplate = (from: number): Token => {
    const end = match(templateText, from) ?? source.length;
    if (source.slice(end - 2, end) === '${') templates.push(0);
    return { kind: 'text', end };
  };
  const char = source[at];
  if (char === '/') {
    const comment = match(lineComment) ?? match(blockComment);
    if (comment !== undefined) return { kind: 'comment', end: comment };
    const start = Math.max(0, at - 40);
    const end = beforeExpression.test(source.slice(start, at))
      ? match(regularExpression)
      : undefined;
    return end === undefined ? { kind: 'code', end: at + 1 } : { kind: 'text', end };
  }
  if (char === "'" || char === '"') {
    const end = match(quoted);
    return end === undefined ? { kind: 'code', end: at + 1 } : { kind: 'text', end };
  }
  if (char === '`') return openTemplate(at + 1);
  const open = templates.at(-1);
  if (open !== undefined && char === '{') templates[templates.length - 1] = open + 1;
  if (open !== undefined && char === '}') {
    if (open === 0) {
      templates.pop();
      return openTemplate(at + 1);
    }
    templates[templates.length - 1] = open - 1;
  }
  return { kind: 'code', end: at + 1 };
}

const statement = /^[ \t]*(import|export)\s+(type\s+)?(?:([^'";]*?)\sfrom\s+)?(['"])([^'"\n]+)\4/gm;
const call = /\b(?:import|require)\(\s*(['"])([^'"\n]+)\1/g;

/** The modules that a source file imports, re-exports, or loads by name at run time. */
export function listImports(source: string): Import[] {
  const text = blankOut(source, 'comments');
  const imports: Import[] = [];
  for (const [, keyword, type, clause, , specifier = ''] of text.matchAll(statement)) {
    if (keyword === 'export' && clause === undefined) continue;
    imports.push({ specifier, isTypeOnly: type !== undefined || namesTypesOnly(clause ?? '') });
  }
  for (const [, , specifier = ''] of text.matchAll(call)) {
    // `import('…').Name` in a type looks the same, and is rare enough to be written otherwise.
    imports.push({ specifier, isTypeOnly: false });
  }
  return imports;
}

function namesTypesOnly(clause: string): boolean {
  const names = /^\{([^}]*)\}$/.exec(clause.trim())?.[1];
  if (names === undefined) return false;
  const list = names.split(',').map((name) => name.trim());
  return list.every((name) => name === '' || name.startsWith('type '));
}
