import { hostname } from 'node:os';
import type { ProcessFacts, StatsMoment } from '../../core/proxy/stats/process-facts.ts';
import { VERSION } from '../version.ts';
import { zoneOf } from './log-sender.ts';
import type { ProxyWorker } from './worker.ts';

/** What tools that read statistics take for the version of what they know. */
const PRODUCT = 'HAProxy';
/** Descriptors that are not connections: logs, sockets, checks. */
const OTHER_DESCRIPTORS = 100;

/** Everything that statistics tell, at this moment. */
export function momentOf(worker: ProxyWorker): StatsMoment {
  const wallMs = worker.clock.wallMs();
  return {
    live: worker.live,
    now: worker.clock.now(),
    wallMs,
    zoneMinutes: zoneOf(wallMs),
    facts: processFacts(worker),
  };
}

function processFacts(worker: ProxyWorker): ProcessFacts {
  const { maxDescriptors } = worker;
  const hardMaxconn = Math.max(1, Math.floor((maxDescriptors - OTHER_DESCRIPTORS) / 2));
  const { utilization } = performance.eventLoopUtilization();
  return {
    product: PRODUCT,
    version: `2.6.12-holdfast-${VERSION}`,
    releaseDate: '2026/11/26',
    pid: process.pid,
    hostName: worker.live.config.global.node ?? hostname(),
    maxDescriptors,
    maxconn: worker.traffic.maxconn ?? hardMaxconn,
    hardMaxconn,
    // The other ways to know it read files, which there are none of after chroot.
    memoryBytes: process.resourceUsage().maxRSS * 1024,
    tasks: worker.traffic.sessions.size,
    idlePercent: Math.round(100 * (1 - utilization)),
    state: worker.isStopping ? 'stopping' : 'running',
    droppedLogs: 0,
    failedResolutions: 0,
    bytesOutPerSecond: 0,
    tlsConnections: worker.tlsConnections(),
    environment: process.env,
  };
}
