import { editDistance } from '../../../base/edit-distance.ts';
import { failed, ok, type Result } from '../../../base/result.ts';
import type { SessionFacts } from './facts.ts';
import { type FormatFlags, type LogContext, logVariables, writeText } from './variables.ts';

/** What a sample expression is, read by whoever knows the language, and what it gives for a session. */
export interface SampleSource<Sample> {
  read(expression: string): Result<Sample, string>;
  /** Undefined: there is no such thing. */
  fetch(sample: Sample, facts: SessionFacts): string | undefined;
}

export interface FormatProblem {
  /** Index in the format of what is wrong. */
  readonly at: number;
  readonly message: string;
}

export type LineWriter = (facts: SessionFacts, context: LogContext) => string;

type Part =
  | { readonly kind: 'blank' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly flags: FormatFlags; readonly write: ValueWriter };

type ValueWriter = (facts: SessionFacts, context: LogContext, flags: FormatFlags) => string;

const noFlags: FormatFlags = { quote: false, hex: false, escape: false };
const flagNames: Readonly<Record<string, keyof FormatFlags>> = {
  Q: 'quote',
  X: 'hex',
  E: 'escape',
};

/**
 * A `log-format` string as a function. Blanks separate: several are one, and there is none at the beginning
 * or after a blank where what stood between them gave nothing.
 */
export function compileLogFormat<Sample>(
  format: string,
  mode: 'tcp' | 'http',
  samples: SampleSource<Sample>,
): Result<LineWriter, FormatProblem> {
  const parts: Part[] = [];
  let flags = noFlags;
  let at = 0;
  while (at < format.length) {
    const item = readItem(format, at, flags);
    if (!item.ok) return item;
    const { end } = item.value;
    const what = item.value.what;
    if (what.kind === 'part') parts.push(what.part);
    else if (what.kind === 'flags') flags = what.flags;
    else {
      const write =
        what.kind === 'sample' ? sampleWriter(what.text, samples) : variableWriter(what.text, mode);
      if (!write.ok) return failed({ at, message: write.reason });
      parts.push({ kind: 'value', flags: what.flags, write: write.value });
    }
    at = end;
  }
  return ok(join(parts));
}

type Item =
  | { readonly kind: 'part'; readonly part: Part }
  /** `%{+Q}o`: for all that follows. */
  | { readonly kind: 'flags'; readonly flags: FormatFlags }
  | { readonly kind: 'sample' | 'variable'; readonly text: string; readonly flags: FormatFlags };

function readItem(
  format: string,
  at: number,
  globalFlags: FormatFlags,
): Result<{ readonly what: Item; readonly end: number }, FormatProblem> {
  const rest = format.slice(at);
  const plain = /^(?:[ \t]+|[^% \t]+|%%)/.exec(rest)?.[0];
  if (plain !== undefined) {
    const isBlank = plain[0] === ' ' || plain[0] === '\t';
    const part: Part = isBlank
      ? { kind: 'blank' }
      : { kind: 'text', text: plain === '%%' ? '%' : plain };
    return ok({ what: { kind: 'part', part }, end: at + plain.length });
  }
  const match = /^%(?:\{([^}]*)\})?(\[|[A-Za-z]+)?/.exec(rest);
  const [whole = '%', flagText, name] = match ?? [];
  if (name === undefined)
    return failed({ at, message: "nothing that '%' could stand for; a percent sign is '%%'" });
  const flags = applyFlags(globalFlags, flagText);
  if (!flags.ok) return failed({ at, message: flags.reason });
  const end = at + whole.length;
  if (name === '[') {
    const close = closingBracket(format, end);
    if (close === undefined) return failed({ at, message: "no ']' ends this expression" });
    const text = format.slice(end, close);
    return ok({ what: { kind: 'sample', text, flags: flags.value }, end: close + 1 });
  }
  if (name === 'o') return ok({ what: { kind: 'flags', flags: flags.value }, end });
  return ok({ what: { kind: 'variable', text: name, flags: flags.value }, end });
}

/** Parentheses and quotes may hold brackets. */
function closingBracket(format: string, from: number): number | undefined {
  let depth = 0;
  let quote = '';
  for (let at = from; at < format.length; at++) {
    const char = format[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === ']' && depth <= 0) return at;
  }
  return undefined;
}

function applyFlags(flags: FormatFlags, text: string | undefined): Result<FormatFlags, string> {
  let result = flags;
  for (const word of text === undefined || text === '' ? [] : text.split(',')) {
    const name = flagNames[word.slice(1)];
    if (name === undefined || (word[0] !== '+' && word[0] !== '-'))
      return failed(`'${word}' is no flag: '+Q', '+X' and '+E' are, or with '-'`);
    result = { ...result, [name]: word[0] === '+' };
  }
  return ok(result);
}

function variableWriter(name: string, mode: 'tcp' | 'http'): Result<ValueWriter, string> {
  const variable = Object.hasOwn(logVariables, name) ? logVariables[name] : undefined;
  if (variable === undefined) {
    const near = Object.keys(logVariables).find((known) => editDistance(known, name, 1) <= 1);
    const hint = near === undefined ? '' : `; '%${near}' is`;
    return failed(`'%${name}' is no variable${hint}; a percent sign is '%%'`);
  }
  if (variable.in === 'http' && mode !== 'http')
    return failed(`'%${name}' has a meaning in 'mode http' only`);
  return ok(variable.write);
}

function sampleWriter<Sample>(
  expression: string,
  samples: SampleSource<Sample>,
): Result<ValueWriter, string> {
  const sample = samples.read(expression);
  if (!sample.ok) return sample;
  return ok((facts, _context, flags) => writeText(samples.fetch(sample.value, facts), flags));
}

function join(parts: readonly Part[]): LineWriter {
  return (facts, context) => {
    let line = '';
    let isAfterBlank = true;
    for (const part of parts) {
      if (part.kind === 'blank') {
        if (!isAfterBlank) line += ' ';
        isAfterBlank = true;
        continue;
      }
      const text = part.kind === 'text' ? part.text : part.write(facts, context, part.flags);
      if (text === '') continue;
      line += text;
      isAfterBlank = false;
    }
    return line;
  };
}
