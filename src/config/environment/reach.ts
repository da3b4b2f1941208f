/** Whether addresses that belong together have anything to do with this host. */
import { ipToBytes, parseIp } from '../../base/ip.ts';
import type { Value } from './draft.ts';
import { type Notes, placeOf } from './notes.ts';

export interface Reached {
  readonly peers: readonly Value[];
  readonly addresses: readonly Value[];
  /** Those of the host, with their prefixes. */
  readonly networks: readonly string[];
}

/**
 * With peers and virtual addresses that are all in networks of others no advertisement arrives, and every host is
 * master. Peers behind a router are possible, but then the virtual address is in a network of this host.
 */
export function tellOutOfReach({ peers, addresses, networks }: Reached, notes: Notes): void {
  const [first] = peers;
  const own = networks.filter((network) => !/^(?:127\.|::1\/|fe80:)/.test(network));
  if (first === undefined || own.length === 0) return;
  const isNear = [...peers, ...addresses].some(({ text }) => {
    const address = text.split(/[/ ]/)[0] ?? '';
    return parseIp(address) === undefined || networks.some((network) => isWithin(address, network));
  });
  if (isNear) return;
  notes.add({
    code: 'image-out-of-reach',
    about: placeOf(first.variable),
    message:
      `neither a peer nor a virtual address is in a network of this host (${own.join(', ')}): ` +
      'no advertisement would arrive, and every host would be master',
    hint: 'write the addresses that the hosts have',
  });
}

/** `network`: an address with the length of its prefix. */
function isWithin(address: string, network: string): boolean {
  const [base = '', length = ''] = network.split('/');
  const [one, other] = [parseIp(address), parseIp(base)];
  if (one === undefined || other === undefined) return false;
  const [left, right] = [ipToBytes(one), ipToBytes(other)];
  if (left.length !== right.length) return false;
  return left.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, Number(length) - index * 8));
    const mask = 0xff & (0xff << (8 - bits));
    return (byte & mask) === ((right[index] ?? 0) & mask);
  });
}
