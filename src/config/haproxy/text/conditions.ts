/** The conditions of `.if` and `-cc`: numbers, predicates, `!`, `&&`, `||` and parentheses. */
import { FEATURES, isOpensslAtLeast, isVersionAtLeast, SSL_LIBRARY } from './versions.ts';

export type Evaluated =
  | { readonly ok: true; readonly value: boolean }
  | { readonly ok: false; readonly message: string };

type Environment = (name: string) => string | undefined;

interface Predicate {
  readonly arguments: number;
  readonly holds: (args: readonly string[], environment: Environment) => boolean;
}

const PREDICATES: Readonly<Record<string, Predicate>> = {
  defined: { arguments: 1, holds: ([name = ''], value) => value(name) !== undefined },
  feature: { arguments: 1, holds: ([name = '']) => FEATURES.has(name) },
  streq: { arguments: 2, holds: ([a, b]) => a === b },
  strneq: { arguments: 2, holds: ([a, b]) => a !== b },
  version_atleast: { arguments: 1, holds: ([version = '']) => isVersionAtLeast(version) },
  version_before: { arguments: 1, holds: ([version = '']) => !isVersionAtLeast(version) },
  openssl_version_atleast: { arguments: 1, holds: ([version = '']) => isOpensslAtLeast(version) },
  openssl_version_before: { arguments: 1, holds: ([version = '']) => !isOpensslAtLeast(version) },
  ssllib_name_startswith: {
    arguments: 1,
    holds: ([name = '']) => SSL_LIBRARY.startsWith(name),
  },
};

/** Deeper than anybody nests, and far from what a stack holds. */
const DEPTH_MAX = 64;

/** An empty condition does not hold. */
export function evaluateCondition(text: string, environment: Environment): Evaluated {
  if (text.trim() === '') return { ok: true, value: false };
  const reader = new ConditionReader(text, environment);
  try {
    return { ok: true, value: reader.whole() };
  } catch (error) {
    if (error instanceof BadCondition) return { ok: false, message: error.message };
    throw error;
  }
}

class BadCondition extends Error {}

class ConditionReader {
  readonly #text: string;
  readonly #environment: Environment;
  #at = 0;
  #depth = 0;

  constructor(text: string, environment: Environment) {
    this.#text = text;
    this.#environment = environment;
  }

  whole(): boolean {
    const value = this.#either();
    this.#skipBlanks();
    if (this.#at < this.#text.length) {
      const rest = this.#text.slice(this.#at);
      throw new BadCondition(`unexpected '${rest}' at the end of the condition '${this.#text}'`);
    }
    return value;
  }

  #either(): boolean {
    let value = this.#both();
    while (this.#take('||')) value = this.#both() || value;
    return value;
  }

  #both(): boolean {
    let value = this.#term();
    while (this.#take('&&')) value = this.#term() && value;
    return value;
  }

  #term(): boolean {
    if (++this.#depth > DEPTH_MAX) throw new BadCondition('the condition is nested too deeply');
    try {
      if (this.#take('!')) return !this.#term();
      if (this.#take('(')) {
        const value = this.#either();
        if (!this.#take(')')) throw new BadCondition(`')' is missing in '${this.#text}'`);
        return value;
      }
      return this.#number() ?? this.#predicate();
    } finally {
      this.#depth--;
    }
  }

  #number(): boolean | undefined {
    const found = /^-?\d+/.exec(this.#text.slice(this.#at));
    if (found === null) return undefined;
    this.#at += found[0].length;
    return Number(found[0]) !== 0;
  }

  #predicate(): boolean {
    const rest = this.#text.slice(this.#at);
    const name = /^([a-z_]+)\(/.exec(rest)?.[1] ?? '';
    const predicate = Object.hasOwn(PREDICATES, name) ? PREDICATES[name] : undefined;
    if (predicate === undefined) {
      throw new BadCondition(`'${rest}' is no condition`);
    }
    this.#at += name.length + 1;
    const args = this.#arguments();
    if (args.length !== predicate.arguments) {
      throw new BadCondition(
        `${name}() takes ${predicate.arguments} argument(s), not ${args.length}`,
      );
    }
    return predicate.holds(args, this.#environment);
  }

  /** Blanks count; quotes and backslashes work as in words. */
  #arguments(): readonly string[] {
    const args: string[] = [''];
    let quote = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const letter = this.#text[this.#at] ?? '';
      if (quote === '' && letter === ')') {
        this.#at++;
        return args;
      }
      if (quote === '' && letter === ',') args.push('');
      else if (letter === quote) quote = '';
      else if (quote === '' && (letter === '"' || letter === "'")) quote = letter;
      else if (letter === '\\' && quote !== "'") {
        this.#at++;
        append(args, this.#text[this.#at] ?? '');
      } else append(args, letter);
    }
    throw new BadCondition(`')' is missing in '${this.#text}'`);
  }

  #take(what: string): boolean {
    this.#skipBlanks();
    if (!this.#text.startsWith(what, this.#at)) return false;
    this.#at += what.length;
    return true;
  }

  #skipBlanks(): void {
    while (/[ \t]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}

function append(args: string[], text: string): void {
  args.push(`${args.pop() ?? ''}${text}`);
}
