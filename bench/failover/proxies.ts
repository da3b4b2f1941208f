/**
 * The proxy of the holder is killed, or hangs, while its host goes on: from that moment until another
 * host answers. holdfast runs it as a child and follows it; beside it keepalived with HAProxy and a
 * script of one second, as files in use have it.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { prepareProgram, projectRoot } from '../../src/lab/programs.ts';
import { type Bar, judge, median, printTable, quantile } from '../support/figures.ts';
import type { BenchOptions } from '../support/options.ts';
import {
  allPairs,
  inRounds,
  type Pair,
  type Parts,
  pairName,
  stallLimitMs,
  startPair,
  vip,
  vrid,
} from './pair.ts';

const killLimitMs = 100;
/** Ten beats of a tenth of a second that are missing, and the take-over. */
const hangLimitMs = 1250;
const ADVERT_SECONDS = 1;
/** Its first advert goes out right before a successor answers. */
const NEAR_MS = 5;
/** Of the successor, whom a keepalived lets wait for so long after a priority of 0. */
const SUCCESSOR_PRIORITY = 90;

const events = ['proxy', 'proxy hangs'] as const;
const signals = { proxy: 'SIGKILL', 'proxy hangs': 'SIGSTOP' } as const;

export interface ProxyFailure {
  readonly event: (typeof events)[number];
  readonly rounds: number;
}

export interface ProxyOutcome extends ProxyFailure {
  /** Milliseconds from the signal to the first answer of the successor. */
  readonly measured: readonly { readonly pair: Pair; readonly rounds: readonly number[] }[];
}

export function proxyFailures({ pace }: BenchOptions): readonly ProxyFailure[] {
  return events.map((event) => ({ event, rounds: pace === 'quick' ? 1 : 5 }));
}

export async function measureProxyFailure(
  parts: Parts,
  failure: ProxyFailure,
): Promise<ProxyOutcome> {
  // A script that only looks for a process never sees that it hangs.
  const pairs =
    failure.event === 'proxy' ? allPairs : allPairs.filter(({ master }) => master === 'holdfast');
  const rounds = await inRounds(failure.rounds, pairs, (pair) => measure(parts, pair, failure));
  return { ...failure, measured: [...rounds].map(([pair, list]) => ({ pair, rounds: list })) };
}

async function measure(
  parts: Parts,
  pair: Pair,
  { event }: ProxyFailure,
): Promise<number | undefined> {
  const { probe, tap } = parts;
  const { first, second } = await startPair(parts, pair, configOf, start);
  let struckMs = Number.NaN;
  const pids = processesOn(first, pair.master === 'holdfast' ? 'holdfast-proxy' : 'haproxy');
  const report = await probe.gapAround(
    async () => {
      struckMs = monotonicMs();
      for (const pid of pids) process.kill(pid, signals[event]);
    },
    { to: second.name },
  );
  if (report.stallMs > stallLimitMs(report.gapMs)) return undefined;
  const taken = tap.seen.find(({ from, atMs }) => from === second.address(4) && atMs >= struckMs);
  if (taken === undefined) throw new Error('the tap has missed adverts');
  return servedMs(taken.atMs, report) - struckMs;
}

/** Where nobody was silent for longer than between two probes, the longest gap is anywhere. */
function servedMs(
  takenMs: number,
  { gapFromMs, gapMs }: { readonly gapFromMs: number; readonly gapMs: number },
): number {
  const isAround = gapFromMs <= takenMs + NEAR_MS && gapFromMs + gapMs >= takenMs;
  return isAround ? gapFromMs + gapMs : takenMs;
}

/** Their ids as this process knows them: to look for them takes as long as what is measured. */
function processesOn(host: Host, name: string): readonly number[] {
  const space = readlinkSync(`/proc/${host.initPid}/ns/pid`);
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.map(Number).filter((pid) => {
    try {
      return (
        readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name &&
        readlinkSync(`/proc/${pid}/ns/pid`) === space
      );
    } catch {
      // It has ended in the meantime.
      return false;
    }
  });
}

/** The program with a proxy: its own, or HAProxy beside it. */
async function start(
  host: Host,
  program: 'holdfast' | 'keepalived',
  config: string,
): Promise<HostProcess> {
  const proxyFile = host.write('haproxy.cfg', proxyConfig);
  if (program === 'keepalived') {
    await host.spawn(['haproxy', '-db', '-f', proxyFile]);
    return host.start({ program, config });
  }
  await prepareProgram(program);
  const file = host.write('keepalived.conf', config);
  const command = [join(projectRoot(), 'bin', 'holdfast'), 'run', '-D'];
  return host.spawn([...command, '-f', file, '-f', proxyFile, '-p', host.path('pid')]);
}

const proxyConfig = `defaults
    mode tcp
    timeout connect 1s
    timeout client 1m
    timeout server 1m
frontend web
    bind *:8080
    default_backend servers
backend servers
    server one 127.0.0.1:9
`;

function configOf(priority: number, host: Host): string {
  return `global_defs {
    router_id BENCH
    script_user root
    @holdfast peer_key bench-of-failover
    @holdfast control_socket ${host.path('control')}
}

@^holdfast vrrp_script proxy {
@^holdfast     script "/usr/bin/pkill -0 -x haproxy"
@^holdfast     interval 1
@^holdfast }

vrrp_instance BENCH {
    state BACKUP
    interface eth0
    version 3
    virtual_router_id ${vrid}
    priority ${priority}
    advert_int ${ADVERT_SECONDS}
    @holdfast track_proxy web
    @^holdfast track_script {
    @^holdfast     proxy
    @^holdfast }
    virtual_ipaddress {
        ${vip}/24
    }
}
`;
}

function skewMs(): number {
  return ((256 - SUCCESSOR_PRIORITY) / 256) * ADVERT_SECONDS * 1000;
}

export function reportProxyFailures(outcomes: readonly ProxyOutcome[]): void {
  if (outcomes.length === 0) return;
  printTable(
    [
      ...['proxy of the holder, advert_int 1 s', 'programs', 'until served (median) ms'],
      ...['min', 'max', "of which the successor's skew time", 'rounds'],
    ],
    outcomes.flatMap(({ event, measured }) =>
      measured.map(({ pair, rounds }) => [
        event === 'proxy' ? 'killed' : 'hangs',
        pairName(pair),
        median(rounds).toFixed(1),
        quantile(rounds, 0).toFixed(1),
        quantile(rounds, 1).toFixed(1),
        pair.successor === 'keepalived' ? skewMs().toFixed(0) : undefined,
        rounds.length,
      ]),
    ),
  );
}

export function proxyBars(outcomes: readonly ProxyOutcome[]): readonly Bar[] {
  return outcomes.map(({ event, measured }) => {
    const ours = measured.find(({ pair }) => pair.successor === 'holdfast')?.rounds ?? [];
    const limit = event === 'proxy' ? killLimitMs : hangLimitMs;
    return judge(`failover-${event.replace(' ', '-')}-ms`, median(ours), limit);
  });
}
