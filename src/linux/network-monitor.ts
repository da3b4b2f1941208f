import type { FdWatcher } from '../ports/fd-watcher.ts';
import {
  ADDRESS_MARK,
  type AddressFacts,
  type NetworkEvent,
  type NetworkMonitor,
} from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { ADDRESS_MESSAGE_BYTES, addressProtocol } from '../wire/netlink/address.ts';
import {
  AF_INET6,
  RTM_NEWADDR,
  RTMGRP_IPV4_IFADDR,
  RTMGRP_IPV6_IFADDR,
  RTMGRP_LINK,
} from '../wire/netlink/constants.ts';
import {
  decodeMessages,
  littleEndian,
  MESSAGE_HEADER_BYTES,
  viewOf,
} from '../wire/netlink/message.ts';
import { EAGAIN, EINTR } from './ffi/errno.ts';
import { bind, close, recv } from './ffi/libc.ts';
import { MSG_TRUNC } from './ffi/message.ts';
import { openSocket, receiveBuffer } from './ffi/open-socket.ts';
import { AF_NETLINK, encodeSockaddrNetlink } from './ffi/sockaddr.ts';
import { NETLINK_ROUTE, SOCK_RAW } from './ffi/socket-numbers.ts';
import { LateNews } from './late-news.ts';
import { type NetlinkSocket, openNetlinkSocket } from './netlink-socket.ts';
import { createNetworkTables, readNetworkTables } from './network-tables.ts';
import { withoutRenewalsOf } from './renewal-filter.ts';

const groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
const defaultReceiveBufferBytes = 4 << 20;
const datagramsPerTurn = 256;
/** More than any receive buffer holds, yet an end in sight while others flood us. */
const datagramsQueued = 65_536;
/** While overruns follow on each other, everything is read anew only this often. */
const resynchroniseDelayMs = 50;
const retryDelayMs = 1000;
/** So long after the last of our own additions they are told. */
const ownNewsDelayMs = 20;
/** After so many of them in a row the socket is read only now and then. */
const rushCount = 8;
const rushRestMs = 10;

export interface NetworkMonitorOptions {
  /** One call a turn with what happened, in order; never an empty list. */
  readonly onEvents: (events: readonly NetworkEvent[]) => void;
  /** After an overrun the kernel could not be read; tried again every second. */
  readonly onFailure?: (error: SysError) => void;
  readonly receiveBufferBytes?: number;
  /** The netlink port of our own renewals, which are not to be told. */
  readonly renewalPortId?: number;
  /** The netlink port of our own additions: of them is told when nothing more of it has come for a while. */
  readonly additionPortId?: number;
}

/**
 * Follows links and addresses by rtnetlink. It subscribes first and dumps then: whatever changes
 * meanwhile is queued and applied after the dump. An event older than the dump may show an earlier
 * state for a moment, but the last event of each object always stands behind it in the queue.
 */
export function openNetworkMonitor(
  watcher: FdWatcher,
  options: NetworkMonitorOptions,
): NetworkMonitor | SysError {
  const subscription = openSubscription(options);
  if (isSysError(subscription)) return subscription;
  const requests = openNetlinkSocket();
  if (isSysError(requests)) {
    subscription.close();
    return requests;
  }
  const follower = createFollower(subscription, requests, options);
  const release = (): void => {
    follower.stop();
    requests.close();
    subscription.close();
  };
  const failure = follower.readAll();
  if (failure !== undefined) {
    release();
    return failure;
  }
  // The caller starts from the latest state, what came during the dump included.
  follower.readQueue(datagramsQueued);
  let phase: 'open' | 'closed' = 'open';
  let rest: NodeJS.Timeout | undefined;
  const watch = watcher.watch(subscription.fd, () => {
    const events = follower.readQueue(datagramsPerTurn);
    if (events.length > 0) options.onEvents(events);
    if (isSysError(watch) || phase === 'closed' || !follower.isRush()) return;
    // The kernel tells of IPv6 addresses one by one, from a thread that waits while we read.
    watch.pause();
    rest = setTimeout(() => watch.resume(), rushRestMs);
  });
  if (isSysError(watch)) {
    release();
    return watch;
  }
  return {
    links: follower.links,
    addresses: follower.addresses,
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      clearTimeout(rest);
      watch.close();
      release();
    },
  };
}

/** Keeps the tables in step with the subscription; reads everything anew where it has gaps. */
function createFollower(
  subscription: Subscription,
  requests: NetlinkSocket,
  options: NetworkMonitorOptions,
) {
  const { additionPortId } = options;
  const tables = createNetworkTables();
  const late = new LateNews();
  /** Applied, and not told yet. */
  let untold: NetworkEvent[] = [];
  let timer: NodeJS.Timeout | undefined;
  let lateTimer: NodeJS.Timeout | undefined;
  /** Our own additions, of which nothing has been told yet. */
  let lateCount = 0;

  function readAll(): SysError | undefined {
    // What is queued is older than what will be read.
    subscription.drain(datagramsQueued, () => {});
    late.forget();
    lateCount = 0;
    untold = [];
    const snapshot = readNetworkTables(requests);
    if (isSysError(snapshot)) return snapshot;
    tables.replace(snapshot);
    return undefined;
  }

  function readAllLater(delayMs: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      const failure = readAll();
      if (failure === undefined) {
        options.onEvents([{ kind: 'resynchronised' }]);
      } else {
        readAllLater(retryDelayMs);
        options.onFailure?.(failure);
      }
    }, delayMs);
  }

  function applyLate(): void {
    for (const message of late.take()) tables.apply(message, untold);
  }

  function takeUntold(): NetworkEvent[] {
    const events = untold;
    untold = [];
    return events;
  }

  function keepForLater(datagram: Uint8Array): void {
    late.keep(datagram);
    lateCount++;
    if (late.isFull) applyLate();
    if (lateTimer === undefined) lateTimer = setTimeout(tellLate, ownNewsDelayMs);
    else lateTimer.refresh();
  }

  function tellLate(): void {
    lateTimer = undefined;
    lateCount = 0;
    applyLate();
    const events = takeUntold();
    if (events.length > 0) options.onEvents(events);
  }

  function readQueue(limit: number): NetworkEvent[] {
    const outcome = subscription.drain(limit, (datagram) => {
      if (additionPortId !== undefined && isAdditionOf(additionPortId, datagram)) {
        keepForLater(datagram);
        return;
      }
      // In the order in which it happened.
      applyLate();
      for (const message of decodeMessages(datagram)) tables.apply(message, untold);
    });
    const events = takeUntold();
    // What follows has gaps: one reading of everything stands for all of it.
    if (outcome === 'overrun') readAllLater(resynchroniseDelayMs);
    return events;
  }

  return {
    links: tables.links,
    addresses: (): readonly AddressFacts[] => {
      applyLate();
      return tables.addresses();
    },
    readAll,
    readQueue,
    isRush: (): boolean => lateCount >= rushCount,
    stop: () => {
      clearTimeout(timer);
      clearTimeout(lateTimer);
    },
  };
}

/**
 * One message, an address that we have added: the kernel names the port of the request for IPv4; of IPv6 a
 * thread of its own tells later, for nobody, and the mark says whose it is.
 */
function isAdditionOf(portId: number, datagram: Uint8Array): boolean {
  if (datagram.length < MESSAGE_HEADER_BYTES + ADDRESS_MESSAGE_BYTES) return false;
  const view = viewOf(datagram);
  if (view.getUint32(0, littleEndian) !== datagram.length) return false;
  if (view.getUint16(4, littleEndian) !== RTM_NEWADDR) return false;
  const teller = view.getUint32(12, littleEndian);
  if (teller !== 0 || datagram[MESSAGE_HEADER_BYTES] !== AF_INET6) return teller === portId;
  return addressProtocol(datagram.subarray(MESSAGE_HEADER_BYTES)) === ADDRESS_MARK;
}

interface Subscription {
  readonly fd: number;
  /** Reads up to `limit` datagrams that are queued; says whether any were lost. */
  drain(limit: number, onDatagram: (datagram: Uint8Array) => void): 'complete' | 'overrun';
  close(): void;
}

function openSubscription(options: NetworkMonitorOptions): Subscription | SysError {
  const { receiveBufferBytes = defaultReceiveBufferBytes, renewalPortId } = options;
  const address = encodeSockaddrNetlink(groups);
  const fd = openSocket(
    { domain: AF_NETLINK, type: SOCK_RAW, protocol: NETLINK_ROUTE, mode: 'non-blocking' },
    [
      receiveBuffer(receiveBufferBytes),
      ...(renewalPortId === undefined ? [] : [withoutRenewalsOf(renewalPortId)]),
      { call: 'bind', need: 'required', run: (each) => bind(each, address, address.length) },
    ],
  );
  if (isSysError(fd)) return fd;
  const buffer = new Uint8Array(64 * 1024);
  return {
    fd,
    drain: (limit, onDatagram) => {
      let outcome: 'complete' | 'overrun' = 'complete';
      for (let count = 0; count < limit; count++) {
        const length = recv(fd, buffer, buffer.length, MSG_TRUNC);
        if (length === -EINTR) continue;
        if (length === -EAGAIN) break;
        if (length < 0 || length > buffer.length) outcome = 'overrun';
        else onDatagram(buffer.subarray(0, length));
      }
      return outcome;
    },
    close: () => {
      close(fd);
    },
  };
}
