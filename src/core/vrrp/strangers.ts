/**
 * Who may take part in the elections of a virtual router without being a confirmed peer: a keepalived
 * that advertised or joined the group, a unicast peer that never said who it is, a holdfast that fell
 * silent. What it would do in an election is not known, so while there is one, nobody is named.
 */
import type { IpAddress } from '../../base/ip.ts';
import { type Micros, micros, seconds } from '../../base/time.ts';

/** A backup may be silent for long; a host that was taken out of service is forgotten one day. */
const REMEMBERED = seconds(86_400);
/** A peer that falls silent has crashed, or is cut off; by then it would have come back or taken over. */
const LOST_REMEMBERED = seconds(60);
/** For so long an advert says what its sender would do. */
const ADVERT_VALID = seconds(3600);
const STRANGERS_MAX = 64;

interface Stranger {
  readonly heardAt: Micros;
  /** It was a peer, and fell silent. */
  readonly was?: 'peer';
  readonly advert?: { readonly priority: number; readonly at: Micros };
}

/** A master advertises all the time: nothing new is made of that. */
interface Advertiser {
  heardAt: Micros;
  advert: { priority: number; at: Micros };
}

/** For the program that takes over from this one. */
export interface StrangersState {
  readonly heard: readonly (readonly [IpAddress, Stranger])[];
  readonly introduced: readonly IpAddress[];
  readonly crowdedUntil?: Micros | undefined;
}

export class Strangers {
  readonly #heard = new Map<IpAddress, Stranger>();
  /** The one that advertised last, as it stands in `#heard`. */
  #last: { readonly address: IpAddress; readonly entry: Advertiser } | undefined;
  readonly #expected = new Set<IpAddress>();
  /** Those that have shown that they are holdfasts. */
  readonly #introduced = new Set<IpAddress>();
  /** There were more than fit; somebody unknown is there until then. */
  #crowdedUntil: Micros | undefined;

  expect(addresses: readonly IpAddress[]): void {
    this.#expected.clear();
    for (const address of addresses) {
      if (!this.#introduced.has(address)) this.#expected.add(address);
    }
  }

  note(address: IpAddress, at: Micros): void {
    const before = this.#heard.get(address);
    const heardAt = micros(Math.max(at, before?.heardAt ?? at));
    this.#put(at, address, { heardAt, ...(before?.advert && { advert: before.advert }) });
  }

  /** A peer that says nothing any more. */
  noteLost(address: IpAddress, at: Micros): void {
    const before = this.#heard.get(address);
    if (before === undefined || before.heardAt < at) {
      this.#put(at, address, { ...before, heardAt: at, was: 'peer' });
    }
  }

  noteAdvert(address: IpAddress, priority: number, at: Micros): void {
    const { address: lastAddress, entry: last } = this.#last ?? {};
    if (last !== undefined && lastAddress === address && this.#heard.get(address) === last) {
      last.heardAt = at;
      last.advert.priority = priority;
      last.advert.at = at;
      return;
    }
    const entry = { heardAt: at, advert: { priority, at } };
    this.#put(at, address, entry);
    this.#last = { address, entry };
  }

  /** It has become a peer, or has taken its leave. */
  forget(address: IpAddress): void {
    this.#heard.delete(address);
    if (this.#expected.delete(address)) this.#introduced.add(address);
  }

  forgetOld(now: Micros): void {
    for (const [address, stranger] of this.#heard) {
      if (!isRemembered(stranger, now)) this.#heard.delete(address);
    }
  }

  list(now: Micros): readonly IpAddress[] {
    const found = new Set(this.#expected);
    for (const [address, stranger] of this.#heard) {
      if (isRemembered(stranger, now)) found.add(address);
    }
    return [...found];
  }

  isCrowded(now: Micros): boolean {
    return this.#crowdedUntil !== undefined && now < this.#crowdedUntil;
  }

  advertAbove(now: Micros, priority: number): boolean {
    for (const { advert } of this.#heard.values()) {
      if (advert === undefined || now - advert.at >= ADVERT_VALID) continue;
      if (advert.priority > priority) return true;
    }
    return false;
  }

  exportState(): StrangersState {
    return {
      heard: [...this.#heard].map(([address, one]) => [
        address,
        { ...one, ...(one.advert && { advert: { ...one.advert } }) },
      ]),
      introduced: [...this.#introduced],
      crowdedUntil: this.#crowdedUntil,
    };
  }

  importState({ heard, introduced, crowdedUntil }: StrangersState): void {
    for (const [address, stranger] of heard) this.#heard.set(address, stranger);
    for (const address of introduced) {
      this.#introduced.add(address);
      this.#expected.delete(address);
    }
    this.#crowdedUntil = crowdedUntil;
  }

  #put(now: Micros, address: IpAddress, stranger: Stranger): void {
    if (!this.#heard.has(address) && this.#heard.size >= STRANGERS_MAX) this.forgetOld(now);
    if (this.#heard.has(address) || this.#heard.size < STRANGERS_MAX) {
      this.#heard.set(address, stranger);
    } else this.#crowdedUntil = micros(now + REMEMBERED);
  }
}

function isRemembered({ heardAt, was }: Stranger, now: Micros): boolean {
  return now - heardAt < (was === 'peer' ? LOST_REMEMBERED : REMEMBERED);
}
