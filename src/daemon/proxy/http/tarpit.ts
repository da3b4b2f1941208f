import { addMicros, type Micros } from '../../../base/time.ts';
import type { LiveProxy } from '../../../core/proxy/live.ts';

/** The answer comes late, so that the client has waited. */
export interface Tarpitted {
  readonly owner: LiveProxy;
  readonly status: number;
  readonly until: Micros;
}

export function tarpittedBy(
  { owner, status }: Pick<Tarpitted, 'owner' | 'status'>,
  front: LiveProxy,
  now: Micros,
): Tarpitted {
  const { tarpit, connect } = { ...front.config.timeouts, ...owner.config.timeouts };
  return { owner, status, until: addMicros(now, tarpit ?? connect ?? 0) };
}
