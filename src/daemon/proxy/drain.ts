import type { Block, Stream } from '../../ports/streams.ts';

const READS_MAX = 4;

/** What was sent and is not wanted: left unread, it would make of the end a break, and lose our last words. */
export function drain(client: Stream, shared: Block): number {
  let sum = 0;
  for (let count = 0; count < READS_MAX; count++) {
    const got = client.receive(shared, 0, shared.bytes.length);
    if (got <= 0) return sum;
    sum += got;
  }
  return sum;
}
