import { setTimeout as sleep } from 'node:timers/promises';
import { type Losses, startLoad } from './load.ts';
import { type Mode, ReloadStage, type Side } from './stage.ts';

export interface Outcome extends Losses {
  readonly side: Side;
  readonly reloads: number;
  /** Workers at one time, at most. */
  readonly mostWorkers: number;
  /** Descriptors of the master, more than before. */
  readonly descriptors: number;
  /** Processes, files and sockets, once the master has ended. */
  readonly left: readonly string[];
}

const WARM_UP_MS = 500;
const EACH_MS = 1000;

/** Under load, a reload every second; then the old workers must go, and in the end everything. */
export async function runReloads(
  side: Side,
  modes: readonly Mode[],
  reloads: number,
): Promise<readonly Outcome[]> {
  const stage = new ReloadStage(side);
  try {
    await stage.open();
    const before = stage.descriptors();
    const loads = modes.map((mode) => startLoad(stage, mode));
    await sleep(WARM_UP_MS);
    let mostWorkers = 0;
    for (let count = 0; count < reloads; count++) {
      stage.reload();
      await sleep(EACH_MS);
      mostWorkers = Math.max(mostWorkers, stage.workers().length);
    }
    const losses = await Promise.all(loads.map((load) => load.end()));
    await stage.until('down to one worker', () => stage.workers().length === 1);
    const descriptors = stage.descriptors() - before;
    if (!stage.isServing()) throw new Error(`${side} does not serve any more`);
    const left = await stage.finish();
    return losses.map((each) => ({ side, reloads, mostWorkers, descriptors, left, ...each }));
  } finally {
    await stage.close();
  }
}
