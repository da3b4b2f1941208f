/** Whether enough weight lives: gained and lost at different weights, so that it does not flap. */
export interface Quorum {
  readonly quorum: number;
  readonly hysteresis: number;
}

export type QuorumState = 'up' | 'down';

export function nextQuorum(
  state: QuorumState,
  weight: number,
  { quorum, hysteresis }: Quorum,
): QuorumState {
  if (state === 'down') return weight >= quorum + hysteresis ? 'up' : 'down';
  return weight === 0 || weight < quorum - hysteresis ? 'down' : 'up';
}
