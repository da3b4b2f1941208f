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

interface Plan {
  readonly guards: ReadonlyMap<string, Guard>;
  /** Addresses that could have lifetimes. */
  readonly count: Readonly<Record<4 | 6, number>>;
}

/** Engine and adapters ask for the same model one after the other. */
const planned = new WeakMap<Model, Plan>();

/** The guard of each instance, by name. `before`: a model that has instances in common with this one. */
export function planGuards(model: Model, before?: Model): ReadonlyMap<string, Guard> {
  const known = planned.get(model);
  if (known !== undefined) return known.guards;
  const plan = (before && planAfter(model, before)) ?? planAnew(model);
  planned.set(model, plan);
  return plan.guards;
}

function planAnew(model: Model): Plan {
  const count = { 4: 0, 6: 0 };
  for (const instance of model.instances) addAddresses(count, instance, 1);
  const crowd = crowdOf(count);
  const guards = model.instances.map(
    (instance) => [instance.name, guardOf(instance, model, crowd)] as const,
  );
  return { guards: new Map(guards), count };
}

/** From the difference to the model before; undefined where that is no help. */
function planAfter(model: Model, before: Model): Plan | undefined {
  const earlier = planned.get(before);
  if (earlier === undefined || before.global.deadMan !== model.global.deadMan) return undefined;
  const gone = new Set(before.instances);
  const added = model.instances.filter((instance) => !gone.delete(instance));
  const count = { ...earlier.count };
  for (const instance of gone) addAddresses(count, instance, -1);
  for (const instance of added) addAddresses(count, instance, 1);
  const crowd = crowdOf(count);
  if (crowd !== crowdOf(earlier.count)) return undefined;
  const guards = new Map(earlier.guards);
  for (const { name } of gone) guards.delete(name);
  for (const instance of added) guards.set(instance.name, guardOf(instance, model, crowd));
  return { guards, count };
}

function addAddresses(count: Record<4 | 6, number>, instance: VrrpInstanceModel, sign: 1 | -1) {
  if (!mayHaveLifetimes(instance)) return;
  for (const { address } of virtualAddressesOf(instance)) count[ipFamily(address)] += sign;
}

function crowdOf(count: Plan['count']): 'crowd' | 'few' {
  return count[6] > LIFETIME_IPV6_MAX || count[4] > LIFETIME_IPV4_MAX ? 'crowd' : 'few';
}

function guardOf(instance: VrrpInstanceModel, { global }: Model, crowd: 'crowd' | 'few'): Guard {
  if (global.deadMan === 'off' || hasOwnLifetime(instance)) return { kind: 'none' };
  const lives = mayHaveLifetimes(instance) && crowd === 'few';
  return lives ? lifetimeOf(instance) : firewallOf(instance);
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
