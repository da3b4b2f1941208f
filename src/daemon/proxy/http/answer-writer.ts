import { countedResponse } from '../../../core/proxy/http/accounting.ts';
import type { LocalAnswer } from '../../../core/proxy/http/answers.ts';
import { reasonOf } from '../../../core/proxy/http/answers.ts';
import { connectionHeaders, type Keeping } from '../../../core/proxy/http/forwarding.ts';
import { type Block, type Stream, type Streams, WOULD_BLOCK } from '../../../ports/streams.ts';
import { headText, type RequestHead, writeLatin1 } from '../../../wire/http1/head.ts';

const BLOCK_BYTES_LEAST = 4096;

/** Sends what the proxy itself answers; a client that is slow gets it bit by bit. */
export class AnswerWriter {
  readonly #client: Stream;
  readonly #streams: Streams;
  #block: Block | undefined;
  #from = 0;
  #to = 0;
  #onSent: (() => void) | undefined;

  constructor(client: Stream, streams: Streams) {
    this.#client = client;
    this.#streams = streams;
  }

  get isBusy(): boolean {
    return this.#block !== undefined;
  }

  /** How many bytes are counted for it; `onSent` is called by `settle` or `continue`, once, when all of it went. */
  write(
    answer: LocalAnswer,
    request: RequestHead | undefined,
    keeping: Keeping,
    onSent: () => void,
  ): number {
    const text = answer.raw ?? textOf(answer, request, keeping);
    const size = 2 ** Math.ceil(Math.log2(Math.max(BLOCK_BYTES_LEAST, text.length)));
    this.#block = this.#streams.createBlock(size);
    this.#from = 0;
    this.#to = writeLatin1(text, this.#block.bytes, 0);
    this.#onSent = onSent;
    return countedAnswer(answer, request, text);
  }

  settle(): void {
    this.continue();
  }

  continue(): void {
    const block = this.#block;
    if (block === undefined) return;
    const sent = this.#client.send(block, this.#from, this.#to);
    if (sent === WOULD_BLOCK) return;
    // Whoever cannot be told anything is told nothing; the connection's end follows.
    this.#from = sent < 0 ? this.#to : this.#from + sent;
    if (this.#from < this.#to) return;
    const onSent = this.#onSent;
    this.drop();
    onSent?.();
  }

  drop(): void {
    if (this.#block !== undefined) this.#streams.freeBlock(this.#block);
    this.#block = undefined;
    this.#onSent = undefined;
  }
}

/** Of what was not read nothing is counted, nor of what answers it. */
function countedAnswer(
  answer: LocalAnswer,
  request: RequestHead | undefined,
  text: string,
): number {
  if (request === undefined) return 0;
  if (answer.raw !== undefined) return text.length;
  const { status, headers, body, countedBesides = 0 } = answer;
  const size = request.method === 'HEAD' ? 0 : body.length;
  return countedResponse({ status, ...lineOf(answer) }, headers) + size + countedBesides;
}

/** Of a request that could not be read nobody knows the version: the connection ends in any case. */
function textOf(answer: LocalAnswer, request: RequestHead | undefined, keeping: Keeping): string {
  const { version, code, reason } = lineOf(answer);
  const connection =
    request === undefined
      ? ([['connection', 'close']] as const)
      : connectionHeaders(request, keeping, version);
  const line = `HTTP/${version} ${code} ${reason}`;
  const body = request?.method === 'HEAD' ? '' : answer.body;
  return headText(line, [...answer.headers, ...connection]) + body;
}

function lineOf(answer: LocalAnswer): NonNullable<LocalAnswer['line']> {
  const { status, reason = reasonOf(status) } = answer;
  return answer.line ?? { version: '1.1', code: String(status), reason };
}
