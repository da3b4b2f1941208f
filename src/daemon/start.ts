import { isBackgroundChild, startInBackground, tellReady } from './background.ts';
import type { DaemonOptions } from './options.ts';
import { runDaemon } from './run.ts';

/** Runs the daemon here, or starts it in the background and waits until it serves. */
export async function startDaemon(options: DaemonOptions): Promise<number> {
  if (options.mode === 'background' && !isBackgroundChild()) return startInBackground();
  return runDaemon(options, tellReady);
}
