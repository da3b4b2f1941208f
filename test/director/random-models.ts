/** Random virtual servers in a small world, so that they share servers, checks and names. */
import fc from 'fast-check';
import { type IpAddress, parseIp } from '../../src/base/ip.ts';
import { type Micros, seconds } from '../../src/base/time.ts';
import type { HealthCheck, PolledCheck } from '../../src/config/model/health-check.ts';
import type {
  LoadBalancing,
  LoadBalancingSettings,
  RealServer,
  VirtualServer,
} from '../../src/config/model/virtual-server.ts';

export const HOSTS = [2, 3, 4] as const;
export const SERVICES = [1, 2, 3] as const;

export function ip(text: string): IpAddress {
  return parseIp(text) ?? assertNever(text);
}

function assertNever(text: string): never {
  throw new RangeError(text);
}

export const virtualAddress = (number: number): IpAddress => ip(`10.0.1.${number}`);

const NONE = { upperThreshold: 0, lowerThreshold: 0, mail: false } as const;
const FORWARDING = { method: 'masquerade' } as const;

interface ServerSpec {
  readonly weight: number;
  readonly checks: readonly ('tcp' | 'ping' | 'script' | 'file' | 'shared')[];
  readonly inhibitOnFailure: boolean;
  readonly alpha: boolean;
}

const serverSpec: fc.Arbitrary<ServerSpec> = fc.record({
  weight: fc.integer({ min: 0, max: 4 }),
  checks: fc.subarray(['tcp', 'ping', 'script', 'file', 'shared'] as const),
  inhibitOnFailure: fc.boolean(),
  alpha: fc.boolean(),
});

type Pace = Pick<PolledCheck, 'interval' | 'retries' | 'retryDelay' | 'warmup'>;

const pace: fc.Arbitrary<Pace> = fc.record({
  interval: fc.constantFrom(seconds(4), seconds(7)),
  retries: fc.integer({ min: 0, max: 2 }),
  retryDelay: fc.constantFrom(seconds(1), seconds(3)),
  warmup: fc.constantFrom(seconds(0), seconds(3)),
});

const virtualSpec = fc.record({
  number: fc.constantFrom(...SERVICES),
  servers: fc.dictionary(fc.constantFrom('2', '3', '4'), serverSpec, { minKeys: 1 }),
  quorum: fc.integer({ min: 1, max: 5 }),
  hysteresis: fc.integer({ min: 0, max: 3 }),
  sorry: fc.constantFrom('none', 'plain', 'inhibited', 'a real server'),
  purpose: fc.constantFrom('balanced', 'balanced', 'balanced', 'checked'),
  suspendWithoutAddress: fc.boolean(),
  isGroup: fc.boolean(),
});

type VirtualSpec = typeof virtualSpec extends fc.Arbitrary<infer Spec> ? Spec : never;

/** One virtual server at most for each service. */
export const models: fc.Arbitrary<LoadBalancing> = fc
  .record({
    pace,
    virtuals: fc.uniqueArray(virtualSpec, { selector: ({ number }) => number, maxLength: 3 }),
  })
  .map(({ pace: timing, virtuals }) => modelOf(virtuals as readonly VirtualSpec[], timing));

function modelOf(virtuals: readonly VirtualSpec[], timing: Pace): LoadBalancing {
  return {
    settings: { dataPlane: 'auto', notifyInitialStates: false } as LoadBalancingSettings,
    groups: virtuals.map(({ number }) => ({
      name: `g${number}`,
      entries: [
        ...[80, 81].map((port) => ({
          kind: 'addresses' as const,
          first: virtualAddress(number),
          last: virtualAddress(number),
          port,
        })),
        { kind: 'mark', mark: number },
      ],
    })),
    virtualServers: virtuals.map((spec) => virtualServer(spec, timing)),
    trackedFiles: [],
    trackChecks: [{ name: 'track', check: checkOf('tcp', 2, { ...timing, alpha: false }) }],
  };
}

function virtualServer(spec: VirtualSpec, timing: Pace): VirtualServer {
  const { number, isGroup, hysteresis, quorum, sorry } = spec;
  const sorryHost = sorry === 'a real server' ? 2 : 99;
  return {
    key: isGroup
      ? { kind: 'group', group: `g${number}` }
      : { kind: 'address', address: virtualAddress(number), port: 80 },
    family: 4,
    purpose: spec.purpose as VirtualServer['purpose'],
    removedConnections: 'drain',
    protocol: 'tcp',
    scheduler: 'wlc',
    schedulerFlags: [],
    onePacket: false,
    quorum,
    hysteresis: Math.min(hysteresis, quorum - 1),
    suspendWithoutAddress: spec.suspendWithoutAddress,
    notifyAtStop: true,
    mail: false,
    ...(sorry !== 'none' && {
      sorryServer: {
        address: ip(`10.0.0.${sorryHost}`),
        port: 80,
        forwarding: FORWARDING,
        inhibit: sorry === 'inhibited',
      },
    }),
    realServers: Object.entries(spec.servers).map(([host, server]): RealServer => {
      const { weight, checks, inhibitOnFailure, alpha } = server;
      return {
        address: ip(`10.0.0.${host}`),
        port: 80,
        weight,
        forwarding: FORWARDING,
        ...NONE,
        inhibitOnFailure,
        checks: checks.map((kind) => checkOf(kind, Number(host), { ...timing, alpha })),
      };
    }),
  };
}

function checkOf(
  kind: ServerSpec['checks'][number],
  host: number,
  timing: Pace & { readonly alpha: boolean },
): HealthCheck {
  const polled = { ...timing, logAllFailures: false };
  const target = { address: ip(`10.0.0.${host}`), port: 80, firewallMark: 0 };
  const withTimeout = { ...target, connectTimeout: 1_000_000 as Micros };
  switch (kind) {
    case 'tcp':
      return { kind, ...polled, target: withTimeout };
    case 'ping':
      return { kind, ...polled, target: { ...withTimeout, port: 7 } };
    case 'script':
    case 'shared': {
      // One for each server, or one for all of them.
      const argv = kind === 'shared' ? ['shared'] : ['script', String(host)];
      const command = { argv };
      return { kind: 'script', ...polled, command, timeout: seconds(1), setsWeight: true };
    }
    case 'file':
      return { kind, file: `load${host % 2}`, weight: host === 4 ? 0 : -1, sense: 'normal' };
  }
}
