/**
 * VRRP's timing, in the integer arithmetic that keepalived uses, so that mixed groups elect alike.
 *
 * RFC 3768 §6.1 and RFC 9568 §6.1: Skew_Time and Master_Down_Interval.
 */
import type { Micros } from '../../base/time.ts';
import { MICROS_PER_CENTISECOND, micros } from '../../base/time.ts';
import type { VrrpVersion } from '../../config/model/vrrp.ts';

/** Adverts that are due within this time of each other go out in one wake-up. */
export const ADVERT_SLACK_US = 500;

export interface SkewParameters {
  readonly version: VrrpVersion;
  /** 1..255. */
  readonly priority: number;
  /** Interval of the master: our own in v2, the learned one in v3. */
  readonly masterAdvertInterval: Micros;
}

/**
 * v2: (256 - priority) / 256 s, whatever the interval (RFC 3768 §6.1).
 * v3: (256 - priority) * Master_Adver_Interval / 256, from whole centiseconds (RFC 9568 §6.1).
 */
export function skewTime({ version, priority, masterAdvertInterval }: SkewParameters): Micros {
  if (version === 2) return micros(Math.floor(((256 - priority) * 1_000_000) / 256));
  const centiseconds = Math.floor(masterAdvertInterval / MICROS_PER_CENTISECOND);
  return micros(Math.floor(((256 - priority) * centiseconds * 625) / 16));
}

export function masterDownInterval(
  parameters: SkewParameters & { readonly downTimerAdverts: number },
): Micros {
  return micros(
    parameters.downTimerAdverts * parameters.masterAdvertInterval + skewTime(parameters),
  );
}

/** How long an owner waits when it leaves fault: one interval and the smallest skew. */
export function ownerRecoveryTime(parameters: SkewParameters): Micros {
  return micros(parameters.masterAdvertInterval + skewTime({ ...parameters, priority: 255 }));
}

/**
 * When the next advert is due after one that was due at `at`: from one deadline to the next, so that
 * lateness does not add up. A wake-up that is a whole interval late makes up for nothing.
 */
export function nextAdvert(now: Micros, at: Micros, interval: Micros): Micros {
  const next = at + interval;
  return next > now + ADVERT_SLACK_US ? micros(next) : micros(now + interval);
}
