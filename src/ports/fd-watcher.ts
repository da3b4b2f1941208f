import type { SysError } from './sys-error.ts';

/** Tells on the event loop when descriptors can be read or written. */
export interface FdWatcher {
  /** How it is done: on libuv's own loop, or by a thread in poll(2). */
  readonly mechanism: 'uv' | 'thread';
  /**
   * Calls `onReady` on every turn of the loop on which there is something to read, an error of
   * the socket included. The callback reads until EAGAIN, or a bounded number of times: what is left
   * brings it back on a later turn. Close the watch before the descriptor. `writable` tells of a
   * connection that has come about or failed; its callback ends the watch, or is called on each turn.
   */
  watch(fd: number, onReady: () => void, interest?: 'readable' | 'writable'): FdWatch | SysError;
  /** Ends all watches; descriptors stay open. */
  close(): void;
}

export interface FdWatch {
  /** No call comes until `resume`; what can be read then is told of then. Both may be called twice. */
  pause(): void;
  resume(): void;
  /** No call comes after this; may be called twice. */
  close(): void;
}
