import type { IpAddress } from '../../base/ip.ts';
import { type Micros, seconds } from '../../base/time.ts';

/** A master says the same ten times a second: when it did is known to the second. */
const NOTED_AGAIN = seconds(1);

/** Of the adverts that are heard those that say something new. */
export class LastAdvert {
  #last: { readonly from: IpAddress; readonly priority: number; at: Micros } | undefined;

  /** Whether the same was news less than a second ago; if not it is news now. */
  isKnown(now: Micros, from: IpAddress, priority: number): boolean {
    const last = this.#last;
    if (last === undefined || last.from !== from || last.priority !== priority) {
      this.#last = { from, priority, at: now };
      return false;
    }
    if (now - last.at < NOTED_AGAIN) return true;
    last.at = now;
    return false;
  }
}
