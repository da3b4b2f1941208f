import type { IpAddress, IpFamily } from '../base/ip.ts';
import type { MacAddress } from '../base/mac.ts';
import type { SysError } from './sys-error.ts';

/** An Ethernet interface and what is listened for on it. */
export interface WatchedInterface {
  readonly interfaceIndex: number;
  readonly interfaceName: string;
  readonly family: IpFamily;
  /** More comes in than is read. */
  readonly onFlood: () => void;
}

/** A host says, asked or not, that it has an address. Our own hosts' frames may be among them. */
export interface AddressClaim {
  readonly address: IpAddress;
  readonly mac: MacAddress;
}

export interface ClaimWatch {
  /** Addresses whose mere use as a sender is a claim too (RFC 5227 §2.4); IPv4 only. */
  expect(addresses: readonly IpAddress[]): void;
  close(): void;
}

export interface ListenerWatch {
  close(): void;
}

/**
 * What hosts on a segment say of themselves, by ARP and neighbour discovery, IGMP and MLD. All of it
 * is bounded: of a flood that goes on some hundred frames a second are read.
 */
export interface NeighbourWatch {
  openClaims(
    options: WatchedInterface,
    onClaim: (claim: AddressClaim) => void,
  ): ClaimWatch | SysError;
  /** Calls back with the address of each host that reports that it listens to `group`. */
  openListeners(
    options: WatchedInterface & { readonly group: IpAddress },
    onListener: (host: IpAddress) => void,
  ): ListenerWatch | SysError;
}
