/** What the unit tests of this folder share. */
import type { InstanceMetrics, MetricsResult } from '../metrics.ts';
import type { CheckStatus, ServersResult } from '../servers.ts';
import type { Figures } from './entry.ts';

const durations = { boundsUs: [1000, 1_000_000], counts: [3, 2, 1], sumUs: 4_500_000, maxUs: 0 };

export function testInstance(changes: Partial<InstanceMetrics> = {}): InstanceMetrics {
  return {
    name: 'VI_1',
    interface: 'eth0',
    vrid: 51,
    family: 4,
    state: 'master',
    sinceSeconds: 1_790_000_000.5,
    effectivePriority: 90,
    configuredPriority: 100,
    operatorPriority: 90,
    master: 'known',
    statistics: { advertsSent: 7, becameMaster: 1, checksumErrors: 2, ttlErrors: 0 },
    transitions: [
      { from: 'init', to: 'backup', cause: 'startup', count: 1 },
      { from: 'backup', to: 'master', cause: 'masterDown', count: 1 },
    ],
    masterChanges: 3,
    rivals: { answers: 0, adverts: 1 },
    handovers: { 'taken-over': 0, nobody: 0, 'cut-short': 0 },
    addresses: { configured: 2, held: 2, lost: 1, restored: 1, contested: 0 },
    peersKnown: 1,
    listenersUnknown: 1,
    guard: { kind: 'lifetime', validityUs: 4_000_000, renewals: 12 },
    ...changes,
  };
}

export function testResult(changes: Partial<MetricsResult> = {}): MetricsResult {
  return {
    program: 'holdfast',
    version: '1.2.3',
    commit: 'abc',
    nodeVersion: '20.19.0',
    pid: 42,
    startedSeconds: 1_790_000_000,
    serving: 'serving',
    process: {
      cpuUserUs: 2_500_000,
      cpuSystemUs: 500_000,
      residentBytes: 45_000_000,
      heapBytes: 5_000_000,
      descriptors: 21,
      scheduling: 'realtime',
    },
    strays: { undecodable: 1, unknownVrids: 2 },
    timerLateness: durations,
    reloads: { applied: 1, refused: 0 },
    control: { connections: 2, requests: 9, refused: { malformed: 1 } },
    controlChildStarts: 1,
    sideMessages: { sent: 5, received: 4, floods: 1, refused: { replayed: 1 } },
    refusalCounters: { checksum: 'checksumErrors', ttl: 'ttlErrors' },
    instances: [testInstance()],
    scripts: [
      {
        name: 'check',
        kind: 'track',
        verdict: 'up',
        results: { success: 6, failure: 0 },
        overruns: 0,
        durations,
      },
    ],
    ...changes,
  };
}

const traffic = { connections: 3, packetsIn: 30, packetsOut: 20, bytesIn: 3000, bytesOut: 9000 };
const check: CheckStatus = {
  check: 'TCP_CHECK [10.9.0.1]:80',
  verdict: 'up',
  lastAt: '2026-09-21T10:00:00.500Z',
  latencyMs: 1.5,
  detail: 'connected',
  failures: 0,
};

export const testServers: ServersResult = {
  dataPlane: 'ipvs',
  services: [
    {
      service: 'tcp 10.8.0.1:80',
      scheduler: 'rr',
      purpose: 'balanced',
      refusal: null,
      persistenceSeconds: null,
      quorum: { state: 'up', weight: 3, quorum: 1, hysteresis: 0 },
      suspended: false,
      servers: [
        {
          server: '10.9.0.1:80',
          method: 'NAT',
          state: 'up',
          weight: { effective: 3, configured: 2 },
          since: '2026-09-21T09:59:00.000Z',
          reason: 'start',
          checks: [check, check],
          connections: { active: 2, inactive: 1, persistent: 0 },
          traffic,
        },
      ],
      sorryServer: { server: '10.9.0.9:80', inUse: false },
      traffic,
    },
  ],
  trackChecks: [{ ...check, name: 'dns', verdict: 'down' }],
};

export function testFigures(changes: Partial<Figures> = {}): Figures {
  return {
    vrrp: testResult(),
    answeredSeconds: 1_790_000_100,
    servers: testServers,
    child: { residentBytes: 50_000_000, requests: [{ listener: 'http', code: 200, count: 3 }] },
    ...changes,
  };
}
