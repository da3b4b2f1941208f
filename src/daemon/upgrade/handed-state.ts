import type { Micros } from '../../base/time.ts';
import type { NodeState } from '../../core/node-state.ts';
import type { AddressSideState } from '../address-side.ts';

/** Grows when something changes its meaning, or must not be missing. */
export const STATE_VERSION = 1;

/** What one program leaves to the next; plain data. */
export interface HandedState {
  readonly version: number;
  /** From when on nobody has acted. */
  readonly frozenAt: Micros;
  readonly node: NodeState;
  readonly addresses: AddressSideState;
}
