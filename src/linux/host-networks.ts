import type { HostNetwork } from '../core/balance/nft/networks.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeAddress, encodeAddressDump } from '../wire/netlink/address.ts';
import { RTM_GETADDR } from '../wire/netlink/constants.ts';
import { openNetlinkSocket } from './netlink-socket.ts';

/** Reads the networks that the addresses of this host are in. */
export interface HostNetworks {
  read(): readonly HostNetwork[] | SysError;
  close(): void;
}

export function openHostNetworks(): HostNetworks | SysError {
  const socket = openNetlinkSocket();
  if (isSysError(socket)) return socket;
  return {
    read: () => {
      const networks: HostNetwork[] = [];
      const failure = socket.dump('RTM_GETADDR', RTM_GETADDR, encodeAddressDump(), {
        restart: () => networks.splice(0),
        message: ({ payload }) => {
          const found = decodeAddress(payload);
          // Between the ends of a point-to-point link the prefix is that of the other end.
          if (found !== undefined && found.peer === undefined) networks.push(found);
        },
      });
      return failure ?? networks;
    },
    close: socket.close,
  };
}
