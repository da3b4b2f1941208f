/** Makes lines of text that comes in pieces. */
export class LineSplitter {
  readonly #max: number;
  #rest = '';

  /** A line longer than `max` characters is cut off there. */
  constructor(max: number) {
    this.#max = max;
  }

  /** The lines that are whole now, without their ends. */
  push(text: string): readonly string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, this.#max);
    return lines.map((line) => line.slice(0, this.#max));
  }

  /** What came behind the last end of a line. */
  rest(): string {
    return this.#rest;
  }
}
