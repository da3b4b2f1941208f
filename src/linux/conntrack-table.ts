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
import { createNetlinkSocket, type NetlinkRequest, type NetlinkSocket } from './netlink-socket.ts';
import { SharedReading } from './shared-reading.ts';

export interface ConnectionCount {
  /** Established connections of TCP and SCTP. */
  active: number;
  inactive: number;
}

export type ConnectionCounts = ReadonlyMap<string, Readonly<ConnectionCount>>;

/** Connections whose destination was translated, by their labels. */
export interface ConntrackTable {
  /**
   * How many there are, by label, all of them read after the call. A host may have a million: that takes
   * seconds, of which no more than a few milliseconds in a row; whoever asks often waits longer.
   */
  count(): Promise<ConnectionCounts | SysError>;
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
  // What is counted slowly must not hold up what is deleted.
  const countChannel = openNetlinkChannel(NETLINK_NETFILTER);
  if (isSysError(countChannel)) {
    channel.close();
    return countChannel;
  }
  const socket = createNetlinkSocket(channel);
  const countSocket = createNetlinkSocket(countChannel);
  const counts = new SharedReading(() => readCounts(countSocket));
  return {
    count: () => counts.next(),
    purge: (among, choose) => {
      const deletions: NetlinkRequest[] = [];
      const { call, type, body } = translatedDump(among);
      const failure = socket.dump(call, type, body, {
        restart: () => deletions.splice(0),
        message: ({ payload }) => {
          const each = decodeConnection(payload);
          if (each === undefined || each.state === 'over' || choose(each) === 'keep') return;
          deletions.push(deletionOf(each));
        },
      });
      if (failure !== undefined) return failure;
      // Whatever ended in between is not there any more.
      return socket.request(deletions).find((each) => each !== undefined && each.errno !== ENOENT);
    },
    close: () => {
      socket.close();
      countSocket.close();
    },
  };
}

async function readCounts(socket: NetlinkSocket): Promise<ConnectionCounts | SysError> {
  const counts = new Map<string, ConnectionCount>();
  const { call, type, body } = translatedDump({});
  const failure = await socket.dumpInTurns(call, type, body, {
    restart: () => counts.clear(),
    message: ({ payload }) => {
      const connection = decodeConnection(payload);
      if (connection === undefined) return;
      const { label, state } = connection;
      const count = counts.get(label) ?? { active: 0, inactive: 0 };
      if (state === 'established') count.active++;
      else count.inactive++;
      counts.set(label, count);
    },
  });
  return failure ?? counts;
}
