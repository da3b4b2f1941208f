import { isBackgroundChild, startInBackground, tellReady } from './background.ts';
import type { DaemonRequest } from './options.ts';
import { runDaemon } from './run.ts';
import { isUpgrade } from './upgrade/baggage.ts';

/** Runs the daemon here, or starts it in the background and waits until it serves. */
export async function startDaemon(options: DaemonRequest): Promise<number> {
  const isFirst = !isBackgroundChild() && !isUpgrade();
  if (options.mode === 'background' && isFirst) return startInBackground();
  return runDaemon(options, tellReady);
}
