import { release } from 'node:os';
import type { AddressFacts } from '../ports/network.ts';

/**
 * Whether the kernel keeps the mark (IFA_PROTO) of who has put an address there. Linux does since
 * 5.18 and then marks the addresses of the loopback interface itself; a distribution's kernel with
 * an older number may have it too.
 */
export function detectAddressProtocol(addresses: readonly AddressFacts[]): 'kept' | 'not kept' {
  if (addresses.some(({ protocol }) => protocol !== 0)) return 'kept';
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 18) ? 'kept' : 'not kept';
}
