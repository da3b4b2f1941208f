import { isLinkLocal } from '../../../base/ip.ts';
import type { ChecksumPolicy, VrrpInstanceModel, VrrpVersion } from '../../model/vrrp.ts';
import type { Statement } from '../grammar/tree.ts';
import { placeholderHint } from '../text/placeholder.ts';
import { readAnnouncements } from './announcements.ts';
import { readAuthentication } from './authentication.ts';
import { type Context, notePosition } from './context.ts';
import { reportContradictions } from './contradictions.ts';
import { OWNER, readElection } from './election.ts';
import { familyOf } from './family.ts';
import { type InstanceDefaults, readInstanceExtensions } from './globals.ts';
import { readNotify } from './notify.ts';
import type { ScriptDefinition } from './scripts.ts';
import { readTrackedProxies } from './track-proxy.ts';
import {
  readTrackedChecks,
  readTrackedInterfaces,
  readTrackedScripts,
  type TrackerDefaults,
} from './tracking.ts';
import { readSource, readTransport } from './transport.ts';
import { Values } from './values.ts';
import { readVirtualAddresses } from './virtual-addresses.ts';

export interface Surrounding {
  readonly defaults: InstanceDefaults;
  readonly scripts: ReadonlyMap<string, ScriptDefinition>;
  readonly trackChecks: ReadonlyMap<string, TrackerDefaults>;
  /** The instance's place among all root statements. */
  readonly order: number;
  readonly context: Context;
}

/** A vrrp_instance as it shall run; undefined where too much is missing for it to run at all. */
export function interpretInstance(
  statement: Statement,
  { defaults, scripts, trackChecks, order, context }: Surrounding,
): VrrpInstanceModel | undefined {
  const [header] = statement.words;
  if (header === undefined) return undefined;
  const name = header.text;
  const values = new Values(statement.block?.statements ?? [], context.report);
  notePosition(context, `instance/${name}`, header.at);
  const interfaceName = readInterface(values, statement, context);
  const vrid = readVrid(values, statement, context);
  const family = familyOf(values);
  const strict = values.bool('strict_mode') ?? defaults.strict;
  const version = readVersion(values, { family, strict, defaults }, context);
  const election = readElection(values, { version, strict, defaults }, context);
  const virtual = readVirtualAddresses(values, name, family, context);
  const transport = readTransport(values, name, family, defaults, context);
  const source = values.has('unicast_src_ip') ? readSource(values, family, context) : undefined;
  notePosition(context, `instance/${name}/source`, values.position('unicast_src_ip'));
  const authentication = readAuthentication(
    values,
    { version, strict, initialState: election.initialState },
    context,
  );
  const tracking = {
    instance: name,
    interface: interfaceName ?? '',
    isOwner: election.priority === OWNER,
    context,
  };
  const trackedProxies = readTrackedProxies(values, tracking);
  const instance: Omit<VrrpInstanceModel, 'interface' | 'vrid'> = {
    name,
    family,
    version,
    ...election,
    strict,
    transport,
    ...(source !== undefined && { source }),
    trackSource: values.has('track_src_ip'),
    trackInterface: !values.has('dont_track_primary'),
    authentication,
    checksum: readChecksum(values, transport.kind, defaults),
    skipCheckAdvertAddresses:
      values.bool('skip_check_adv_addr') ?? defaults.skipCheckAdvertAddresses,
    addresses: virtual.addresses,
    excludedAddresses: virtual.excluded,
    announcements: readAnnouncements(values, defaults.garp, strict, context),
    trackedInterfaces: readTrackedInterfaces(values, tracking),
    trackedScripts: readTrackedScripts(values, scripts, order, tracking),
    trackedChecks: readTrackedChecks(values, trackChecks, tracking),
    ...(trackedProxies.length > 0 && { trackedProxies }),
    notify: readNotify(values, `instance/${name}`, defaults.identity, context),
    ...readTelling(values, defaults),
    ...readExtensions(values, strict, defaults),
    // As in daemon/peer-keys.ts.
    ...(defaults.peerKey === 'missing' &&
      authentication.kind !== 'simple' && { peerKey: 'missing' as const }),
  };
  reportContradictions(values, { version, strict, transport: transport.kind }, context);
  reportAddressRules(values, instance, statement, context);
  if (interfaceName === undefined || vrid === undefined) return undefined;
  notePosition(context, `instance/${name}/interface`, values.position('interface'));
  return { interface: interfaceName, vrid, ...instance };
}

/** What is told beside the states. */
function readTelling(
  values: Values,
  defaults: InstanceDefaults,
): Pick<VrrpInstanceModel, 'tellsPriorityChanges' | 'deletionIsTold' | 'isMailed'> {
  const tells = values.bool('notify_priority_changes') ?? defaults.tellsPriorityChanges;
  const isMailed = values.bool('smtp_alert') ?? defaults.isMailed;
  return {
    ...(tells && { tellsPriorityChanges: true }),
    ...(values.has('notify_deleted') && { deletionIsTold: 'deleted' as const }),
    ...(isMailed && { isMailed }),
  };
}

/** Strict mode leaves everything to the RFC that is not asked for by name. */
function readExtensions(
  values: Values,
  strict: boolean,
  { extensions: preset }: InstanceDefaults,
): Pick<VrrpInstanceModel, 'plannedHandover' | 'fastTakeover' | 'onAddressLoss'> {
  const own = readInstanceExtensions(values);
  const policy = own.onAddressLoss ?? preset.onAddressLoss ?? 'restore';
  const handover = own.plannedHandover ?? preset.plannedHandover ?? !strict;
  const fast = !strict && (own.fastTakeover ?? preset.fastTakeover ?? true);
  return {
    plannedHandover: handover ? 'on' : 'off',
    fastTakeover: fast ? 'on' : 'off',
    onAddressLoss: strict ? 'reelect-at-once' : policy === 'reelect' ? 'reelect' : 'restore',
  };
}

function readInterface(values: Values, { keyword, words }: Statement, context: Context) {
  const { report } = context;
  const name = values.text('interface');
  const at = values.position('interface');
  if (name === undefined || at === undefined) {
    if (!values.has('interface')) {
      report.add(
        'missing-interface',
        keyword.at,
        `vrrp_instance ${words[0]?.text} has no interface and is left out`,
        'interface eth0',
      );
    }
    return undefined;
  }
  if (name === 'lo') {
    report.add(
      'loopback-interface',
      at,
      'VRRP cannot run on a loopback interface: the instance is left out',
      "write the interface that the other hosts are reached through; addresses may have 'dev lo'",
    );
    return undefined;
  }
  const hint = placeholderHint(name);
  if (hint !== undefined) {
    report.add('placeholder-left', at, `'${name}' is not the name of an interface`, hint);
    return undefined;
  }
  return name;
}

function readVrid(values: Values, { keyword, words }: Statement, { report }: Context) {
  const vrid = values.number('virtual_router_id');
  if (vrid === undefined && !values.has('virtual_router_id')) {
    report.add(
      'missing-vrid',
      keyword.at,
      `vrrp_instance ${words[0]?.text} has no virtual_router_id and is left out`,
      'virtual_router_id NUMBER, from 1 to 255, the same on all hosts of the group',
    );
  }
  return vrid;
}

interface VersionRules {
  readonly family: 4 | 6;
  readonly strict: boolean;
  readonly defaults: InstanceDefaults;
}

function readVersion(
  values: Values,
  { family, strict, defaults }: VersionRules,
  { report }: Context,
): VrrpVersion {
  const written = values.number('version');
  const version = written === undefined ? undefined : written === 3 ? 3 : 2;
  if (family === 4) return version ?? defaults.version;
  const at = values.position('version');
  if (version !== 2 || !strict || at === undefined) return version ?? 3;
  report.add('invalid-version', at, 'in strict mode IPv6 needs version 3: 3 is used', 'version 3');
  return 3;
}

function readChecksum(
  values: Values,
  transport: 'unicast' | 'multicast',
  defaults: InstanceDefaults,
): ChecksumPolicy {
  if (values.bool('v3_checksum_as_v2') ?? defaults.plainChecksum) return 'plain';
  const old = values.statement('old_unicast_checksum');
  if (old !== undefined && values.text('old_unicast_checksum') === undefined) return 'old-unicast';
  return old === undefined && transport === 'unicast' ? 'detect' : 'pseudo-header';
}

function reportAddressRules(
  values: Values,
  instance: Pick<VrrpInstanceModel, 'name' | 'addresses' | 'strict' | 'family'>,
  { keyword }: Statement,
  { report, positions }: Context,
): void {
  const [first] = instance.addresses;
  if (first === undefined) {
    const written = values.all('virtual_ipaddress').flatMap(({ block }) => block?.lines ?? []);
    // Addresses that are all wrong have been reported one by one.
    if (written.length > 0 || values.has('no_virtual_ipaddress')) return;
    report.add(
      'no-addresses',
      keyword.at,
      `vrrp_instance ${instance.name} has no virtual_ipaddress: there is nothing to fail over`,
      'virtual_ipaddress { ADDRESS/LENGTH }',
    );
    return;
  }
  if (!instance.strict || instance.family === 4 || isLinkLocal(first.address)) return;
  const at = positions.get(`instance/${instance.name}/address/${first.address}`) ?? keyword.at;
  report.add('link-local-first', at, 'in strict mode the first IPv6 address must be link-local');
}
