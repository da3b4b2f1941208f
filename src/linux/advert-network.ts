import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { AdvertNetwork } from '../ports/network.ts';
import { openAdvertLink4 } from './advert-link4.ts';
import { openAdvertLink6 } from './advert-link6.ts';

/** Raw sockets for IP protocol 112, one link for each interface, family and transport. */
export function createAdvertNetwork(watcher: FdWatcher): AdvertNetwork {
  return {
    open: (options, onDatagram, urgency = () => 'promptly') => {
      const parts = { watcher, options, onDatagram, urgency };
      return options.family === 4 ? openAdvertLink4(parts) : openAdvertLink6(parts);
    },
  };
}
