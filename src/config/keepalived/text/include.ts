import type { Report } from '../report.ts';
import type { TracedLine } from './traced.ts';
import { splitWords, type Word } from './words.ts';

/**
 * What makes an include that finds nothing an error: `read`: a match is no readable file; `match`: a
 * plain name matches nothing; `wildcard_match`: a pattern matches nothing; `brace_match`: one of the
 * alternatives between braces does not.
 */
export type IncludeCheck = 'read' | 'match' | 'wildcard_match' | 'brace_match';

export type IncludeChecks = ReadonlySet<IncludeCheck>;

export const ALL_CHECKS: IncludeChecks = new Set<IncludeCheck>([
  'read',
  'match',
  'wildcard_match',
  'brace_match',
]);

/** What each keyword checks beside what `include_check` asks for. */
const KEYWORDS: ReadonlyMap<string, readonly IncludeCheck[]> = new Map([
  ['include', []],
  ['includer', ['read']],
  ['includem', ['read', 'match']],
  ['includew', ['read', 'match', 'wildcard_match']],
  ['includeb', ['read', 'brace_match']],
  ['includea', [...ALL_CHECKS]],
]);

/** What a keyword of the include family checks; undefined for any other word. */
export function includeChecks(keyword: string, standing: IncludeChecks): IncludeChecks | undefined {
  const own = KEYWORDS.get(keyword);
  return own === undefined ? undefined : new Set([...standing, ...own]);
}

/**
 * The checks that hold behind an `include_check` line: those named, or those that stood before with
 * `+` and `-`; all where nothing is named.
 */
export function readIncludeCheck(
  line: TracedLine,
  standing: IncludeChecks,
  report: Report,
): IncludeChecks {
  const [keyword, ...words] = splitWords(line);
  if (keyword?.text !== 'include_check') return standing;
  if (words.length === 0) return ALL_CHECKS;
  const checks = new Set(standing);
  for (const [index, word] of words.entries()) {
    const [, sign, name = ''] = /^([+-]?)(.*)$/s.exec(word.text) ?? [];
    if (sign === '' && index === 0) checks.clear();
    if (!isCheck(name)) reportWord(word, `include_check does not know '${name}'`, report);
    else if (sign === '-') checks.delete(name);
    else if (sign === '+' || index === 0) {
      checks.add(name);
      // Whoever asks for a match asks for a file.
      if (sign === '') checks.add('read');
    } else {
      reportWord(
        word,
        `'${name}' is ignored: only the first word may stand without + or -`,
        report,
      );
    }
  }
  return checks;
}

function isCheck(name: string): name is IncludeCheck {
  return ALL_CHECKS.has(name as IncludeCheck);
}

function reportWord(word: Word, message: string, report: Report): void {
  report.add(
    'invalid-choice',
    word.at,
    message,
    `write read, match, wildcard_match or brace_match, with + or - from the second on`,
  );
}
