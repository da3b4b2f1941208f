/**
 * Who else holds what this master holds, or speaks as if it did. The watch asks the segment now and then
 * for some of the addresses, and for the hardware address of whoever sends adverts that are refused.
 *
 * In a failover two hosts may claim an address for an instant, and a successor's announcement may be
 * read before its advert. So one claim is a suspicion only: it is asked about again, and told when the
 * same host still claims the address while this router still is master.
 */
import type { IpAddress } from '../../base/ip.ts';
import type { MacAddress } from '../../base/mac.ts';
import { addMicros, earliest, type Micros, seconds } from '../../base/time.ts';
import type { VrrpEffect, VrrpEvent } from './types.ts';

type RivalSeen = Extract<VrrpEvent, { kind: 'rivalSeen' }>;

/** What `rivalSeen` says of it. */
export type RivalReport = Pick<RivalSeen, 'how' | 'address' | 'mac' | 'detail'>;

export type Inquiry = Pick<Extract<VrrpEffect, { kind: 'inquire' }>, 'about' | 'addresses'>;

/** What is to be done at a deadline. */
export interface WatchOrders {
  readonly inquiries: readonly Inquiry[];
  readonly reports: readonly RivalReport[];
}

export interface Claim {
  readonly address: IpAddress;
  readonly mac: MacAddress;
}

/** The addresses that the router holds now. */
export type Held = readonly { readonly address: IpAddress }[];

interface Suspicion {
  readonly address: IpAddress;
  readonly since: Micros;
  /** When it was asked about again. */
  askedAt: Micros | undefined;
}

interface Stranger {
  readonly detail: string;
  readonly until: Micros;
}

/** Nobody can be asked before the addresses and the predecessor's end are settled. */
const FIRST_INQUIRY = seconds(1);
const INQUIRY_INTERVAL = seconds(5);
const ADDRESSES_PER_INQUIRY = 8;
/** No failover takes so long to settle. */
const SUSPICION = seconds(1);
/** Whoever does not answer so long after it was asked again, was there for an instant only. */
const ANSWER = seconds(2);
const IDENTIFICATION = seconds(1);
const SUSPECTS_MAX = 64;
const STRANGERS_MAX = 16;
const TOLD_MAX = 64;

/** For the program that takes over from this one. */
export interface SplitBrainState {
  readonly nextInquiry?: Micros | undefined;
  readonly asked: number;
  readonly suspicions: readonly (readonly [MacAddress, Suspicion])[];
  readonly strangers: readonly (readonly [IpAddress, Stranger])[];
  readonly told: readonly string[];
  readonly sightings: { readonly answers: number; readonly adverts: number };
}

export class SplitBrainWatch {
  #nextInquiry: Micros | undefined;
  /** How many addresses have been asked about: the next ones follow. */
  #asked = 0;
  readonly #suspicions = new Map<MacAddress, Suspicion>();
  /** Senders of refused adverts whose hardware address is awaited. */
  readonly #strangers = new Map<IpAddress, Stranger>();
  readonly #told = new Set<string>();
  readonly #sightings = { answers: 0, adverts: 0 };

  /** How often a rival was seen, those that were told before included. */
  get sightings(): { readonly answers: number; readonly adverts: number } {
    return this.#sightings;
  }

  /** The router has become master. */
  start(now: Micros): void {
    this.stop();
    this.#nextInquiry = addMicros(now, FIRST_INQUIRY);
  }

  exportState(): SplitBrainState {
    return {
      nextInquiry: this.#nextInquiry,
      asked: this.#asked,
      suspicions: [...this.#suspicions],
      strangers: [...this.#strangers],
      told: [...this.#told],
      sightings: { ...this.#sightings },
    };
  }

  importState(state: SplitBrainState): void {
    this.#nextInquiry = state.nextInquiry;
    this.#asked = state.asked;
    for (const [mac, suspicion] of state.suspicions) this.#suspicions.set(mac, { ...suspicion });
    for (const [address, stranger] of state.strangers) this.#strangers.set(address, stranger);
    for (const key of state.told) this.#told.add(key);
    Object.assign(this.#sightings, state.sightings);
  }

  /** It is master no more, or hands over. Everything that happens after this is news. */
  stop(): void {
    this.#nextInquiry = undefined;
    this.#asked = 0;
    this.#suspicions.clear();
    this.#strangers.clear();
    this.#told.clear();
  }

  /** Another host says that it has the address; `mac` is none of this host's. */
  claimed(now: Micros, claim: Claim, held: Held): readonly RivalReport[] {
    const { address, mac } = claim;
    const reports: RivalReport[] = [];
    const stranger = this.#strangers.get(address);
    if (stranger !== undefined) {
      this.#strangers.delete(address);
      this.#tell({ how: 'adverts', address, mac, detail: stranger.detail }, reports);
    }
    if (this.#nextInquiry === undefined) return reports;
    if (!held.some((one) => one.address === address)) return reports;
    if (this.#told.has(`answers ${mac}`)) {
      this.#sightings.answers++;
      return reports;
    }
    const suspicion = this.#suspicions.get(mac);
    if (suspicion === undefined || isOver(suspicion, now)) {
      if (suspicion !== undefined || this.#suspicions.size < SUSPECTS_MAX) {
        this.#suspicions.set(mac, { address, since: now, askedAt: undefined });
      }
    } else if (now >= suspicion.since + SUSPICION) {
      this.#suspicions.delete(mac);
      this.#sightings.answers++;
      const detail = address.includes(':') ? 'neighbour discovery' : 'ARP';
      this.#tell({ how: 'answers', address, mac, detail }, reports);
    }
    return reports;
  }

  /** An advert with this VRID was refused; says about whom to inquire (`neighbour`). */
  foreignAdvert(
    now: Micros,
    { source, detail }: { readonly source: IpAddress; readonly detail: string },
  ): readonly IpAddress[] {
    this.#sightings.adverts++;
    if (this.#told.has(`adverts ${source}`) || this.#strangers.has(source)) return [];
    if (this.#strangers.size >= STRANGERS_MAX || this.#told.size >= TOLD_MAX) return [];
    this.#strangers.set(source, { detail, until: addMicros(now, IDENTIFICATION) });
    return [source];
  }

  expire(now: Micros, held: Held): WatchOrders {
    const inquiries: Inquiry[] = [];
    const reports: RivalReport[] = [];
    for (const [address, { until, detail }] of this.#strangers) {
      if (until > now) continue;
      this.#strangers.delete(address);
      this.#tell({ how: 'adverts', address, mac: undefined, detail }, reports);
    }
    const addresses = new Set(this.#doubtful(now));
    if (this.#nextInquiry !== undefined && this.#nextInquiry <= now) {
      this.#nextInquiry = addMicros(now, INQUIRY_INTERVAL);
      for (const address of this.#nextAddresses(held)) addresses.add(address);
    }
    if (addresses.size > 0) inquiries.push({ about: 'virtual', addresses: [...addresses] });
    return { inquiries, reports };
  }

  nextDeadline(): Micros | undefined {
    let next = this.#nextInquiry;
    for (const { until } of this.#strangers.values()) next = earliest(next, until);
    for (const suspicion of this.#suspicions.values()) next = earliest(next, endOf(suspicion));
    return next;
  }

  /** Addresses to ask about again; lets go of those who claimed one for an instant. */
  #doubtful(now: Micros): readonly IpAddress[] {
    const addresses: IpAddress[] = [];
    for (const [mac, suspicion] of this.#suspicions) {
      if (endOf(suspicion) > now) continue;
      if (suspicion.askedAt !== undefined) {
        this.#suspicions.delete(mac);
      } else {
        suspicion.askedAt = now;
        addresses.push(suspicion.address);
      }
    }
    return addresses;
  }

  #nextAddresses(held: Held): readonly IpAddress[] {
    const addresses: IpAddress[] = [];
    const count = Math.min(held.length, ADDRESSES_PER_INQUIRY);
    for (let index = 0; index < count; index++) {
      const one = held[(this.#asked + index) % held.length];
      if (one !== undefined) addresses.push(one.address);
    }
    this.#asked = held.length === 0 ? 0 : (this.#asked + count) % held.length;
    return addresses;
  }

  #tell(report: RivalReport, reports: RivalReport[]): void {
    const who = report.how === 'adverts' ? report.address : report.mac;
    const key = `${report.how} ${who}`;
    if (this.#told.has(key) || this.#told.size >= TOLD_MAX) return;
    this.#told.add(key);
    reports.push(report);
  }
}

/** When something is to be done about it. Who wakes up late still has time for the answer. */
function endOf({ since, askedAt }: Suspicion): Micros {
  return askedAt === undefined ? addMicros(since, SUSPICION) : addMicros(askedAt, ANSWER);
}

function isOver({ since, askedAt }: Suspicion, now: Micros): boolean {
  return now >= (askedAt ?? since + SUSPICION) + ANSWER;
}
