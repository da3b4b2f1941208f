/** Turns a line of haproxy.cfg into words: quotes, escapes, variables, comments. */

export interface Word {
  readonly text: string;
  /** 1-based, in the line as written. */
  readonly column: number;
  /** What stands behind a $ outside double quotes, where it is literal text. */
  readonly literalVariable?: string;
  /** The text with such variables put in, as an address takes them; only where all of them are set. */
  readonly asAddress?: string;
  /** Variables in it that are not set and have no default: they left nothing behind. */
  readonly unset?: readonly string[];
  /** Whether any of it stood in quotes. */
  readonly isQuoted: boolean;
}

export interface LineProblem {
  readonly kind: 'unmatched-quote' | 'bad-escape' | 'bad-variable' | 'too-many-words';
  readonly column: number;
  readonly message: string;
}

export type SplitLine =
  | { readonly ok: true; readonly words: readonly Word[] }
  | { readonly ok: false; readonly problem: LineProblem; readonly words: readonly Word[] };

/** The words of one line, at most. */
export const WORDS_MAX = 64;

const LITERAL_VARIABLE = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g;

/** What a backslash stands for before these letters, outside single quotes. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  [' ', ' '],
  ['#', '#'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** `variable`: the value, where it is set. */
export function splitLine(line: string, variable: (name: string) => string | undefined): SplitLine {
  const splitter = new Splitter(line, variable);
  return splitter.run();
}

class Splitter {
  readonly #line: string;
  readonly #variable: (name: string) => string | undefined;
  readonly #words: Word[] = [];
  #at = 0;
  #quote: '' | '"' | "'" = '';
  #quoteAt = 0;
  /** The word being read; its column is 0 where there is none. */
  #text = '';
  #column = 0;
  #literalVariable: string | undefined;
  #unset: string[] = [];
  #isQuoted = false;
  #problem: LineProblem | undefined;

  constructor(line: string, variable: (name: string) => string | undefined) {
    this.#line = line;
    this.#variable = variable;
  }

  run(): SplitLine {
    while (this.#at < this.#line.length && this.#problem === undefined) {
      if (!this.#step()) break;
    }
    if (this.#problem === undefined && this.#quote !== '') {
      this.#fail('unmatched-quote', this.#quoteAt, 'unmatched quote');
    }
    this.#endWord();
    const words = this.#words;
    if (this.#problem !== undefined) return { ok: false, problem: this.#problem, words };
    if (words.length <= WORDS_MAX) return { ok: true, words };
    const problem: LineProblem = {
      kind: 'too-many-words',
      column: words[WORDS_MAX]?.column ?? 1,
      message: `a line has at most ${WORDS_MAX} words`,
    };
    return { ok: false, problem, words: words.slice(0, WORDS_MAX) };
  }

  /** False where a comment begins. */
  #step(): boolean {
    const letter = this.#line[this.#at] ?? '';
    if (letter === '"' && this.#quote !== "'") this.#toggle('"');
    else if (letter === "'" && this.#quote !== '"') this.#toggle("'");
    else if (this.#quote === "'") this.#add(letter);
    else if (letter === '\\') this.#escape();
    else if (this.#quote === '"' && letter === '$') this.#expand();
    else if (this.#quote === '"') this.#add(letter);
    else if (letter === '#') return false;
    else if (isBlank(letter)) {
      this.#endWord();
      this.#at++;
    } else {
      if (letter === '$') this.#noteLiteral();
      this.#add(letter);
    }
    return true;
  }

  #toggle(quote: '"' | "'"): void {
    this.#begin();
    this.#isQuoted = true;
    this.#quote = this.#quote === quote ? '' : quote;
    this.#quoteAt = this.#at;
    this.#at++;
  }

  #begin(): void {
    if (this.#column === 0) this.#column = this.#at + 1;
  }

  #add(text: string, length = 1): void {
    this.#begin();
    this.#text += text;
    this.#at += length;
  }

  #endWord(): void {
    if (this.#column === 0) return;
    this.#words.push({
      text: this.#text,
      column: this.#column,
      isQuoted: this.#isQuoted,
      ...(this.#literalVariable !== undefined && {
        literalVariable: this.#literalVariable,
        ...this.#substituted(),
      }),
      ...(this.#unset.length > 0 && { unset: this.#unset }),
    });
    this.#text = '';
    this.#column = 0;
    this.#literalVariable = undefined;
    this.#unset = [];
    this.#isQuoted = false;
  }

  #escape(): void {
    const next = this.#line[this.#at + 1] ?? '';
    const meant = ESCAPES.get(next);
    if (meant !== undefined) this.#add(meant, 2);
    else if (next === '$' && this.#quote === '"') this.#add('$', 2);
    else if (next === 'x') this.#escapeHex();
    else this.#add('\\');
  }

  #escapeHex(): void {
    const digits = this.#line.slice(this.#at + 2, this.#at + 4);
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) {
      this.#fail('bad-escape', this.#at, 'two hexadecimal digits must follow \\x');
    } else this.#add(String.fromCharCode(Number.parseInt(digits, 16)), 4);
  }

  /** `$NAME`, `${NAME}`, `${NAME-default}`, `${NAME[*]}`; the last may become several words. */
  #expand(): void {
    const rest = this.#line.slice(this.#at);
    const found =
      /^\$(?:\{([A-Za-z_.][\w.]*)(\[\*\])?(?:-([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))/.exec(rest);
    if (found === null) {
      const isNamed = /^\$\{?[A-Za-z_.]/.test(rest);
      const message = isNamed
        ? 'the brace of a variable is not closed'
        : 'a variable has a name of letters, digits and _; a mere dollar is \\$';
      this.#fail('bad-variable', this.#at, message);
      return;
    }
    const [whole, braced, isList, preset, bare] = found;
    const name = braced ?? bare ?? '';
    const value = this.#variable(name);
    this.#begin();
    this.#isQuoted = true;
    if (value === undefined && preset === undefined) this.#unset.push(name);
    const text = value ?? preset ?? '';
    if (isList !== undefined) this.#addList(text);
    else this.#text += text;
    this.#at += whole.length;
  }

  #addList(text: string): void {
    const column = this.#column;
    for (const [index, part] of text.split(/[ \t]+/).entries()) {
      if (index > 0) {
        this.#endWord();
        this.#column = column;
        this.#isQuoted = true;
      }
      this.#text += part;
    }
  }

  #substituted(): Pick<Word, 'asAddress'> {
    let isWhole = true;
    const asAddress = this.#text.replace(
      LITERAL_VARIABLE,
      (_all, braced?: string, bare?: string) => {
        const value = this.#variable(braced ?? bare ?? '');
        if (value === undefined) isWhole = false;
        return value ?? '';
      },
    );
    return isWhole ? { asAddress } : {};
  }

  #noteLiteral(): void {
    const name = /^\$\{?([A-Za-z_][A-Za-z0-9_]*)/.exec(this.#line.slice(this.#at))?.[1];
    this.#literalVariable ??= name;
  }

  #fail(kind: LineProblem['kind'], at: number, message: string): void {
    this.#problem = { kind, column: at + 1, message };
  }
}

function isBlank(letter: string): boolean {
  return letter === ' ' || letter === '\t' || letter === '\r' || letter === '\v' || letter === '\f';
}
