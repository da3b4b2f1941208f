import { readFileSync } from 'node:fs';
import { type IpAddress, ipFamily } from '../../base/ip.ts';
import type { MacAddress } from '../../base/mac.ts';
import { openFrameSender } from '../../linux/frame-sender.ts';
import { isSysError } from '../../ports/sys-error.ts';
import { encodeGratuitousArp, HARDWARE_ETHERNET } from '../../wire/arp.ts';
import { encodeUnsolicitedNeighbourAdvertisement } from '../../wire/ndp.ts';

export interface AnnounceOptions {
  readonly interfaceName: string;
  readonly address: IpAddress;
}

/** Tells the segment once that this host has an address: for addresses that were moved by hand. */
export function announce({ interfaceName, address }: AnnounceOptions): void {
  const read = (file: string): string =>
    readFileSync(`/sys/class/net/${interfaceName}/${file}`, 'utf8').trim();
  const mac = read('address') as MacAddress;
  const sender = openFrameSender();
  if (isSysError(sender)) throw new Error(`cannot send frames: ${sender.message}`);
  const frame =
    ipFamily(address) === 4
      ? encodeGratuitousArp({ mac, address, hardwareType: HARDWARE_ETHERNET })
      : encodeUnsolicitedNeighbourAdvertisement({ mac, address, router: 'host' });
  const error = sender.send(Number(read('ifindex')), frame);
  sender.close();
  if (error !== undefined) throw new Error(`cannot announce ${address}: ${error.message}`);
}
