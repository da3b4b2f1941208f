import { writeSync } from 'node:fs';
import { poll } from './ffi/libc.ts';
import { littleEndian } from './ffi/sockaddr.ts';

const POLLOUT = 4;
/** PIPE_BUF: what is ready for writing takes so much without blocking. */
const CHUNK_BYTES = 4096;
const BACKLOG_BYTES = 1 << 20;
const RETRY_MS = 20;
/** At the end of the process the reader gets this long. */
const FAREWELL_MS = 200;

export interface LineWriter {
  /** A line with its newline. */
  write(line: string): void;
  /** Waits a moment for a reader that lags behind. */
  close(): void;
}

/**
 * Writes lines to a descriptor that may be a pipe or a terminal whose reader sleeps, without ever
 * waiting for him. What was written in one turn of the loop goes out together at its end; what he does
 * not take is kept, up to a limit.
 */
export function createLineWriter(
  fd: number,
  /** The line that stands for so many that were lost. */
  lostLine: (count: number) => string,
): LineWriter {
  let backlog: Uint8Array[] = [];
  let backlogBytes = 0;
  let lost = 0;
  let scheduled: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;

  const append = (line: string): void => {
    const bytes = Buffer.from(line);
    backlog.push(bytes);
    backlogBytes += bytes.length;
  };

  /** Writes what is taken within `patienceMs`; says whether anything is left. */
  const flush = (patienceMs: number): 'empty' | 'left' => {
    while (backlogBytes > 0) {
      if (!isWritable(fd, patienceMs)) return 'left';
      const all = backlog.length === 1 ? backlog[0] : Buffer.concat(backlog, backlogBytes);
      const written = writeChunk(fd, (all ?? new Uint8Array(0)).subarray(0, CHUNK_BYTES));
      if (written === 'later') return 'left';
      const rest = written === 'never' ? undefined : all?.subarray(written);
      backlog = rest === undefined ? [] : [rest];
      backlogBytes = rest?.length ?? 0;
      if (backlogBytes === 0 && lost > 0) {
        append(lostLine(lost));
        lost = 0;
      }
    }
    return 'empty';
  };

  const attempt = (): void => {
    scheduled = undefined;
    clearTimeout(timer);
    timer = flush(0) === 'left' ? setTimeout(attempt, RETRY_MS).unref() : undefined;
  };

  const finish = (): void => {
    clearImmediate(scheduled);
    clearTimeout(timer);
    scheduled = undefined;
    timer = undefined;
    flush(FAREWELL_MS);
  };
  process.on('exit', finish);

  return {
    write: (line) => {
      if (backlogBytes > BACKLOG_BYTES) lost++;
      else append(line);
      if (timer === undefined) scheduled ??= setImmediate(attempt);
    },
    close: () => {
      finish();
      process.off('exit', finish);
    },
  };
}

/** struct pollfd: descriptor, wanted, found. A descriptor in error counts: writing tells what it is. */
function isWritable(fd: number, timeoutMs: number): boolean {
  const entry = new Uint8Array(8);
  const view = new DataView(entry.buffer);
  view.setInt32(0, fd, littleEndian);
  view.setInt16(4, POLLOUT, littleEndian);
  return poll(entry, 1, timeoutMs) > 0;
}

function writeChunk(fd: number, chunk: Uint8Array): number | 'later' | 'never' {
  try {
    return writeSync(fd, chunk);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 'later' : 'never';
  }
}
