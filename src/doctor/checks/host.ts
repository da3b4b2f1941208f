/** The program, the kernel below it, what it may do, and what runs beside it. */
import { civilDate } from '../../base/civil-date.ts';
import { type CheckedConfiguration, type Facts, isUnknown } from '../facts.ts';
import type { DoctorCheck, Found } from '../types.ts';

/** When a line of Node gets no more fixes of security holes (nodejs/Release, schedule.json). */
export const NODE_ENDS: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
};

/** More than an NTP daemon moves a clock in some seconds by slewing (500 ppm). */
const STEP_LEAST_MS = 50;
const LOWEST_FREE_PORT = 1024;

function configurationOf({ configuration }: Facts): CheckedConfiguration | undefined {
  return isUnknown(configuration) ? undefined : configuration;
}

function* nodeEnds({ nodeVersion, nowMs }: Facts): Generator<Found> {
  const line = Number(nodeVersion.split('.')[0]);
  const end = NODE_ENDS[line];
  // Text of days compares as days do.
  const today = dayOf(nowMs);
  if (end === undefined || today <= end) return;
  const command = 'install the holdfast package, which has a Node of its own, or Node 24';
  yield {
    message: `Node ${nodeVersion} gets no fixes since ${end}`,
    steps: [{ kind: 'by-hand', command: `# ${command}` }],
  };
}

/** `2026-11-26` */
export function dayOf(nowMs: number): string {
  const { year, month, day } = civilDate(Math.floor(nowMs / 86_400_000));
  return `${year}-${`${month}`.padStart(2, '0')}-${`${day}`.padStart(2, '0')}`;
}

function* configurationErrors(facts: Facts): Generator<Found> {
  const { errors = 0, files = [] } = configurationOf(facts) ?? {};
  if (errors === 0) return;
  const options = files.map((file) => ` -f ${file}`).join('');
  yield {
    message: `${files.join(', ')}: ${errors} errors`,
    steps: [{ kind: 'by-hand', command: `holdfast check${options}` }],
  };
}

function* ipvsMissing(facts: Facts): Generator<Found> {
  const { balancing } = configurationOf(facts) ?? {};
  const plane = balancing?.settings.dataPlane;
  const isNeeded = balancing?.virtualServers.some(({ purpose }) => purpose === 'balanced') === true;
  const { ip_vs: ipvs, nf_tables: nftables } = facts.abilities;
  if (!isNeeded || plane === 'nftables' || ipvs === 'there') return;
  if (ipvs === 'loadable') {
    const message = 'virtual servers need IPVS, and its module is not loaded';
    yield { message, steps: [{ kind: 'module', name: 'ip_vs' }] };
  } else if (plane === 'ipvs' || nftables === 'missing') {
    const command = "# write 'data_plane nftables' into global_defs, behind @holdfast";
    const message = 'virtual servers need IPVS, and this kernel has no module of it';
    yield { message, steps: [{ kind: 'by-hand', command }] };
  }
}

function* nftablesMissing({ abilities }: Facts): Generator<Found> {
  if (abilities.nf_tables === 'there') return;
  const isLoadable = abilities.nf_tables === 'loadable';
  yield {
    message: `this kernel has no nftables${isLoadable ? ' loaded' : ''}`,
    steps: isLoadable
      ? [{ kind: 'module', name: 'nf_tables' }]
      : [{ kind: 'by-hand', command: '# a kernel with CONFIG_NF_TABLES' }],
  };
}

const NEEDED = {
  net_admin: 'addresses, IPVS and nftables',
  net_raw: 'adverts and ARP',
} as const;

const WANTED = {
  sys_nice: 'real-time scheduling: on a busy host adverts are late, and backups take over',
  ipc_lock: 'memory that is never swapped out: a daemon that is read back from disk is late',
} as const;

function* missingCapabilities(
  facts: Facts,
  wanted: Readonly<Record<string, string>>,
): Generator<Found> {
  const { capabilities } = facts;
  if (isUnknown(capabilities)) return;
  for (const [name, use] of Object.entries(wanted)) {
    if (capabilities.has(name)) continue;
    const upper = name.toUpperCase();
    const command =
      `docker run --cap-add ${upper} ...   # pods: securityContext.capabilities.add: ` +
      `[${upper}]`;
    yield {
      message: `CAP_${upper} is missing, for ${use}`,
      steps: [{ kind: 'by-hand', command }],
    };
  }
}

/** Ports below 1024 are root's, unless a setting says otherwise. */
function neededCapabilities(facts: Facts): Readonly<Record<string, string>> {
  const proxies = configurationOf(facts)?.proxy?.proxies ?? [];
  const free = Number(facts.settings['net/ipv4/ip_unprivileged_port_start'] ?? LOWEST_FREE_PORT);
  const low = proxies
    .flatMap(({ binds }) => binds.flatMap(({ addresses }) => addresses))
    .find((at) => at.kind === 'ip' && at.port < free);
  if (low?.kind !== 'ip') return NEEDED;
  return { ...NEEDED, net_bind_service: `the proxy's port ${low.port}` };
}

function* realtimeRefused({ realtime, capabilities }: Facts): Generator<Found> {
  if (isUnknown(realtime) || realtime.answer === 'granted') return;
  // Told of as a missing capability.
  if (!isUnknown(capabilities) && !capabilities.has('sys_nice')) return;
  if (realtime.groupBudgetUs === 0) {
    const command =
      'docker run --ulimit rtprio=99 --cpu-rt-runtime=95000 ...   # dockerd needs --cpu-rt-runtime too';
    const message =
      "the kernel refuses real-time scheduling: this control group's budget is 0 (cpu.rt_runtime_us)";
    yield { message, steps: [{ kind: 'by-hand', command }] };
    return;
  }
  const budget = realtime.hostBudgetUs;
  const command =
    budget === 0
      ? 'sysctl -w kernel.sched_rt_runtime_us=950000'
      : 'ulimit -r 99   # LimitRTPRIO=99 in a unit';
  const why = budget === 0 ? 'kernel.sched_rt_runtime_us is 0' : 'by a limit or a control group';
  yield {
    message: `the kernel refuses real-time scheduling: ${why}`,
    steps: [{ kind: 'by-hand', command }],
  };
}

function* otherProgram({ programs }: Facts, name: 'keepalived' | 'haproxy'): Generator<Found> {
  const running = programs.filter((one) => one.name === name);
  const [first] = running;
  if (first === undefined) return;
  const pids = running.map(({ pid }) => pid).join(', ');
  yield {
    message: `${first.executable} runs on this host (process ${pids})`,
    steps: [{ kind: 'by-hand', command: `systemctl disable --now ${name}` }],
  };
}

function* clockSteps({ clock }: Facts): Generator<Found> {
  if (isUnknown(clock) || Math.abs(clock.stepMs) < STEP_LEAST_MS) return;
  const message = `the clock was set by ${Math.round(clock.stepMs)} ms while the doctor looked`;
  yield {
    message,
    steps: [{ kind: 'by-hand', command: 'chronyc tracking   # or: timedatectl timesync-status' }],
  };
}

function* clockLoose({ clock }: Facts): Generator<Found> {
  if (isUnknown(clock) || clock.state !== 'unsynchronised') return;
  const message = 'the kernel says that nobody keeps its clock right';
  yield { message, steps: [{ kind: 'by-hand', command: 'timedatectl set-ntp true' }] };
}

const clockUnknown: DoctorCheck['unknown'] = ({ clock }) =>
  isUnknown(clock) ? clock.unknown : undefined;
const configurationUnknown: DoctorCheck['unknown'] = ({ configuration }) =>
  isUnknown(configuration) ? configuration.unknown : undefined;
const rightsUnknown: DoctorCheck['unknown'] = ({ capabilities }) =>
  isUnknown(capabilities) ? capabilities.unknown : undefined;

export const HOST_CHECKS: readonly DoctorCheck[] = [
  {
    ...{ code: 'node-end-of-life', topic: 'program', severity: 'warning' },
    title: 'whether this version of Node still gets fixes',
    explanation:
      'holdfast runs as root and hears what others send. Holes that are found in Node stay open.',
    mend: 'A newer Node. The packages of holdfast have one of their own.',
    judge: nodeEnds,
  },
  {
    ...{ code: 'configuration-has-errors', topic: 'program', severity: 'error' },
    title: 'whether the configuration has errors',
    explanation:
      "What is in error does not take effect; 'holdfast check' says what, and what to write instead.",
    mend: 'Mend the file.',
    unknown: configurationUnknown,
    judge: configurationErrors,
  },
  {
    ...{ code: 'keepalived-running', topic: 'program', severity: 'error' },
    title: 'whether keepalived still runs beside holdfast',
    explanation:
      'Two daemons on one host with one configuration take the address from each other: each removes ' +
      'what the other has added, and one VRID is advertised twice.',
    mend: "Stop it and keep it from starting again; 'holdfast.service' does the first by itself.",
    judge: (facts) => otherProgram(facts, 'keepalived'),
  },
  {
    ...{ code: 'haproxy-running', topic: 'program', severity: 'warning' },
    title: 'whether HAProxy runs, where the proxy is to run',
    explanation:
      'Only one of them gets a port, or, with SO_REUSEPORT, each a part of the connections.',
    mend: 'Stop it, or leave its haproxy.cfg out of this run.',
    unknown: (facts) =>
      configurationUnknown?.(facts) ??
      (configurationOf(facts)?.proxy === undefined ? 'no haproxy.cfg is given (-f)' : undefined),
    judge: (facts) => otherProgram(facts, 'haproxy'),
  },
  {
    ...{ code: 'ipvs-missing', topic: 'kernel', severity: 'error' },
    title: 'whether the kernel has IPVS, where virtual servers need it',
    explanation: 'Without IPVS or nftables the kernel forwards nothing to real servers.',
    mend: "The module ip_vs, in a container on the host; or 'data_plane nftables'.",
    unknown: configurationUnknown,
    judge: ipvsMissing,
  },
  {
    ...{ code: 'nftables-missing', topic: 'kernel', severity: 'warning' },
    title: 'whether the kernel has nftables',
    explanation:
      'The dead-man switch keeps packets from the addresses of a daemon that hangs by nftables, and ' +
      'virtual servers are balanced by it where there is no IPVS. Without it only the lifetimes of ' +
      'addresses protect against a daemon that hangs.',
    mend: 'The module nf_tables.',
    judge: nftablesMissing,
  },
  {
    ...{ code: 'capability-missing', topic: 'rights', severity: 'error' },
    title: 'whether this process has the capabilities without which nothing works',
    explanation:
      'Containers have few of the rights of root. Without these the daemon does not start.',
    mend: 'Add them to the container.',
    unknown: rightsUnknown,
    judge: (facts) => missingCapabilities(facts, neededCapabilities(facts)),
  },
  {
    ...{ code: 'capability-wanted', topic: 'rights', severity: 'warning' },
    title: 'whether this process has the capabilities that keep it punctual',
    explanation:
      'Without them the daemon runs, and is late where the host is busy or short of memory.',
    mend: 'Add them to the container.',
    unknown: rightsUnknown,
    judge: (facts) => missingCapabilities(facts, WANTED),
  },
  {
    ...{ code: 'realtime-refused', topic: 'rights', severity: 'warning' },
    title: 'whether the kernel grants real-time scheduling',
    explanation:
      'A control group may have no budget of real-time, and a limit may forbid it. Then other programs go ' +
      'before the daemon, and backups take over from a host that is only busy.',
    mend: 'A budget for the control group, or the limit RTPRIO.',
    unknown: ({ realtime }) => (isUnknown(realtime) ? realtime.unknown : undefined),
    judge: realtimeRefused,
  },
  {
    ...{ code: 'clock-steps', topic: 'clock', severity: 'warning' },
    title: 'whether the clock is set while the doctor looks',
    explanation:
      'holdfast counts by a clock that nobody sets. Logs and events carry the other one: after a step ' +
      'they cannot be compared between hosts, and certificates, leases and scripts may ' +
      'take it for more.',
    mend: 'One NTP daemon, which slews; none beside it that sets the clock.',
    unknown: clockUnknown,
    judge: clockSteps,
  },
  {
    ...{ code: 'clock-unsynchronised', topic: 'clock', severity: 'info' },
    title: 'whether somebody keeps the clock right',
    explanation: 'What happened on two hosts can be put in order only where their clocks agree.',
    mend: 'An NTP daemon on the host; containers have the clock of their host.',
    unknown: clockUnknown,
    judge: clockLoose,
  },
];
