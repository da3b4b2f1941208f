/**
 * Which guard the kernel keeps over the addresses of each instance (ADR 0004): for how long it believes
 * in a daemon that says nothing more. Long enough that a successor is there before the addresses go,
 * short enough that two hosts do not hold them for long.
 */
import { ipFamily } from '../../base/ip.ts';
import { MICROS_PER_SECOND, micros, millis, seconds } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { Guard } from '../vrrp/types.ts';

/** Renewing more would cost over 1 % of a processor (measured, docs/benchmarks.md). */
const LIFETIME_IPV4_MAX = 1000;
const LIFETIME_IPV6_MAX = 50;
/** The kernel counts lifetimes in whole seconds, so faster successors need the firewall. */
const LIFETIME_INTERVAL_MIN = seconds(1);
/** Two hosts hold an address for no longer than 1.5 s; 0.25 s of it are the kernel's to be late. */
const OVERLAP_MAX = millis(1250);
/** A timeout shorter than this would end with any stall of a virtual machine. */
const FIREWALL_VALIDITY_MIN = seconds(1);
const FIREWALL_MARGIN = millis(100);

/** The guard of each instance, by name. */
export function planGuards(model: Model): ReadonlyMap<string, Guard> {
  const slow = model.instances.filter(
    ({ advertInterval }) => advertInterval >= LIFETIME_INTERVAL_MIN,
  );
  const held = slow.flatMap(({ addresses, excludedAddresses }) => [
    ...addresses,
    ...excludedAddresses,
  ]);
  const ipv6 = held.filter(({ address }) => ipFamily(address) === 6).length;
  const isCrowd = ipv6 > LIFETIME_IPV6_MAX || held.length - ipv6 > LIFETIME_IPV4_MAX;
  return new Map(
    model.instances.map((instance) => {
      if (model.global.deadMan === 'off' || hasOwnLifetime(instance)) {
        return [instance.name, { kind: 'none' }];
      }
      const isSlow = instance.advertInterval >= LIFETIME_INTERVAL_MIN;
      return [instance.name, isSlow && !isCrowd ? lifetimeOf(instance) : firewallOf(instance)];
    }),
  );
}

/** Lifetimes that an operator has configured are not ours to change. */
function hasOwnLifetime({ addresses, excludedAddresses }: VrrpInstanceModel): boolean {
  return [...addresses, ...excludedAddresses].some(
    ({ preferredLifetimeSeconds }) => preferredLifetimeSeconds !== undefined,
  );
}

function lifetimeOf(instance: VrrpInstanceModel): Guard {
  const { earliest, latest } = takeoverTimes(instance);
  const sure = Math.ceil(latest / MICROS_PER_SECOND);
  const longest = Math.floor((earliest + OVERLAP_MAX) / MICROS_PER_SECOND);
  return { kind: 'lifetime', seconds: Math.min(sure, longest) };
}

function firewallOf(instance: VrrpInstanceModel): Guard {
  const { earliest, latest } = takeoverTimes(instance);
  const wanted = Math.max(FIREWALL_VALIDITY_MIN, latest + FIREWALL_MARGIN);
  return { kind: 'firewall', validity: micros(Math.min(wanted, earliest + OVERLAP_MAX)) };
}

/** When a successor serves after our last advert: its priority, which nobody knows, decides. */
function takeoverTimes({ version, advertInterval, downTimerAdverts }: VrrpInstanceModel) {
  const silence = downTimerAdverts * advertInterval;
  const skewMax = version === 2 ? MICROS_PER_SECOND : advertInterval;
  return { earliest: silence, latest: silence + skewMax };
}
