/** A script runner that counts how scripts end, and how long they run. */
import type { Clock } from '../../ports/clock.ts';
import type { ScriptOutcome, ScriptRunner } from '../../ports/scripts.ts';
import type { ScriptResult, VrrpMetrics } from './vrrp-metrics.ts';

export interface MeasureParts {
  readonly scripts: ScriptRunner;
  readonly clock: Clock;
  readonly metrics: VrrpMetrics;
}

export function measureScripts(
  { scripts, clock, metrics }: MeasureParts,
  kind: 'track' | 'notify',
): ScriptRunner {
  return {
    run: (command, options, onEnd) => {
      const began = clock.now();
      const name = options.name ?? command.argv[0] ?? '';
      return scripts.run(command, options, (outcome) => {
        metrics.scriptEnded({ name, kind }, resultOf(outcome), clock.now() - began);
        onEnd(outcome);
      });
    },
  };
}

function resultOf(outcome: ScriptOutcome): ScriptResult {
  if (outcome.kind !== 'exited') return outcome.kind;
  return outcome.status === 0 ? 'success' : 'failure';
}
