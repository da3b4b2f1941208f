/** Adverts as they are read, many in one go: the engine is told of each, the alarm is set once for all. */
import type { Micros } from '../base/time.ts';
import type { Node, NodeEffect, NodeInput } from '../core/node.ts';
import type { Clock } from '../ports/clock.ts';
import type { LazyAlarm } from './lazy-alarm.ts';

export interface HearingParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly node: Node;
  readonly alarm: LazyAlarm;
  isAlive(): boolean;
  /** What lies unread in the sockets is heard before this returns. */
  read(): void;
  carryOut(effects: readonly NodeEffect[]): void;
}

export class Hearing {
  readonly #parts: HearingParts;
  readonly #effects: NodeEffect[] = [];
  #phase: 'idle' | 'hearing' = 'idle';
  /** Of the turn in which it is read. */
  #now: Micros | undefined;
  #alarm: 'right' | 'stale' = 'right';
  #late: 'none' | 'some' = 'none';

  constructor(parts: HearingParts) {
    this.#parts = parts;
  }

  /** Most of what a backup hears does no more than put its instant off. */
  hear(input: NodeInput): void {
    const { clock, node, carryOut } = this.#parts;
    this.#phase = 'hearing';
    this.#now ??= clock.now();
    node.handle(this.#now, input, this.#effects);
    if (this.#effects.length > 0) carryOut(this.#effects.splice(0));
    this.#phase = 'idle';
    if (input.kind === 'advertReceived' && input.times !== undefined) this.#late = 'some';
    if (this.#alarm === 'stale') return;
    this.#alarm = 'stale';
    queueMicrotask(this.#settle);
  }

  /** Adverts that lie unread are older than whatever else there is. */
  readonly readWaiting = (): void => {
    const { isAlive, read } = this.#parts;
    if (this.#phase === 'hearing' || !isAlive()) return;
    read();
    this.#settle();
  };

  /** Before the engine judges: returns the instant of which nothing older lies unread. */
  beforeDue(): Micros {
    const { clock, node } = this.#parts;
    const now = clock.now();
    // Hundreds of routers have a hello due some time or other; nothing that lies unread concerns it.
    if (!node.judgesBy(now)) return now;
    this.readWaiting();
    return clock.now();
  }

  readonly #settle = (): void => {
    const { alarm, isAlive, node } = this.#parts;
    this.#now = undefined;
    if (this.#alarm === 'right') return;
    this.#alarm = 'right';
    if (isAlive()) {
      alarm.arm(node.nextDeadline());
      // Read late, it is hardly ever put off again before it goes off.
      if (this.#late === 'some') alarm.settle();
    }
    this.#late = 'none';
  };
}
