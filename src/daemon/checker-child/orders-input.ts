/** What the parent orders, line by line: the first order is waited for, all others come as they come. */
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { LineSplitter } from '../../base/line-splitter.ts';

const INPUT = 0;
/** Of an order; the first one has all options. */
const LINE_CHARACTERS_MAX = 1 << 20;
const PIECE_BYTES = 65_536;

export class OrdersInput {
  readonly #decoder = new StringDecoder('utf8');
  readonly #splitter = new LineSplitter(LINE_CHARACTERS_MAX);

  /**
   * Waits, and does nothing else, until there is a line: a start needs no streams until then, which take
   * Node a tenth of it. Empty where the input cannot be waited for like that; `end`: nobody will order anything.
   */
  first(): readonly string[] | 'end' {
    const piece = new Uint8Array(PIECE_BYTES);
    for (;;) {
      let length: number;
      try {
        length = readSync(INPUT, piece);
      } catch {
        // Somebody has made it one that nobody waits for.
        return [];
      }
      if (length === 0) return 'end';
      const lines = this.#linesOf(piece.subarray(0, length));
      if (lines.length > 0) return lines;
    }
  }

  /** `onEnd`: the parent has ended. */
  follow(onLine: (line: string) => void, onEnd: () => void): void {
    const input = new Socket({ fd: INPUT, readable: true, writable: false });
    input.on('data', (piece: Buffer) => {
      for (const line of this.#linesOf(piece)) onLine(line);
    });
    input.on('error', () => {});
    input.on('close', onEnd);
  }

  #linesOf(piece: Uint8Array): readonly string[] {
    return this.#splitter.push(this.#decoder.write(Buffer.from(piece)));
  }
}
