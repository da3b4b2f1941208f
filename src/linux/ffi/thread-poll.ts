import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { FdWatch, FdWatcher } from '../../ports/fd-watcher.ts';
import type { SysError } from '../../ports/sys-error.ts';
import { EINVAL, sysError } from './errno.ts';
import { close, eventfd, fcntl, write } from './libc.ts';
import { allocateMemory } from './memory.ts';

const F_GETFD = 1;
const EFD_NONBLOCK_CLOEXEC = 0o2000000 | 0o4000;
/** POLLIN, POLLOUT. */
const POLL_EVENTS = { readable: 1, writable: 4 } as const;

/** What the main thread tells the poller: poll this descriptor once, or forget it. */
type Order =
  | { readonly kind: 'arm'; readonly id: number; readonly fd: number; readonly events: number }
  | { readonly kind: 'forget'; readonly id: number }
  | { readonly kind: 'stop' };

/**
 * The poller. It blocks in poll(2), so it reads its orders when an eventfd wakes it. A descriptor
 * is armed for one report: what is readable and not yet read would make the thread spin otherwise.
 * Plain JavaScript, because a worker of a bundle has no file of its own.
 */
const pollerSource = `
const { parentPort, receiveMessageOnPort, workerData } = require('node:worker_threads');
const koffi = require(workerData.koffi);
const libc = koffi.load(null);
const poll = libc.func('int poll(void *fds, uint64_t count, int timeoutMs)');
const read = libc.func('int64_t read(int fd, void *data, size_t size)');
const counter = new Uint8Array(8);
const armed = new Map();
let running = true;
while (running) {
  for (let next = receiveMessageOnPort(parentPort); next; next = receiveMessageOnPort(parentPort)) {
    const order = next.message;
    if (order.kind === 'arm') armed.set(order.id, order);
    else if (order.kind === 'forget') armed.delete(order.id);
    else running = false;
  }
  if (!running) break;
  const ids = [...armed.keys()];
  const table = new DataView(new ArrayBuffer((ids.length + 1) * 8));
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  table.setInt32(0, workerData.wakeFd, little);
  table.setInt16(4, 1, little);
  ids.forEach((id, index) => {
    table.setInt32((index + 1) * 8, armed.get(id).fd, little);
    table.setInt16((index + 1) * 8 + 4, armed.get(id).events, little);
  });
  const ready = poll(new Uint8Array(table.buffer), ids.length + 1, 1000);
  if (ready <= 0) continue;
  if (table.getInt16(6, little) !== 0) read(workerData.wakeFd, counter, 8);
  const reported = ids.filter((_, index) => table.getInt16((index + 1) * 8 + 6, little) !== 0);
  for (const id of reported) armed.delete(id);
  if (reported.length > 0) parentPort.postMessage(reported);
}
`;

interface Watched {
  readonly fd: number;
  readonly onReady: () => void;
  readonly events: number;
  state: 'open' | 'paused';
}

/**
 * Watches descriptors by a thread in poll(2), for builds of Node that do not show libuv. Slower by
 * a thread switch for each report; otherwise the same behaviour.
 */
export function createThreadFdWatcher(): FdWatcher {
  const wakeFd = eventfd(0, EFD_NONBLOCK_CLOEXEC);
  const one = allocateMemory(8);
  one.bytes[0] = 1;
  one.bytes[7] = 1;
  const worker = new Worker(pollerSource, {
    eval: true,
    name: 'holdfast-poll',
    execArgv: [],
    workerData: { koffi: createRequire(import.meta.url).resolve('koffi'), wakeFd },
  });
  const watched = new Map<number, Watched>();
  let nextId = 1;
  let phase: 'open' | 'closed' = 'open';

  function order(...orders: readonly Order[]): void {
    for (const each of orders) worker.postMessage(each);
    write(wakeFd, one.bytes, 8);
  }

  function stop(): void {
    if (phase === 'closed') return;
    phase = 'closed';
    watched.clear();
    process.off('exit', stop);
    order({ kind: 'stop' });
    worker.unref();
  }

  worker.unref();
  worker.on('message', (ids: readonly number[]) => {
    try {
      for (const id of ids) {
        const entry = watched.get(id);
        if (entry?.state === 'open') entry.onReady();
      }
    } finally {
      const wanted = ids.flatMap((id): Order[] => {
        const entry = watched.get(id);
        if (entry?.state !== 'open') return [];
        return [{ kind: 'arm', id, fd: entry.fd, events: entry.events }];
      });
      if (phase === 'open' && wanted.length > 0) order(...wanted);
    }
  });
  worker.on('error', (error) => {
    throw error;
  });
  worker.on('exit', () => {
    close(wakeFd);
    one.free();
  });
  // A thread blocked in a system call would keep the process from ending.
  process.on('exit', stop);

  return {
    mechanism: 'thread',
    watch: (fd, onReady, interest = 'readable'): FdWatch | SysError => {
      if (phase !== 'open') return sysError('poll', EINVAL, 'the watcher is closed');
      const flags = fcntl(fd, F_GETFD, 0);
      if (flags < 0) return sysError('fcntl', flags);
      const id = nextId++;
      const events = POLL_EVENTS[interest];
      const entry: Watched = { fd, onReady, events, state: 'open' };
      watched.set(id, entry);
      if (watched.size === 1) worker.ref();
      order({ kind: 'arm', id, fd, events });
      return {
        pause: () => {
          if (entry.state === 'paused') return;
          entry.state = 'paused';
          if (watched.has(id)) order({ kind: 'forget', id });
        },
        resume: () => {
          if (entry.state === 'open') return;
          entry.state = 'open';
          if (watched.has(id)) order({ kind: 'arm', id, fd, events });
        },
        close: () => {
          if (!watched.delete(id)) return;
          if (watched.size === 0) worker.unref();
          order({ kind: 'forget', id });
        },
      };
    },
    close: stop,
  };
}
