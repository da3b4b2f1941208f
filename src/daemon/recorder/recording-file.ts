/** A file that grows at its end, without waiting for the disk until the process itself ends. */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  write,
  writeSync,
} from 'node:fs';
import { failed, ok, type Result } from '../../base/result.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR, O_WRONLY } = constants;
const OWNER_ONLY = 0o600;

export interface RecordingFile {
  /** One at a time; `done` gets what went wrong. */
  write(bytes: Uint8Array, done: (error: Error | undefined) => void): void;
  /** Waits for the disk. What `write` has begun is written once more in the same place. */
  writeAtOnce(bytes: Uint8Array): void;
  close(): void;
}

export interface OpenedFile {
  readonly file: RecordingFile;
  /** What was there before. */
  readonly sizeBytes: number;
}

/** With this in its last line a recording waits for another program that goes on with it. */
const GOES_ON = '"reason":"upgraded"}\n';

/**
 * `continue`: behind what the program before this one has written, where it has left it so. Otherwise
 * the recording before, perhaps of a crash, is kept as `PATH.1`. Nobody else may read either.
 */
export function openRecordingFile(
  path: string,
  how: 'anew' | 'continue',
): Result<OpenedFile, string> {
  try {
    const before = lstatSync(path, { throwIfNoEntry: false });
    if (before !== undefined && !before.isFile()) return failed(`${path} is no regular file`);
    if (before !== undefined && how === 'continue') {
      const opened = openToContinue(path);
      if (opened !== undefined) return ok(opened);
    }
    if (before !== undefined) renameSync(path, `${path}.1`);
    const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL, OWNER_ONLY);
    fchmodSync(fd, OWNER_ONLY);
    return ok({ file: createFile(fd, 0), sizeBytes: 0 });
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

function openToContinue(path: string): OpenedFile | undefined {
  const fd = openSync(path, O_RDWR | O_NOFOLLOW);
  const { size } = fstatSync(fd);
  const tail = Buffer.alloc(GOES_ON.length);
  const read = readSync(fd, tail, 0, tail.length, Math.max(0, size - tail.length));
  if (tail.subarray(0, read).toString('latin1') === GOES_ON) {
    return { file: createFile(fd, size), sizeBytes: size };
  }
  closeSync(fd);
  return undefined;
}

function createFile(fd: number, sizeBytes: number): RecordingFile {
  let position = sizeBytes;
  /** What another thread writes. */
  let begun: Uint8Array | undefined;
  let writes = 0;
  let phase: 'open' | 'closed' = 'open';

  const advance = (bytes: Uint8Array, done: (error: Error | undefined) => void): void => {
    begun = bytes;
    writes++;
    write(fd, bytes, 0, bytes.length, position, (error, written) => {
      writes--;
      if (phase === 'closed' && writes === 0) closeSync(fd);
      // Somebody had no time and has written it himself.
      if (begun !== bytes) return;
      begun = undefined;
      position += written;
      if (error !== null) done(error);
      else if (written < bytes.length) advance(bytes.subarray(written), done);
      else done(undefined);
    });
  };
  const writeAll = (bytes: Uint8Array): void => {
    for (let rest = bytes; rest.length > 0; ) {
      const written = writeSync(fd, rest, 0, rest.length, position);
      position += written;
      rest = rest.subarray(written);
    }
  };
  return {
    write: advance,
    writeAtOnce: (bytes) => {
      const late = begun;
      begun = undefined;
      if (late !== undefined) writeAll(late);
      writeAll(bytes);
    },
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      begun = undefined;
      // The number must not become another file's while a write to it is under way.
      if (writes === 0) closeSync(fd);
    },
  };
}
