/** What a reload has changed, in the words of the configuration. */
import type { ChangedInstance, FieldChange, ReloadResult } from '../../api/protocol.ts';
import { Secret } from '../../base/secret.ts';
import type { Model } from '../../config/model/model.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { compareInstances, same } from '../../core/vrrp/reconfigure.ts';

const TEXT_CHARACTERS_MAX = 200;
const INSTANCES_TOLD_MAX = 100;

/** Keywords of fields that have one of their own; all others go by the model's names. */
const KEYWORDS: Readonly<Record<string, string>> = {
  advertInterval: 'advert_int',
  vrid: 'virtual_router_id',
  initialState: 'state',
  addresses: 'virtual_ipaddress',
  excludedAddresses: 'virtual_ipaddress_excluded',
  preemptDelay: 'preempt_delay',
  trackedScripts: 'track_script',
  trackedChecks: 'track_check',
  trackedProxies: 'track_proxy',
  trackedInterfaces: 'track_interface',
  source: 'unicast_src_ip or mcast_src_ip',
  plannedHandover: 'planned_handover',
  fastTakeover: 'fast_takeover',
  onAddressLoss: 'on_address_loss',
  'transport.peers': 'unicast_peer',
  'transport.group': 'mcast_group',
};

/** Fields in microseconds, at whatever depth. */
const TIMES = new Set([
  ...['advertInterval', 'preemptDelay', 'delay', 'refresh', 'lowerPriorityDelay'],
  ...['arpInterval', 'naInterval', 'interval', 'timeout', 'startupDelay', 'delayAfterBoot'],
]);

export function modelDifference(before: Model, after: Model): Omit<ReloadResult, 'diagnostics'> {
  const old = new Map(before.instances.map((instance) => [instance.name, instance]));
  const wanted = new Set(after.instances.map(({ name }) => name));
  const changed: ChangedInstance[] = [];
  const added: string[] = [];
  let unchanged = 0;
  for (const instance of after.instances) {
    const was = old.get(instance.name);
    if (was === undefined) added.push(instance.name);
    else if (same(was, instance)) unchanged++;
    else if (changed.length < INSTANCES_TOLD_MAX) changed.push(changedInstance(was, instance));
  }
  return {
    added,
    removed: [...old.keys()].filter((name) => !wanted.has(name)),
    changed,
    settings: changedSettings(before, after),
    unchanged,
  };
}

function changedInstance(before: VrrpInstanceModel, after: VrrpInstanceModel): ChangedInstance {
  const comparison = compareInstances(before, after);
  return {
    instance: after.name,
    how: comparison === 'replaced' ? 'replaced' : 'settings',
    fields: changedFields(before, after, ''),
  };
}

function changedSettings(before: Model, after: Model): readonly string[] {
  const globals = changedFields(before.global, after.global, '').map(
    ({ field }) => `global ${field}`,
  );
  const scripts = new Map(before.scripts.map((script) => [script.name, script]));
  const names = new Set([...scripts.keys(), ...after.scripts.map(({ name }) => name)]);
  const there = new Map(after.scripts.map((script) => [script.name, script]));
  const changedScripts = [...names].filter((name) => !same(scripts.get(name), there.get(name)));
  return [...globals, ...changedScripts.map((name) => `script ${name}`)];
}

/** Down to the fields that differ; lists are told as a whole. */
function changedFields(before: object, after: object, prefix: string): readonly FieldChange[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key): readonly FieldChange[] => {
    const [was, is]: unknown[] = [Reflect.get(before, key), Reflect.get(after, key)];
    if (same(was, is)) return [];
    const path = `${prefix}${key}`;
    if (isRecord(was) && isRecord(is)) return changedFields(was, is, `${path}.`);
    return [{ field: KEYWORDS[path] ?? path, before: textOf(was, key), after: textOf(is, key) }];
  });
}

function isRecord(value: unknown): value is object {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && !Array.isArray(value) && !(value instanceof Secret);
}

function textOf(value: unknown, key: string): string {
  const text = plainText(value, key);
  return text.length <= TEXT_CHARACTERS_MAX ? text : `${text.slice(0, TEXT_CHARACTERS_MAX - 1)}…`;
}

function plainText(value: unknown, key: string): string {
  if (value === undefined) return '(none)';
  if (value instanceof Secret) return '(secret)';
  if (typeof value === 'number' && TIMES.has(key)) return `${value / 1e6} s`;
  if (Array.isArray(value)) return value.map((one) => plainText(one, '')).join(', ') || '(none)';
  if (!isRecord(value)) return String(value);
  const address: unknown = Reflect.get(value, 'address');
  if (typeof address === 'string') return addressText(address, value);
  const name: unknown = Reflect.get(value, 'name');
  const weight: unknown = Reflect.get(value, 'weight');
  if (typeof name === 'string' && typeof weight === 'number') return `${name} weight ${weight}`;
  return JSON.stringify(value);
}

/** `192.0.2.10/24 dev eth1 {…}`: everything that could be what differs. */
function addressText(address: string, value: object): string {
  const {
    prefixLength,
    interface: dev,
    address: _address,
    ...rest
  } = value as {
    readonly prefixLength?: number;
    readonly interface?: string;
    readonly address: string;
  };
  const length = prefixLength === undefined ? '' : `/${prefixLength}`;
  const where = dev === undefined ? '' : ` dev ${dev}`;
  const further = Object.entries(rest).filter(([name, one]) => !(name === 'scope' && one === 0));
  const more = further.map(([name, one]) => ` ${name} ${String(one)}`).join('');
  return `${address}${length}${where}${more}`;
}
