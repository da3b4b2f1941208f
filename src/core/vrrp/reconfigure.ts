/** What a reload means for one virtual router. */
import { virtualAddressesOf } from '../../config/model/virtual-addresses.ts';
import type { VirtualAddress, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { Cause } from './types.ts';

export interface ReconfigurationPlan {
  readonly added: readonly VirtualAddress[];
  readonly removed: readonly VirtualAddress[];
  /** The peers must hear of it now rather than at the next interval. */
  readonly advertChanged: boolean;
}

const NOTHING: ReconfigurationPlan = { added: [], removed: [], advertChanged: false };

/** Fields that make a router another one on the wire: it is stopped and a new one started. */
const IDENTITY: readonly (keyof VrrpInstanceModel)[] = ['interface', 'family', 'version', 'vrid'];

/** Fields that every receiver sees. */
const ADVERTISED: readonly (keyof VrrpInstanceModel)[] = [
  'priority',
  'advertInterval',
  'authentication',
  'checksum',
  'transport',
  'addresses',
  'source',
];

export type Reconfiguration = 'unchanged' | 'settings' | 'replaced';

export function compareInstances(
  before: VrrpInstanceModel,
  after: VrrpInstanceModel,
): Reconfiguration {
  if (before === after) return 'unchanged';
  if (differing(before, after, IDENTITY) || before.transport.kind !== after.transport.kind) {
    return 'replaced';
  }
  if (
    before.transport.kind === 'multicast' &&
    after.transport.kind === 'multicast' &&
    before.transport.group !== after.transport.group
  ) {
    return 'replaced';
  }
  return same(before, after) ? 'unchanged' : 'settings';
}

export function planReconfiguration(
  before: VrrpInstanceModel,
  after: VrrpInstanceModel,
): ReconfigurationPlan {
  if (before === after) return NOTHING;
  const old = virtualAddressesOf(before);
  const wanted = virtualAddressesOf(after);
  return {
    added: without(wanted, old),
    removed: without(old, wanted),
    advertChanged: differing(before, after, ADVERTISED),
  };
}

/** The causes of a fault, one short text each. */
export function describeFaults(causes: readonly Cause[]): readonly string[] {
  return causes.map((cause) => {
    switch (cause.kind) {
      case 'interface':
        return `interface ${cause.name} ${cause.state}`;
      case 'noSource':
        return cause.wanted === undefined
          ? 'no source address'
          : `source address ${cause.wanted} is not on the interface`;
      case 'tracker':
        return `${cause.report.kind} ${cause.report.name}: ${cause.report.detail}`;
      default:
        return cause.kind;
    }
  });
}

/** Looks at the attributes of an address only where the other list has it too. */
function without(
  list: readonly VirtualAddress[],
  other: readonly VirtualAddress[],
): readonly VirtualAddress[] {
  const known = new Map(other.map((address) => [addressKey(address), address]));
  return list.filter((address) => !same(known.get(addressKey(address)), address));
}

function addressKey({ interface: name = '', address }: VirtualAddress): string {
  return `${name} ${address}`;
}

function differing(
  before: VrrpInstanceModel,
  after: VrrpInstanceModel,
  fields: readonly (keyof VrrpInstanceModel)[],
): boolean {
  return fields.some((field) => !same(before[field], after[field]));
}

/** Deep equality of model values, secrets included. */
export function same(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return false;
  }
  if (hasReveal(left) && hasReveal(right)) return left.reveal() === right.reveal();
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) {
    if (!same(Reflect.get(left, key), Reflect.get(right, key))) return false;
  }
  return true;
}

function hasReveal(value: object): value is { reveal(): string } {
  return 'reveal' in value && typeof value.reveal === 'function';
}
