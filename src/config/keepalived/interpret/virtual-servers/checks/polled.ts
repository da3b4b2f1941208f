import { type Micros, seconds } from '../../../../../base/time.ts';
import type { PolledCheck } from '../../../../model/health-check.ts';
import type { ServerContext } from '../context.ts';
import { inheritedFlag, inheritedMicros, inheritedNumber, type Layers } from '../inherited.ts';

export interface CheckPlace {
  /** Key of its positions. */
  readonly owner: string;
  /** The real server and the virtual server around it. */
  readonly layers: Layers;
  /** BFD sessions that this real server follows already. */
  readonly sessions: Set<string>;
}

/** Where a kind of check differs from the others. */
export interface TimingDefaults {
  readonly retries?: number;
  readonly retryDelay?: Micros | 'interval';
}

export function readTiming(
  layers: Layers,
  { retries = 1, retryDelay = seconds(1) }: TimingDefaults,
  context: ServerContext,
): PolledCheck {
  const interval = inheritedMicros(layers, 'delay_loop') ?? context.interval;
  return {
    interval,
    retries: inheritedNumber(layers, 'retry') ?? retries,
    retryDelay:
      inheritedMicros(layers, 'delay_before_retry') ??
      (retryDelay === 'interval' ? interval : retryDelay),
    warmup: inheritedMicros(layers, 'warmup') ?? interval,
    alpha: inheritedFlag(layers, 'alpha'),
    logAllFailures: layers[0]?.bool('log_all_failures') ?? context.logAllFailures,
  };
}
