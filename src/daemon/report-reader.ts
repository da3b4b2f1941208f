/** Lines that a child writes: so many, so long, and without what a terminal would obey. */
import type { Readable } from 'node:stream';
import { LineSplitter } from '../base/line-splitter.ts';

const LINE_CHARACTERS_MAX = 4000;
const LINES_PER_WINDOW = 20;
const WINDOW_MS = 10_000;

export class ReportReader {
  readonly #onFlood: (text: string) => void;
  #windowBegan = 0;
  #lines = 0;

  constructor(onFlood: (text: string) => void) {
    this.#onFlood = onFlood;
  }

  /** Both streams of a child share one measure. */
  read(stream: Readable, onLine: (line: string) => void): void {
    const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
    stream.setEncoding('utf8');
    stream.on('error', () => {});
    stream.on('data', (text: string) => {
      for (const line of splitter.push(text)) this.#take(line, onLine);
    });
    stream.on('end', () => this.#take(splitter.rest(), onLine));
  }

  #take(line: string, onLine: (line: string) => void): void {
    const text = printable(line).trim();
    if (text === '') return;
    const now = performance.now();
    if (now - this.#windowBegan > WINDOW_MS) {
      this.#windowBegan = now;
      this.#lines = 0;
    }
    this.#lines++;
    if (this.#lines <= LINES_PER_WINDOW) onLine(text.slice(0, LINE_CHARACTERS_MAX));
    else if (this.#lines === LINES_PER_WINDOW + 1) {
      this.#onFlood('a child says too much, the rest is not written');
    }
  }
}

/** Nothing in it moves a cursor or begins a line of its own. */
export function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, ' ');
}
