/** Whether a command printed what a page shows. */

/**
 * `…` stands for anything on its line, alone on a line for any lines. Of times, durations and process ids
 * the form counts, of blanks that there are some.
 */
export function matchesShown(shown: string, printed: string): boolean {
  return patternOf(shown).test(`${tidy(printed)}\n`);
}

const DURATION = String.raw`\d+(?:\.\d+)?`;
/** Of a timer that went off late: a busy machine is no other answer. */
const LATE = new RegExp(String.raw` \(noticed ${DURATION} ms late\)`, 'g');

/** What varies from run to run, in what is shown → what may stand there instead. */
const VARYING: readonly [shown: RegExp, pattern: string][] = [
  [
    /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?/,
    String.raw`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?`,
  ],
  [/^\d+(?:\.\d+)? ?(?:ms|s|min)\b/, `${DURATION} ?(?:ms|s|min)`],
  [/^process \d+/, String.raw`process \d+`],
  [/^[ \t]+/, String.raw`[ \t]+`],
  [/^…/, '.*?'],
];

function tidy(text: string): string {
  const lines = text
    .replaceAll(LATE, '')
    .split('\n')
    .map((line) => line.trimEnd());
  return lines.join('\n').replace(/\n+$/, '');
}

function patternOf(shown: string): RegExp {
  const lines = tidy(shown).split('\n');
  const pattern = lines.map((line) => (line.trim() === '…' ? '(?:.*\n)*?' : `${lineOf(line)}\n`));
  return new RegExp(`^${pattern.join('')}$`);
}

function lineOf(line: string): string {
  let pattern = '';
  for (let rest = line; rest !== ''; ) {
    const found = VARYING.map(([from, to]) => ({ length: from.exec(rest)?.[0].length ?? 0, to }));
    const hit = found.find(({ length }) => length > 0);
    pattern += hit?.to ?? rest.slice(0, 1).replace(/[.*+?^${}()|[\]\\]/, '\\$&');
    rest = rest.slice(hit?.length ?? 1);
  }
  return pattern;
}
