import type { AddressOperation, AddressTable } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { writeAddress } from '../wire/netlink/address.ts';
import { NLM_F_CREATE, NLM_F_EXCL, RTM_DELADDR, RTM_NEWADDR } from '../wire/netlink/constants.ts';
import { openAddressRenewer } from './address-renewer.ts';
import { type NetlinkRequest, openNetlinkSocket } from './netlink-socket.ts';

export interface KernelAddressTable extends AddressTable {
  /** The netlink port that renewals come from: the kernel tells everyone of them, us too. */
  readonly renewalPortId: number;
  readonly additionPortId: number;
}

/**
 * Addresses by rtnetlink. Adding one that is there already is refused with EEXIST, so that nobody
 * takes an address of others for his own.
 */
export function openAddressTable(): KernelAddressTable | SysError {
  const socket = openNetlinkSocket();
  if (isSysError(socket)) return socket;
  const renewer = openAddressRenewer();
  if (isSysError(renewer)) {
    socket.close();
    return renewer;
  }
  return {
    apply: (operations) => socket.request(operations.map(toRequest)),
    renew: renewer.renew,
    renewalPortId: renewer.portId,
    additionPortId: socket.portId,
    close: () => {
      socket.close();
      renewer.close();
    },
  };
}

function toRequest(operation: AddressOperation): NetlinkRequest {
  const write: NetlinkRequest['write'] = (writer) => writeAddress(writer, operation);
  return operation.kind === 'add'
    ? { call: 'RTM_NEWADDR', type: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL, write }
    : { call: 'RTM_DELADDR', type: RTM_DELADDR, flags: 0, write };
}
