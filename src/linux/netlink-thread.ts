/**
 * A netlink channel whose datagrams a thread of its own sends, at the real-time priority of the thread that orders
 * them. What the kernel does with a request it does while it is sent, so two such threads do two at a time. The
 * answers lie in the socket afterwards, and are read by whoever ordered.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { SysError } from '../ports/sys-error.ts';
import { NLM_F_REQUEST, NLMSG_NOOP } from '../wire/netlink/constants.ts';
import { ETIMEDOUT, sysError } from './ffi/errno.ts';
import { allocateMemory, type NativeMemory } from './ffi/memory.ts';
import { largestDatagramBytes, type NetlinkChannel } from './netlink-channel.ts';
import type { RealtimePolicy } from './process.ts';

/**
 * Whoever sleeps leaves the processor to others. So the thread looks for the next datagram for some milliseconds
 * before it sleeps, but not when it has done so for `BURST_MS`; after `REST_MS` of sleep anew.
 */
const KEEN_MS = 10;
const BURST_MS = 200;
const REST_MS = 500;
/** So does who waits for it. */
const LOOK_MS = 20;
/** As long as an answer of the kernel is waited for. */
const PATIENCE_MS = 5000;
/** It makes next to nothing. */
const HEAP_MIB = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 8 };

/** What both threads see: the state, the length of the datagram in bytes, and 0 or the errno of sending it. */
const WORD = { state: 0, lengthBytes: 1, errno: 2 } as const;
const WORDS = 3;
const STATE = { starting: 0, idle: 1, ordered: 2, sending: 3, sent: 4, ended: 5 } as const;

/** Plain JavaScript, because a worker of a bundle has no file of its own. */
const source = `
const { workerData } = require('node:worker_threads');
const { words, WORD, STATE, fd, address, policy, keenMs, burstMs, restMs } = workerData;
const koffi = require(workerData.koffi);
const libc = koffi.load(null);
const send = libc.func('int64_t send(int fd, uintptr_t data, size_t size, int flags)');
const schedule = libc.func('int sched_setscheduler(int pid, int policy, const void *parameters)');
const state = () => Atomics.load(words, WORD.state);
function say(next) {
  Atomics.store(words, WORD.state, next);
  Atomics.notify(words, WORD.state);
}
function sendIt() {
  const result = send(fd, address, words[WORD.lengthBytes], 0);
  words[WORD.errno] = result < 0 ? koffi.errno() : 0;
  return result;
}
const isWaiting = () => state() === STATE.idle || state() === STATE.sent;
let began = -Infinity;
function next() {
  const now = performance.now();
  const end = now < began + burstMs ? now + keenMs : now;
  while (isWaiting() && performance.now() < end);
  for (let seen = state(); isWaiting(); seen = state()) Atomics.wait(words, WORD.state, seen);
  const then = performance.now();
  if (then > now + restMs) began = then;
}
// What runs for the first time is slow, so it sends something that the kernel takes no notice of.
if (schedule(0, policy.number, new Int32Array([policy.priority])) === 0 && sendIt() > 0) {
  say(STATE.idle);
  for (;;) {
    next();
    const was = Atomics.compareExchange(words, WORD.state, STATE.ordered, STATE.sending);
    if (was !== STATE.ordered) continue;
    sendIt();
    say(STATE.sent);
  }
}
`;

export interface NetlinkThread {
  /** Only for requests that are answered: what was sent is seen to when the answers are asked for. */
  readonly channel: NetlinkChannel;
  /** False until the thread runs, as long as it has not done what it began, and for ever when it has ended. */
  isReady(): boolean;
  close(): void;
}

export interface NetlinkThreadOptions {
  /** Of the thread. */
  readonly policy: RealtimePolicy;
  /** How long whoever wants the answers waits for the thread to have sent; 5 s where absent. */
  readonly patienceMs?: number;
  /** The thread is no more, with the reason where nobody wanted that. */
  onEnd?(reason: string | undefined): void;
}

/**
 * Takes `channel` over. A datagram that the thread has not begun by the time its answers are wanted is sent by the
 * caller's; where it has begun and does not come back, the answer is ETIMEDOUT. Throws where there cannot be
 * another thread.
 */
export function startNetlinkThread(
  channel: NetlinkChannel,
  { policy, patienceMs = PATIENCE_MS, onEnd }: NetlinkThreadOptions,
): NetlinkThread {
  const words = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
  const memory = allocateMemory(largestDatagramBytes);
  words[WORD.lengthBytes] = writeNothing(channel, memory);
  const worker = new Worker(source, {
    eval: true,
    name: 'holdfast-netlink',
    execArgv: [],
    resourceLimits: HEAP_MIB,
    workerData: {
      ...{ words, WORD, STATE, policy, fd: channel.fd, address: memory.address },
      ...{ keenMs: KEEN_MS, burstMs: BURST_MS, restMs: REST_MS },
      koffi: createRequire(import.meta.url).resolve('koffi'),
    },
  });
  let failure: string | undefined;
  let isClosed = false;
  worker.unref();
  worker.on('error', (error) => {
    failure = error.message;
  });
  worker.on('exit', () => {
    Atomics.store(words, WORD.state, STATE.ended);
    channel.close();
    memory.free();
    onEnd?.(isClosed ? undefined : (failure ?? 'the other one may not be real-time'));
  });
  const sender = createSender({ words, memory, channel, patienceMs });
  return {
    channel: { ...channel, send: sender.send, receive: sender.receive },
    isReady: () => !isClosed && sender.isReady(),
    close: () => {
      isClosed = true;
      void worker.terminate();
    },
  };
}

/** Returns the length in bytes. */
function writeNothing({ writer, nextSequence }: NetlinkChannel, memory: NativeMemory): number {
  writer.reset();
  writer.begin({ type: NLMSG_NOOP, flags: NLM_F_REQUEST, sequence: nextSequence() }).end();
  memory.bytes.set(writer.bytes);
  return writer.lengthBytes;
}

interface SenderParts {
  readonly words: Int32Array;
  readonly memory: NativeMemory;
  readonly channel: NetlinkChannel;
  readonly patienceMs: number;
}

/** The half of those that order. */
function createSender({ words, memory, channel, patienceMs }: SenderParts) {
  const state = (): number => Atomics.load(words, WORD.state);
  let isOrdered = false;

  /** Sees to it that what was ordered is sent. */
  function finish(call: string): SysError | undefined {
    const was = Atomics.compareExchange(words, WORD.state, STATE.ordered, STATE.idle);
    if (was === STATE.ordered) return channel.send(call);
    const end = performance.now() + LOOK_MS;
    while (state() === STATE.sending && performance.now() < end);
    Atomics.wait(words, WORD.state, STATE.sending, patienceMs);
    if (state() !== STATE.sent) {
      return sysError(call, ETIMEDOUT, 'the thread that sends has not come back');
    }
    const errno = words[WORD.errno] ?? 0;
    return errno === 0 ? undefined : sysError(call, errno);
  }

  return {
    isReady: () => state() === STATE.idle || state() === STATE.sent,
    send: (_call: string, bytes: Uint8Array = channel.writer.bytes): undefined => {
      memory.bytes.set(bytes);
      words[WORD.lengthBytes] = bytes.length;
      isOrdered = true;
      Atomics.store(words, WORD.state, STATE.ordered);
      Atomics.notify(words, WORD.state);
    },
    receive: (call: string, patience: 'wait' | 'queued') => {
      const failed = isOrdered ? finish(call) : undefined;
      isOrdered = false;
      return failed ?? channel.receive(call, patience);
    },
  };
}
