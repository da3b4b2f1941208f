/** What of this host is looked at in files of /proc, /sys and /etc. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { release } from 'node:os';
import { basename } from 'node:path';
import type {
  Ability,
  Facts,
  Known,
  ManagedLink,
  Manager,
  Realtime,
  RunningProgram,
} from '../../doctor/facts.ts';
import { openNftablesChannel } from '../../linux/nftables-channel.ts';
import { isRealtime, leaveRealtime, requestRealtime } from '../../linux/process.ts';
import { isSysError } from '../../ports/sys-error.ts';

export function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

export function readAbilities(): Facts['abilities'] {
  return {
    ip_vs: existsSync('/proc/net/ip_vs') ? 'there' : onDisk('ip_vs'),
    nf_tables: hasNftables() ? 'there' : onDisk('nf_tables'),
    nf_conntrack: existsSync('/proc/sys/net/netfilter') ? 'there' : onDisk('nf_conntrack'),
  };
}

/** The kernel loads it by itself when it is asked and may. */
function hasNftables(): boolean {
  const channel = openNftablesChannel();
  if (isSysError(channel)) return false;
  const tables = channel.tables();
  channel.close();
  // Without the right to ask, nobody knows: that is told as a missing capability.
  return !isSysError(tables) || tables.code === 'EPERM';
}

function onDisk(module: string): Ability {
  const folder = `/lib/modules/${release()}`;
  const lists = ['modules.dep', 'modules.builtin'].map((name) => read(`${folder}/${name}`) ?? '');
  return lists.some((text) => text.includes(`/${module}.ko`)) ? 'loadable' : 'missing';
}

const CAPABILITIES = [
  ...['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid'],
  ...['setpcap', 'linux_immutable', 'net_bind_service', 'net_broadcast', 'net_admin', 'net_raw'],
  ...['ipc_lock', 'ipc_owner', 'sys_module', 'sys_rawio', 'sys_chroot', 'sys_ptrace', 'sys_pacct'],
  ...['sys_admin', 'sys_boot', 'sys_nice', 'sys_resource', 'sys_time'],
];

export function readCapabilities(): Known<ReadonlySet<string>> {
  const [, hex] = /^CapEff:\s*([0-9a-f]+)$/m.exec(read('/proc/self/status') ?? '') ?? [];
  if (hex === undefined) return { unknown: '/proc/self/status cannot be read' };
  const bits = BigInt(`0x${hex}`);
  return new Set(CAPABILITIES.filter((_name, bit) => ((bits >> BigInt(bit)) & 1n) === 1n));
}

/** Asks the kernel, and takes it back at once. */
export function readRealtime(): Known<Realtime> {
  const was = isRealtime();
  const refused = was ? undefined : requestRealtime(1);
  if (!was && refused === undefined) leaveRealtime();
  const hostBudgetUs = numberIn('/proc/sys/kernel/sched_rt_runtime_us');
  const groupBudgetUs = groupBudget();
  return {
    answer: refused === undefined ? 'granted' : 'refused',
    ...(hostBudgetUs !== undefined && { hostBudgetUs }),
    ...(groupBudgetUs !== undefined && { groupBudgetUs }),
  };
}

function groupBudget(): number | undefined {
  const [, path = '/'] =
    /^\d+:(?:[\w,]*,)?cpu(?:,[\w,]*)?:(.*)$/m.exec(read('/proc/self/cgroup') ?? '') ?? [];
  // In a container the file system begins at its own group.
  const paths = [`/sys/fs/cgroup/cpu${path}`, '/sys/fs/cgroup/cpu'];
  const found = paths.find((one) => existsSync(`${one}/cpu.rt_runtime_us`));
  return found === undefined ? undefined : numberIn(`${found}/cpu.rt_runtime_us`);
}

function numberIn(path: string): number | undefined {
  const text = read(path)?.trim();
  return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text);
}

const DMI = [
  ...['sys_vendor', 'product_name', 'bios_vendor', 'bios_version', 'board_vendor'],
  ...['chassis_asset_tag', 'chassis_vendor', 'board_asset_tag'],
];

export function readMachine(): Facts['machine'] {
  const found = DMI.flatMap((name) => {
    const text = read(`/sys/class/dmi/id/${name}`)?.trim();
    return text === undefined ? [] : [[name, text] as const];
  });
  if (found.length === 0) return { unknown: '/sys/class/dmi/id is not there' };
  return Object.fromEntries(found);
}

interface Process {
  readonly pid: number;
  readonly name: string;
}

/** Those that are in the network of this process, and no children of another's container. */
function processesHere(): readonly Process[] {
  const own = linkAt('/proc/self/ns/net');
  return list('/proc').flatMap((entry): Process[] => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return [];
    if (own === undefined || linkAt(`/proc/${entry}/ns/net`) !== own) return [];
    const name = read(`/proc/${entry}/comm`)?.trim();
    return name === undefined ? [] : [{ pid: Number(entry), name }];
  });
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** keepalived and HAProxy themselves; holdfast goes by those names too, and its program is Node. */
export function readPrograms(): readonly RunningProgram[] {
  return processesHere().flatMap(({ pid, name }): RunningProgram[] => {
    if (name !== 'keepalived' && name !== 'haproxy') return [];
    const executable = linkAt(`/proc/${pid}/exe`)?.replace(/ \(deleted\)$/, '');
    return executable !== undefined && basename(executable) === name
      ? [{ name, pid, executable }]
      : [];
  });
}

const MANAGERS: Readonly<Record<string, Manager['name']>> = {
  NetworkManager: 'NetworkManager',
  // The kernel keeps 15 bytes of a name.
  'systemd-network': 'systemd-networkd',
  dhcpcd: 'dhcpcd',
};

export function readManagers(): readonly Manager[] {
  return processesHere().flatMap(({ pid, name }) => {
    const manager = MANAGERS[name];
    return manager === undefined ? [] : [{ name: manager, pid }];
  });
}

/** Which links they say that they manage, in the files that they keep for each. */
export function readManagedLinks(
  managers: readonly Manager[],
  links: readonly { readonly name: string; readonly index: number }[],
): readonly ManagedLink[] {
  const runs = (name: Manager['name']): boolean => managers.some((one) => one.name === name);
  return links.flatMap(({ name, index }): ManagedLink[] => {
    const found: ManagedLink[] = [];
    if (runs('systemd-networkd')) found.push(...networkdLink(name, index));
    const device = runs('NetworkManager')
      ? read(`/run/NetworkManager/devices/${index}`)
      : undefined;
    if (device !== undefined && /^managed=(?:true|1)$/m.test(device))
      found.push({ link: name, manager: 'NetworkManager' });
    if (runs('dhcpcd') && !isDenied(name)) found.push({ link: name, manager: 'dhcpcd' });
    return found;
  });
}

function networkdLink(link: string, index: number): readonly ManagedLink[] {
  const state = read(`/run/systemd/netif/links/${index}`) ?? '';
  const [, file] = /^NETWORK_FILE=(.+)$/m.exec(state) ?? [];
  if (file === undefined) return [];
  // What lies beside it in any of the folders counts after it, by name.
  const name = basename(file);
  const folders = ['/usr/lib', '/lib', '/usr/local/lib', '/run', '/etc'];
  const beside = folders.flatMap((folder) => {
    const path = `${folder}/systemd/network/${name}.d`;
    return list(path)
      .filter((one) => one.endsWith('.conf'))
      .map((one) => `${path}/${one}`);
  });
  const texts = [file, ...beside].map((path) => read(path) ?? '');
  const said = texts.flatMap((text) => [...text.matchAll(/^\s*KeepConfiguration\s*=\s*(\S+)/gm)]);
  const keeps = said.at(-1)?.[1];
  return [{ link, manager: 'systemd-networkd', file, ...(keeps !== undefined && { keeps }) }];
}

/** dhcpcd.conf(5): denyinterfaces and allowinterfaces take patterns of a shell. */
function isDenied(link: string): boolean {
  const text = read('/etc/dhcpcd.conf') ?? '';
  const words = (keyword: string): readonly string[] =>
    [...text.matchAll(new RegExp(`^\\s*${keyword}\\s+(.+)$`, 'gm'))].flatMap(([, rest = '']) =>
      rest.split(/[\s,]+/),
    );
  const fits = (pattern: string): boolean =>
    new RegExp(
      `^${pattern
        .replace(/[.+^$(){}|\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
    ).test(link);
  const allowed = words('allowinterfaces');
  return words('denyinterfaces').some(fits) || (allowed.length > 0 && !allowed.some(fits));
}

export function readCloudInit(): Facts['cloudInit'] {
  if (!existsSync('/etc/cloud/cloud.cfg')) return 'absent';
  if (existsSync('/etc/cloud/cloud-init.disabled')) return 'leaves-network';
  const files = [
    '/etc/cloud/cloud.cfg',
    ...list('/etc/cloud/cloud.cfg.d').map((one) => `/etc/cloud/cloud.cfg.d/${one}`),
  ];
  const isOff = files.some((path) =>
    /^network:\s*(?:\{\s*config:\s*disabled|\n\s+config:\s*disabled)/m.test(read(path) ?? ''),
  );
  return isOff ? 'leaves-network' : 'writes-network';
}
