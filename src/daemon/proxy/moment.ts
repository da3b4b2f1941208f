import { hostname } from 'node:os';
import type { ProcessFacts, StatsMoment } from '../../core/proxy/stats/process-facts.ts';
import { VERSION } from '../version.ts';
import { zoneOf } from './log-sender.ts';
import type { ProxyWorker } from './worker.ts';
import { figuresOf } from './workers/figures.ts';
import type { Figures } from './workers/messages.ts';

/** What tools that read statistics take for the version of what they know. */
const PRODUCT = 'HAProxy';
export const PROXY_VERSION = `2.6.12-holdfast-${VERSION}`;
/** Descriptors that are not connections: logs, sockets, checks. */
const OTHER_DESCRIPTORS = 100;

/** Everything that statistics tell, at this moment. */
export function momentOf(worker: ProxyWorker): StatsMoment {
  const wallMs = worker.clock.wallMs();
  return {
    live: worker.team?.merged() ?? worker.live,
    now: worker.clock.now(),
    wallMs,
    zoneMinutes: zoneOf(wallMs),
    facts: processFacts(worker),
  };
}

function processFacts(worker: ProxyWorker): ProcessFacts {
  const { maxDescriptors } = worker;
  const all = [figuresOf(worker), ...(worker.team?.figures() ?? [])];
  const sum = (read: (each: Figures) => number): number =>
    all.reduce((total, each) => total + read(each), 0);
  const hardMaxconn = Math.max(1, Math.floor((maxDescriptors - OTHER_DESCRIPTORS) / 2));
  return {
    product: PRODUCT,
    version: PROXY_VERSION,
    releaseDate: '2026/11/26',
    pid: process.pid,
    hostName: worker.live.config.global.node ?? hostname(),
    maxDescriptors,
    maxconn: worker.traffic.maxconn ?? hardMaxconn,
    hardMaxconn,
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
    tasks: sum(({ sessions }) => sessions),
    idlePercent: Math.round(sum(({ idlePercent }) => idlePercent) / all.length),
    state: worker.isStopping ? 'stopping' : 'running',
    droppedLogs: sum(({ droppedLogs }) => droppedLogs),
    failedResolutions: worker.failedResolutions,
    bytesOutPerSecond: sum(({ bytesOutPerSecond }) => bytesOutPerSecond),
    tlsConnections: sum(({ tlsConnections }) => tlsConnections),
    environment: process.env,
  };
}
