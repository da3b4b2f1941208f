import { type IpAddress, ipFamily, isMulticast, parseIp } from '../../../base/ip.ts';
import { Secret } from '../../../base/secret.ts';
import { type Micros, micros, seconds, ZERO } from '../../../base/time.ts';
import type { GlobalModel } from '../../model/model.ts';
import type { VrrpVersion } from '../../model/vrrp.ts';
import type { Statement } from '../grammar/tree.ts';
import { type Identity, readCommand, readIdentity } from './commands.ts';
import { type Context, notePosition } from './context.ts';
import { readDumpSettings } from './dump-settings.ts';
import { readMail } from './mail.ts';
import { readPipes } from './notification-pipes.ts';
import { Values } from './values.ts';

/** What global_defs say about all instances; an instance's own word goes before it. */
export interface InstanceDefaults {
  readonly version: VrrpVersion;
  readonly group4: IpAddress;
  readonly group6: IpAddress;
  readonly strict: boolean;
  readonly skipCheckAdvertAddresses: boolean;
  readonly checkUnicastSource: boolean;
  readonly lowerPriorityNoAdvert: boolean;
  readonly higherPrioritySendAdvert: boolean;
  readonly ownerIgnoreAdverts: boolean;
  readonly plainChecksum: boolean;
  readonly downTimerAdverts: number;
  readonly garp: GarpDefaults;
  /** `smtp_alert_vrrp`, `smtp_alert`. */
  readonly isMailed: boolean;
  /** `vrrp_notify_priority_changes`. */
  readonly tellsPriorityChanges: boolean;
  /** `script_user`. */
  readonly identity: Identity;
  readonly extensions: InstanceExtensions;
  /** `peer_key`. */
  readonly peerKey: 'given' | 'missing';
}

/** What holdfast adds to an instance; absent where nothing was written. */
export interface InstanceExtensions {
  readonly plannedHandover: boolean | undefined;
  readonly fastTakeover: boolean | undefined;
  readonly onAddressLoss: string | undefined;
}

export interface GarpDefaults {
  readonly delay: Micros;
  readonly repeat: number;
  readonly refresh: Micros;
  readonly refreshRepeat: number;
  readonly lowerPriorityDelay: Micros;
  readonly lowerPriorityRepeat: number;
  readonly arpInterval: Micros;
  readonly naInterval: Micros;
}

export interface Globals {
  readonly model: GlobalModel;
  readonly defaults: InstanceDefaults;
  readonly values: Values;
}

const GROUP4 = '224.0.0.18' as IpAddress;
const GROUP6 = 'ff02::12' as IpAddress;

export function interpretGlobals(statements: readonly Statement[], context: Context): Globals {
  const values = new Values(statements, context.report);
  const identity = readScriptUser(values, context);
  return {
    model: readModel(values, identity, context),
    defaults: readDefaults(values, identity, context),
    values,
  };
}

function readScriptUser(values: Values, context: Context): Identity {
  const [user, group] = values.statement('script_user')?.words ?? [];
  if (user === undefined) return {};
  notePosition(context, 'global/script_user', user.at);
  const identity = readIdentity(user.text, group?.text);
  context.claims.push({ kind: 'user', user: user.text, ...identity, at: user.at });
  return identity;
}

function readDefaults(values: Values, identity: Identity, context: Context): InstanceDefaults {
  const garp = readGarp(values, context);
  return {
    version: (values.number('vrrp_version') ?? 2) === 3 ? 3 : 2,
    group4: readGroup(values, 'vrrp_mcast_group4', context) ?? GROUP4,
    group6: readGroup(values, 'vrrp_mcast_group6', context) ?? GROUP6,
    strict: values.bool('vrrp_strict') ?? false,
    skipCheckAdvertAddresses: values.bool('vrrp_skip_check_adv_addr') ?? false,
    checkUnicastSource: values.has('vrrp_check_unicast_src'),
    lowerPriorityNoAdvert: values.bool('vrrp_lower_prio_no_advert') ?? false,
    higherPrioritySendAdvert: values.bool('vrrp_higher_prio_send_advert') ?? false,
    ownerIgnoreAdverts: values.bool('vrrp_owner_ignore_adverts') ?? false,
    plainChecksum: values.has('v3_checksum_as_v2'),
    downTimerAdverts: values.number('vrrp_down_timer_adverts') ?? 3,
    garp,
    isMailed: values.bool('smtp_alert_vrrp') ?? values.bool('smtp_alert') ?? false,
    tellsPriorityChanges: values.bool('vrrp_notify_priority_changes') ?? false,
    identity,
    extensions: readInstanceExtensions(values),
    peerKey: values.text('peer_key') === undefined ? 'missing' : 'given',
  };
}

export function readInstanceExtensions(values: Values): InstanceExtensions {
  return {
    plannedHandover: values.bool('planned_handover'),
    fastTakeover: values.bool('fast_takeover'),
    onAddressLoss: values.text('on_address_loss'),
  };
}

function readGroup(values: Values, name: string, { report }: Context): IpAddress | undefined {
  const [family, preset] = name.endsWith('4') ? ([4, GROUP4] as const) : ([6, GROUP6] as const);
  let group: IpAddress | undefined;
  for (const { address, at } of values.addresses(name)) {
    if (ipFamily(address) !== family || !isMulticast(address)) {
      const used = group ?? preset;
      const text = `${address} is not an IPv${family} multicast address: ${used} is used`;
      report.add('not-multicast', at, text);
      continue;
    }
    if (family === 6 && !/^ff[0-9a-f]2:/.test(address)) {
      report.add('group-scope', at, `${address} is not of link-local scope, as VRRP needs`);
    }
    group = address;
  }
  return group;
}

function readGarp(values: Values, context: Context): GarpDefaults {
  const wholeSeconds = (name: string): Micros | undefined => {
    const number = values.number(name);
    return number === undefined ? undefined : seconds(number);
  };
  const written = {
    delay: wholeSeconds('vrrp_garp_master_delay') ?? seconds(5),
    repeat: readRepeat(values, 'vrrp_garp_master_repeat', context) ?? 5,
    refresh: wholeSeconds('vrrp_garp_master_refresh') ?? ZERO,
    refreshRepeat: readRepeat(values, 'vrrp_garp_master_refresh_repeat', context) ?? 1,
  };
  const master = values.bool('vrrp_min_garp') === true ? least(written) : written;
  return {
    ...master,
    lowerPriorityDelay: wholeSeconds('vrrp_garp_lower_prio_delay') ?? master.delay,
    lowerPriorityRepeat: values.number('vrrp_garp_lower_prio_repeat') ?? master.repeat,
    arpInterval: values.micros('vrrp_garp_interval') ?? ZERO,
    naInterval: values.micros('vrrp_gna_interval') ?? ZERO,
  };
}

/** A count of packets; none at all is not allowed. */
export function readRepeat(values: Values, name: string, { report }: Context): number | undefined {
  const repeat = values.number(name);
  const at = values.position(name);
  if (repeat !== 0 || at === undefined) return repeat;
  report.add('number-out-of-range', at, `'${name}' must be at least 1: 1 is used`);
  return 1;
}

type MasterGarp = Pick<GarpDefaults, 'delay' | 'repeat' | 'refresh' | 'refreshRepeat'>;

/** vrrp_min_garp: one packet and no second set, for whatever still has its built-in value. */
function least(garp: MasterGarp): MasterGarp {
  return {
    ...garp,
    delay: garp.delay === seconds(5) ? ZERO : garp.delay,
    repeat: garp.repeat === 5 ? 1 : garp.repeat,
    refreshRepeat: garp.refreshRepeat === 1 ? 0 : garp.refreshRepeat,
  };
}

/** What the kernel keeps of a process's name. */
const NAME_MAX = 15;

function readModel(values: Values, identity: Identity, context: Context): GlobalModel {
  const { report } = context;
  const routerId = values.text('router_id');
  const processName = readProcessName(values, context);
  const startupScript = readGlobalScript(values, 'startup_script', identity, context);
  const shutdownScript = readGlobalScript(values, 'shutdown_script', identity, context);
  const nice = values.number('vrrp_priority');
  const realtimePriority = values.number('vrrp_rt_priority');
  const cpuAffinity = readCpus(values, context);
  const limit = values.number('vrrp_rlimit_rttime');
  const netlinkMonitorBuffer = values.number('vrrp_netlink_monitor_rcv_bufs');
  const umask = readUmask(values, report);
  const pipes = readPipes(values, identity, context);
  const dumps = readDumpSettings(values);
  const mail = readMail(values, context);
  return {
    ...(routerId !== undefined && { routerId }),
    ...(processName !== undefined && { processName }),
    dynamicInterfaces: values.has('dynamic_interfaces'),
    startupDelay: values.micros('vrrp_startup_delay') ?? ZERO,
    delayAfterBoot: values.micros('vrrp_delay_after_boot') ?? ZERO,
    logUnknownVrids: values.has('log_unknown_vrids'),
    scriptSecurity: values.has('enable_script_security') ? 'enforced' : 'off',
    ...(realtimePriority !== undefined && { realtimePriority }),
    ...(nice !== undefined && { nice }),
    ...(cpuAffinity !== undefined && { cpuAffinity }),
    ...(limit !== undefined && { realtimeLimit: micros(limit) }),
    ...(startupScript !== undefined && { startupScript }),
    ...(shutdownScript !== undefined && { shutdownScript }),
    ...(umask !== undefined && { umask }),
    ...(netlinkMonitorBuffer !== undefined && { netlinkMonitorBuffer }),
    ...readControl(values, context),
    ...(pipes !== undefined && { pipes }),
    ...(dumps !== undefined && { dumps }),
    ...(mail !== undefined && { mail }),
  };
}

/** holdfast's own settings of the daemon. */
function readControl(values: Values, context: Context) {
  const peerKey = values.text('peer_key');
  const controlSocket = values.text('control_socket');
  const controlGroup = values.text('control_group');
  notePosition(context, 'global/control_group', values.position('control_group'));
  const httpSocket = readPath(values, 'http_socket', context);
  const eventsFile = readPath(values, 'events_file', context);
  const metricsListen = readListen(values, context);
  return {
    deadMan: values.bool('dead_man') === false ? ('off' as const) : ('on' as const),
    ...(peerKey !== undefined && { peerKey: new Secret(peerKey) }),
    ...(controlSocket !== undefined && { controlSocket }),
    ...(controlGroup !== undefined && { controlGroup }),
    ...(httpSocket !== undefined && { httpSocket }),
    ...(eventsFile !== undefined && { eventsFile }),
    ...(metricsListen !== undefined && { metricsListen }),
  };
}

/** A daemon's working directory is nobody's choice, so a path must be absolute. */
function readPath(values: Values, name: string, { report }: Context): string | undefined {
  let path: string | undefined;
  for (const { words } of values.all(name)) {
    const [word] = words;
    if (word === undefined) continue;
    if (word.text.startsWith('/')) path = word.text;
    else {
      const what = `'${word.text}' is not an absolute path: it is ignored`;
      report.add('relative-path', word.at, what);
    }
  }
  return path;
}

/** `ADDRESS:PORT`, IPv6 in brackets; 0.0.0.0 or [::] for all addresses of the host. */
function readListen(values: Values, { report }: Context): GlobalModel['metricsListen'] {
  let listen: GlobalModel['metricsListen'];
  for (const { words } of values.all('metrics_listen')) {
    const [word] = words;
    if (word === undefined) continue;
    const found = parseListen(word.text);
    if (found !== undefined) listen = found;
    else {
      report.add(
        'invalid-listen',
        word.at,
        `'${word.text}' is not ADDRESS:PORT: the line is ignored`,
        'metrics_listen 127.0.0.1:9650',
      );
    }
  }
  return listen;
}

function parseListen(text: string): GlobalModel['metricsListen'] {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseIp(bracketed ?? plain ?? '');
  const port = Number(digits);
  return address !== undefined && port >= 1 && port <= 65_535 ? { address, port } : undefined;
}

function readProcessName(values: Values, { report }: Context): string | undefined {
  const name = values.text('process_name');
  const at = values.position('process_name');
  if (name === undefined && values.has('process_names')) return 'keepalived';
  if (name === undefined || at === undefined || name.length <= NAME_MAX) return name;
  report.add('name-too-long', at, `'${name}' is longer than ${NAME_MAX} characters and is cut`);
  return name.slice(0, NAME_MAX);
}

function readGlobalScript(values: Values, name: string, identity: Identity, context: Context) {
  const statement = values.statement(name);
  if (statement === undefined) return undefined;
  const placed = readCommand(statement, identity, context.report);
  notePosition(context, `global/${name}`, placed?.at);
  return placed?.command;
}

const CPU_MAX = 8191;

function readCpus(values: Values, { report }: Context): number[] | undefined {
  let cpus: number[] | undefined;
  for (const { words } of values.all('vrrp_cpu_affinity')) {
    const wrong = words.find(({ text }) => !/^\d+$/.test(text) || Number(text) > CPU_MAX);
    if (wrong !== undefined) {
      report.add(
        'invalid-cpu-list',
        wrong.at,
        `'${wrong.text}' is not the number of a processor: the line is ignored`,
        'vrrp_cpu_affinity 0 1',
      );
    } else if (words.length > 0) cpus = words.map(({ text }) => Number(text));
  }
  return cpus;
}

const MODES: Readonly<Record<string, number>> = {
  IRUSR: 0o400,
  IWUSR: 0o200,
  IXUSR: 0o100,
  IRGRP: 0o040,
  IWGRP: 0o020,
  IXGRP: 0o010,
  IROTH: 0o004,
  IWOTH: 0o002,
  IXOTH: 0o001,
  IRWXU: 0o700,
  IRWXG: 0o070,
  IRWXO: 0o007,
};

/** Each is judged by itself, and the last good one counts. */
function readUmask(values: Values, report: Context['report']): number | undefined {
  let umask: number | undefined;
  for (const { words } of values.all('umask')) {
    const [first] = words;
    if (first === undefined) continue;
    const mask = maskOf(first.text);
    if (mask !== undefined) umask = mask;
    else
      report.add(
        'invalid-umask',
        first.at,
        `'${first.text}' is no mask: ${umask === undefined ? 'IXUSR|IRWXG|IRWXO' : 'the one before'} is used`,
        'write an octal number such as 0177, or names such as IRWXG|IRWXO',
      );
  }
  return umask;
}

function maskOf(text: string): number | undefined {
  const number = /^0[0-7]*$/.test(text) ? Number.parseInt(text, 8) : Number(text);
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text) && number <= 0o777) return number;
  const modes = text
    .split('|')
    .map((name) => (Object.hasOwn(MODES, name) ? MODES[name] : undefined));
  if (modes.includes(undefined)) return undefined;
  return modes.reduce<number>((mask, mode) => mask | (mode ?? 0), 0);
}
