import koffi from 'koffi';
import type { FdWatch, FdWatcher } from '../../ports/fd-watcher.ts';
import type { SysError } from '../../ports/sys-error.ts';
import { EINVAL, sysError } from './errno.ts';
import { guardCallback } from './guard-callback.ts';
import { fcntl } from './libc.ts';
import { bindNative, hasSymbol } from './library.ts';
import { allocateMemory } from './memory.ts';

const UV_POLL = 8;
const UV_EVENTS = { readable: 1, writable: 2 } as const;
const F_GETFD = 1;

const symbols = [
  'uv_default_loop',
  'uv_handle_size',
  'uv_poll_init',
  'uv_poll_start',
  'uv_poll_stop',
  'uv_close',
];

const defaultLoop = bindNative('uintptr_t uv_default_loop()');
const handleSizeBytes = bindNative('size_t uv_handle_size(int kind)');
const pollInit = bindNative('int uv_poll_init(uintptr_t loop, uintptr_t handle, int fd)');
const pollStart = bindNative('int uv_poll_start(uintptr_t handle, int events, uintptr_t callback)');
const pollStop = bindNative('int uv_poll_stop(uintptr_t handle)');
const closeHandle = bindNative('void uv_close(uintptr_t handle, uintptr_t callback)');

// Without names, which a process can give once: a bundle that another one loads has this code again.
const pollPrototype = koffi.pointer(koffi.proto('void', ['uintptr_t', 'int', 'int']));
const closePrototype = koffi.pointer(koffi.proto('void', ['uintptr_t']));

/** Whether this build of Node shows libuv's functions to us. */
export function hasUvPoll(): boolean {
  return symbols.every(hasSymbol);
}

interface Watched {
  readonly onReady: () => void;
  readonly events: number;
  readonly free: () => void;
  state: 'open' | 'paused' | 'closing';
}

/**
 * Watches descriptors on the process's own event loop, through the libuv functions that the node
 * binary exports. Two trampolines serve all handles: a trampoline per handle would have to be
 * unregistered while libuv may still be returning through it.
 */
export function createUvFdWatcher(): FdWatcher {
  const loop = defaultLoop();
  const watched = new Map<number, Watched>();

  const onPoll = guardCallback((handle: number, status: number) => {
    const entry = watched.get(handle);
    if (entry?.state !== 'open') return;
    // libuv reports a pending error of the socket as a failure and stops. Reading takes the error
    // off the socket, so the watch goes on.
    if (status < 0) pollStart(handle, entry.events, pollAddress);
    entry.onReady();
  });
  const onClosed = guardCallback((handle: number) => {
    const entry = watched.get(handle);
    watched.delete(handle);
    if (entry !== undefined) setImmediate(entry.free);
    if (watched.size === 0 && phase === 'closing') setImmediate(unregister);
  });
  const pollCallback = koffi.register(onPoll, pollPrototype);
  const closeCallback = koffi.register(onClosed, closePrototype);
  const pollAddress = Number(pollCallback);
  const closeAddress = Number(closeCallback);
  let phase: 'open' | 'closing' | 'closed' = 'open';

  function unregister(): void {
    if (phase === 'closed') return;
    phase = 'closed';
    koffi.unregister(pollCallback);
    koffi.unregister(closeCallback);
  }

  function closeEntry(key: number, entry: Watched): void {
    if (entry.state === 'closing') return;
    entry.state = 'closing';
    pollStop(key);
    closeHandle(key, closeAddress);
  }

  return {
    mechanism: 'uv',
    watch: (fd, onReady, interest = 'readable'): FdWatch | SysError => {
      if (phase !== 'open') return sysError('uv_poll_init', EINVAL, 'the watcher is closed');
      // A descriptor that is not open would make libuv abort the process.
      const flags = fcntl(fd, F_GETFD, 0);
      if (flags < 0) return sysError('fcntl', flags);
      const memory = allocateMemory(handleSizeBytes(UV_POLL));
      const initialised = pollInit(loop, memory.address, fd);
      if (initialised < 0) {
        memory.free();
        return sysError('uv_poll_init', initialised);
      }
      const key = memory.address;
      const events = UV_EVENTS[interest];
      const entry: Watched = { onReady, events, free: memory.free, state: 'open' };
      watched.set(key, entry);
      const started = pollStart(key, events, pollAddress);
      if (started < 0) {
        closeEntry(key, entry);
        return sysError('uv_poll_start', started);
      }
      return {
        pause: () => {
          if (entry.state !== 'open') return;
          entry.state = 'paused';
          pollStop(key);
        },
        resume: () => {
          if (entry.state !== 'paused') return;
          entry.state = 'open';
          pollStart(key, events, pollAddress);
        },
        close: () => closeEntry(key, entry),
      };
    },
    close: () => {
      if (phase !== 'open') return;
      phase = 'closing';
      for (const [key, entry] of watched) closeEntry(key, entry);
      if (watched.size === 0) unregister();
    },
  };
}
