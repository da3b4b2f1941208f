/** acl lines and what stands behind `if` and `unless`. */
import type { Acl, Condition, ConditionTerm, MatchMethod } from '../../model/proxy-rules.ts';
import { describeFailure } from '../files.ts';
import { type SampleType, sampleWords } from '../grammar/samples.ts';
import type { Word } from '../text/words.ts';
import type { Line } from './context.ts';
import { readPatterns } from './patterns.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import { readCalls, sampleOf } from './samples.ts';
import { meantHint } from './values.ts';

const METHODS: readonly MatchMethod[] = [
  ...(['found', 'bool', 'int', 'ip', 'str', 'beg', 'end'] as const),
  ...(['sub', 'dir', 'dom', 'reg', 'len', 'bin'] as const),
];
const SUFFIX = /_(beg|dir|dom|end|len|reg|sub)$/;

/** Conditions that are there without being written. */
const PREDEFINED: Readonly<Record<string, readonly [sample: string, ...patterns: string[]]>> = {
  TRUE: ['always_true'],
  FALSE: ['always_false'],
  LOCALHOST: ['src', '127.0.0.1/8', '::1'],
  HTTP: ['req.proto_http'],
  'HTTP_1.0': ['req.ver', '1.0'],
  'HTTP_1.1': ['req.ver', '1.1'],
  'HTTP_2.0': ['req.ver', '2.0'],
  METH_CONNECT: ['method', 'CONNECT'],
  METH_DELETE: ['method', 'DELETE'],
  METH_GET: ['method', 'GET', 'HEAD'],
  METH_HEAD: ['method', 'HEAD'],
  METH_OPTIONS: ['method', 'OPTIONS'],
  METH_POST: ['method', 'POST'],
  METH_PUT: ['method', 'PUT'],
  METH_TRACE: ['method', 'TRACE'],
  HTTP_URL_ABS: ['url_reg', '^[^/:]*://'],
  HTTP_URL_SLASH: ['url_beg', '/'],
  HTTP_URL_STAR: ['url', '*'],
  HTTP_CONTENT: ['req.hdr_val(content-length)', 'gt', '0'],
  REQ_CONTENT: ['req.len', 'gt', '0'],
  WAIT_END: ['wait_end'],
};

/** `NAME SAMPLE [-i] [-m METHOD] [-f FILE] [--] [VALUE …]` */
export function readAclLine(line: Line, proxy: ProxyDraft): void {
  const [nameWord, ...rest] = line.args;
  const name = nameWord?.text ?? '';
  const wrong = /[^\w.:-]/.exec(name);
  if (wrong !== null) {
    line.fail(nameWord, `the name of an acl has no '${wrong[0]}'`);
    return;
  }
  if (name === 'or' || name === '||') {
    line.fail(nameWord, `'${name}' joins conditions and names none`);
    return;
  }
  const acl = readAcl(line, rest);
  if (acl === undefined) {
    // A name that is defined badly is not told of as unknown as well.
    if (!proxy.acls.has(name)) proxy.acls.set(name, []);
    return;
  }
  const known = proxy.acls.get(name);
  if (known === undefined) proxy.acls.set(name, [acl]);
  else known.push(acl);
}

function readAcl(line: Line, words: readonly Word[]): Acl | undefined {
  const [sampleWord, ...rest] = words;
  const read = readCalls(sampleWord?.text ?? '');
  if (!read.ok) {
    line.tell('bad-acl', sampleWord, read.message);
    return undefined;
  }
  const [first, ...converters] = read.calls;
  const { fetch, method: named } = methodOf(first?.name ?? '');
  const sample = sampleOf(line, sampleWord, [
    { name: fetch, args: first?.args ?? [] },
    ...converters,
  ]);
  if (sample === undefined) return undefined;
  const type = converters.length > 0 ? 'str' : (sampleWords('sample').get(fetch)?.type ?? 'str');
  const flags = readFlags(line, rest);
  if (flags === undefined) return undefined;
  const method = flags.method ?? named ?? defaultMethod(type, flags.patterns);
  const patterns = readPatterns(line, sampleWord, method, flags.patterns);
  if (patterns === undefined) return undefined;
  if (patterns.length === 0 && method !== 'found' && method !== 'bool') {
    return { sample, method: 'found', ignoreCase: false, patterns: [] };
  }
  return { sample, method, ignoreCase: flags.ignoreCase, patterns };
}

/** `path_beg` is `path` with `-m beg`. */
function methodOf(name: string): { fetch: string; method?: MatchMethod } {
  const suffix = SUFFIX.exec(name)?.[1] as MatchMethod | undefined;
  if (suffix === undefined || sampleWords('sample').has(name)) return { fetch: name };
  const fetch = name.slice(0, -suffix.length - 1);
  return sampleWords('sample').has(fetch) ? { fetch, method: suffix } : { fetch: name };
}

function defaultMethod(type: SampleType, patterns: readonly string[]): MatchMethod {
  if (type === 'bool') return 'bool';
  if (patterns.length === 0) return 'found';
  return type;
}

interface Flags {
  readonly method?: MatchMethod;
  readonly ignoreCase: boolean;
  readonly patterns: readonly string[];
}

function readFlags(line: Line, words: readonly Word[]): Flags | undefined {
  let method: MatchMethod | undefined;
  let ignoreCase = false;
  const patterns: string[] = [];
  let at = 0;
  for (; at < words.length; at++) {
    const text = words[at]?.text ?? '';
    const value = words[at + 1];
    if (text === '--') {
      at++;
      break;
    }
    if (text === '-i') ignoreCase = true;
    else if (text === '-n' || text === '-M' || text === '-u') {
      if (text === '-u') at++;
    } else if (text === '-m') {
      at++;
      method = METHODS.find((known) => known === value?.text);
      if (method === undefined) {
        const hint = meantHint(value?.text ?? '', METHODS);
        line.tell('bad-acl', value, `'${value?.text ?? ''}' is no way to match`, hint);
        return undefined;
      }
    } else if (text === '-f') {
      at++;
      const lines = readPatternFile(line, value);
      if (lines === undefined) return undefined;
      patterns.push(...lines);
    } else if (/^-[a-zA-Z]/.test(text)) {
      line.tell(
        'bad-acl',
        words[at],
        `an acl has no option '${text}'`,
        "write '--' before values that begin with '-'",
      );
      return undefined;
    } else break;
  }
  patterns.push(...words.slice(at).map((word) => word.text));
  return { ignoreCase, patterns, ...(method !== undefined && { method }) };
}

function readPatternFile(line: Line, word: Word | undefined): readonly string[] | undefined {
  const path = word?.text ?? '';
  const read = line.context.files.read(path, 'text');
  if (!read.ok) {
    const message = `'${path}' is not read: ${describeFailure(read.reason)}`;
    line.tell('file-unreadable', word, message);
    return undefined;
  }
  const lines = read.value.split('\n').map((text) => text.replace(/\r$/, '').trim());
  return lines.filter((text) => text !== '' && !text.startsWith('#'));
}

/** `undefined` where there is none; `bad`: it cannot be read, which is told. */
export function readCondition(
  line: Line,
  proxy: ProxyDraft,
  from: number,
): Condition | 'bad' | undefined {
  const word = line.args[from];
  if (word === undefined) return undefined;
  if (word.text !== 'if' && word.text !== 'unless') {
    line.tell('bad-acl', word, `'if' or 'unless' is expected, not '${word.text}'`);
    return 'bad';
  }
  const alternatives = readAlternatives(line, proxy, line.args.slice(from + 1), word);
  if (alternatives === undefined) return 'bad';
  if (word.text === 'if') return alternatives;
  return negate(alternatives) ?? tooLarge(line, word);
}

/** How many alternatives an `unless` may become. */
const ALTERNATIVES_MAX = 64;

function tooLarge(line: Line, word: Word): 'bad' {
  line.tell(
    'condition-too-large',
    word,
    'the condition has too many alternatives',
    "write it with 'if'",
  );
  return 'bad';
}

/** Not (a b or c) is (not a, not c) or (not b, not c). */
function negate(condition: Condition): Condition | undefined {
  let result: ConditionTerm[][] = [[]];
  for (const alternative of condition) {
    if (result.length * alternative.length > ALTERNATIVES_MAX) return undefined;
    result = result.flatMap((terms) =>
      alternative.map((term) => [...terms, { ...term, negated: !term.negated }]),
    );
  }
  return result;
}

function readAlternatives(
  line: Line,
  proxy: ProxyDraft,
  words: readonly Word[],
  at: Word,
): Condition | undefined {
  const alternatives: ConditionTerm[][] = [[]];
  let negated = false;
  let isBad = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    let text = word?.text ?? '';
    if (text === 'or' || text === '||') {
      if (alternatives.at(-1)?.length === 0) break;
      alternatives.push([]);
      continue;
    }
    while (text.startsWith('!')) {
      negated = !negated;
      text = text.slice(1);
    }
    if (text === '') continue;
    let acls: readonly Acl[] | undefined;
    if (text === '{') {
      const end = words.findIndex((other, place) => place > index && other.text === '}');
      if (end === -1) {
        line.tell('bad-acl', word, "'{' has no '}', which stands between blanks");
        return undefined;
      }
      const acl = readAcl(line, words.slice(index + 1, end));
      acls = acl === undefined ? undefined : [acl];
      index = end;
    } else acls = findAcl(line, proxy, word, text);
    if (acls === undefined) isBad = true;
    else alternatives.at(-1)?.push({ negated, acls });
    negated = false;
  }
  if (isBad) return undefined;
  if (alternatives.some((terms) => terms.length === 0) || negated) {
    line.tell('empty-condition', at, `a condition is missing behind '${at.text}'`);
    return undefined;
  }
  return alternatives;
}

function findAcl(
  line: Line,
  proxy: ProxyDraft,
  word: Word | undefined,
  name: string,
): readonly Acl[] | undefined {
  const own = proxy.acls.get(name);
  if (own !== undefined) return own;
  const predefined = Object.hasOwn(PREDEFINED, name) ? PREDEFINED[name] : undefined;
  if (predefined !== undefined) {
    const acl = readAcl(
      line,
      predefined.map((text) => ({ text, column: word?.column ?? 1, isQuoted: false })),
    );
    return acl === undefined ? undefined : [acl];
  }
  const hint = line.meant(name, [...proxy.acls.keys(), ...Object.keys(PREDEFINED)]);
  line.tell('unknown-acl', word, `there is no acl '${name}' before this line`, hint);
  return undefined;
}
