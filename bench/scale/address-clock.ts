/** When addresses of a host came and went (address-clock.c), read by the lab now and then only. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import { projectRoot } from '../../src/lab/programs.ts';

const LOOK_MS = 100;
const SOURCE = join(projectRoot(), 'bench', 'scale', 'address-clock.c');

export interface AddressClock {
  /** By now. */
  count(what: 'added' | 'removed'): number;
  /** When there had been so many, on the axis of `monotonicMs`; undefined: not yet. */
  atMs(what: 'added' | 'removed', count: number): number | undefined;
  /** Rejects where they have not come after `limitMs`. */
  until(what: 'added' | 'removed', count: number, limitMs: number): Promise<number>;
}

/** Until the host is switched off. Its `ip monitor` rests meanwhile: it prints, and the lab reads, each event. */
export async function startAddressClock(host: Host): Promise<AddressClock> {
  const program = host.path('address-clock');
  execFileSync('cc', ['-O2', '-o', program, SOURCE]);
  await host.run('kill -STOP $(pidof ip)');
  const seen: { readonly atMs: number; readonly added: number; readonly removed: number }[] = [];
  const read = (line: string): void => {
    const [atMs = 0, added = 0, removed = 0] = line.split(' ').map(Number);
    seen.push({ atMs, added, removed });
  };
  await host.spawn([program], { onStdoutLine: read });
  while (seen.length === 0) await sleep(LOOK_MS);
  const clock: AddressClock = {
    count: (what) => seen.at(-1)?.[what] ?? 0,
    atMs: (what, count) => seen.find((each) => each[what] >= count)?.atMs,
    until: async (what, count, limitMs) => {
      for (const endMs = performance.now() + limitMs; performance.now() < endMs; ) {
        if (clock.count(what) >= count) return clock.atMs(what, count) ?? Number.NaN;
        await sleep(LOOK_MS);
      }
      throw new Error(`${clock.count(what)} of ${count} addresses ${what}`);
    },
  };
  return clock;
}
