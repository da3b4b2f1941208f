/**
 * Addresses that a killed daemon left behind. The mark that every address of ours carries tells them
 * from other people's; a list beside the pid file tells this daemon's from those of another holdfast
 * in the same network namespace.
 */
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { virtualAddressesOf } from '../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import {
  ADDRESS_MARK,
  type AddressFacts,
  type AddressOperation,
  type LinkFacts,
} from '../ports/network.ts';
import { besidePidFile } from './instance-names.ts';

/** `INTERFACE ADDRESS/LENGTH` of everything that these instances may put on this host. */
export function configuredAddresses(instances: Iterable<VrrpInstanceModel>): readonly string[] {
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

/** So many lines more than are needed do not matter. */
const SURPLUS_LINES = 1000;

/** The list file that belongs to a pid file. */
export class AddressList {
  readonly #path: string;
  /** Lines that may be added before it is written anew; none where it was never written by us. */
  #room = 0;

  constructor(pidFile: string) {
    this.#path = besidePidFile(pidFile, 'addresses');
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
      this.#room = SURPLUS_LINES;
      return 'written';
    } catch {
      return 'failed';
    }
  }

  /**
   * Adds what the instances `after` a reload may put on this host; the list has what those `before` it may.
   * It is written anew when too much of it is about earlier ones.
   */
  extend(
    before: readonly VrrpInstanceModel[],
    after: readonly VrrpInstanceModel[],
  ): 'written' | 'failed' {
    const listed = new Set(before);
    const added = configuredAddresses(after.filter((instance) => !listed.has(instance)));
    if (added.length <= this.#room && this.#append(added) === 'written') return 'written';
    return this.write(configuredAddresses(new Set([...before, ...after])));
  }

  #append(added: readonly string[]): 'written' | 'failed' {
    let file: number | undefined;
    try {
      // Unless it is there: what was written before would be missing.
      file = openSync(this.#path, constants.O_WRONLY | constants.O_APPEND);
      if (added.length > 0) writeSync(file, added.map((line) => `${line}\n`).join(''));
      this.#room -= added.length;
      return 'written';
    } catch {
      return 'failed';
    } finally {
      if (file !== undefined) closeSync(file);
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
