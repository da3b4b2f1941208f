import { createInterface } from 'node:readline';
import { openFdWatcher } from '../linux/fd-watcher.ts';
import { requestRealtime } from '../linux/process.ts';
import { announce } from './agent/announce.ts';
import { startProber } from './agent/prober.ts';
import type { ProberCommand, ProberEvent, ServiceEvent } from './agent/protocol.ts';
import { startService } from './agent/service.ts';

/*
 * The program that the lab starts on its hosts and its client:
 *
 *   lab-agent service OPTIONS    answers probes and HTTP
 *   lab-agent prober OPTIONS     probes a VIP; commands on the standard input
 *   lab-agent announce OPTIONS   announces an address once, and ends
 *
 * OPTIONS is a JSON text. It ends with its standard input.
 */
function emit(event: ServiceEvent | ProberEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Lets measuring go on while others keep the processors busy; below any daemon's priority. */
const realtimePriority = 1;

async function main(role: string | undefined, text: string): Promise<void> {
  const options = JSON.parse(text);
  // Where it is not permitted, what is measured is coarser, and the report tells the stall.
  requestRealtime(realtimePriority);
  const lines = createInterface({ input: process.stdin });
  lines.on('close', () => process.exit(0));
  if (role === 'announce') {
    announce(options);
    process.exit(0);
  } else if (role === 'service') {
    await startService(options);
  } else if (role === 'prober') {
    const carryOut = await startProber(options, await openFdWatcher(), emit);
    lines.on('line', (line) => carryOut(JSON.parse(line) as ProberCommand));
  } else {
    throw new Error(`unknown role ${role}`);
  }
  emit({ kind: 'ready' });
}

main(process.argv[2], process.argv[3] ?? '{}').catch((error: Error) => {
  emit({ kind: 'failed', message: error.message });
  process.exit(1);
});
