/** The whole ConfigMap. What is wrong in it is told, and does not take away what was right before. */
import { compareIp, type IpAddress } from '../../base/ip.ts';
import type { ConfigMapObject, Diagnosis, ObjectName } from './objects.ts';
import { parseVipEntry, type VipEntry } from './vip-entry.ts';

/** Values by key, all of them right when they were written. */
export type LastGood = Readonly<Record<string, string>>;

export interface Entries {
  /** In the order of their addresses. */
  readonly entries: readonly VipEntry[];
  readonly good: LastGood;
  readonly diagnoses: readonly Diagnosis[];
}

export interface EntriesSource {
  /** Which ConfigMap is meant. */
  readonly name: ObjectName;
  /** Undefined: there is none (any more). */
  readonly configMap: ConfigMapObject | undefined;
  readonly lastGood: LastGood;
  /** No address of theirs is ever a virtual one. */
  readonly nodeAddresses: ReadonlySet<IpAddress>;
}

export function readEntries({ name, configMap, lastGood, nodeAddresses }: EntriesSource): Entries {
  const diagnoses: Diagnosis[] = [];
  const tell = (reason: string, message: string): void => {
    diagnoses.push({ object: { kind: 'ConfigMap', ...name }, reason, message });
  };
  if (configMap === undefined) {
    const kept = Object.keys(lastGood).length;
    const message = `there is no such ConfigMap${kept > 0 ? `; its last ${kept} entries stay` : ''}`;
    tell('ConfigMapMissing', message);
  }
  const data = configMap?.data ?? lastGood;
  const good: Record<string, string> = {};
  const taken = new Map<IpAddress, VipEntry>();
  for (const key of Object.keys(data).sort()) {
    const candidates = [data[key], lastGood[key]];
    for (const [index, value] of candidates.entries()) {
      if (value === undefined) continue;
      const wrong = accept(key, value);
      if (wrong === undefined) break;
      const stays = index === 0 && lastGood[key] !== undefined && lastGood[key] !== value;
      if (index === 0) tell('WrongEntry', `${wrong}${stays ? '; what it was before stays' : ''}`);
      if (!stays) break;
    }
  }
  const entries = [...taken.values()].sort((a, b) => compareIp(a.address, b.address));
  return { entries, good: isSame(good, lastGood) ? lastGood : good, diagnoses };

  /** What is wrong with it, or undefined when it is taken. */
  function accept(key: string, value: string): string | undefined {
    const read = parseVipEntry(key, value);
    if (!read.ok) return `${labelOf(key)}: ${read.reason}`;
    const { address } = read.value;
    const other = taken.get(address);
    if (other !== undefined) return `${key}: the same address as ${other.key}`;
    if (nodeAddresses.has(address)) return `${key}: a node has this address`;
    taken.set(address, read.value);
    good[key] = value;
    return undefined;
  }
}

function isSame(one: LastGood, other: LastGood): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

/** Keys have the characters that the API server lets them have, and may be long. */
function labelOf(key: string): string {
  return key.length > 60 ? `${key.slice(0, 60)}…` : key;
}
