/** The short texts of a scenario: failures, moments, lengths of time. */
import { type Micros, millis, seconds } from '../../base/time.ts';
import { FAILURE_WORDS, type FailureText, type FailureWord, type ScenarioEvent } from './types.ts';

/** What is wrong with a text, in words; and what to write. */
export interface WordError {
  readonly problem: string;
  readonly hint: string;
}

export function isWordError(value: object): value is WordError {
  return 'problem' in value;
}

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|min)?$/;
const FAILURE_HINT = `write KIND NODE, as in \`crash a\`, \`cable eth0 a\` or \`partition a+b\`; \
KIND is one of ${FAILURE_WORDS.join(', ')}`;

/** `4s`, `300ms`, `2min`; a number alone is seconds. */
export function parseDuration(text: string): Micros | undefined {
  const [, number, unit = 's'] = DURATION.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  if (unit === 'ms') return millis(Number(number));
  return seconds(Number(number) * (unit === 'min' ? 60 : 1));
}

/** One failure, or several that happen at once, with `and` between them. */
export function parseFailures(text: string): readonly FailureText[] | WordError {
  const failures: FailureText[] = [];
  for (const part of text.trim().split(/\s+(?:and|&)\s+/)) {
    const failure = parseFailure(part);
    if (failure === undefined) return { problem: `'${part}' is no failure`, hint: FAILURE_HINT };
    failures.push(failure);
  }
  return failures;
}

function parseFailure(text: string): FailureText | undefined {
  const words = text.trim().split(/\s+/);
  const [kind, ...rest] = words;
  const last = rest.at(-1);
  if (!isFailureWord(kind) || last === undefined) return undefined;
  const nodes = last.split('+').filter((name) => name !== '');
  if (nodes.length === 0 || rest.length > 2) return undefined;
  const [subject] = rest;
  if (rest.length === 1) return kind === 'script' ? undefined : { kind, nodes };
  const takesSubject = kind === 'cable' || kind === 'script';
  return takesSubject && subject !== undefined ? { kind, nodes, subject } : undefined;
}

function isFailureWord(word: string | undefined): word is FailureWord {
  return FAILURE_WORDS.some((known) => known === word);
}

/** `10s crash a`, `30s mend crash a`. */
export function parseEvent(text: string): ScenarioEvent | WordError {
  const hint = 'write a time and what happens: `10s crash a`, `30s mend crash a`';
  const [, moment = '', mends, what = ''] = /^\s*(\S+)\s+(mend\s+)?(.*)$/.exec(text) ?? [];
  const at = parseDuration(moment);
  if (at === undefined) return { problem: `'${text}' does not begin with a time`, hint };
  const failures = parseFailures(what);
  if (isWordError(failures)) return failures;
  return { at, act: mends === undefined ? 'strike' : 'mend', failures };
}
