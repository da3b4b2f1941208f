/** Heads and PROXY headers as bytes: whatever comes is read in one way, however it is cut. */
import { createRng, type Rng } from '../../../src/base/rng.ts';
import { understand } from '../../../src/daemon/proxy/http/understanding.ts';
import { createBodyReader } from '../../../src/wire/http1/body.ts';
import { responseFraming } from '../../../src/wire/http1/framing.ts';
import {
  decodeRequestHead,
  decodeResponseHead,
  type HeadResult,
  headText,
  type RequestHead,
  type ResponseHead,
} from '../../../src/wire/http1/head.ts';
import {
  decodeProxyHeader,
  encodeProxyV1,
  encodeProxyV2,
  type ProxyHeaderResult,
} from '../../../src/wire/proxy-protocol.ts';
import { type ProxyFuzzOptions, type ProxyFuzzReport, Tally } from './report.ts';
import { makeMessage, makeProxyHeader, requests, responses } from './texts.ts';

const BUFFERS = { bufferSize: 16_384, rewriteReserve: 1024 };

type Check = (rng: Rng, bytes: Uint8Array) => string;

function run(
  part: string,
  { seed, count, onProgress }: ProxyFuzzOptions,
  make: (rng: Rng) => Uint8Array,
  check: Check,
): ProxyFuzzReport {
  const rng = createRng(seed);
  const tally = new Tally();
  for (let number = 0; number < count && !tally.isFull; number++) {
    const bytes = make(rng);
    try {
      tally.count(check(rng, bytes));
    } catch (error) {
      tally.fail(bytes, error);
    }
    onProgress?.(number + 1, tally.failures.length);
  }
  return tally.report(part, count);
}

export function fuzzRequests(options: ProxyFuzzOptions): ProxyFuzzReport {
  return run('requests', options, (rng) => makeMessage(rng, requests), checkRequest);
}

export function fuzzResponses(options: ProxyFuzzOptions): ProxyFuzzReport {
  return run('responses', options, (rng) => makeMessage(rng, responses), checkResponse);
}

export function fuzzProxyHeaders(options: ProxyFuzzOptions): ProxyFuzzReport {
  return run('proxy-headers', options, makeProxyHeader, checkProxyHeader);
}

function checkRequest(rng: Rng, bytes: Uint8Array): string {
  const head = decodeRequestHead(bytes);
  holdPrefix(rng, bytes, head, decodeRequestHead);
  if (head === 'incomplete') return 'incomplete';
  if ('error' in head) return head.error;
  const again = decodeRequestHead(
    latin1Bytes(headText(`${head.method} ${head.target} HTTP/${head.version}`, head.headers)),
  );
  holdSame(head, again);
  const understood = understand(head, bytes.subarray(head.length), BUFFERS);
  if (typeof understood === 'number') return `refused with ${understood}`;
  const { framing } = understood;
  return `${framing.kind}, ${readBody(rng, framing, bytes.subarray(head.length))}`;
}

function checkResponse(rng: Rng, bytes: Uint8Array): string {
  const head = decodeResponseHead(bytes);
  holdPrefix(rng, bytes, head, decodeResponseHead);
  if (head === 'incomplete') return 'incomplete';
  if ('error' in head) return head.error;
  if (head.status < 100) return 'no status';
  const again = decodeResponseHead(
    latin1Bytes(headText(`HTTP/${head.version} ${head.status} ${head.reason}`, head.headers)),
  );
  holdSame(head, again);
  const framing = responseFraming(head, rng.pick(['GET', 'HEAD', 'POST', 'CONNECT']));
  if (framing === 'malformed') return 'malformed';
  return `${framing.kind}, ${readBody(rng, framing, bytes.subarray(head.length))}`;
}

/** Less of it is the same, or less. */
function holdPrefix<Head extends RequestHead | ResponseHead>(
  rng: Rng,
  bytes: Uint8Array,
  whole: HeadResult<Head>,
  decode: (bytes: Uint8Array) => HeadResult<Head>,
): void {
  const part = decode(bytes.subarray(0, rng.integer(0, bytes.length)));
  if (part === 'incomplete' || 'error' in part) {
    if (part !== 'incomplete' && whole === 'incomplete') throw new Error(`a part is ${part.error}`);
    if (part !== 'incomplete' && typeof whole !== 'string' && !('error' in whole))
      throw new Error(`a part is ${part.error}, the whole is none`);
    return;
  }
  if (JSON.stringify(part) !== JSON.stringify(whole)) throw new Error('a part is another head');
}

/** What we send on means to the next one what it means to us. */
function holdSame(
  head: RequestHead | ResponseHead,
  again: HeadResult<RequestHead | ResponseHead>,
): void {
  if (typeof again === 'string' || 'error' in again) throw new Error('not read again');
  if (plain(head) !== plain(again)) throw new Error(`${plain(head)} came back as ${plain(again)}`);
}

/** At once, and in pieces: the same end, and the same bytes that go on. */
function readBody(
  rng: Rng,
  framing: Parameters<typeof createBodyReader>[0],
  body: Uint8Array,
): string {
  const whole = createBodyReader(framing);
  const copy = body.slice();
  const end = whole.read(copy, 0, copy.length);
  const pieces = createBodyReader(framing);
  const cut = body.slice();
  const passed: number[] = [];
  let at = 0;
  while (at >= 0 && at < cut.length && !pieces.isComplete) {
    const next = Math.min(cut.length, at + rng.integer(1, 7));
    const read = pieces.read(cut, at, next);
    if (read >= 0) passed.push(...cut.subarray(at, pieces.written));
    at = read;
    if (read < next) break;
  }
  const isSame = end < 0 ? at < 0 : at === end && pieces.isComplete === whole.isComplete;
  if (!isSame) throw new Error(`the body ends at ${end}, in pieces at ${at}`);
  if (end > body.length || whole.counted > body.length) throw new Error('more than there is');
  if (end >= 0 && Buffer.compare(copy.subarray(0, whole.written), Buffer.from(passed)) !== 0)
    throw new Error('in pieces other bytes go on');
  return end < 0 ? 'no body' : whole.isComplete ? 'whole' : 'begun';
}

function checkProxyHeader(rng: Rng, bytes: Uint8Array): string {
  const whole = decodeProxyHeader(bytes);
  const part = decodeProxyHeader(bytes.subarray(0, rng.integer(0, bytes.length)));
  const isPart = part === 'incomplete' || JSON.stringify(part) === JSON.stringify(whole);
  if (!isPart) throw new Error(`a part is ${JSON.stringify(part)}`);
  if (typeof whole === 'string') return whole;
  if (whole.length > bytes.length) throw new Error(`${whole.length} bytes`);
  if (whole.kind === 'proxied') {
    holdHeader(whole, decodeProxyHeader(encodeProxyV1(whole.addresses)));
    holdHeader(whole, decodeProxyHeader(encodeProxyV2(whole.addresses)));
  }
  return `${whole.kind}, version ${bytes[0] === 13 ? 2 : 1}`;
}

function holdHeader(header: ProxyHeaderResult, again: ProxyHeaderResult): void {
  const addresses = (of: ProxyHeaderResult): string =>
    typeof of === 'object' && of.kind === 'proxied' ? JSON.stringify(of.addresses) : String(of);
  if (addresses(header) !== addresses(again)) throw new Error(`came back as ${addresses(again)}`);
}

function plain(head: RequestHead | ResponseHead): string {
  const line = 'method' in head ? [head.method, head.target] : [head.status, head.reason];
  return JSON.stringify([...line, head.version, head.headers]);
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
