import { takeTally } from '../../../core/proxy/workers/tally.ts';
import type { ProxyWorker } from '../worker.ts';
import type { Figures } from './messages.ts';

export function figuresOf(worker: ProxyWorker): Figures {
  return {
    tally: takeTally(worker.live),
    // The other ways to know it read files, which there are none of after chroot.
    memoryBytes: process.resourceUsage().maxRSS * 1024,
    tlsConnections: worker.tlsConnections(),
    sessions: worker.traffic.sessions.size,
    idlePercent: worker.pulse.idlePercent,
    bytesOutPerSecond: worker.pulse.bytesOutPerSecond,
    droppedLogs: worker.droppedLogs(),
  };
}
