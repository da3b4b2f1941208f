import { END, type Stream, WOULD_BLOCK } from '../../../ports/streams.ts';
import { FULL, type Inbox } from '../../../proxy/http/inbox.ts';
import { readText } from '../../../proxy/http/native-text.ts';
import { decodeResponseHead, type ResponseHead } from '../../../wire/http1/head.ts';

/** `ended` and `broken`: before a whole head has come. */
export type HeadOutcome = ResponseHead | 'waiting' | 'malformed' | 'ended' | 'broken';

/** The next head that a server sends; what is behind it stays in the inbox. */
export function readResponseHead(inbox: Inbox, stream: Stream): HeadOutcome {
  for (;;) {
    const count = inbox.receive(stream);
    if (inbox.length > 0) {
      const head = decodeResponseHead(inbox.bytes, readText);
      if (head !== 'incomplete') {
        if ('error' in head) return 'malformed';
        inbox.consume(head.length);
        return head;
      }
      if (count === FULL) return 'malformed';
    }
    if (count === WOULD_BLOCK) return 'waiting';
    if (count === END) return 'ended';
    if (count < 0) return 'broken';
  }
}
