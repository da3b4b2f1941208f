import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { AdvertLinkOptions, AdvertUrgency, DatagramListener } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { type AdvertBell, openAdvertBell } from './advert-bell.ts';
import { type CrowdedReader, openCrowdedReader, type ReadTime } from './crowded-reader.ts';
import { setsockopt } from './ffi/libc.ts';
import { encodeInt } from './ffi/open-socket.ts';
import { SO_TIMESTAMPNS, SOL_SOCKET } from './ffi/socket-numbers.ts';

export interface AdvertLinkParts {
  readonly watcher: FdWatcher;
  readonly options: AdvertLinkOptions;
  readonly onDatagram: DatagramListener;
  urgency(): AdvertUrgency;
}

/**
 * Reads a socket for adverts as soon as it must. Where they are not wanted promptly a second socket, which
 * is opened with the first burst, tells of those that are urgent.
 */
export function openAdvertReader(
  { watcher, options, urgency }: Omit<AdvertLinkParts, 'onDatagram'>,
  fd: number,
  /** Says how many datagrams there were. */
  readAll: (when: ReadTime) => number,
): CrowdedReader | SysError {
  let bell: AdvertBell | SysError | undefined;
  let phase: 'open' | 'closed' = 'open';
  const openBell = (): AdvertBell | SysError => {
    // From here on it matters when something came: it may be read much later.
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, encodeInt(1), 4);
    return openAdvertBell(watcher, options, () => {
      if (!isSysError(reader)) reader.readNow();
    });
  };
  const reader = openCrowdedReader(watcher, fd, {
    readAll,
    rest: () => {
      if (phase === 'closed' || urgency() === 'promptly') return 'short';
      bell ??= openBell();
      return isSysError(bell) ? 'short' : 'long';
    },
  });
  if (isSysError(reader)) return reader;
  return {
    ...reader,
    close: () => {
      phase = 'closed';
      if (bell !== undefined && !isSysError(bell)) bell.close();
      reader.close();
    },
  };
}
