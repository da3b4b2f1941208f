import { END, type Stream, WOULD_BLOCK } from '../../../ports/streams.ts';
import { FULL, type Inbox } from '../../../proxy/http/inbox.ts';
import { readText } from '../../../proxy/http/native-text.ts';
import { decodeRequestHead, type RequestHead } from '../../../wire/http1/head.ts';

/**
 * `received`: something came, try again. `malformed`: also what is larger than a buffer. `ended`: the
 * client says nothing more; `broken`: its connection failed.
 */
export type RequestOutcome =
  | RequestHead
  | 'received'
  | 'waiting'
  | 'malformed'
  | 'ended'
  | 'broken';

/** The next head, out of what has come; if it is not there yet, what comes now is received. */
export function readRequestHead(inbox: Inbox, client: Stream): RequestOutcome {
  if (inbox.length > 0) {
    const head = decodeRequestHead(inbox.bytes, readText);
    if (head !== 'incomplete') {
      if ('error' in head) return 'malformed';
      inbox.consume(head.length);
      return head;
    }
  }
  return receiveMore(inbox, client);
}

export function receiveMore(inbox: Inbox, client: Stream): Exclude<RequestOutcome, RequestHead> {
  const count = inbox.receive(client);
  if (count > 0) return 'received';
  if (count === WOULD_BLOCK) return 'waiting';
  if (count === FULL) return 'malformed';
  return count === END ? 'ended' : 'broken';
}
