/** The lines of a configuration that is being written, of which each part knows the variable it came from. */

export interface Value {
  readonly text: string;
  readonly variable: string;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly variable: string;
}

interface Line {
  readonly text: string;
  readonly spans: readonly Span[];
}

export class Draft {
  readonly #lines: Line[];

  /** `header`: lines that come before all others. */
  constructor(header: string) {
    this.#lines = header
      .split('\n')
      .slice(0, -1)
      .map((text) => ({ text, spans: [] }));
  }

  /** One line of texts and values. */
  add(...parts: readonly (string | Value)[]): void {
    let text = '';
    const spans: Span[] = [];
    for (const part of parts) {
      const isText = typeof part === 'string';
      const added = isText ? part : part.text;
      if (!isText) {
        spans.push({ from: text.length, to: text.length + added.length, variable: part.variable });
      }
      text += added;
    }
    this.#lines.push({ text, spans });
  }

  /** A block of one line for each value. */
  addBlock(indent: string, keyword: string, values: readonly Value[]): void {
    this.add(`${indent}${keyword} {`);
    for (const value of values) this.add(`${indent}  `, value);
    this.add(`${indent}}`);
  }

  get text(): string {
    return this.#lines.map(({ text }) => `${text}\n`).join('');
  }

  /** The variable of a place, both counted from 1, and where in its value that is. */
  origin(line: number, column: number): { variable: string; column: number } | undefined {
    const spans = this.#lines[line - 1]?.spans ?? [];
    const at = column - 1;
    const span = spans.find(({ from, to }) => at >= from && at <= to) ?? spans[0];
    if (span === undefined) return undefined;
    return { variable: span.variable, column: Math.max(1, at - span.from + 1) };
  }
}
