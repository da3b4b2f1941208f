/** Reloads of a file with a thousand instances, of which one gets an address more. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import type { Program } from '../../src/lab/programs.ts';
import { groupBy } from '../support/figures.ts';
import { rhythmOf } from '../support/rhythm.ts';
import { openStage, programs } from '../support/stage.ts';
import { interfacesOf, manyAddress, manyText } from './many.ts';

const advertSeconds = 1;

export interface LargeReload {
  /** From SIGHUP until the new address was there. */
  readonly ms: number;
  /** Adverts of all instances on the first interface that did not come, until 3 s later. */
  readonly missed: number;
  readonly longestMs: number;
}

export type LargeReloads = Readonly<Record<Program, readonly LargeReload[]>>;

/** Both programs stand side by side, each with segments of its own, and are reloaded in turn. */
export async function measureReloads(count: number, rounds: number): Promise<LargeReloads> {
  const outcomes: Record<Program, LargeReload[]> = { holdfast: [], keepalived: [] };
  for (const program of programs) {
    const interfaces = interfacesOf(count).map((name, index) => ({
      name,
      segment: index === 0 ? 'lan' : `lan${index}`,
    }));
    const { lab, tap, close } = await openStage(['a'], [4], interfaces);
    try {
      const [host] = lab.hosts;
      if (host === undefined) throw new Error('hosts');
      const text = (enlarged: number): string =>
        manyText({ count, priority: 100, advertSeconds, enlarged });
      const file = host.write('many.conf', text(0));
      const daemon: HostProcess = await host.start({ program, config: { file } });
      await lab.waitForHolder(manyAddress(count - 1, 0), host.name, { timeoutMs: 60_000 });
      for (let round = 1; round <= rounds; round++) {
        await sleep(5000);
        tap.clear();
        await sleep(1500);
        host.write('many.conf', text(round));
        const address = manyAddress(round - 1, 1);
        const beginMs = monotonicMs();
        daemon.signal('SIGHUP');
        await lab.waitForHolder(address, host.name);
        const thereMs =
          host.addressEvents.findLast((event) => event.address === address)?.atMs ?? Number.NaN;
        await sleep(3000);
        const untilMs = monotonicMs();
        const byVrid = groupBy(tap.seen, ({ vrid }) => vrid);
        const rhythms = [...byVrid.values()].map((adverts) =>
          rhythmOf(adverts, { intervalMs: advertSeconds * 1000, untilMs }),
        );
        outcomes[program].push({
          ms: thereMs - beginMs,
          missed: rhythms.reduce((sum, { missed }) => sum + missed, 0),
          longestMs: Math.max(...rhythms.map(({ longestMs }) => longestMs)),
        });
      }
    } finally {
      await close();
    }
  }
  return outcomes;
}
