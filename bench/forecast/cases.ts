/** What is foretold and then done to two real hosts. */
import type { Host } from '../../src/lab/host.ts';
import type { Program } from '../../src/lab/programs.ts';
import { vip, vrid } from '../failover/pair.ts';

export type CaseEvent =
  | 'crash'
  | 'stop'
  | 'hang'
  | 'kill'
  | 'cable'
  | 'mute'
  | 'partition'
  | 'script'
  | 'weight'
  | 'return';

export interface ForecastCase {
  readonly event: CaseEvent;
  readonly version: 2 | 3;
  readonly advertSeconds: number;
  readonly master: Program;
  readonly successor: Program;
  readonly transport: 'multicast' | 'unicast';
  /** Whether holdfasts know each other, so that one names its successor. */
  readonly peers?: 'unknown';
}

interface Kind {
  readonly event: CaseEvent;
  readonly version: 2 | 3;
  readonly advertSeconds: number;
  readonly transport?: 'unicast';
}

/** Each for two keepalived and for two holdfast. */
const KINDS: readonly Kind[] = [
  { event: 'crash', version: 2, advertSeconds: 1 },
  { event: 'crash', version: 3, advertSeconds: 1 },
  { event: 'crash', version: 3, advertSeconds: 0.25 },
  { event: 'crash', version: 2, advertSeconds: 2 },
  { event: 'crash', version: 3, advertSeconds: 1, transport: 'unicast' },
  { event: 'stop', version: 2, advertSeconds: 1 },
  { event: 'stop', version: 3, advertSeconds: 0.25 },
  { event: 'hang', version: 3, advertSeconds: 1 },
  { event: 'kill', version: 3, advertSeconds: 1 },
  { event: 'cable', version: 2, advertSeconds: 1 },
  { event: 'script', version: 3, advertSeconds: 1 },
  { event: 'weight', version: 2, advertSeconds: 1 },
  { event: 'partition', version: 3, advertSeconds: 0.25 },
  { event: 'mute', version: 2, advertSeconds: 1 },
  { event: 'return', version: 3, advertSeconds: 0.25 },
];

const PAIRS: readonly Pick<ForecastCase, 'master' | 'successor'>[] = [
  { master: 'keepalived', successor: 'keepalived' },
  { master: 'holdfast', successor: 'holdfast' },
];

export const CASES: readonly ForecastCase[] = [
  ...KINDS.flatMap((kind) =>
    PAIRS.map((pair): ForecastCase => ({ transport: 'multicast', ...kind, ...pair })),
  ),
  ...(['stop', 'script'] as const).map(
    (event): ForecastCase => ({
      ...{ event, version: 3, advertSeconds: 1, transport: 'multicast', peers: 'unknown' },
      ...{ master: 'holdfast', successor: 'holdfast' },
    }),
  ),
  ...(['crash', 'stop'] as const).flatMap((event): readonly ForecastCase[] => [
    {
      ...{ event, version: 3, advertSeconds: 1, transport: 'multicast' },
      ...{ master: 'keepalived', successor: 'holdfast' },
    },
    {
      ...{ event, version: 3, advertSeconds: 1, transport: 'multicast' },
      ...{ master: 'holdfast', successor: 'keepalived' },
    },
  ]),
];

/** Seconds between two runs of the script; two failures are one. */
export const CHECK_SECONDS = 1;

/** The script's file on each host; what says that all is well there, and what each run leaves behind. */
export const CHECK = 'check.sh';
export const HEALTHY = 'healthy';
export const LAST_RUN = 'last-run';

export function isCheck({ event }: ForecastCase): boolean {
  return event === 'script' || event === 'weight';
}

export function checkText(host: Host): string {
  return `#!/bin/sh\necho > ${host.path(LAST_RUN)}\ntest -e ${host.path(HEALTHY)}\n`;
}

/**
 * By default the kernel kills a real-time keepalived that computes for 10 ms without waiting, as writing its
 * log takes on a machine that is shared: what is measured then is how it starts again. In microseconds.
 */
const RTTIME_MAX_US = 1_000_000;

/** The same text is read by the daemon and by the simulator. */
export function configOf(one: ForecastCase, host: Host, others: readonly Host[]): string {
  const isFirst = host.name < (others[0]?.name ?? '');
  const checks = isCheck(one);
  const unicast = `    unicast_src_ip ${host.address(4)}
    unicast_peer {
${others.map((other) => `        ${other.address(4)}\n`).join('')}    }
`;
  return `global_defs {
    router_id ${host.name}
    script_user root
    vrrp_rt_priority 50
    vrrp_rlimit_rttime ${RTTIME_MAX_US}
${one.peers === 'unknown' ? '' : '    @holdfast peer_key forecast-and-reality\n'}}
${checks ? scriptOf(one, host) : ''}
vrrp_instance FORECAST {
    state BACKUP
    interface eth0
    version ${one.version}
    virtual_router_id ${vrid}
    priority ${isFirst ? 100 : 90}
    advert_int ${one.advertSeconds}
${one.transport === 'unicast' ? unicast : ''}    virtual_ipaddress {
        ${vip}/24
    }
${checks ? '    track_script {\n        healthy\n    }\n' : ''}}
`;
}

function scriptOf({ event }: ForecastCase, host: Host): string {
  return `vrrp_script healthy {
    script "${host.path(CHECK)}"
    interval ${CHECK_SECONDS}
    fall 2
    rise 1
    weight ${event === 'weight' ? -30 : 0}
}
`;
}

export function caseName(one: ForecastCase): string {
  const { event, version, advertSeconds, transport, peers } = one;
  const how = `${transport === 'unicast' ? ', unicast' : ''}${peers === 'unknown' ? ', no peer_key' : ''}`;
  return `${event}, v${version}, ${advertSeconds} s${how}`;
}
