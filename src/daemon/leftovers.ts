/**
 * Addresses that a killed daemon left behind. The mark that every address of ours carries tells them
 * from other people's; a list beside the pid file tells this daemon's from those of another holdfast
 * in the same network namespace.
 */
import { mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Model } from '../config/model/model.ts';
import { virtualAddressesOf } from '../config/model/virtual-addresses.ts';
import {
  ADDRESS_MARK,
  type AddressFacts,
  type AddressOperation,
  type LinkFacts,
} from '../ports/network.ts';

/** `INTERFACE ADDRESS/LENGTH` of everything that configurations may put on this host. */
export function configuredAddresses(...models: readonly Model[]): readonly string[] {
  const instances = new Set(models.flatMap((model) => model.instances));
  return [...instances].flatMap((instance) =>
    virtualAddressesOf(instance).map(
      ({ interface: name, address, prefixLength }) =>
        `${name ?? instance.interface} ${address}/${prefixLength}`,
    ),
  );
}

export interface LeftoverSearch {
  /** As listed by the earlier run. */
  readonly listed: Iterable<string>;
  /** As configured now. */
  readonly configured: Iterable<string>;
  /** Whether this kernel keeps IFA_PROTO. Without it the list proves nothing. */
  readonly marks: 'kept' | 'not kept';
  readonly links: readonly LinkFacts[];
  readonly addresses: readonly AddressFacts[];
}

/** Removals for addresses that this daemon may have left behind. */
export function planLeftoverRemoval(search: LeftoverSearch): readonly AddressOperation[] {
  const { listed, configured, marks, links, addresses } = search;
  const ours = new Set(marks === 'kept' ? [...listed, ...configured] : configured);
  const names = new Map(links.map(({ index, name }) => [index, name]));
  return addresses
    .filter(
      (facts) =>
        (marks === 'not kept' || facts.protocol === ADDRESS_MARK) &&
        ours.has(`${names.get(facts.interfaceIndex)} ${facts.address}/${facts.prefixLength}`),
    )
    .map(({ interfaceIndex, address, prefixLength }) => ({
      kind: 'remove' as const,
      interfaceIndex,
      address,
      prefixLength,
    }));
}

/** The list file that belongs to a pid file. */
export class AddressList {
  readonly #path: string;

  constructor(pidFile: string) {
    this.#path = `${pidFile.replace(/\.pid$/, '')}.addresses`;
  }

  read(): readonly string[] {
    try {
      return readFileSync(this.#path, 'utf8').split('\n').filter(Boolean);
    } catch {
      return [];
    }
  }

  /** Written before anything is added; failing to is no reason not to serve. */
  write(addresses: Iterable<string>): 'written' | 'failed' {
    const temporary = `${this.#path}.${process.pid}`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(temporary, `${[...new Set(addresses)].join('\n')}\n`, { mode: 0o600 });
      renameSync(temporary, this.#path);
      return 'written';
    } catch {
      return 'failed';
    }
  }

  remove(): void {
    try {
      unlinkSync(this.#path);
    } catch {
      // Never written, or gone with the folder.
    }
  }
}
