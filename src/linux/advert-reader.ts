import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { AdvertLinkOptions, AdvertUrgency, ReceivedDatagram } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { type AdvertBell, openAdvertBell } from './advert-bell.ts';
import { type CrowdedReader, openCrowdedReader } from './crowded-reader.ts';

export interface AdvertLinkParts {
  readonly watcher: FdWatcher;
  readonly options: AdvertLinkOptions;
  onDatagram(datagram: ReceivedDatagram): void;
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
  readAll: () => number,
): CrowdedReader | SysError {
  let bell: AdvertBell | SysError | undefined;
  let phase: 'open' | 'closed' = 'open';
  const reader = openCrowdedReader(watcher, fd, {
    readAll,
    rest: () => {
      if (phase === 'closed' || urgency() === 'promptly') return 'short';
      bell ??= openAdvertBell(watcher, options, () => {
        if (!isSysError(reader)) reader.readNow();
      });
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
