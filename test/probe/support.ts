import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../../src/base/time.ts';
import type { CheckTarget } from '../../src/config/model/health-check.ts';
import type { ProbeReport, ProbeRequest } from '../../src/core/check/probe.ts';
import { createClock } from '../../src/linux/clock.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { withNetworkNamespace } from '../../src/linux/ffi/netns.ts';
import { createPatternCompiler } from '../../src/linux/patterns.ts';
import { createProbeSockets } from '../../src/linux/probe-sockets.ts';
import { createScriptRunner } from '../../src/linux/script-runner.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import type { ProbeSockets } from '../../src/ports/probe-sockets.ts';
import type { Prober } from '../../src/ports/prober.ts';
import { createProber, type ProberParts } from '../../src/probe/prober.ts';
import { addTestAddresses, createTestPair, ip, type TestNamespace } from '../linux/namespaces.ts';

/** Nobody has it, and nothing tells so. */
export const SILENT = { 4: ip('10.0.0.66'), 6: ip('fd00::66') } as const;
/** The other host says that it knows no way there. */
export const UNREACHABLE = { 4: ip('10.77.0.1'), 6: ip('fd77::1') } as const;

/** A host that checks, and one with servers, each in a namespace. */
export interface ProbeLab {
  readonly left: TestNamespace;
  readonly right: TestNamespace;
  readonly watcher: FdWatcher;
  readonly sockets: ProbeSockets;
  readonly prober: Prober;
  ask(request: ProbeRequest, prober?: Prober): Promise<ProbeReport>;
  another(parts: Partial<ProberParts>): Prober;
  /** Starts a server on the right; it is ended with the lab. */
  serve(program: string, ...args: string[]): ChildProcess;
  close(): Promise<void>;
}

export async function openProbeLab(name: string): Promise<ProbeLab> {
  const watcher = await openFdWatcher();
  const { left, right } = createTestPair(name);
  addTestAddresses({ left, right });
  for (const family of [4, 6] as const) {
    left.ip(`neigh add ${SILENT[family]} lladdr 02:00:00:00:00:66 dev eth0 nud permanent`);
  }
  // From an address of its own: of errors about routes one that gets others has only few.
  left.ip('addr add 10.0.0.8/24 dev eth0');
  left.ip('route add 10.77.0.0/16 via 10.0.0.2 src 10.0.0.8');
  left.ip('route add fd77::/64 via fd00::2');
  right.ip('route add unreachable 10.77.0.0/16');
  right.ip('route add unreachable fd77::/64');
  right.exec('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  // As many errors as there are probes.
  right.exec('sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0');
  const parts: ProberParts = {
    clock: createClock(),
    sockets: socketsInside(left, createProbeSockets(watcher)),
    scripts: createScriptRunner(watcher),
    patterns: createPatternCompiler(),
    most: { sockets: 1000, scripts: 100 },
  };
  const prober = createProber(parts);
  const servers: ChildProcess[] = [];
  return {
    left,
    right,
    watcher,
    sockets: parts.sockets,
    prober,
    ask: (request, asked = prober) => new Promise((resolve) => void asked.probe(request, resolve)),
    another: (changes) => createProber({ ...parts, ...changes }),
    serve: (program, ...args) => {
      const server = spawn('ip', ['netns', 'exec', right.name, program, ...args], {
        stdio: 'ignore',
      });
      servers.push(server);
      return server;
    },
    close: async () => {
      prober.close();
      const ended = servers.map((server) => stopServer(server));
      await Promise.all(ended);
      watcher.close();
      left.remove();
      right.remove();
    },
  };
}

/** Also of probes that had to wait: whoever opens a socket is there at that moment. */
function socketsInside({ name }: TestNamespace, sockets: ProbeSockets): ProbeSockets {
  const inside = <Value>(body: () => Value) => withNetworkNamespace(`/run/netns/${name}`, body);
  return {
    connect: (...args) => inside(() => sockets.connect(...args)),
    openUdp: (...args) => inside(() => sockets.openUdp(...args)),
    openEcho: (...args) => inside(() => sockets.openEcho(...args)),
  };
}

export async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  const killer = setTimeout(() => server.kill('SIGKILL'), 3000);
  await ended;
  clearTimeout(killer);
}

export function targetOf(
  address: string,
  port: number,
  changes: Partial<CheckTarget> = {},
): CheckTarget {
  const target = { address: ip(address), port, connectTimeout: seconds(5), firewallMark: 0 };
  return { ...target, ...changes };
}

/** Asks until it passes: servers take a while to listen. */
export async function untilPasses(lab: ProbeLab, request: ProbeRequest): Promise<ProbeReport> {
  for (const endMs = Date.now() + 10_000; ; ) {
    const report = await lab.ask(request);
    if (report.finding.kind !== 'failed' || Date.now() > endMs) return report;
    await sleep(20);
  }
}

/** Why tests that need these programs cannot run here, or false. */
export function missingPrograms(...names: string[]): string | false {
  const missing = names.filter((name) => {
    const folders = (process.env.PATH ?? '').split(':');
    return !['/usr/sbin', ...folders].some((folder) => existsSync(`${folder}/${name}`));
  });
  return missing.length > 0 && `needs ${missing.join(', ')}`;
}
