/** What an operator wants of a virtual router beyond its configuration, until he takes it back. */
import type { OperatorOrder } from './types.ts';

const PRIORITY_OWNER = 255;

/**
 * `handed-over`: follows whoever serves, and takes over only from silence. `drained`: never takes over.
 */
export type Restraint = 'none' | 'handed-over' | 'drained';

export class Standing {
  #restraint: Restraint = 'none';
  #priority: number | undefined;

  get restraint(): Restraint {
    return this.#restraint;
  }

  get priority(): number | undefined {
    return this.#priority;
  }

  /** An owner's is nobody's to change. */
  priorityOf({ priority }: { readonly priority: number }): number {
    return priority === PRIORITY_OWNER ? priority : (this.#priority ?? priority);
  }

  apply(order: OperatorOrder): void {
    if (order.kind === 'priority') this.#priority = order.priority;
    else if (order.kind === 'drain') this.#restraint = 'drained';
    else if (order.kind === 'undrain') this.#restraint = 'none';
    else if (this.#restraint === 'none') this.#restraint = 'handed-over';
  }

  /** Serving again, a router that was relieved is one like any other. */
  becameMaster(): void {
    if (this.#restraint === 'handed-over') this.#restraint = 'none';
  }

  restore(state: { readonly restraint: Restraint; readonly priority: number | undefined }): void {
    this.#restraint = state.restraint;
    this.#priority = state.priority;
  }
}
