import { type Micros, seconds } from '../base/time.ts';
import type { ScriptCommand } from '../config/model/vrrp.ts';
import type { Finding } from '../core/check/probe.ts';
import type { ScriptOutcome, ScriptRunner } from '../ports/scripts.ts';
import type { Attempt } from './attempt.ts';
import { fail } from './failures.ts';

/** From SIGTERM to SIGKILL. */
const PATIENCE = seconds(2);
/** From SIGKILL until a process that the kernel holds is no longer waited for. */
const KERNEL_PATIENCE = seconds(2);

interface ScriptProbe {
  readonly command: ScriptCommand;
  readonly timeout: Micros;
}

/**
 * Runs a program. One that is late is ended, and the probe with it, so that no two of a check overlap;
 * `onGone` is called when nothing runs any more, also after the attempt was abandoned.
 */
export function probeScript(
  attempt: Attempt,
  scripts: ScriptRunner,
  { command, timeout }: ScriptProbe,
  onGone: () => void,
): void {
  let phase: 'running' | 'ending' | 'ended' = 'running';
  let killer: NodeJS.Timeout | undefined;
  let late: { readonly finding: Finding; readonly latency: Micros } | undefined;
  const script = scripts.run(command, { output: 'last-line' }, (outcome) => {
    phase = 'ended';
    clearTimeout(killer);
    if (late === undefined) attempt.end(judge(outcome));
    else attempt.end(late.finding, late.latency);
    onGone();
  });
  const terminate = (): void => {
    if (phase !== 'running') return;
    phase = 'ending';
    script.kill('SIGTERM');
    killer = setTimeout(() => script.kill('SIGKILL'), PATIENCE / 1000);
  };
  attempt.hold(terminate);
  attempt.within(timeout, () => {
    const detail = `still running after ${timeout / 1_000_000} s`;
    const overdue = { finding: fail('timeout', detail), latency: attempt.elapsed() };
    late = overdue;
    terminate();
    const patience = (PATIENCE + KERNEL_PATIENCE) as Micros;
    attempt.within(patience, () => attempt.end(overdue.finding, overdue.latency));
  });
}

function judge(outcome: ScriptOutcome): Finding {
  switch (outcome.kind) {
    case 'exited':
      return { kind: 'exited', status: outcome.status };
    case 'signalled':
      return fail('answer', `ended by ${outcome.signal}`);
    case 'not-started':
      return fail('local', outcome.reason);
  }
}
