/** What dumps tell of: the configuration, and of a process that runs what has become of it. */
import { type IpAddress, ipFamily, isLinkLocal } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import type { VirtualAddress, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { VrrpSnapshot } from '../../core/vrrp/snapshot.ts';
import type { AddressFacts, LinkFacts } from '../../ports/network.ts';
import type { DaemonIdentity } from '../instance-names.ts';

export interface DumpFacts {
  readonly model: Model;
  readonly hostName: string;
  readonly identity: DaemonIdentity;
  /** Octal. */
  readonly umask: number;
  readonly links: readonly LinkFacts[];
  readonly addresses: readonly AddressFacts[];
  /** Milliseconds since 1970, with fractions, at an instant of the monotonic clock. */
  wallMs(at: Micros): number;
  /** Undefined before the start. Counters are those since they were cleared. */
  snapshot(instance: string): VrrpSnapshot | undefined;
  /** Addresses of the instance that are on this host. */
  held(instance: VrrpInstanceModel): readonly VirtualAddress[];
}

/** keepalived's numbers of states, which other programs know. */
export const STATE_NUMBERS = { INIT: 0, BACKUP: 1, MASTER: 2, FAULT: 3 } as const;

export type StateWord = keyof typeof STATE_NUMBERS;

/** An instance that waits for the first word of its scripts is in fault, to keepalived. */
export function stateWord(snapshot: VrrpSnapshot | undefined): StateWord {
  if (snapshot === undefined) return 'INIT';
  if (snapshot.state !== 'init') return snapshot.state.toUpperCase() as StateWord;
  return pendingScripts(snapshot) > 0 ? 'FAULT' : 'INIT';
}

/** The state that it would rather be in. */
export function wantedWord(
  instance: VrrpInstanceModel,
  snapshot: VrrpSnapshot | undefined,
): StateWord {
  if (snapshot !== undefined && snapshot.state !== 'init') return stateWord(snapshot);
  return instance.initialState === 'master' ? 'MASTER' : 'BACKUP';
}

export function pendingScripts({ trackers }: VrrpSnapshot): number {
  return trackers.filter(({ kind, verdict }) => kind === 'script' && verdict === 'unknown').length;
}

/** The first address of the interface that is no virtual one; of IPv6, link-local ones only. */
export function ownAddress(
  { addresses, model }: DumpFacts,
  link: LinkFacts,
  family: 4 | 6,
): IpAddress | undefined {
  const virtual = new Set(
    model.instances.flatMap((one) =>
      [...one.addresses, ...one.excludedAddresses].map(({ address }) => address),
    ),
  );
  return addresses.find(
    ({ interfaceIndex, address }) =>
      interfaceIndex === link.index &&
      ipFamily(address) === family &&
      (family === 4 || isLinkLocal(address)) &&
      !virtual.has(address),
  )?.address;
}
