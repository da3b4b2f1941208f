import { availableParallelism } from 'node:os';
import type { AddressOperation, AddressTable } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { writeAddress } from '../wire/netlink/address.ts';
import { NLM_F_CREATE, NLM_F_EXCL, RTM_DELADDR, RTM_NEWADDR } from '../wire/netlink/constants.ts';
import { createAddressLanes, type SecondLane } from './address-lanes.ts';
import { openAddressRenewer } from './address-renewer.ts';
import { NETLINK_ROUTE } from './ffi/socket-numbers.ts';
import { openNetlinkChannel } from './netlink-channel.ts';
import { createNetlinkSocket, type NetlinkRequest, openNetlinkSocket } from './netlink-socket.ts';
import { startNetlinkThread } from './netlink-thread.ts';
import { realtimePolicy } from './process.ts';

export interface KernelAddressTable extends AddressTable {
  /** The netlink port that renewals come from: the kernel tells everyone of them, us too. */
  readonly renewalPortId: number;
  readonly additionPortId: number;
}

/**
 * Addresses by rtnetlink. Adding one that is there already is refused with EEXIST, so that nobody
 * takes an address of others for his own. `onSingle`: many IPv6 addresses are expected and will be added by one
 * thread alone, for this reason.
 */
export function openAddressTable(
  onSingle: (reason: string) => void = () => {},
): KernelAddressTable | SysError {
  const socket = openNetlinkSocket();
  if (isSysError(socket)) return socket;
  const renewer = openAddressRenewer();
  if (isSysError(renewer)) {
    socket.close();
    return renewer;
  }
  const lanes = createAddressLanes({
    first: { request: (operations) => socket.request(operations.map(toRequest)) },
    openSecond: () => openSecondLane(onSingle),
    onSingle,
  });
  return {
    apply: lanes.request,
    renew: renewer.renew,
    expect: lanes.expect,
    renewalPortId: renewer.portId,
    additionPortId: socket.portId,
    close: () => {
      socket.close();
      renewer.close();
      lanes.close();
    },
  };
}

/** A second thread that is not real-time has no processor to itself. */
function openSecondLane(onEnd: (reason: string) => void): SecondLane | string | undefined {
  const policy = realtimePolicy();
  if (policy === undefined || availableParallelism() < 2) return undefined;
  const channel = openNetlinkChannel(NETLINK_ROUTE);
  if (isSysError(channel)) return channel.message;
  try {
    const thread = startNetlinkThread(channel, {
      policy,
      onEnd: (reason) => {
        if (reason !== undefined) onEnd(reason);
      },
    });
    const socket = createNetlinkSocket(thread.channel);
    return {
      isReady: thread.isReady,
      begin: (operations) => socket.begin(operations.map(toRequest)),
      close: thread.close,
    };
  } catch (error) {
    channel.close();
    return error instanceof Error ? error.message : String(error);
  }
}

function toRequest(operation: AddressOperation): NetlinkRequest {
  const write: NetlinkRequest['write'] = (writer) => writeAddress(writer, operation);
  return operation.kind === 'add'
    ? { call: 'RTM_NEWADDR', type: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL, write }
    : { call: 'RTM_DELADDR', type: RTM_DELADDR, flags: 0, write };
}
