/** What the tests of this folder share: a frontend, backends with servers in many states, a listen. */
import { type IpAddress, parseIp } from '../../../base/ip.ts';
import { seconds } from '../../../base/time.ts';
import type { Bind, ProxySection } from '../../../config/model/proxy.ts';
import { buildLive } from '../build-live.ts';
import { testBackend, testCheck, testConfig, testServer } from '../health/test-stage.ts';
import type { LiveConfig, LiveServer } from '../live.ts';
import type { StatsMoment } from './process-facts.ts';

export const NOW = seconds(1000);
const LOCAL = parseIp('127.0.0.1') as IpAddress;

export function testBind(port: number, changes: Partial<Bind> = {}): Bind {
  return {
    addresses: [{ kind: 'ip', ip: LOCAL, port }],
    line: 1,
    acceptProxy: false,
    transparent: false,
    v4v6: false,
    ...changes,
  };
}

function testListen(name: string, id: number, changes: Partial<ProxySection> = {}): ProxySection {
  return { ...testBackend(name, []), kind: 'listen', id, ...changes };
}

export function testLive(): LiveConfig {
  const check = testCheck();
  const config = testConfig([
    testListen('web', 2, {
      kind: 'frontend',
      mode: 'http',
      maxconn: 100,
      binds: [testBind(80)],
      defaultBackend: 'app',
    }),
    {
      ...testBackend('app', [
        testServer('s1', { id: 1, check, weight: 10, maxconn: 50, cookie: 'c1' }),
        testServer('s2', { id: 2, check, backup: true }),
        testServer('s3', { id: 3 }),
        testServer('s4', { id: 4, check, disabled: true }),
        testServer('s5', { id: 5, track: { proxy: 'app', server: 's1' } }),
      ]),
      id: 3,
      mode: 'http',
    },
    testListen('tcpl', 4, {
      maxconn: 40,
      binds: [testBind(81), testBind(82, { name: 'second' })],
      options: new Set(['socket-stats']),
      servers: [testServer('t1')],
    }),
  ]);
  return buildLive(config, seconds(900));
}

export function serverOf(live: LiveConfig, name: string): LiveServer {
  const server = live.proxies
    .flatMap((proxy) => proxy.back?.servers ?? [])
    .find(({ config }) => config.name === name);
  if (server === undefined) throw new Error(`no server ${name}`);
  return server;
}

export function testMoment(live: LiveConfig): StatsMoment {
  return {
    live,
    now: NOW,
    wallMs: 1_795_678_508_042,
    zoneMinutes: 0,
    facts: {
      ...{ product: 'HAProxy', version: '1.2.3', releaseDate: '2026/11/26', pid: 317 },
      ...{ hostName: 'vm', maxDescriptors: 2037, maxconn: 1000, hardMaxconn: 1000 },
      ...{ memoryBytes: 3_145_728, tasks: 20, idlePercent: 99, state: 'running' },
      ...{ droppedLogs: 0, failedResolutions: 0, bytesOutPerSecond: 7, tlsConnections: 0 },
      environment: { HOME: '/root' },
    },
  };
}
