/**
 * The proxy's process (ADR 0009): one that carries traffic, or a master that keeps one such. Started by
 * `holdfast haproxy`, by a master, or by the VRRP process.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { ProxyConfig } from '../../config/model/proxy.ts';
import { processesFor } from '../../core/proxy/workers/alone.ts';
import { ALONE, type Place } from '../../core/proxy/workers/place.ts';
import { setProcessName } from '../../linux/process.ts';
import { finishOthers } from './finish-others.ts';
import { complain, loadConfig } from './load-config.ts';
import { runMaster } from './master.ts';
import { Offload } from './offload/offload.ts';
import { runOffloader } from './offload/offloader.ts';
import { ParentLink, StateTeller } from './parent-link.ts';
import { writePid } from './pid.ts';
import { dropPrivileges } from './privileges.ts';
import { describeListenFailure, type RunningProxy, startProxy } from './process.ts';
import type { ProxyRunOptions } from './run-options.ts';
import { answerMasterAt } from './worker-line.ts';
import { runMate } from './workers/mate.ts';
import { Team } from './workers/team.ts';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

let isStopAsked = false;
const holdOff = (): void => {
  isStopAsked = true;
};

async function main(): Promise<void> {
  // Until it can be obeyed; Node's own answer would be a debugger that listens.
  process.on('SIGUSR1', holdOff);
  const options: ProxyRunOptions = JSON.parse(process.argv[2] ?? '{}');
  setProcessName(options.programName);
  process.title = options.programName;
  if (options.role === 'master') {
    await runMaster(options);
    process.off('SIGUSR1', holdOff);
    if (isStopAsked) process.kill(process.pid, 'SIGUSR1');
    return;
  }
  if (options.role === 'mate') {
    await runMate(options, options.place ?? ALONE);
    return;
  }
  if (options.role === 'offloader') {
    runOffloader(options);
    return;
  }
  const config = loadConfig(options);
  if (config === undefined) process.exit(1);
  const place: Place = { index: 0, count: processesFor(config) };
  let teller: StateTeller | undefined;
  const onHealth = (): void => teller?.review();
  const started = await startProxy(config, new Map(options.sockets), place, onHealth);
  if (!('worker' in started)) {
    for (const failure of started)
      complain(typeof failure === 'string' ? failure : describeListenFailure(failure));
    process.exit(1);
  }
  const team = place.count > 1 ? new Team(started.worker, options) : undefined;
  started.worker.team = team;
  if (team !== undefined && !(await team.start(place.count))) {
    started.close();
    await team.close();
    process.exit(1);
  }
  await Offload.begin(started.worker, options);
  const pidFile = options.pidFile ?? config.global.pidFile;
  const held = options.role === 'single' && pidFile !== undefined ? writePid(pidFile) : undefined;
  // Without them nobody else's process can be told anything.
  finishOthers(options);
  const refusal = dropPrivileges(config.global);
  if (refusal !== undefined) {
    complain(refusal);
    process.exit(1);
  }
  if (options.lineFd !== undefined) answerMasterAt(options.lineFd, started.worker);
  if (options.reportFd !== undefined) {
    const link = new ParentLink(options.reportFd);
    teller = new StateTeller(link, started.worker.live, options.follow ?? []);
  }
  const leave = listenToSignals(started, config, { onEnd: () => held?.remove(), teller });
  if (options.readyFd !== undefined) writeSync(options.readyFd, 'ready\n');
  teller?.begin();
  if (options.role === 'worker' && options.readyFd !== undefined)
    endWithMaster(options.readyFd, () => leave('orphaned'));
}

/** A worker without a master would keep addresses that the next master wants. */
function endWithMaster(fd: number, leave: () => void): void {
  const master = new Socket({ fd });
  master.on('error', leave);
  master.on('end', leave);
  master.resume();
  master.unref();
}

interface Surroundings {
  readonly onEnd: () => void;
  readonly teller: StateTeller | undefined;
}

/** Why it ends: a signal, nothing left to do, or a master that is gone. */
type EndCause = (typeof STOP_SIGNALS)[number] | 'idle' | 'orphaned';

/** Returns what ends it at once. */
function listenToSignals(
  proxy: RunningProxy,
  config: ProxyConfig,
  { onEnd, teller }: Surroundings,
): (because: EndCause) => void {
  const { team, offload } = proxy.worker;
  let isLeaving = false;
  const leave = (because: EndCause): void => {
    if (isLeaving) return;
    isLeaving = true;
    const end = (): void => {
      onEnd();
      if (because === 'idle' || because === 'orphaned') process.exit(because === 'idle' ? 0 : 1);
      // Whoever started it learns what it died of, as from HAProxy.
      process.removeAllListeners(because);
      process.kill(process.pid, because);
    };
    proxy.close();
    if (team === undefined && offload === undefined) end();
    else void Promise.all([team?.close(), offload?.close()]).then(end);
  };
  let isStopping = false;
  const stopSoftly = (): void => {
    if (isStopping) return;
    isStopping = true;
    teller?.end();
    const { hardStopAfter } = config.global;
    if (hardStopAfter !== undefined) setTimeout(() => leave('idle'), hardStopAfter / 1000);
    const ends = [proxy.stopSoftly(), team?.stopSoftly(), offload?.stopSoftly()];
    void Promise.all(ends).then(() => leave('idle'));
  };
  process.on('SIGUSR1', stopSoftly);
  process.off('SIGUSR1', holdOff);
  if (isStopAsked) stopSoftly();
  for (const signal of STOP_SIGNALS) process.on(signal, () => leave(signal));
  process.on('SIGTTOU', () => {
    proxy.worker.traffic.pause();
    team?.tell({ kind: 'pause' });
    if (teller !== undefined) teller.listeners = 'paused';
  });
  process.on('SIGTTIN', () => {
    proxy.worker.traffic.adjustListeners();
    team?.tell({ kind: 'resume' });
    if (teller !== undefined) teller.listeners = 'open';
  });
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGPIPE'] as const) process.on(signal, () => {});
  return leave;
}

void main().catch((error: unknown) => {
  complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(70);
});
