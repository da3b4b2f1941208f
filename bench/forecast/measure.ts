/** One round of a case on real hosts: what was foretold is done, and a client watches. */
import { rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { cut, heal } from '../../src/lab/partition.ts';
import { TimeoutError } from '../../src/lab/until.ts';
import type { Parts, RunningPair } from '../failover/pair.ts';
import { signalDaemon, stallLimitMs, startPair, until, vip } from '../failover/pair.ts';
import {
  CHECK,
  CHECK_SECONDS,
  checkText,
  configOf,
  type ForecastCase,
  HEALTHY,
  isCheck,
  LAST_RUN,
} from './cases.ts';

/** What takes longer to do has let an advert or a run of the check pass that it was to come before. */
const STRIKE_MAX_MS = 60;
/** For this long it is watched whether anything else happens. */
const AFTER_MS = 300;
const TAKEOVER_MAX_MS = 30_000;

export interface Measured {
  readonly gapMs: number;
  readonly takeoverMs: number;
}

/** When it strikes, and what is wanted of it. */
export interface Round {
  /** Which part of the interval between two adverts is over, 0 to 1. */
  readonly phase: number;
  readonly what: 'gap' | 'takeover';
}

/** Undefined where client or command were held up for too long to say how long nobody served. */
export async function measureRound(
  parts: Parts,
  one: ForecastCase,
  { phase, what }: Round,
): Promise<Measured | undefined> {
  const { lab, probe } = parts;
  const running = await startPair(parts, one, (_, host) => {
    if (isCheck(one)) {
      host.write(HEALTHY, '');
      host.write(CHECK, checkText(host), 0o755);
    }
    return configOf(
      one,
      host,
      lab.hosts.filter((other) => other !== host),
    );
  });
  try {
    if (one.event === 'return') return await measureReturn(parts, one, running);
    await waitForPhase(parts, one, running, phase);
    const fromMs = monotonicMs();
    await strike(one, running);
    // A crash is complete at once, and awaited to the end of all processes.
    const isLate = one.event !== 'crash' && monotonicMs() - fromMs > STRIKE_MAX_MS;
    const servedMs = await takeoverOf(parts, running, fromMs);
    await sleep(AFTER_MS);
    const report = await probe.report({ fromMs: fromMs - 5, toMs: monotonicMs() });
    const measured = { gapMs: report.gapMs, takeoverMs: servedMs - fromMs };
    // What holds the client up holds up the hosts beside it.
    const limitMs = stallLimitMs(what === 'gap' ? measured.gapMs : measured.takeoverMs);
    return isLate || report.stallMs > limitMs ? undefined : measured;
  } finally {
    await mend(parts, one, running);
  }
}

/** What decides is the run of the check before it fails, or else the master's last advert. */
async function waitForPhase(
  { tap }: Parts,
  one: ForecastCase,
  { first, isOwn }: RunningPair,
  phase: number,
): Promise<void> {
  const { advertSeconds, transport } = one;
  if (isCheck(one)) {
    await until((await nextRun(first)) + CHECK_SECONDS * 1000 * phase);
  } else if (transport === 'multicast') {
    const advert = await tap.next(isOwn);
    await until(advert.atMs + advertSeconds * 1000 * phase);
  } else await sleep(advertSeconds * 1000 * phase);
}

/** When the check is run next, to some milliseconds. */
async function nextRun(host: Host): Promise<number> {
  const written = (): number =>
    statSync(host.path(LAST_RUN), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const before = written();
  const endMs = monotonicMs() + TAKEOVER_MAX_MS;
  while (written() === before) {
    if (monotonicMs() > endMs) throw new TimeoutError(`waited for ${host.name} to run its check`);
    await sleep(2);
  }
  return monotonicMs();
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
  if (report.stallMs > stallLimitMs(report.gapMs)) return undefined;
  return { gapMs: report.gapMs, takeoverMs: servedMs - fromMs };
}

async function strike({ event, ...pair }: ForecastCase, running: RunningPair): Promise<void> {
  const { first, second, master } = running;
  if (event === 'crash') await first.powerOff();
  else if (event === 'stop') master.signal('SIGTERM');
  else if (event === 'hang') await signalDaemon(running, pair, 'STOP');
  else if (event === 'kill') await signalDaemon(running, pair, 'KILL');
  else if (event === 'cable') await first.setCable('pulled', 'eth0');
  else if (event === 'partition') await part('isolated', running);
  else if (event === 'mute') await cut({ from: first, to: second, ways: 1 });
  else rmSync(first.path(HEALTHY));
}

/** By the switch, at once: rules of the hosts' own would take long enough to let an advert through. */
async function part(state: 'isolated' | 'connected', { first, second }: RunningPair) {
  await Promise.all([first.setIsolation(state), second.setIsolation(state)]);
}

async function mend({ lab }: Parts, { event, ...pair }: ForecastCase, running: RunningPair) {
  // What is stopped cannot be taken down.
  if (event === 'hang') await signalDaemon(running, pair, 'CONT');
  if (event === 'cable') await running.first.setCable('plugged', 'eth0');
  if (event === 'partition') await part('connected', running);
  if (event === 'mute') await heal(lab.hosts);
}
