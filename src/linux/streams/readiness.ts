import type { FdWatch, FdWatcher } from '../../ports/fd-watcher.ts';
import { isSysError, type SysError } from '../../ports/sys-error.ts';
import { sysError } from '../ffi/errno.ts';
import { close } from '../ffi/libc.ts';
import { allocateMemory, type NativeMemory } from '../ffi/memory.ts';
import { epollCreate1, epollCtl, epollWait } from '../ffi/stream-calls.ts';

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_MOD = 3;
const EPOLLIN = 1;
const EPOLLPRI = 2;
const EPOLLOUT = 4;
const EPOLLRDHUP = 0x2000;
const EPOLLET = 0x80000000;
/** struct epoll_event is packed on x86-64 and on nothing else. */
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const DATA_OFFSET = EVENT_BYTES - 8;
const EVENTS_MAX = 256;
/** Turns of the kernel's list before the event loop gets its own: timers, checks, the socket. */
const ROUNDS_MAX = 8;

export type OnEvents = (events: number) => void;

/**
 * Descriptors whose readiness is told by edges, from one epoll that the event loop watches. A
 * descriptor leaves by being closed.
 */
export class ReadinessList {
  readonly #epoll: number;
  readonly #memory: NativeMemory;
  readonly #single: NativeMemory;
  readonly #owners: (OnEvents | undefined)[] = [];
  readonly #watch: FdWatch;
  /** Of descriptors that were closed: what is told of them in this round is not theirs. */
  #isRunning = false;
  #closed: number[] = [];

  private constructor(epoll: number, watcher: FdWatcher, memory: NativeMemory) {
    this.#epoll = epoll;
    this.#memory = memory;
    this.#single = allocateMemory(16);
    const watch = watcher.watch(epoll, () => this.#run());
    if (isSysError(watch)) throw new Error(watch.message);
    this.#watch = watch;
  }

  static open(watcher: FdWatcher): ReadinessList | SysError {
    const epoll = epollCreate1(EPOLL_CLOEXEC);
    if (epoll < 0) return sysError('epoll_create1', epoll);
    return new ReadinessList(epoll, watcher, allocateMemory(EVENT_BYTES * EVENTS_MAX));
  }

  /** Connections: both directions, each once. */
  addStream(fd: number, owner: OnEvents): number {
    return this.#add(fd, EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET, owner);
  }

  /** Listening sockets are told of as long as somebody waits. */
  addListener(fd: number, owner: OnEvents): number {
    return this.#add(fd, EPOLLIN, owner);
  }

  setListening(fd: number, state: 'on' | 'off'): void {
    this.#control(EPOLL_CTL_MOD, fd, state === 'on' ? EPOLLIN : 0);
  }

  /** The caller closes the descriptor at once; its number may be used anew. */
  drop(fd: number): void {
    this.#owners[fd] = undefined;
    if (this.#isRunning) this.#closed.push(fd);
  }

  close(): void {
    this.#watch.close();
    close(this.#epoll);
    this.#owners.length = 0;
    setImmediate(() => {
      this.#memory.free();
      this.#single.free();
    });
  }

  #add(fd: number, events: number, owner: OnEvents): number {
    const result = this.#control(EPOLL_CTL_ADD, fd, events);
    if (result === 0) this.#owners[fd] = owner;
    return result;
  }

  #control(operation: number, fd: number, events: number): number {
    const { view } = this.#single;
    view.setUint32(0, events >>> 0, true);
    view.setUint32(DATA_OFFSET, fd, true);
    view.setUint32(DATA_OFFSET + 4, 0, true);
    return epollCtl(this.#epoll, operation, fd, this.#single.address);
  }

  #run(): void {
    const { view, address } = this.#memory;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const count = epollWait(this.#epoll, address, EVENTS_MAX, 0);
      if (count <= 0) return;
      this.#isRunning = true;
      for (let index = 0; index < count; index++) {
        const at = index * EVENT_BYTES;
        const fd = view.getUint32(at + DATA_OFFSET, true);
        // A number that was closed in this round may be another connection's by now.
        if (this.#closed.length > 0 && this.#closed.includes(fd)) continue;
        this.#owners[fd]?.(view.getUint32(at, true));
      }
      this.#isRunning = false;
      if (this.#closed.length > 0) this.#closed = [];
    }
  }
}
