/** Sample expressions: `hdr(host),lower`. */
import type { Sample } from '../../model/proxy-rules.ts';
import { sampleWords } from '../grammar/samples.ts';
import type { Word } from '../text/words.ts';
import type { Line } from './context.ts';
import { referOfSample } from './references.ts';

type Call = { readonly name: string; readonly args: readonly string[] };

export type ReadCalls =
  | { readonly ok: true; readonly calls: readonly Call[] }
  | { readonly ok: false; readonly message: string };

/** What stands between commas outside parentheses. */
export function readCalls(text: string): ReadCalls {
  const calls: Call[] = [];
  let rest = text;
  for (;;) {
    const name = /^[^,()]*/.exec(rest)?.[0] ?? '';
    rest = rest.slice(name.length);
    let args: readonly string[] = [];
    if (rest.startsWith('(')) {
      const read = readArguments(rest);
      if (read === undefined) return { ok: false, message: `')' is missing in '${text}'` };
      args = read.args;
      rest = read.rest;
    }
    if (name === '') return { ok: false, message: `a name is missing in '${text}'` };
    calls.push({ name, args });
    if (rest === '') return { ok: true, calls };
    if (!rest.startsWith(',')) return { ok: false, message: `'${rest}' is too much in '${text}'` };
    rest = rest.slice(1);
  }
}

/** `(a,"b c",d)…` */
function readArguments(text: string): { args: readonly string[]; rest: string } | undefined {
  const args: string[] = [''];
  let quote = '';
  for (let at = 1; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (quote === '' && letter === ')') {
      const isEmpty = args.length === 1 && args[0] === '';
      return { args: isEmpty ? [] : args, rest: text.slice(at + 1) };
    }
    if (quote === '' && letter === ',') args.push('');
    else if (letter === quote) quote = '';
    else if (quote === '' && (letter === '"' || letter === "'")) quote = letter;
    else if (letter === '\\' && quote !== "'" && at + 1 < text.length) {
      args.push(`${args.pop() ?? ''}${text[++at] ?? ''}`);
    } else args.push(`${args.pop() ?? ''}${letter}`);
  }
  return undefined;
}

/** A sample; what is wrong with it is told. */
export function readSample(line: Line, word: Word | undefined): Sample | undefined {
  const text = word?.text ?? '';
  const read = readCalls(text);
  if (!read.ok) {
    line.tell('bad-acl', word, read.message);
    return undefined;
  }
  return sampleOf(line, word, read.calls);
}

export function sampleOf(
  line: Line,
  word: Word | undefined,
  calls: readonly Call[],
): Sample | undefined {
  const [fetch, ...converters] = calls;
  if (fetch === undefined || !isKnown(line, word, fetch, 'sample')) return undefined;
  for (const converter of converters) {
    if (!isKnown(line, word, converter, 'converter')) return undefined;
  }
  const sample = { fetch: fetch.name, args: fetch.args, converters };
  referOfSample(line, sample, word);
  return sample;
}

function isKnown(
  line: Line,
  word: Word | undefined,
  { name, args }: Call,
  what: 'sample' | 'converter',
): boolean {
  const known = sampleWords(what).get(name);
  if (known === undefined) {
    line.tell(
      'bad-acl',
      word,
      `there is no ${what} '${name}'`,
      line.meant(name, sampleWords(what).keys()),
    );
    return false;
  }
  if (args.length < known.least) {
    line.tell('bad-acl', word, `${what} '${name}' lacks an argument`);
    return false;
  }
  if (args.length > known.most) {
    line.tell('bad-acl', word, `${what} '${name}' has arguments too many`);
    return false;
  }
  if (known.status === 'acted') return true;
  line.tell('not-supported', word, `${what} '${name}' is not supported`);
  return false;
}
