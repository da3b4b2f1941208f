/** Python's literals, as osixia's `#PYTHON2BASH:` has them: what ast.literal_eval takes and str() makes of it. */

export type PythonValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list' | 'tuple' | 'dict'; readonly items: readonly PythonValue[] };

/** Undefined where Python would find no literal. */
export function parsePythonLiteral(text: string): PythonValue | undefined {
  const reader = new Reader(text);
  const value = reader.value();
  return value !== undefined && reader.isAtEnd() ? value : undefined;
}

const CLOSING = { '[': ']', '(': ')', '{': '}' } as const;
const NAMES: ReadonlyMap<string, string> = new Map([
  ['True', 'True'],
  ['False', 'False'],
  // What str() is not asked for: the variable is then empty.
  ['None', ''],
]);
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ...(['\\', "'", '"'] as const).map((character) => [character, character] as const),
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['\n', ''],
]);
const DEPTH_MAX = 50;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#skip();
    return this.#at === this.#text.length;
  }

  value(): PythonValue | undefined {
    this.#skip();
    const next = this.#text[this.#at];
    if (next === '[' || next === '(' || next === '{') return this.#container(next);
    if (/^(?:[rRuUbB]{0,2})["']/.test(this.#text.slice(this.#at, this.#at + 3)))
      return this.#strings();
    return this.#word();
  }

  #skip(): void {
    while (/[ \t\r\n\f]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #container(open: '[' | '(' | '{'): PythonValue | undefined {
    if (++this.#depth > DEPTH_MAX) return undefined;
    this.#at++;
    const items: PythonValue[] = [];
    let separators = 0;
    for (;;) {
      this.#skip();
      if (this.#text[this.#at] === CLOSING[open]) break;
      const item = this.value();
      if (item === undefined) return undefined;
      items.push(item);
      this.#skip();
      const isKey = open === '{' && this.#text[this.#at] === ':';
      if (this.#text[this.#at] === CLOSING[open]) break;
      if (!isKey && this.#text[this.#at] !== ',') return undefined;
      separators++;
      this.#at++;
    }
    this.#at++;
    this.#depth--;
    const [only] = items;
    // Parentheses alone make no tuple.
    if (open === '(' && separators === 0 && only !== undefined) return only;
    return { kind: open === '[' ? 'list' : open === '(' ? 'tuple' : 'dict', items };
  }

  /** Strings one after the other are one. */
  #strings(): PythonValue | undefined {
    let text = '';
    for (;;) {
      const prefix = /^[rRuUbB]{0,2}(?=["'])/.exec(this.#text.slice(this.#at, this.#at + 3))?.[0];
      if (prefix === undefined) return { kind: 'text', text };
      this.#at += prefix.length;
      const part = this.#string(/[rR]/.test(prefix) ? 'raw' : 'escaped');
      if (part === undefined) return undefined;
      text += part;
      this.#skip();
    }
  }

  #string(escapes: 'raw' | 'escaped'): string | undefined {
    const quote = this.#text[this.#at] ?? '';
    const isTriple = this.#text.startsWith(quote.repeat(3), this.#at);
    const end = isTriple ? quote.repeat(3) : quote;
    this.#at += end.length;
    let text = '';
    while (!this.#text.startsWith(end, this.#at)) {
      const character = this.#text[this.#at];
      if (character === undefined || (character === '\n' && !isTriple)) return undefined;
      this.#at++;
      text += character === '\\' ? this.#escape(escapes) : character;
    }
    this.#at += end.length;
    return text;
  }

  #escape(escapes: 'raw' | 'escaped'): string {
    const character = this.#text[this.#at] ?? '';
    this.#at++;
    if (escapes === 'raw') return `\\${character}`;
    const digits = { x: 2, u: 4 }[character];
    const code = digits === undefined ? '' : this.#text.slice(this.#at, this.#at + digits);
    if (digits !== undefined && /^[0-9a-f]+$/i.test(code) && code.length === digits) {
      this.#at += digits;
      return String.fromCharCode(Number.parseInt(code, 16));
    }
    return ESCAPES.get(character) ?? `\\${character}`;
  }

  #word(): PythonValue | undefined {
    const word = /^[+-]?[\w.]+(?:(?<=[0-9.][eE])[+-][0-9]+)?/.exec(this.#text.slice(this.#at))?.[0];
    if (word === undefined) return undefined;
    const text = NAMES.get(word) ?? numberText(word);
    if (text === undefined) return undefined;
    this.#at += word.length;
    return { kind: 'text', text };
  }
}

/** As str() writes the number. */
function numberText(word: string): string | undefined {
  const sign = word.startsWith('-') ? '-' : '';
  const digits = word.replace(/^[+-]/, '');
  if (/__|_$|^_/.test(digits)) return undefined;
  const plain = digits.replaceAll('_', '');
  if (/^(?:0+|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(plain)) {
    const number = BigInt(plain.replace(/^0+$/, '0'));
    return number === 0n ? '0' : `${sign}${number}`;
  }
  if (!/^(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][+-]?[0-9]+)?$/.test(plain))
    return undefined;
  const number = Number(plain);
  return `${sign}${Number.isInteger(number) && number < 1e16 ? `${number}.0` : number}`;
}
