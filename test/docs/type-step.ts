/** Types a block as a page says, once or until what it shows comes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandResult } from '../../src/lab/execute.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { matchesShown } from './shown.ts';
import type { Step } from './steps.ts';

const PATIENCE_MS = 90_000;
const AGAIN_MS = 250;

export interface Typing {
  /** Runs the block on a host, what it says on both outputs in one. */
  run(host: string, text: string): Promise<CommandResult>;
  /** What else may tell why it failed. */
  logs(): string;
}

export async function typeStep(
  step: Step & { readonly kind: 'type' },
  { run, logs }: Typing,
): Promise<void> {
  for (const host of step.hosts) {
    const endMs = monotonicMs() + PATIENCE_MS;
    for (;;) {
      const result = await run(host, step.text);
      const printed = result.stdout + result.stderr;
      const isShown = step.shown === undefined || matchesShown(step.shown, printed);
      if (result.status === step.status && isShown) break;
      if (step.patience === 'once' || monotonicMs() > endMs) {
        const wanted = step.shown === undefined ? '' : `\n--- the page shows\n${step.shown}`;
        const what = `line ${step.line}: ${host}: status ${result.status}, printed`;
        throw new Error(`${what}\n${printed}${wanted}${logs()}`);
      }
      await sleep(AGAIN_MS);
    }
  }
}
