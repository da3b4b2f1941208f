/** Values of a stream with one on each line, as a watch sends them; pieces come as they like. */
const LINE_CHARACTERS_MAX = 32 << 20;

export class JsonLines {
  readonly #onValue: (value: unknown) => void;
  /** Of a line whose end has not come. */
  #pieces: string[] = [];
  #length = 0;

  constructor(onValue: (value: unknown) => void) {
    this.#onValue = onValue;
  }

  /** Throws where a line is no JSON, or has no end. */
  push(text: string): void {
    let from = 0;
    for (;;) {
      const end = text.indexOf('\n', from);
      if (end === -1) break;
      this.#take(text.slice(from, end));
      from = end + 1;
    }
    if (from === text.length) return;
    this.#pieces.push(text.slice(from));
    this.#length += text.length - from;
    if (this.#length > LINE_CHARACTERS_MAX) throw new Error('a line without an end');
  }

  #take(last: string): void {
    const line = this.#pieces.length === 0 ? last : this.#pieces.join('') + last;
    this.#pieces = [];
    this.#length = 0;
    if (line.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new Error('a line that is not JSON');
    }
    this.#onValue(value);
  }
}
