/** The one line that an agent says: words in any order, between blanks or commas. */
export interface AgentAnswer {
  /** Of the configured weight. */
  readonly percent?: number;
  readonly maxconn?: number;
  readonly state?: 'ready' | 'drain' | 'maint';
  /** `word` as it was said, with what it gives as the reason. */
  readonly verdict?: { readonly is: 'up' | 'down'; readonly word: string; readonly reason: string };
  /** The first word that means nothing, where there is no verdict. */
  readonly unknown?: string;
}

const verdicts: Readonly<Record<string, 'up' | 'down'>> = {
  up: 'up',
  down: 'down',
  stopped: 'down',
  fail: 'down',
  failed: 'down',
};

/** Of several words of one kind the last one counts. What follows `#` is the reason. */
export function readAgentAnswer(line: string): AgentAnswer {
  const hash = line.indexOf('#');
  const [said, reason] = hash < 0 ? [line, ''] : [line.slice(0, hash), line.slice(hash + 1).trim()];
  const answer: { -readonly [Key in keyof AgentAnswer]: AgentAnswer[Key] } = {};
  for (const word of said.split(/[\s,]+/)) {
    if (word === '') continue;
    const lower = word.toLowerCase();
    const is = verdicts[lower];
    if (is !== undefined) answer.verdict = { is, word, reason };
    else if (lower === 'ready' || lower === 'drain' || lower === 'maint') answer.state = lower;
    else if (/^\d{1,6}%$/.test(word)) answer.percent = Number.parseInt(word, 10);
    else if (/^maxconn:\d{1,9}$/.test(lower)) answer.maxconn = Number(lower.slice(8));
    else answer.unknown ??= word;
  }
  return answer;
}

/** What is shown of it, in `haproxy`'s words. */
export function describeAgentAnswer({ verdict, unknown }: AgentAnswer): string {
  if (verdict !== undefined) {
    const { word, reason } = verdict;
    return reason === '' ? `via agent : ${word}` : `via agent : ${word} (${reason})`;
  }
  return unknown === undefined ? '' : `agent reports an error : ${unknown}`;
}
