/**
 * Gratuitous ARP and unsolicited neighbour advertisements: each address waits until the kernel has it,
 * all of a router get their first packet before any gets its second, routers take turns, and a long
 * list does not hold up adverts. What is done with one address does not depend on how many there are.
 */
import { type IpAddress, ipFamily } from '../base/ip.ts';
import type { MacAddress } from '../base/mac.ts';
import type { Clock } from '../ports/clock.ts';
import type { FrameSender, LinkFacts } from '../ports/network.ts';
import type { SysError } from '../ports/sys-error.ts';
import { encodeGratuitousArp } from '../wire/arp.ts';
import { encodeUnsolicitedNeighbourAdvertisement } from '../wire/ndp.ts';

export interface AnnouncerParts {
  readonly clock: Clock;
  readonly frames: FrameSender;
  link(name: string): LinkFacts | undefined;
  /** Whether the kernel is still to be told of the address. */
  isAwaited(name: string, address: IpAddress): boolean;
  /** Whether the interface forwards IPv6, which the advertisement says. */
  forwardsIpv6(name: string): boolean;
  onSent(name: string, address: IpAddress): void;
  onError(error: SysError, name: string): void;
}

interface Announcement {
  readonly holder: string;
  readonly interface: string;
  readonly address: IpAddress;
  /** Least time between two packets of this kind on one interface. */
  readonly spacingUs: number;
  remaining: number;
  /** As it was sent last. */
  sent?: { readonly frame: Uint8Array; readonly mac: MacAddress; readonly role: Role };
}

type Role = 'router' | 'host';

/** What one router has to say. */
interface Queue {
  /** How many wait for the kernel. */
  awaited: number;
  /** Of this round. */
  ready: Announcement[];
  /** Of the next one, which begins when all have had their turn in this one. */
  repeats: Announcement[];
}

export class Announcer {
  readonly #parts: AnnouncerParts;
  /** By holder; the first one is the next to send. */
  readonly #queues = new Map<string, Queue>();
  /** What waits for the kernel, by interface and address. */
  readonly #awaiting = new Map<string, Map<IpAddress, readonly Announcement[]>>();
  /** When the next packet may go, by interface and kind. */
  readonly #notBefore = new Map<string, number>();
  /** What the interfaces do, asked once a step. */
  readonly #roles = new Map<string, Role>();

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
  }

  announce(request: Omit<Announcement, 'remaining' | 'sent'> & { readonly repeat: number }): void {
    const { repeat: remaining, ...rest } = request;
    const announcement: Announcement = { remaining, ...rest };
    const queue = this.#queueOf(announcement.holder);
    if (!this.#parts.isAwaited(announcement.interface, announcement.address)) {
      queue.ready.push(announcement);
      return;
    }
    queue.awaited++;
    const { interface: name, address } = announcement;
    const awaiting = this.#awaiting.get(name) ?? new Map<IpAddress, readonly Announcement[]>();
    this.#awaiting.set(name, awaiting);
    const waiting = awaiting.get(address);
    awaiting.set(address, waiting === undefined ? [announcement] : [...waiting, announcement]);
  }

  /** The kernel has the address now. */
  settled(name: string, address: IpAddress): void {
    for (const announcement of this.#takeAwaiting(name, address)) {
      this.#queueOf(announcement.holder).ready.push(announcement);
    }
  }

  isIdle(): boolean {
    return this.#queues.size === 0;
  }

  /** Nothing more is said of what a router has given up. */
  forget(holder: string): void {
    if (!this.#queues.delete(holder)) return;
    for (const [name, awaiting] of this.#awaiting) {
      for (const [address, waiting] of awaiting) {
        const kept = waiting.filter((announcement) => announcement.holder !== holder);
        if (kept.length > 0) awaiting.set(address, kept);
        else awaiting.delete(address);
      }
      if (awaiting.size === 0) this.#awaiting.delete(name);
    }
  }

  /** The kernel would not take it: nothing is said of an address that is not here. */
  forgetAddress(name: string, address: IpAddress): void {
    this.#takeAwaiting(name, address);
    const isOther = (one: Announcement): boolean =>
      one.interface !== name || one.address !== address;
    for (const queue of this.#queues.values()) {
      queue.ready = queue.ready.filter(isOther);
      queue.repeats = queue.repeats.filter(isOther);
    }
  }

  /**
   * Sends what may go now, for `budgetUs` at most and one packet at least: through a bridge it takes a
   * tenth of a millisecond. Returns the time until the next may, or `no` when nothing waits for time.
   */
  step(budgetUs: number): { readonly again: 'at-once' | 'later' | 'no'; readonly afterUs: number } {
    const end = this.#parts.clock.now() + budgetUs;
    this.#roles.clear();
    let soonest = Number.POSITIVE_INFINITY;
    /** Queues in a row that could send nothing. */
    let silent = 0;
    while (silent < this.#queues.size) {
      const [holder, queue] = this.#queues.entries().next().value ?? [];
      if (holder === undefined || queue === undefined) break;
      this.#queues.delete(holder);
      const wait = this.#sendNext(queue);
      if (queue.awaited + queue.ready.length + queue.repeats.length > 0) {
        this.#queues.set(holder, queue);
      }
      if (wait === 0) {
        if (this.#parts.clock.now() >= end) return { again: 'at-once', afterUs: 0 };
        silent = 0;
      } else if (this.#queues.has(holder)) {
        silent++;
        soonest = Math.min(soonest, wait);
      }
    }
    return Number.isFinite(soonest)
      ? { again: 'later', afterUs: soonest }
      : { again: 'no', afterUs: 0 };
  }

  /** Sends one packet and returns 0, or the time until that may be done. */
  #sendNext(queue: Queue): number {
    if (queue.ready.length === 0 && queue.awaited === 0) {
      queue.ready = queue.repeats;
      queue.repeats = [];
    }
    const [announcement] = queue.ready;
    if (announcement === undefined) return Number.POSITIVE_INFINITY;
    const wait = this.#waitOf(announcement);
    if (wait > 0) return wait;
    queue.ready.shift();
    this.#send(announcement);
    announcement.remaining--;
    if (announcement.remaining > 0) queue.repeats.push(announcement);
    return 0;
  }

  #queueOf(holder: string): Queue {
    let queue = this.#queues.get(holder);
    if (queue === undefined) {
      queue = { awaited: 0, ready: [], repeats: [] };
      this.#queues.set(holder, queue);
    }
    return queue;
  }

  #takeAwaiting(name: string, address: IpAddress): readonly Announcement[] {
    const awaiting = this.#awaiting.get(name);
    const waiting = awaiting?.get(address);
    if (awaiting === undefined || waiting === undefined) return [];
    awaiting.delete(address);
    if (awaiting.size === 0) this.#awaiting.delete(name);
    for (const { holder } of waiting) this.#queueOf(holder).awaited--;
    return waiting;
  }

  #waitOf(announcement: Announcement): number {
    if (announcement.spacingUs === 0) return 0;
    const notBefore = this.#notBefore.get(spacingKey(announcement)) ?? 0;
    return Math.max(0, notBefore - this.#parts.clock.now());
  }

  #send(announcement: Announcement): void {
    const { interface: name, address, spacingUs } = announcement;
    const link = this.#parts.link(name);
    if (link?.mac === undefined || link.noArp) return;
    const frame = this.#frameOf(announcement, link.mac, link.hardwareType);
    const error = this.#parts.frames.send(link.index, frame);
    if (error === undefined) this.#parts.onSent(name, address);
    else this.#parts.onError(error, name);
    if (spacingUs > 0) {
      this.#notBefore.set(spacingKey(announcement), this.#parts.clock.now() + spacingUs);
    }
  }

  #frameOf(announcement: Announcement, mac: MacAddress, hardwareType: number): Uint8Array {
    const { interface: name, address, sent } = announcement;
    const family = ipFamily(address);
    const role = family === 6 ? this.#roleOf(name) : 'host';
    if (sent?.mac === mac && sent.role === role) return sent.frame;
    const frame =
      family === 4
        ? encodeGratuitousArp({ mac, address, hardwareType })
        : encodeUnsolicitedNeighbourAdvertisement({ mac, address, router: role });
    announcement.sent = { frame, mac, role };
    return frame;
  }

  #roleOf(name: string): Role {
    let role = this.#roles.get(name);
    if (role === undefined) {
      role = this.#parts.forwardsIpv6(name) ? 'router' : 'host';
      this.#roles.set(name, role);
    }
    return role;
  }
}

function spacingKey({ interface: name, address }: Announcement): string {
  return `${name} ${ipFamily(address)}`;
}
