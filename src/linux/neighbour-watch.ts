import type { FdWatcher } from '../ports/fd-watcher.ts';
import type {
  AddressClaim,
  ClaimWatch,
  NeighbourWatch,
  WatchedInterface,
} from '../ports/neighbour-watch.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeNdpMessage, NEIGHBOUR_ADVERTISEMENT } from '../wire/ndp.ts';
import { openIcmpv6Receiver } from './icmpv6-receiver.ts';
import { openArpClaims } from './neighbour-watch-arp.ts';
import { openIgmpListeners, openMldListeners } from './neighbour-watch-groups.ts';

/** What hosts say of themselves, one socket for each interface and kind. */
export function createNeighbourWatch(watcher: FdWatcher): NeighbourWatch {
  return {
    openClaims: (options, onClaim) =>
      options.family === 4
        ? openArpClaims(watcher, options, onClaim)
        : openAdvertisements(watcher, options, onClaim),
    openListeners: (options, onListener) =>
      options.family === 4
        ? openIgmpListeners(watcher, options, onListener)
        : openMldListeners(watcher, options, onListener),
  };
}

/**
 * Claims by neighbour advertisement, to us or to all nodes: that group is on every interface. One
 * that leaves its hardware address out answers a question that went to one host only, never ours.
 */
function openAdvertisements(
  watcher: FdWatcher,
  { interfaceIndex, interfaceName, onFlood }: WatchedInterface,
  onClaim: (claim: AddressClaim) => void,
): ClaimWatch | SysError {
  const receiver = openIcmpv6Receiver(
    watcher,
    { interfaceIndex, interfaceName, types: [NEIGHBOUR_ADVERTISEMENT], groups: [], onFlood },
    (datagram) => {
      const message = decodeNdpMessage(datagram, 'checked');
      if (!message.ok) return;
      const { target: address, linkLayerAddress: mac } = message.value;
      if (mac !== undefined) onClaim({ address, mac });
    },
  );
  return isSysError(receiver) ? receiver : { expect: () => {}, close: receiver.close };
}
