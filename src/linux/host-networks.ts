import type { HostNetwork } from '../core/balance/nft/networks.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeAddress, encodeAddressDump } from '../wire/netlink/address.ts';
import { RTM_GETADDR } from '../wire/netlink/constants.ts';
import { decodeForwarding, encodeNetconfDump, RTM_GETNETCONF } from '../wire/netlink/netconf.ts';
import { openNetlinkSocket } from './netlink-socket.ts';

/** What this host is to its networks. */
export interface HostNetworks {
  /** Those that its addresses are in. */
  read(): readonly HostNetwork[] | SysError;
  forwarding(family: 4 | 6): 'forwards' | 'does not' | SysError;
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
    forwarding: (family) => {
      let found: 'forwards' | 'does not' = 'does not';
      const body = encodeNetconfDump(family);
      const failure = socket.dump('RTM_GETNETCONF', RTM_GETNETCONF, body, {
        restart: () => {},
        message: ({ payload }) => {
          found = decodeForwarding(payload) ?? found;
        },
      });
      return failure ?? found;
    },
    close: socket.close,
  };
}
