/**
 * The holder finds out by itself that it must not serve: a script fails, a cable is pulled. From that
 * moment until another host answers.
 */
import type { Host } from '../../src/lab/host.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { type Bar, judge, median, printTable, quantile } from '../support/figures.ts';
import type { BenchOptions } from '../support/options.ts';
import {
  allPairs,
  inRounds,
  type Pair,
  type Parts,
  pairName,
  type RunningPair,
  stallLimitMs,
  startPair,
  vip,
  vrid,
} from './pair.ts';

const limitMs = 50;

const events = ['script', 'weight', 'tracked cable', 'own cable'] as const;

export interface Detection {
  readonly event: (typeof events)[number];
  readonly rounds: number;
}

export interface DetectionOutcome extends Detection {
  /** Milliseconds from the detection to the first answer of the successor. */
  readonly measured: readonly { readonly pair: Pair; readonly rounds: readonly number[] }[];
}

export function detections({ pace }: BenchOptions): readonly Detection[] {
  return events.map((event) => ({ event, rounds: pace === 'quick' ? 1 : 5 }));
}

export async function measureDetection(
  parts: Parts,
  detection: Detection,
): Promise<DetectionOutcome> {
  const { event } = detection;
  const rounds = await inRounds(detection.rounds, allPairs, (pair) => measure(parts, pair, event));
  return { ...detection, measured: [...rounds].map(([pair, list]) => ({ pair, rounds: list })) };
}

async function measure(
  parts: Parts,
  pair: Pair,
  event: Detection['event'],
): Promise<number | undefined> {
  const { probe } = parts;
  const running = await startPair(parts, pair, (priority, host) => {
    host.write('healthy', '');
    return configOf(priority, host, event);
  });
  let detectedMs = Number.NaN;
  const report = await probe.gapAround(
    async () => {
      detectedMs = await strike(running, event);
    },
    { to: running.second.name },
  );
  if (report.stallMs > stallLimitMs(report.gapMs)) return undefined;
  return Math.max(0, report.gapFromMs + report.gapMs - detectedMs);
}

/** Does it and returns when the daemon knew of it; the lab reads its log within a millisecond or two. */
async function strike({ first, master }: RunningPair, event: Detection['event']): Promise<number> {
  const afterMs = monotonicMs();
  if (event === 'own cable') await first.setCable('pulled', 'eth0');
  else if (event === 'tracked cable') await first.setCable('pulled', 'eth1');
  else await first.run(['rm', first.path('healthy')]);
  const sign = event === 'weight' ? 'Changing effective priority' : 'Entering FAULT STATE';
  return (await master.logContains(sign, { afterMs })).atMs;
}

function configOf(priority: number, host: Host, event: Detection['event']): string {
  const weight = event === 'weight' ? '-30' : '0';
  return `global_defs {
    router_id BENCH
    script_user root
    @holdfast peer_key bench-of-failover
}

vrrp_script healthy {
    script "/usr/bin/test -e ${host.path('healthy')}"
    interval 1
    weight ${weight}
}

vrrp_instance BENCH {
    state BACKUP
    interface eth0
    version 3
    virtual_router_id ${vrid}
    priority ${priority}
    advert_int 1
    track_interface {
        eth1
    }
    track_script {
        healthy
    }
    virtual_ipaddress {
        ${vip}/24
    }
}
`;
}

export function reportDetections(outcomes: readonly DetectionOutcome[]): void {
  if (outcomes.length === 0) return;
  printTable(
    ['detected, advert_int 1 s', 'programs', 'until served (median) ms', 'min', 'max', 'rounds'],
    outcomes.flatMap(({ event, measured }) =>
      measured.map(({ pair, rounds }) => [
        event,
        pairName(pair),
        median(rounds).toFixed(1),
        quantile(rounds, 0).toFixed(1),
        quantile(rounds, 1).toFixed(1),
        rounds.length,
      ]),
    ),
  );
}

export function detectionBars(outcomes: readonly DetectionOutcome[]): readonly Bar[] {
  return outcomes.map(({ event, measured }) => {
    const ours = measured.find(({ pair }) => pair.successor === 'holdfast')?.rounds ?? [];
    return judge(`failover-${event.replace(' ', '-')}-ms`, median(ours), limitMs);
  });
}
