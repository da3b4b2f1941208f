/**
 * Two hosts that both claim to own the addresses (priority 255). The one with the lower address
 * yields by the ordinary tie-break. Where the other does not yield, because it listens to nobody, the
 * one that would win waits for two of its own adverts and 1.2 intervals, then falls to 254 itself:
 * an address held twice is worse than one held by the wrong owner.
 */
import type { IpAddress } from '../../base/ip.ts';
import { type Micros, micros } from '../../base/time.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';

/** What an owner that gave way falls to. */
export const PRIORITY_EX_OWNER = 254;

interface HeardOwner {
  readonly from: IpAddress;
  readonly at: Micros;
  readonly interval: Micros;
}

/** For the program that takes over from this one. */
export interface RivalryState {
  readonly heard?: HeardOwner | undefined;
  readonly gaveWay: boolean;
}

export class OwnerRivalry {
  #heard: HeardOwner | undefined;
  #gaveWay = false;

  get gaveWay(): boolean {
    return this.#gaveWay;
  }

  /** Notes an advert of the other owner; returns when to judge it. */
  hear(now: Micros, advert: ReceivedAdvert, ownInterval: Micros): Micros {
    const { source: from, advertInterval: interval } = advert;
    this.#heard = { from, at: now, interval };
    return micros(now + 2 * ownInterval + 1.2 * Math.max(ownInterval, interval));
  }

  /** Whether the other is still there; if so, we have given way, to the address returned. */
  judge(now: Micros, ownInterval: Micros): IpAddress | undefined {
    const heard = this.#heard;
    this.#heard = undefined;
    if (heard === undefined) return undefined;
    if (now - heard.at > 1.2 * Math.max(ownInterval, heard.interval)) return undefined;
    this.#gaveWay = true;
    return heard.from;
  }

  exportState(): RivalryState {
    return { heard: this.#heard, gaveWay: this.#gaveWay };
  }

  importState({ heard, gaveWay }: RivalryState): void {
    this.#heard = heard;
    this.#gaveWay = gaveWay;
  }

  /** The rival is gone, or we are no owner any more. */
  end(): void {
    this.#heard = undefined;
    this.#gaveWay = false;
  }
}
