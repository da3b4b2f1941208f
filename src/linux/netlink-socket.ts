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
import { EAGAIN, EINTR, ENOBUFS, EPROTO, ETIMEDOUT, sysError } from './ffi/errno.ts';
import { NETLINK_ROUTE } from './ffi/socket-numbers.ts';
import { type NetlinkChannel, openNetlinkChannel } from './netlink-channel.ts';

const dumpAttempts = 10;
/** What an acknowledgement takes of the receive buffer, with its bookkeeping and an error text. */
const bytesPerAcknowledgement = 2048;
const largestBatchBytes = 60 * 1024;

/** One request of a batch, without its header. */
export interface NetlinkRequest {
  /** Named in its error, as in `RTM_NEWADDR`. */
  readonly call: string;
  readonly type: number;
  readonly flags: number;
  write(writer: NetlinkWriter): void;
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
  /**
   * The same in two steps, for a channel that sends in a thread of its own: sends what fits one datagram,
   * at least one; the function that comes back sends the rest and has the answers. It is called before
   * anything else is asked.
   */
  begin(requests: readonly NetlinkRequest[]): () => (SysError | undefined)[];
  /** All messages of a dump; it is repeated where changes interrupted it. */
  dump(call: string, type: number, body: Uint8Array, visitor: DumpVisitor): SysError | undefined;
  close(): void;
}

export function openNetlinkSocket(): NetlinkSocket | SysError {
  const channel = openNetlinkChannel(NETLINK_ROUTE);
  return isSysError(channel) ? channel : createNetlinkSocket(channel);
}

export function createNetlinkSocket(channel: NetlinkChannel): NetlinkSocket {
  const largestBatch = Math.max(
    16,
    Math.floor(channel.receiveBufferBytes / bytesPerAcknowledgement),
  );
  const send = (requests: readonly NetlinkRequest[], from: number): Sent => {
    const batch = writeBatch(channel, requests, from, from + largestBatch);
    return { ...batch, failure: channel.send('sendmsg') };
  };
  const finish = (requests: readonly NetlinkRequest[], first: Sent): (SysError | undefined)[] => {
    const answers = readAnswers(channel, first);
    while (answers.length < requests.length) {
      answers.push(...readAnswers(channel, send(requests, answers.length)));
    }
    return answers;
  };
  return {
    portId: channel.portId,
    request: (requests) => (requests.length === 0 ? [] : finish(requests, send(requests, 0))),
    begin: (requests) => {
      if (requests.length === 0) return () => [];
      const sent = send(requests, 0);
      return () => finish(requests, sent);
    },
    dump: (call, type, body, visitor) => {
      for (let attempt = 0; attempt < dumpAttempts; attempt++) {
        visitor.restart();
        const sequence = channel.nextSequence();
        channel.writer.reset();
        channel.writer.begin({ type, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence });
        channel.writer.raw(body).end();
        const failure = channel.send(call);
        if (failure !== undefined) return failure;
        const outcome = readDump(channel, call, sequence, visitor);
        if (outcome !== 'interrupted') return outcome;
      }
      return sysError(call, EINTR, 'changes interrupted each of several dumps');
    },
    close: channel.close,
  };
}

interface Batch {
  readonly calls: readonly string[];
  /** Sequence number of the first; the others follow. */
  readonly first: number;
}

interface Sent extends Batch {
  readonly failure: SysError | undefined;
}

/** Writes requests[from … to), or as many as one datagram holds, but one at least. */
function writeBatch(
  { writer, nextSequence }: NetlinkChannel,
  requests: readonly NetlinkRequest[],
  from: number,
  to: number,
): Batch {
  const calls: string[] = [];
  let first = 0;
  writer.reset();
  for (let index = from; index < to; index++) {
    const request = requests[index];
    if (request === undefined || writer.lengthBytes > largestBatchBytes) break;
    const sequence = nextSequence();
    if (calls.length === 0) first = sequence;
    writer.begin({ type: request.type, flags: request.flags | NLM_F_REQUEST, sequence });
    request.write(writer);
    writer.end();
    calls.push(request.call);
  }
  writer.addFlags(NLM_F_ACK);
  return { calls, first };
}

function readAnswers(
  channel: NetlinkChannel,
  { calls, first, failure }: Sent,
): (SysError | undefined)[] {
  if (failure !== undefined) return calls.map((call) => ({ ...failure, call }));
  const refusals = new Map<number, SysError>();
  const last = calls.length - 1;
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
      const call = calls[index];
      if (message.type !== NLMSG_ERROR || call === undefined) continue;
      const refusal = failureOf(call, message);
      if (refusal !== undefined) refusals.set(index, refusal);
      isAnswered ||= index === last;
    }
  }
  // An overrun may have taken refusals along.
  const isWhole = isAnswered && lost !== ENOBUFS;
  if (isWhole && refusals.size === 0) return calls.map(() => undefined);
  return calls.map(
    (call, index) =>
      refusals.get(index) ??
      (isWhole
        ? undefined
        : unsent !== undefined
          ? { ...unsent, call }
          : sysError(call, lost, 'the kernel did not answer')),
  );
}

function readDump(
  channel: NetlinkChannel,
  call: string,
  sequence: number,
  visitor: DumpVisitor,
): SysError | 'interrupted' | undefined {
  let verdict: 'interrupted' | undefined;
  for (;;) {
    const messages = channel.receive(call, 'wait');
    if (isSysError(messages)) return messages;
    for (const message of messages) {
      // What an earlier, broken exchange has left.
      if (message.sequence !== sequence) continue;
      if ((message.flags & NLM_F_DUMP_INTR) !== 0) verdict = 'interrupted';
      if (message.type === NLMSG_ERROR) return failureOf(call, message) ?? verdict;
      if (message.type === NLMSG_DONE) {
        const { errno, text } = decodeDone(message);
        return errno === 0 ? verdict : sysError(call, errno, text);
      }
      visitor.message(message);
    }
  }
}

function failureOf(call: string, message: NetlinkMessage): SysError | undefined {
  const answer = decodeAcknowledgement(message);
  if (answer === undefined) return sysError(call, EPROTO, 'an acknowledgement cut short');
  return answer.errno === 0 ? undefined : sysError(call, answer.errno, answer.text);
}
