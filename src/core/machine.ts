import type { Micros } from '../base/time.ts';

/** Where a machine puts its effects; an array serves. */
export interface Sink<Effect> {
  push(effect: Effect): unknown;
}

/** A state machine without a clock: time comes in, orders come out. */
export interface Machine<Input, Effect> {
  /** Applies one input at `now`; appends effects in the order in which they must be carried out. */
  handle(now: Micros, input: Input, out: Sink<Effect>): void;
  /** Fires every deadline that is due. */
  expire(now: Micros, out: Sink<Effect>): void;
  /** When `expire` must be called next; undefined when nothing is armed. */
  nextDeadline(): Micros | undefined;
}
