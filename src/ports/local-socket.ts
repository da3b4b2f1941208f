import type { SysError } from './sys-error.ts';

/** Who is at the other end, as the kernel noted when the connection was made. */
export interface LocalPeer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary ones; empty where the kernel does not tell (before 4.13). */
  readonly groups: readonly number[];
}

/** One end of a Unix stream socket; nothing of it ever waits. */
export interface LocalConnection {
  readonly peer: LocalPeer;
  /** How many bytes came, 0 where there are none now, or `end`: also after an error. */
  read(into: Uint8Array): number | 'end';
  /** How many bytes were taken, 0 where the reader is behind, or `end`. */
  write(bytes: Uint8Array): number | 'end';
  /** Called on each turn of the loop on which there is something to read; replaces what was. */
  watch(onReadable: () => void): void;
  unwatch(): void;
  close(): void;
}

export interface LocalListener {
  /** One connection that waits, if any. */
  accept(): LocalConnection | 'none';
  watch(onConnection: () => void): void;
  unwatch(): void;
  /** Removes the file too, where it is still this socket's. */
  close(): void;
}

/** One that has a file, and can go on in the next program of this process. */
export interface FileListener extends LocalListener {
  /** Ends it here, and leaves file, queue and descriptor as they are; returns the descriptor. */
  handDown(): number;
}

export interface LocalListenerOptions {
  readonly path: string;
  /** Of the file. */
  readonly mode: number;
  readonly gid: number;
  /** Connections that wait to be accepted. */
  readonly backlog: number;
  readonly sendBufferBytes: number;
  /** What the program before has handed down for this path. */
  readonly handedDown?: number | undefined;
}

export type OpenLocalListener = (options: LocalListenerOptions) => FileListener | SysError;
