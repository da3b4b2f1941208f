/** FIFOs that other programs read what happens from. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { OpenPipe, PipeRefusal, PipeSettings } from '../ports/notification-pipe.ts';
import { EEXIST, EMSGSIZE, sysError } from './ffi/errno.ts';
import { mkfifo } from './ffi/libc.ts';

/** Lines up to PIPE_BUF (4096 bytes) are written as a whole. */
const LINE_MAX = 4096;

/** Reading too, so that opening does not wait for a reader and writing does not fail without one. */
const HOW = constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/**
 * Makes the FIFO where nothing is, and opens it. What is there already must be a FIFO of this process's
 * user or of the configured one: anybody may have put something into a folder that all may write to.
 */
export function openNotificationPipe(settings: PipeSettings): OpenPipe | PipeRefusal {
  const { path, uid, gid, mode } = settings;
  const made = mkfifo(path, mode);
  if (made < 0 && made !== -EEXIST) return { reason: sysError('mkfifo', made).message };
  const isNew = made >= 0;
  let fd: number | undefined;
  try {
    fd = openSync(path, HOW);
    const facts = fstatSync(fd);
    if (!facts.isFIFO()) return refuse(fd, 'it is not a FIFO');
    const owners = [process.geteuid?.(), uid];
    if (!owners.includes(facts.uid)) return refuse(fd, `it belongs to user ${facts.uid}`);
    if (isNew) {
      // The umask of the process may say less than the one that is configured.
      fchmodSync(fd, mode);
      if (uid !== undefined || gid !== undefined) {
        fchownSync(fd, uid ?? facts.uid, gid ?? facts.gid);
      }
    }
    return opened(fd, path, facts, isNew);
  } catch (error) {
    return refuse(fd, (error as Error).message);
  }
}

function refuse(fd: number | undefined, reason: string): PipeRefusal {
  if (fd !== undefined) closeSync(fd);
  return { reason };
}

function opened(fd: number, path: string, { dev, ino }: Stats, isNew: boolean): OpenPipe {
  return {
    isNew,
    write: (line) => {
      const bytes = Buffer.from(line);
      if (bytes.length > LINE_MAX) return sysError('write', EMSGSIZE);
      try {
        writeSync(fd, bytes);
        return 'written';
      } catch (error) {
        const { code, errno = 0 } = error as NodeJS.ErrnoException;
        return code === 'EAGAIN' ? 'full' : sysError('write', errno);
      }
    },
    close: (fate) => {
      closeSync(fd);
      const now = lstatSync(path, { throwIfNoEntry: false });
      const isSame = now !== undefined && now.dev === dev && now.ino === ino;
      if (fate === 'remove' && isSame) unlinkSync(path);
    },
  };
}
