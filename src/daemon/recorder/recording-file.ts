/** A file that grows at its end, without waiting for the disk until the process itself ends. */
import {
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  renameSync,
  write,
  writeSync,
} from 'node:fs';
import { failed, ok, type Result } from '../../base/result.ts';

const { O_CREAT, O_EXCL, O_WRONLY } = constants;
const OWNER_ONLY = 0o600;

export interface RecordingFile {
  /** One at a time; `done` gets what went wrong. */
  write(bytes: Uint8Array, done: (error: Error | undefined) => void): void;
  /** Waits for the disk. What `write` has begun is written once more in the same place. */
  writeAtOnce(bytes: Uint8Array): void;
  close(): void;
}

/** The recording before it, perhaps of a crash, is kept as `PATH.1`. Nobody else may read either. */
export function openRecordingFile(path: string): Result<RecordingFile, string> {
  try {
    const before = lstatSync(path, { throwIfNoEntry: false });
    if (before !== undefined && !before.isFile()) return failed(`${path} is no regular file`);
    if (before !== undefined) renameSync(path, `${path}.1`);
    const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL, OWNER_ONLY);
    fchmodSync(fd, OWNER_ONLY);
    return ok(createFile(fd));
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

function createFile(fd: number): RecordingFile {
  let position = 0;
  let begun: Uint8Array | undefined;
  let phase: 'open' | 'closed' = 'open';

  const advance = (bytes: Uint8Array, done: (error: Error | undefined) => void): void => {
    begun = bytes;
    write(fd, bytes, 0, bytes.length, position, (error, written) => {
      if (phase === 'closed') return;
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
      if (begun !== undefined) writeAll(begun);
      begun = undefined;
      writeAll(bytes);
    },
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      closeSync(fd);
    },
  };
}
