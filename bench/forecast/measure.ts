/** One round of a case on real hosts: what was foretold is done, and a client watches. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { cut, heal } from '../../src/lab/partition.ts';
import type { Parts, RunningPair } from '../failover/pair.ts';
import { signalDaemon, startPair, until, vip } from '../failover/pair.ts';
import { configOf, type ForecastCase } from './cases.ts';

/** A client that was held up for longer cannot say. */
const STALL_MAX_MS = 20;
/** For this long it is watched whether anything else happens. */
const AFTER_MS = 300;
const TAKEOVER_MAX_MS = 30_000;

export interface Measured {
  readonly gapMs: number;
  readonly takeoverMs: number;
}

/** `phase`: which part of the interval between two adverts is over when it strikes, 0 to 1. */
export async function measureRound(
  parts: Parts,
  one: ForecastCase,
  phase: number,
): Promise<Measured | undefined> {
  const { lab, probe, tap } = parts;
  const running = await startPair(parts, one, (_, host) => {
    host.write('healthy', '');
    return configOf(
      one,
      host,
      lab.hosts.filter((other) => other !== host),
    );
  });
  const { isOwn } = running;
  try {
    if (one.event === 'return') return await measureReturn(parts, one, running);
    if (one.transport === 'multicast') {
      const advert = await tap.next(isOwn);
      await until(advert.atMs + one.advertSeconds * 1000 * phase);
    } else await sleep(one.advertSeconds * 1000 * phase);
    const fromMs = monotonicMs();
    await strike(one, running);
    const servedMs = await takeoverOf(parts, running, fromMs);
    await sleep(AFTER_MS);
    const report = await probe.report({ fromMs: fromMs - 5, toMs: monotonicMs() });
    if (report.stallMs > STALL_MAX_MS) return undefined;
    return { gapMs: report.gapMs, takeoverMs: servedMs - fromMs };
  } finally {
    await mend(parts, one, running);
  }
}

/** When the second host had the address: of two that have it a client may ask either. */
async function takeoverOf(
  { lab }: Parts,
  { second }: RunningPair,
  fromMs: number,
): Promise<number> {
  const added = (): number | undefined =>
    second.addressEvents.find(
      ({ kind, address, atMs }) => kind === 'added' && address === vip && atMs >= fromMs,
    )?.atMs;
  return lab.network.changes.until(added, {
    timeoutMs: TAKEOVER_MAX_MS,
    describe: () => `waited for ${second.name} to have ${vip}`,
  });
}

/** The better one comes back and takes over. */
async function measureReturn(
  { lab, probe }: Parts,
  one: ForecastCase,
  { first, second }: RunningPair,
): Promise<Measured | undefined> {
  await first.powerOff();
  await probe.waitForService({ host: second.name });
  await probe.settle();
  await first.powerOn();
  const others = lab.hosts.filter((other) => other !== first);
  const fromMs = monotonicMs();
  await first.start({ program: one.master, config: configOf(one, first, others) });
  await probe.waitForService({ host: first.name });
  const servedMs = monotonicMs();
  await probe.settle();
  const report = await probe.report({ fromMs, toMs: monotonicMs() });
  if (report.stallMs > STALL_MAX_MS) return undefined;
  return { gapMs: report.gapMs, takeoverMs: servedMs - fromMs };
}

async function strike({ event, ...pair }: ForecastCase, running: RunningPair): Promise<void> {
  const { first, second, master } = running;
  if (event === 'crash') await first.powerOff();
  else if (event === 'stop') master.signal('SIGTERM');
  else if (event === 'hang') await signalDaemon(running, pair, 'STOP');
  else if (event === 'kill') await signalDaemon(running, pair, 'KILL');
  else if (event === 'cable') await first.setCable('pulled', 'eth0');
  else if (event === 'partition') await cut({ from: first, to: second });
  else if (event === 'mute') await cut({ from: first, to: second, ways: 1 });
  else await first.run(['rm', first.path('healthy')]);
}

async function mend({ lab }: Parts, { event, ...pair }: ForecastCase, running: RunningPair) {
  // What is stopped cannot be taken down.
  if (event === 'hang') await signalDaemon(running, pair, 'CONT');
  if (event === 'cable') await running.first.setCable('plugged', 'eth0');
  if (event === 'partition' || event === 'mute') await heal(lab.hosts);
}
