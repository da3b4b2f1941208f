/**
 * The pipe that takes what a script prints, both streams into one, so that the last word is the last.
 * A script that prints without end is read slowly, and what it started and left behind goes on writing
 * to nobody: neither is stopped by us.
 */
import { fchownSync } from 'node:fs';
import type { FdWatch, FdWatcher } from '../ports/fd-watcher.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { EAGAIN, EINTR, sysError } from './ffi/errno.ts';
import { close, fcntl, pipe2, read } from './ffi/libc.ts';
import { littleEndian } from './ffi/sockaddr.ts';
import { lastLine } from './last-line.ts';

const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const F_SETFL = 4;
const KEPT_BYTES = 4096;
const CHUNK_BYTES = 65_536;
/** So much is read as fast as it comes. */
const SWIFT_BYTES = 4 * CHUNK_BYTES;
const PAUSE_MS = 10;
/** Pipes that are read although their script has ended; beyond that the oldest is closed. */
const LINGERING_MAX = 32;

/** Everything is read on one thread, and copied out at once. */
const chunk = new Uint8Array(CHUNK_BYTES);
const lingering = new Set<ScriptOutput>();

export class ScriptOutput {
  /** For the script's standard streams. */
  readonly writeFd: number;
  readonly #readFd: number;
  readonly #watcher: FdWatcher;
  #watch: FdWatch | undefined;
  #pause: NodeJS.Timeout | undefined;
  #tail = new Uint8Array(0);
  #readBytes = 0;
  #phase: 'kept' | 'discarded' | 'closed' = 'kept';
  #writeEnd: 'open' | 'closed' = 'open';

  private constructor(fds: { readonly read: number; readonly write: number }, watcher: FdWatcher) {
    this.#readFd = fds.read;
    this.writeFd = fds.write;
    this.#watcher = watcher;
  }

  /** `uid`: whose the script is; it may open its streams anew by /dev/stderr. */
  static open(watcher: FdWatcher, uid: number | undefined): ScriptOutput | SysError {
    const pair = new Uint8Array(8);
    const opened = pipe2(pair, O_CLOEXEC);
    if (opened < 0) return sysError('pipe2', opened);
    const view = new DataView(pair.buffer);
    const fds = { read: view.getInt32(0, littleEndian), write: view.getInt32(4, littleEndian) };
    const output = new ScriptOutput(fds, watcher);
    // Ours only: the script waits where the pipe is full, as it would for any reader.
    fcntl(fds.read, F_SETFL, O_NONBLOCK);
    if (uid !== undefined) fchownSync(fds.write, uid, process.getgid?.() ?? 0);
    const failure = output.#listen();
    if (failure === undefined) return output;
    output.close();
    return failure;
  }

  /** The script has its own copy now, or will never have one. */
  closeWriteEnd(): void {
    if (this.#writeEnd === 'closed') return;
    this.#writeEnd = 'closed';
    close(this.writeFd);
  }

  /** The script has ended: what it said last. Others may still hold the pipe; they are not waited for. */
  finish(): string | undefined {
    // No more than the pipe held: somebody may still be writing.
    if (this.#phase === 'kept' && this.#readOnce() === 'more') this.#readOnce();
    const line = lastLine(this.#tail);
    this.#tail = new Uint8Array(0);
    if (this.#phase === 'closed') return line;
    this.#phase = 'discarded';
    lingering.add(this);
    const [oldest] = lingering;
    if (lingering.size > LINGERING_MAX) oldest?.close();
    return line;
  }

  close(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    lingering.delete(this);
    clearTimeout(this.#pause);
    this.#watch?.close();
    this.closeWriteEnd();
    close(this.#readFd);
  }

  #listen(): SysError | undefined {
    const watch = this.#watcher.watch(this.#readFd, () => this.#onReadable());
    if (isSysError(watch)) return watch;
    this.#watch = watch;
    return undefined;
  }

  #onReadable(): void {
    if (this.#phase === 'closed') return;
    this.#readOnce();
    if (this.#readBytes <= SWIFT_BYTES) return;
    this.#watch?.close();
    this.#watch = undefined;
    this.#pause = setTimeout(() => this.#resume(), PAUSE_MS).unref();
  }

  #resume(): void {
    // Watching costs more than reading: while there is something, it is asked for by time.
    if (this.#readOnce() === 'more')
      this.#pause = setTimeout(() => this.#resume(), PAUSE_MS).unref();
    else if (this.#phase !== 'closed' && this.#listen() !== undefined) this.close();
  }

  #readOnce(): 'more' | 'nothing' {
    if (this.#phase === 'closed') return 'nothing';
    const count = read(this.#readFd, chunk, CHUNK_BYTES);
    if (count > 0) {
      this.#readBytes += count;
      if (this.#phase === 'kept') this.#keep(chunk.subarray(0, count));
      return 'more';
    }
    if (count !== -EAGAIN && count !== -EINTR) this.close();
    return 'nothing';
  }

  #keep(bytes: Uint8Array): void {
    const all = bytes.length >= KEPT_BYTES ? bytes : Buffer.concat([this.#tail, bytes]);
    this.#tail = Uint8Array.from(all.subarray(-KEPT_BYTES));
  }
}
