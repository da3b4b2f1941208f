/** The proxy as a process: sockets of the kernel, logs, and signals around a worker. */
import { createRng } from '../../base/rng.ts';
import type { ProxyConfig } from '../../config/model/proxy.ts';
import {
  describeChange,
  describeEmptyBackend,
  describeJudgement,
} from '../../core/proxy/health/log-lines.ts';
import type { HealthEffect } from '../../core/proxy/health/types.ts';
import type { LiveProxy } from '../../core/proxy/live.ts';
import { ALONE, type Place } from '../../core/proxy/workers/place.ts';
import { createClock } from '../../linux/clock.ts';
import { readDescriptorLimit } from '../../linux/descriptor-limit.ts';
import { openFdWatcher } from '../../linux/fd-watcher.ts';
import { createPatternCompiler } from '../../linux/patterns.ts';
import { openStreams } from '../../linux/streams/streams.ts';
import { openTls } from '../../linux/streams/tls/tls.ts';
import { isSysError } from '../../ports/sys-error.ts';
import { createProxyChecks } from '../../probe/proxy-check/checks.ts';
import { CHUNK_BYTES } from '../../proxy/pump.ts';
import { complain } from './load-config.ts';
import { LogSender } from './log-sender.ts';
import { NameResolver } from './name-resolver.ts';
import { SessionLog } from './session-log.ts';
import { createStatsServices } from './stats-services.ts';
import { openStatsSockets } from './stats-socket.ts';
import { createProxyTls } from './tls/proxy-tls.ts';
import { keyOf, type ListenFailure } from './traffic.ts';
import { ProxyWorker, seedOf } from './worker.ts';

const CHECKS_MOST = 1000;

export interface RunningProxy {
  readonly worker: ProxyWorker;
  /** Nobody new; resolves when the last session has ended. */
  stopSoftly(): Promise<void>;
  close(): void;
}

/** A worker whose sockets listen, or what kept them from it. `onHealth` is told that servers may have changed. */
export async function startProxy(
  config: ProxyConfig,
  inherited: ReadonlyMap<string, number> = new Map(),
  place: Place = ALONE,
  onHealth: () => void = () => {},
): Promise<RunningProxy | readonly ListenFailure[] | readonly string[]> {
  const clock = createClock();
  const watcher = await openFdWatcher();
  const streams = openStreams(watcher);
  if (isSysError(streams)) throw new Error(streams.message);
  const shared = streams.createBlock(CHUNK_BYTES);
  const tls = createProxyTls(config, openTls(), shared);
  if (!('acceptors' in tls)) {
    streams.close();
    watcher.close();
    return tls;
  }
  const sender = new LogSender(clock);
  const worker = new ProxyWorker({
    ...{ config, place, streams, shared, tls, clock },
    rng: createRng(seedOf(clock)),
    maxDescriptors: readDescriptorLimit() ?? 1024,
    checks: createProxyChecks({
      ...{ clock, patterns: createPatternCompiler(), most: CHECKS_MOST },
      bufferBytes: config.global.bufferSize,
    }),
    onHealth: (effect) => {
      onHealth();
      tellOfHealth(effect, sender);
    },
    onWarning: ({ config }, text) => sender.send(config.logs, 'warning', text),
    log: (it) => {
      const log = new SessionLog(it.live, clock, sender, (known) => it.factsOf(known));
      return (record, end) => log.http(record, end);
    },
    onTcp: (it) => {
      const log = new SessionLog(it.live, clock, sender, (known) => it.factsOf(known));
      return (record) => log.tcp(record);
    },
    onRefused: (it) => {
      const log = new SessionLog(it.live, clock, sender, (known) => it.factsOf(known));
      return (admission, text) => log.refused(admission, text);
    },
    onTurnedAway: (it) => {
      const log = new SessionLog(it.live, clock, sender, (known) => it.factsOf(known));
      return (arrival, why) => log.turnedAway(arrival, why);
    },
    droppedLogs: () => sender.dropped,
    stats: (it) => createStatsServices(it),
  });
  const failures = worker.listen(inherited);
  if (failures.length > 0) {
    worker.close();
    tls.close();
    streams.close();
    watcher.close();
    return failures;
  }
  const leading = place.index === 0 ? await lead(worker) : undefined;
  const close = (): void => {
    leading?.close();
    worker.close();
    tls.close();
    streams.close();
    watcher.close();
    sender.close();
  };
  return {
    worker,
    close,
    stopSoftly: async () => {
      worker.stopSoftly();
      await worker.traffic.whenEmpty();
    },
  };
}

/** What one process does for all. */
async function lead(worker: ProxyWorker): Promise<{ close(): void }> {
  const sockets = await openStatsSockets(worker);
  for (const text of sockets.failures) complain(text);
  const names = new NameResolver(worker);
  worker.start();
  names.start();
  return {
    close: () => {
      names.close();
      sockets.close();
    },
  };
}

function tellOfHealth(effect: HealthEffect, sender: LogSender): void {
  if (effect.kind === 'judged') {
    const { server } = effect.judgement;
    if (!server.proxy.config.options.has('log-health-checks')) return;
    const line = describeJudgement(effect.judgement);
    if (line !== undefined) sender.send(server.proxy.config.logs, line.severity, line.text);
  } else if (effect.kind === 'changed') {
    const { server } = effect.change;
    const figures = {
      sessions: server.counters.current,
      requeued: 0,
      queued: server.counters.queued,
    };
    const line = describeChange(effect.change, figures);
    sender.send(server.proxy.config.logs, line.severity, line.text);
  } else if (effect.kind === 'backendChanged' && effect.to === 'down') {
    const line = describeEmptyBackend(effect.proxy);
    sender.send(effect.proxy.config.logs, line.severity, line.text);
  }
}

/** As HAProxy says it. */
export function describeListenFailure({ proxy, address, error }: ListenFailure): string {
  const where = address.kind === 'ip' ? `${address.ip}:${address.port}` : keyOfAddress(address);
  const kind = kindOf(proxy);
  return `Starting ${kind} ${proxy.config.name}: cannot bind socket (${error.message}) [${where}]`;
}

const kindOf = ({ config }: LiveProxy): string =>
  config.kind === 'listen' ? 'proxy' : config.kind;

function keyOfAddress(address: ListenFailure['address']): string {
  return address.kind === 'descriptor' ? `fd@${address.fd}` : keyOf(address);
}
