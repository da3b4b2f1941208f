/**
 * Gratuitous ARP and unsolicited neighbour advertisements: each address waits until the kernel has
 * it, all get their first packet before any gets its second, and a long list does not hold up adverts.
 */
import { type IpAddress, ipFamily } from '../base/ip.ts';
import type { Clock } from '../ports/clock.ts';
import type { FrameSender, LinkFacts } from '../ports/network.ts';
import type { SysError } from '../ports/sys-error.ts';
import { encodeGratuitousArp } from '../wire/arp.ts';
import { encodeUnsolicitedNeighbourAdvertisement } from '../wire/ndp.ts';

/** Frames sent in one turn of the loop; some 2 ms. */
const FRAMES_PER_TURN = 256;

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
}

export class Announcer {
  readonly #parts: AnnouncerParts;
  #queue: Announcement[] = [];
  /** When the next packet may go, by interface and kind. */
  readonly #notBefore = new Map<string, number>();

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
  }

  announce(request: Omit<Announcement, 'remaining'> & { readonly repeat: number }): void {
    const { repeat: remaining, ...rest } = request;
    this.#queue.push({ ...rest, remaining });
  }

  /** Nothing more is said of what a router has given up. */
  forget(holder: string): void {
    this.#queue = this.#queue.filter((announcement) => announcement.holder !== holder);
  }

  /** The kernel would not take it: nothing is said of an address that is not here. */
  forgetAddress(name: string, address: IpAddress): void {
    this.#queue = this.#queue.filter(
      (announcement) => announcement.interface !== name || announcement.address !== address,
    );
  }

  /** Sends what may go now; returns the time until the next may, or undefined when nothing waits for time. */
  step(): { readonly again: 'at-once' | 'later' | 'no'; readonly afterUs: number } {
    let budget = FRAMES_PER_TURN;
    let soonest = Number.POSITIVE_INFINITY;
    const kept: Announcement[] = [];
    const queue = this.#queue;
    this.#queue = [];
    let position = 0;
    for (; position < queue.length && budget > 0; position++) {
      const announcement = queue[position];
      if (announcement === undefined) break;
      if (this.#parts.isAwaited(announcement.interface, announcement.address)) {
        kept.push(announcement);
        continue;
      }
      const wait = this.#waitOf(announcement);
      if (wait > 0) {
        soonest = Math.min(soonest, wait);
        kept.push(announcement);
        continue;
      }
      budget--;
      this.#send(announcement);
      announcement.remaining--;
      if (announcement.remaining > 0) kept.push(announcement);
    }
    const rest = queue.slice(position);
    this.#queue = [...rest, ...kept, ...this.#queue];
    const sendable = this.#queue.some(
      (one) => !this.#parts.isAwaited(one.interface, one.address) && this.#waitOf(one) === 0,
    );
    if (sendable) return { again: 'at-once', afterUs: 0 };
    return Number.isFinite(soonest)
      ? { again: 'later', afterUs: soonest }
      : { again: 'no', afterUs: 0 };
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
    const { mac, hardwareType } = link;
    const frame =
      ipFamily(address) === 4
        ? encodeGratuitousArp({ mac, address, hardwareType })
        : encodeUnsolicitedNeighbourAdvertisement({
            mac,
            address,
            router: this.#parts.forwardsIpv6(name) ? 'router' : 'host',
          });
    const error = this.#parts.frames.send(link.index, frame);
    if (error === undefined) this.#parts.onSent(name, address);
    else this.#parts.onError(error, name);
    if (spacingUs > 0) {
      this.#notBefore.set(spacingKey(announcement), this.#parts.clock.now() + spacingUs);
    }
  }
}

function spacingKey({ interface: name, address }: Announcement): string {
  return `${name} ${ipFamily(address)}`;
}
