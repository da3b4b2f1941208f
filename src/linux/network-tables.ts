import type { AddressFacts, LinkFacts, NetworkEvent } from '../ports/network.ts';
import type { SysError } from '../ports/sys-error.ts';
import { decodeAddress, encodeAddressDump } from '../wire/netlink/address.ts';
import {
  RTM_DELADDR,
  RTM_DELLINK,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_NEWADDR,
  RTM_NEWLINK,
} from '../wire/netlink/constants.ts';
import { decodeLink, encodeLinkRequest } from '../wire/netlink/link.ts';
import type { NetlinkMessage } from '../wire/netlink/message.ts';
import type { NetlinkSocket } from './netlink-socket.ts';

export interface NetworkSnapshot {
  readonly links: Map<number, LinkFacts>;
  readonly addresses: Map<string, AddressFacts>;
}

/** The links and addresses that rtnetlink has told of. */
export interface NetworkTables {
  links(): readonly LinkFacts[];
  addresses(): readonly AddressFacts[];
  /** Applies one message and appends what it changed; what changes nothing we keep is no event. */
  apply(message: NetlinkMessage, events: NetworkEvent[]): void;
  replace(snapshot: NetworkSnapshot): void;
}

export function createNetworkTables(): NetworkTables {
  let links = new Map<number, LinkFacts>();
  let addresses = new Map<string, AddressFacts>();
  /** The links as a list: asked for by the thousand, changed seldom. */
  let list: readonly LinkFacts[] | undefined;

  function removeLink(index: number, name: string, events: NetworkEvent[]): void {
    for (const [key, address] of addresses) {
      if (address.interfaceIndex !== index) continue;
      addresses.delete(key);
      events.push({ kind: 'addressRemoved', address });
    }
    if (links.delete(index)) events.push({ kind: 'linkRemoved', index, name });
  }

  return {
    links: () => {
      list ??= [...links.values()];
      return list;
    },
    addresses: () => [...addresses.values()],
    replace: (snapshot) => {
      ({ links, addresses } = snapshot);
      list = undefined;
    },
    apply: ({ type, payload }, events) => {
      if (type === RTM_NEWLINK || type === RTM_DELLINK) {
        const link = decodeLink(payload);
        if (link === undefined) return;
        list = undefined;
        if (type === RTM_DELLINK) {
          removeLink(link.index, link.name, events);
        } else if (!sameFields(links.get(link.index), link)) {
          links.set(link.index, link);
          events.push({ kind: 'linkChanged', link });
        }
      } else if (type === RTM_NEWADDR || type === RTM_DELADDR) {
        const address = decodeAddress(payload);
        if (address === undefined) return;
        const key = keyOf(address);
        if (type === RTM_DELADDR) {
          if (addresses.delete(key)) events.push({ kind: 'addressRemoved', address });
        } else if (!sameFields(addresses.get(key), address)) {
          addresses.set(key, address);
          events.push({ kind: 'addressAdded', address });
        }
      }
    },
  };
}

/** Dumps links and addresses of both families. */
export function readNetworkTables(socket: NetlinkSocket): NetworkSnapshot | SysError {
  const links = new Map<number, LinkFacts>();
  const addresses = new Map<string, AddressFacts>();
  const failure =
    socket.dump('RTM_GETLINK', RTM_GETLINK, encodeLinkRequest(), {
      restart: () => links.clear(),
      message: ({ payload }) => {
        const link = decodeLink(payload);
        if (link !== undefined) links.set(link.index, link);
      },
    }) ??
    socket.dump('RTM_GETADDR', RTM_GETADDR, encodeAddressDump(), {
      restart: () => addresses.clear(),
      message: ({ payload }) => {
        const address = decodeAddress(payload);
        if (address !== undefined) addresses.set(keyOf(address), address);
      },
    });
  return failure ?? { links, addresses };
}

/** What the kernel tells addresses apart by: IPv4 may have one twice with other prefixes or peers. */
function keyOf({ interfaceIndex, address, prefixLength, peer = address }: AddressFacts): string {
  return `${interfaceIndex} ${address} ${prefixLength} ${peer}`;
}

function sameFields<Facts extends object>(old: Facts | undefined, now: Facts): boolean {
  if (old === undefined) return false;
  const names = Object.keys({ ...old, ...now }) as (keyof Facts)[];
  return names.every((name) => old[name] === now[name]);
}
