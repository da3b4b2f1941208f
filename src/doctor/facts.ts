/** What the doctor knows of a host: gathered by daemon/doctor, judged by the checks. */
import type { IpAddress, IpFamily } from '../base/ip.ts';
import type { Micros } from '../base/time.ts';
import type { ProxyConfig } from '../config/model/proxy.ts';
import type { LoadBalancing } from '../config/model/virtual-server.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';

/** What could not be found out, and why, as words behind "not checked: ". */
export interface Unknown {
  readonly unknown: string;
}

export type Known<Value> = Value | Unknown;

export function isUnknown(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && 'unknown' in value;
}

/** `loadable`: a module lies on disk; `missing`: this kernel has it not. */
export type Ability = 'there' | 'loadable' | 'missing';

export interface HostAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly family: IpFamily;
  /** From DHCP or a router: it goes by itself. */
  readonly lifetime: 'forever' | 'limited';
  readonly isSecondary: boolean;
}

export interface HostLink {
  readonly name: string;
  readonly index: number;
  readonly isLoopback: boolean;
  readonly isUp: boolean;
  readonly addresses: readonly HostAddress[];
}

export interface Realtime {
  /** Whether a process may be SCHED_RR: asked of the kernel by making one. */
  readonly answer: 'granted' | 'refused';
  /** kernel.sched_rt_runtime_us; -1: no limit. */
  readonly hostBudgetUs?: number;
  /** cpu.rt_runtime_us of the cgroup (version 1 alone has it). */
  readonly groupBudgetUs?: number;
}

/** Rules as the programs print them. */
export interface FirewallTexts {
  /** `nft -j list ruleset`. */
  readonly nft?: string;
  /** iptables-legacy-save, iptables-nft-save and those of IPv6, by program. */
  readonly saves: Readonly<Record<string, string>>;
  /** Whose rules they are, where a program keeps them. */
  readonly keepers: readonly ('firewalld' | 'ufw')[];
}

export interface Manager {
  readonly name: 'NetworkManager' | 'systemd-networkd' | 'dhcpcd';
  readonly pid: number;
}

export interface ManagedLink {
  readonly link: string;
  readonly manager: Manager['name'];
  /** systemd-networkd: the file that made the link what it is. */
  readonly file?: string;
  /** systemd-networkd: KeepConfiguration= of that file and what lies beside it. */
  readonly keeps?: string;
}

export interface HeardAdvert {
  readonly link: string;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly version: number;
  readonly vrid: number;
  readonly priority: number;
  readonly interval: Micros;
  readonly addresses: readonly IpAddress[];
}

export interface Hearing {
  readonly seconds: number;
  readonly links: readonly string[];
  readonly adverts: readonly HeardAdvert[];
}

export interface Clock {
  /** How far CLOCK_REALTIME was moved against CLOCK_MONOTONIC while the doctor listened. */
  readonly stepMs: number;
  /** What the kernel says of its clock (adjtimex). */
  readonly state: 'synchronised' | 'unsynchronised' | 'unknown';
}

export interface RunningProgram {
  readonly name: 'keepalived' | 'haproxy';
  readonly pid: number;
  /** holdfast under that name is none. */
  readonly executable: string;
}

export interface CheckedConfiguration {
  readonly files: readonly string[];
  readonly errors: number;
  readonly instances: readonly VrrpInstanceModel[];
  readonly balancing?: LoadBalancing;
  readonly proxy?: ProxyConfig;
}

export interface Facts {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** `20.20.2`. */
  readonly nodeVersion: string;
  /** What the configuration says; nothing is there to be judged against where there is none. */
  readonly configuration: Known<CheckedConfiguration>;
  readonly abilities: Readonly<Record<'ip_vs' | 'nf_tables' | 'nf_conntrack', Ability>>;
  /** Settings by their path below /proc/sys. */
  readonly settings: Readonly<Record<string, string>>;
  readonly links: Known<readonly HostLink[]>;
  /** Names without `cap_`. */
  readonly capabilities: Known<ReadonlySet<string>>;
  readonly realtime: Known<Realtime>;
  readonly firewall: Known<FirewallTexts>;
  readonly managers: readonly Manager[];
  readonly managed: readonly ManagedLink[];
  readonly cloudInit: 'absent' | 'writes-network' | 'leaves-network';
  /** What the machine says of itself (/sys/class/dmi/id), by file. */
  readonly machine: Known<Readonly<Record<string, string>>>;
  readonly hearing: Known<Hearing>;
  readonly clock: Known<Clock>;
  readonly programs: readonly RunningProgram[];
}
