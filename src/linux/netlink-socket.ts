import { setImmediate as nextTurn } from 'node:timers/promises';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeAcknowledgement, decodeDone } from '../wire/netlink/acknowledgement.ts';
import {
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../wire/netlink/constants.ts';
import type { NetlinkMessage } from '../wire/netlink/message.ts';
import type { NetlinkWriter } from '../wire/netlink/writer.ts';
import { EAGAIN, EBADF, EINTR, ENOBUFS, EPROTO, ETIMEDOUT, sysError } from './ffi/errno.ts';
import { NETLINK_ROUTE } from './ffi/socket-numbers.ts';
import { type NetlinkChannel, openNetlinkChannel } from './netlink-channel.ts';

const dumpAttempts = 10;
/** What an acknowledgement takes of the receive buffer, with its bookkeeping and an error text. */
const bytesPerAcknowledgement = 2048;
const largestBatchBytes = 60 * 1024;
/** Milliseconds of a turn of the loop that a dump may take where it is not in a hurry. */
const turnMs = 2;

/** One request of a batch, without its header. */
export interface NetlinkRequest {
  /** Named in its error, as in `RTM_NEWADDR`. */
  readonly call: string;
  readonly type: number;
  readonly flags: number;
  write(writer: NetlinkWriter): void;
}

/** How each of many requests is written. */
export interface NetlinkScribe<T> {
  /** Named in its error, as in `RTM_NEWADDR`. */
  call(one: T): string;
  /** A whole message. */
  write(writer: NetlinkWriter, one: T, sequence: number): void;
}

export interface DumpVisitor {
  /** Forgets what it was told: the dump begins, or begins anew. */
  restart(): void;
  /** The message is valid during the call only. */
  message(message: NetlinkMessage): void;
}

/** Requests to rtnetlink, answered before the call returns. */
export interface NetlinkSocket {
  /** What the kernel calls the socket. */
  readonly portId: number;
  /**
   * Sends all in as few datagrams as fit; their answers in their order. The kernel is asked to answer
   * the last of each datagram only, and answers what it refuses by itself.
   */
  request(requests: readonly NetlinkRequest[]): (SysError | undefined)[];
  /** The same of what need not be made requests of; answers with the places of those that are refused, and why. */
  requestAll<T>(all: readonly T[], scribe: NetlinkScribe<T>): ReadonlyMap<number, SysError>;
  /**
   * The same in two steps, for a channel that sends in a thread of its own: sends what fits one datagram,
   * at least one; the function that comes back sends the rest and has the answers. It is called before
   * anything else is asked.
   */
  begin(requests: readonly NetlinkRequest[]): () => (SysError | undefined)[];
  /** All messages of a dump; it is repeated where changes interrupted it. */
  dump(call: string, type: number, body: Uint8Array, visitor: DumpVisitor): SysError | undefined;
  /**
   * The same where it may be long, a short piece in each turn of the loop. Nothing else is asked of this
   * socket meanwhile; EBADF where it is closed.
   */
  dumpInTurns(
    call: string,
    type: number,
    body: Uint8Array,
    visitor: DumpVisitor,
  ): Promise<SysError | undefined>;
  close(): void;
}

export function openNetlinkSocket(): NetlinkSocket | SysError {
  const channel = openNetlinkChannel(NETLINK_ROUTE);
  return isSysError(channel) ? channel : createNetlinkSocket(channel);
}

export function createNetlinkSocket(channel: NetlinkChannel): NetlinkSocket {
  let isOpen = true;
  const largestBatch = Math.max(
    16,
    Math.floor(channel.receiveBufferBytes / bytesPerAcknowledgement),
  );
  function send<T>(all: readonly T[], from: number, scribe: NetlinkScribe<T>): Sent {
    const batch = writeBatch(channel, all.slice(from, from + largestBatch), scribe);
    return { ...batch, from, failure: channel.send('sendmsg') };
  }
  function finish<T>(all: readonly T[], first: Sent, scribe: NetlinkScribe<T>): Refusals {
    const refusals = new Map<number, SysError>();
    const call = (place: number): string => {
      const one = all[place];
      return one === undefined ? 'sendmsg' : scribe.call(one);
    };
    for (let sent = first; ; sent = send(all, sent.from + sent.count, scribe)) {
      readAnswers(channel, sent, call, refusals);
      if (sent.from + sent.count >= all.length) return refusals;
    }
  }
  const answers = (requests: readonly NetlinkRequest[], first: Sent): (SysError | undefined)[] => {
    const refusals = finish(requests, first, REQUESTS);
    return requests.map((_, place) => refusals.get(place));
  };
  return {
    portId: channel.portId,
    request: (requests) =>
      requests.length === 0 ? [] : answers(requests, send(requests, 0, REQUESTS)),
    requestAll: (all, scribe) =>
      all.length === 0 ? new Map() : finish(all, send(all, 0, scribe), scribe),
    begin: (requests) => {
      if (requests.length === 0) return () => [];
      const sent = send(requests, 0, REQUESTS);
      return () => answers(requests, sent);
    },
    dump: (...request) => {
      const pieces = dumpPieces(channel, ...request);
      for (;;) {
        const piece = pieces.next();
        if (piece.done) return piece.value;
      }
    },
    dumpInTurns: async (...request) => {
      const pieces = dumpPieces(channel, ...request);
      for (; isOpen; await nextTurn()) {
        const endMs = performance.now() + turnMs;
        do {
          const piece = pieces.next();
          if (piece.done) return piece.value;
        } while (performance.now() < endMs);
      }
      return sysError(request[0], EBADF, 'the socket was closed meanwhile');
    },
    close: () => {
      isOpen = false;
      channel.close();
    },
  };
}

const REQUESTS: NetlinkScribe<NetlinkRequest> = {
  call: ({ call }) => call,
  write: (writer, request, sequence) => {
    writer.begin({ type: request.type, flags: request.flags | NLM_F_REQUEST, sequence });
    request.write(writer);
    writer.end();
  },
};

/** By place. */
type Refusals = ReadonlyMap<number, SysError>;

interface Batch {
  readonly count: number;
  /** Sequence number of the first; the others follow. */
  readonly first: number;
}

interface Sent extends Batch {
  /** The place of the first. */
  readonly from: number;
  readonly failure: SysError | undefined;
}

/** Writes all, or as many as one datagram holds, but one at least. */
function writeBatch<T>(
  { writer, nextSequence }: NetlinkChannel,
  all: readonly T[],
  scribe: NetlinkScribe<T>,
): Batch {
  let count = 0;
  let first = 0;
  writer.reset();
  for (const one of all) {
    if (writer.lengthBytes > largestBatchBytes) break;
    const sequence = nextSequence();
    if (count === 0) first = sequence;
    scribe.write(writer, one, sequence);
    count++;
  }
  writer.addFlags(NLM_F_ACK);
  return { count, first };
}

/** Into `refusals`, by place. */
function readAnswers(
  channel: NetlinkChannel,
  { count, first, from, failure }: Sent,
  callOf: (place: number) => string,
  refusals: Map<number, SysError>,
): void {
  const refuseOthers = (why: (call: string) => SysError): void => {
    for (let place = from; place < from + count; place++) {
      if (!refusals.has(place)) refusals.set(place, why(callOf(place)));
    }
  };
  if (failure !== undefined) {
    refuseOthers((call) => ({ ...failure, call }));
    return;
  }
  let lost = ETIMEDOUT;
  let unsent: SysError | undefined;
  let isAnswered = false;
  while (!isAnswered) {
    // After an overrun nothing more comes than what is queued already.
    const messages = channel.receive('recvmsg', lost === ENOBUFS ? 'queued' : 'wait');
    if (isSysError(messages)) {
      if (messages.errno === ENOBUFS && lost !== ENOBUFS) {
        lost = ENOBUFS;
        continue;
      }
      // Also of a thread that was to send.
      if (messages.errno !== EAGAIN) unsent = messages;
      break;
    }
    for (const message of messages) {
      const index = (message.sequence - first) >>> 0;
      if (message.type !== NLMSG_ERROR || index >= count) continue;
      const refusal = failureOf(callOf(from + index), message);
      if (refusal !== undefined) refusals.set(from + index, refusal);
      isAnswered ||= index === count - 1;
    }
  }
  // An overrun may have taken refusals along.
  if (isAnswered && lost !== ENOBUFS) return;
  refuseOthers((call) =>
    unsent === undefined ? sysError(call, lost, 'the kernel did not answer') : { ...unsent, call },
  );
}

type DumpRequest = Parameters<NetlinkSocket['dump']>;

/** A dump whose every datagram is a step. */
function* dumpPieces(
  channel: NetlinkChannel,
  ...[call, type, body, visitor]: DumpRequest
): Generator<void, SysError | undefined> {
  for (let attempt = 0; attempt < dumpAttempts; attempt++) {
    visitor.restart();
    const sequence = channel.nextSequence();
    channel.writer.reset();
    channel.writer.begin({ type, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence });
    channel.writer.raw(body).end();
    const failure = channel.send(call);
    if (failure !== undefined) return failure;
    let outcome: DumpOutcome = 'more';
    let isWhole = true;
    while (outcome === 'more') {
      yield;
      const messages = channel.receive(call, 'wait');
      if (isSysError(messages)) return messages;
      // The others are what an earlier, broken exchange has left.
      const own = messages.filter((message) => message.sequence === sequence);
      if (own.some(({ flags }) => (flags & NLM_F_DUMP_INTR) !== 0)) isWhole = false;
      outcome = readPiece(call, own, visitor);
    }
    if (outcome !== 'end') return outcome;
    if (isWhole) return undefined;
  }
  return sysError(call, EINTR, 'changes interrupted each of several dumps');
}

type DumpOutcome = SysError | 'more' | 'end';

function readPiece(
  call: string,
  messages: readonly NetlinkMessage[],
  visitor: DumpVisitor,
): DumpOutcome {
  for (const message of messages) {
    if (message.type === NLMSG_ERROR) return failureOf(call, message) ?? 'end';
    if (message.type === NLMSG_DONE) {
      const { errno, text } = decodeDone(message);
      return errno === 0 ? 'end' : sysError(call, errno, text);
    }
    visitor.message(message);
  }
  return 'more';
}

function failureOf(call: string, message: NetlinkMessage): SysError | undefined {
  const answer = decodeAcknowledgement(message);
  if (answer === undefined) return sysError(call, EPROTO, 'an acknowledgement cut short');
  return answer.errno === 0 ? undefined : sysError(call, answer.errno, answer.text);
}
