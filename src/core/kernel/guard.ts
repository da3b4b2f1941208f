/**
 * Which guard the kernel keeps over the addresses of each instance (ADR 0004): for how long it believes
 * in a daemon that says nothing more. Long enough that a successor is there before the addresses go,
 * short enough that two hosts do not hold them for long.
 */
import { ipFamily } from '../../base/ip.ts';
import { MICROS_PER_SECOND, micros, millis, seconds } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import { virtualAddressesOf } from '../../config/model/virtual-addresses.ts';
import type { VirtualAddress, VrrpInstanceModel } from '../../config/model/vrrp.ts';
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

/** Engine and adapters ask for the same model one after the other. */
const planned = new WeakMap<Model, ReadonlyMap<string, Guard>>();

/** The guard of each instance, by name. */
export function planGuards(model: Model): ReadonlyMap<string, Guard> {
  const guards = planned.get(model) ?? plan(model);
  planned.set(model, guards);
  return guards;
}

function plan(model: Model): ReadonlyMap<string, Guard> {
  const slow = model.instances.filter(mayHaveLifetimes);
  const held = slow.flatMap(virtualAddressesOf);
  const ipv6 = held.filter(({ address }) => ipFamily(address) === 6).length;
  const isCrowd = ipv6 > LIFETIME_IPV6_MAX || held.length - ipv6 > LIFETIME_IPV4_MAX;
  return new Map(
    model.instances.map((instance) => {
      if (model.global.deadMan === 'off' || hasOwnLifetime(instance)) {
        return [instance.name, { kind: 'none' }];
      }
      const lives = mayHaveLifetimes(instance) && !isCrowd;
      return [instance.name, lives ? lifetimeOf(instance) : firewallOf(instance)];
    }),
  );
}

function mayHaveLifetimes(instance: VrrpInstanceModel): boolean {
  return (
    instance.advertInterval >= LIFETIME_INTERVAL_MIN &&
    !virtualAddressesOf(instance).some(sharesPrefixRoute)
  );
}

/**
 * The kernel lets the route to an IPv6 prefix expire with the address that was renewed last, also where
 * the host's own address (by router advertisements) lives on in that prefix, and would lose its route.
 */
function sharesPrefixRoute({ address, prefixLength, noPrefixRoute }: VirtualAddress): boolean {
  return ipFamily(address) === 6 && prefixLength < 128 && noPrefixRoute !== true;
}

/**
 * Lifetimes that an operator has configured are not ours to change. Zero, which IPv6 addresses without a
 * prefix have by default, says only that the address is no source of its own accord.
 */
function hasOwnLifetime(instance: VrrpInstanceModel): boolean {
  return virtualAddressesOf(instance).some(
    ({ preferredLifetimeSeconds = 0 }) => preferredLifetimeSeconds > 0,
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
