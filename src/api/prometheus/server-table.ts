/** Metrics of virtual servers, their real servers and the checks of those. */
import type { CheckStatus, ServerStatus, ServiceStatus, TrafficStatus } from '../servers.ts';
import {
  byKind,
  type Labels,
  type Metric,
  oneHot,
  type PlainMetric,
  type Sample,
} from './entry.ts';

type Samples = PlainMetric['samples'];

const STATES: readonly ServerStatus['state'][] = ['up', 'down', 'disabled'];

function eachService(read: (service: ServiceStatus) => readonly Sample[]): Samples {
  return ({ servers }) =>
    typeof servers === 'string'
      ? []
      : servers.services.flatMap((service) =>
          labelled({ virtual_server: service.service }, read(service)),
        );
}

function eachServer(
  read: (server: ServerStatus, service: ServiceStatus) => readonly Sample[],
): Samples {
  return eachService((service) =>
    service.servers.flatMap((server) =>
      labelled({ real_server: server.server }, read(server, service)),
    ),
  );
}

/** Of equal checks of one server there is one series. */
function eachCheck(read: (check: CheckStatus) => number | null): Samples {
  return eachServer(({ checks }) => {
    const byText = new Map(checks.map((check) => [check.check, check]));
    return [...byText].flatMap(([check, status]) => labelled({ check }, value(read(status))));
  });
}

function eachTrackCheck(read: (check: CheckStatus) => number | null): Samples {
  return ({ servers }) =>
    typeof servers === 'string'
      ? []
      : servers.trackChecks.flatMap((check) =>
          labelled({ track_check: check.name }, value(read(check))),
        );
}

function labelled(labels: Labels, samples: readonly Sample[]): readonly Sample[] {
  return samples.map((sample) => ({ ...sample, labels: { ...labels, ...sample.labels } }));
}

function value(found: number | null): readonly Sample[] {
  return found === null ? [] : [{ labels: {}, value: found }];
}

const isUp = ({ verdict }: CheckStatus): number | null =>
  verdict === 'unknown' ? null : Number(verdict === 'up');
const latencySeconds = ({ latencyMs }: CheckStatus): number | null =>
  latencyMs === null ? null : latencyMs / 1000;
const secondsOf = (text: string): number => Date.parse(text) / 1000;

const SERVICE = ['virtual_server'] as const;
const SERVER = ['virtual_server', 'real_server'] as const;
const CHECK = [...SERVER, 'check'] as const;

function traffic(
  subject: 'virtual' | 'real',
  labels: readonly string[],
  read: (samples: (traffic: TrafficStatus) => readonly Sample[]) => Samples,
): readonly Metric[] {
  const of = `of ${subject} servers, as the kernel counts them`;
  return [
    {
      name: `holdfast_${subject}_server_connections_total`,
      type: 'counter',
      labels,
      help: `Connections ${of}.`,
      samples: read(({ connections }) => value(connections)),
    },
    {
      name: `holdfast_${subject}_server_packets_total`,
      type: 'counter',
      labels: [...labels, 'direction'],
      help: `Packets ${of}.`,
      samples: read(({ packetsIn, packetsOut }) =>
        byKind('direction', { in: packetsIn, out: packetsOut }),
      ),
    },
    {
      name: `holdfast_${subject}_server_bytes_total`,
      type: 'counter',
      labels: [...labels, 'direction'],
      help: `Bytes ${of}.`,
      samples: read(({ bytesIn, bytesOut }) => byKind('direction', { in: bytesIn, out: bytesOut })),
    },
  ];
}

export const SERVER_METRICS: readonly Metric[] = [
  {
    name: 'holdfast_checker_up',
    type: 'gauge',
    labels: [],
    help: '1 where the checker process answered, 0 where not; absent without virtual servers.',
    samples: ({ servers }) => (servers === 'none' ? [] : value(servers === 'silent' ? 0 : 1)),
  },
  {
    name: 'holdfast_virtual_server_up',
    type: 'gauge',
    labels: SERVICE,
    help: '1 while the live real servers make up the quorum, 0 while they do not.',
    samples: eachService(({ quorum }) => value(Number(quorum.state === 'up'))),
  },
  {
    name: 'holdfast_virtual_server_weight',
    type: 'gauge',
    labels: SERVICE,
    help: 'Weight of the live real servers together.',
    samples: eachService(({ quorum }) => value(quorum.weight)),
  },
  {
    name: 'holdfast_virtual_server_quorum',
    type: 'gauge',
    labels: SERVICE,
    help: 'Weight that is the quorum.',
    samples: eachService(({ quorum }) => value(quorum.quorum)),
  },
  {
    name: 'holdfast_virtual_server_balanced',
    type: 'gauge',
    labels: SERVICE,
    help: '1 where the kernel balances it, 0 where it is checked only or the data plane refuses it.',
    samples: eachService(({ purpose }) => value(Number(purpose === 'balanced'))),
  },
  {
    name: 'holdfast_sorry_server_in_use',
    type: 'gauge',
    labels: SERVER,
    help: '1 while the sorry server stands in for the real servers.',
    samples: eachService(({ sorryServer }) =>
      sorryServer === null
        ? []
        : labelled({ real_server: sorryServer.server }, value(Number(sorryServer.inUse))),
    ),
  },
  ...traffic('virtual', SERVICE, (read) =>
    eachService((service) => (service.traffic === null ? [] : read(service.traffic))),
  ),
  {
    name: 'holdfast_real_server_state',
    type: 'gauge',
    labels: [...SERVER, 'state'],
    help: '1 for the state that the real server is in, 0 for the others.',
    samples: eachServer(({ state }) => oneHot('state', STATES, state)),
  },
  {
    name: 'holdfast_real_server_weight_effective',
    type: 'gauge',
    labels: SERVER,
    help: 'Weight that checks, operators and the configuration give it together.',
    samples: eachServer(({ weight }) => value(weight.effective)),
  },
  {
    name: 'holdfast_real_server_weight_configured',
    type: 'gauge',
    labels: SERVER,
    help: 'Weight in the configuration.',
    samples: eachServer(({ weight }) => value(weight.configured)),
  },
  {
    name: 'holdfast_real_server_last_change_timestamp_seconds',
    type: 'gauge',
    labels: SERVER,
    help: 'When the real server came into its state, in seconds since 1970.',
    samples: eachServer(({ since }) => value(secondsOf(since))),
  },
  {
    name: 'holdfast_real_server_connections',
    type: 'gauge',
    labels: [...SERVER, 'kind'],
    help: 'Connections that the kernel knows to the real server, by kind.',
    samples: eachServer(({ connections }) =>
      connections === null ? [] : byKind('kind', { ...connections }),
    ),
  },
  ...traffic('real', SERVER, (read) =>
    eachServer((server) => (server.traffic === null ? [] : read(server.traffic))),
  ),
  {
    name: 'holdfast_check_up',
    type: 'gauge',
    labels: CHECK,
    help: 'What a check says of a real server: 1 up, 0 down; absent before its first result.',
    samples: eachCheck(isUp),
  },
  {
    name: 'holdfast_check_latency_seconds',
    type: 'gauge',
    labels: CHECK,
    help: 'How long the last probe of a check took.',
    samples: eachCheck(latencySeconds),
  },
  {
    name: 'holdfast_check_last_timestamp_seconds',
    type: 'gauge',
    labels: CHECK,
    help: 'When the last probe of a check ended, in seconds since 1970.',
    samples: eachCheck(({ lastAt }) => (lastAt === null ? null : secondsOf(lastAt))),
  },
  {
    name: 'holdfast_check_failures',
    type: 'gauge',
    labels: CHECK,
    help: 'Failed probes of a check in a row.',
    samples: eachCheck(({ failures }) => failures),
  },
  {
    name: 'holdfast_track_check_up',
    type: 'gauge',
    labels: ['track_check'],
    help: 'What a track_check says: 1 up, 0 down; absent before its first result.',
    samples: eachTrackCheck(isUp),
  },
  {
    name: 'holdfast_track_check_latency_seconds',
    type: 'gauge',
    labels: ['track_check'],
    help: 'How long the last probe of a track_check took.',
    samples: eachTrackCheck(latencySeconds),
  },
];
