import { isSysError, type SysError } from '../ports/sys-error.ts';
import {
  decodeConnection,
  deletionOf,
  type TrackedConnection,
  type TranslatedFilter,
  translatedDump,
} from '../wire/netlink/conntrack.ts';
import { ENOENT } from './ffi/errno.ts';
import { NETLINK_NETFILTER } from './ffi/socket-numbers.ts';
import { openNetlinkChannel } from './netlink-channel.ts';
import { createNetlinkSocket, type NetlinkRequest } from './netlink-socket.ts';

export interface ConnectionCount {
  /** Established connections of TCP and SCTP. */
  active: number;
  inactive: number;
}

/** Connections whose destination was translated, by their labels. */
export interface ConntrackTable {
  /** How many there are, by label. */
  count(): ReadonlyMap<string, ConnectionCount> | SysError;
  /**
   * Deletes those that `choose` wants deleted and that are not over: their next packet begins anew. Older
   * kernels ask about more than those `among` which they are.
   */
  purge(
    among: TranslatedFilter,
    choose: (connection: TrackedConnection) => 'delete' | 'keep',
  ): SysError | undefined;
  close(): void;
}

export function openConntrackTable(): ConntrackTable | SysError {
  const channel = openNetlinkChannel(NETLINK_NETFILTER);
  if (isSysError(channel)) return channel;
  const socket = createNetlinkSocket(channel);
  const dump = (
    filter: TranslatedFilter,
    restart: () => void,
    visit: (each: TrackedConnection) => void,
  ) => {
    const { call, type, body } = translatedDump(filter);
    return socket.dump(call, type, body, {
      restart,
      message: ({ payload }) => {
        const connection = decodeConnection(payload);
        if (connection !== undefined) visit(connection);
      },
    });
  };
  return {
    count: () => {
      const counts = new Map<string, ConnectionCount>();
      const failure = dump(
        {},
        () => counts.clear(),
        ({ label, state }) => {
          const count = counts.get(label) ?? { active: 0, inactive: 0 };
          if (state === 'established') count.active++;
          else count.inactive++;
          counts.set(label, count);
        },
      );
      return failure ?? counts;
    },
    purge: (among, choose) => {
      const deletions: NetlinkRequest[] = [];
      const failure = dump(
        among,
        () => deletions.splice(0),
        (each) => {
          if (each.state === 'over' || choose(each) === 'keep') return;
          deletions.push(deletionOf(each));
        },
      );
      if (failure !== undefined) return failure;
      // Whatever ended in between is not there any more.
      return socket.request(deletions).find((each) => each !== undefined && each.errno !== ENOENT);
    },
    close: socket.close,
  };
}
