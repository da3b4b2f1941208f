import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { AdvertLinkOptions } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { encodeUrgentAdvertFilter } from '../wire/packet-filter.ts';
import { openCrowdedReader } from './crowded-reader.ts';
import { close, recv } from './ffi/libc.ts';
import { bindToDevice, openSocket, type SocketStep } from './ffi/open-socket.ts';
import { AF_INET, AF_INET6 } from './ffi/sockaddr.ts';
import { attachFilter } from './ffi/socket-filter.ts';
import { SOCK_RAW } from './ffi/socket-numbers.ts';

const IPPROTO_VRRP = 112;
const RINGS_PER_TURN = 64;

const ignored = new Uint8Array(1);

export interface AdvertBell {
  close(): void;
}

/**
 * Rings when something urgent has come, so that the socket that hears it need not be looked at for each
 * repetition. What it says is read there, in the order in which it came. It has joined no group: it
 * hears those that others of this host have joined.
 */
export function openAdvertBell(
  watcher: FdWatcher,
  { family, interfaceIndex, interfaceName }: AdvertLinkOptions,
  onRing: () => void,
): AdvertBell | SysError {
  const filter: SocketStep = {
    call: 'setsockopt(SO_ATTACH_FILTER)',
    need: 'required',
    run: (each) => attachFilter(each, encodeUrgentAdvertFilter(family)),
  };
  const fd = openSocket(
    {
      domain: family === 4 ? AF_INET : AF_INET6,
      type: SOCK_RAW,
      protocol: IPPROTO_VRRP,
      mode: 'non-blocking',
    },
    [filter, bindToDevice(interfaceIndex, interfaceName)],
  );
  if (isSysError(fd)) return fd;
  const reader = openCrowdedReader(watcher, fd, {
    readAll: () => {
      let rings = 0;
      while (rings < RINGS_PER_TURN && recv(fd, ignored, ignored.length, 0) >= 0) rings++;
      if (rings > 0) onRing();
      return rings;
    },
    rest: () => 'short',
  });
  if (isSysError(reader)) {
    close(fd);
    return reader;
  }
  let phase: 'open' | 'closed' = 'open';
  return {
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      reader.close();
      close(fd);
    },
  };
}
