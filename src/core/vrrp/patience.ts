/** How long a virtual router waits before it takes over (RFC 9568 §6.1), by what it knows now. */
import { type Micros, micros } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { Following } from './following.ts';
import { masterDownInterval, ownerRecoveryTime, type SkewParameters, skewTime } from './timers.ts';

const PRIORITY_OWNER = 255;

/** What is waited for: adverts again, or only those ahead of us after a goodbye; or it begins anew. */
export type Wait = 'master-down' | 'skew' | 'start' | 'recovery';

export interface PatienceParts {
  readonly following: Following;
  model(): VrrpInstanceModel;
  priority(): number;
}

/** What the wait for adverts was reckoned from. */
interface Reckoned {
  readonly model: VrrpInstanceModel;
  readonly priority: number;
  readonly masterAdvertInterval: Micros;
  readonly wait: Micros;
}

export class Patience {
  readonly #parts: PatienceParts;
  /** Every advert asks for it, and gets the same. */
  #masterDown: Reckoned | undefined;

  constructor(parts: PatienceParts) {
    this.#parts = parts;
  }

  wait(why: Wait): Micros {
    if (why !== 'master-down') return this.#reckon(why);
    const model = this.#parts.model();
    const priority = this.#parts.priority();
    const masterAdvertInterval = this.#parts.following.advertInterval;
    const last = this.#masterDown;
    if (
      last?.model === model &&
      last.priority === priority &&
      last.masterAdvertInterval === masterAdvertInterval
    ) {
      return last.wait;
    }
    const wait = this.#reckon(why);
    this.#masterDown = { model, priority, masterAdvertInterval, wait };
    return wait;
  }

  #reckon(why: Wait): Micros {
    const { priority, initialState, downTimerAdverts } = this.#parts.model();
    const parameters = this.#parameters();
    const isOwner = priority === PRIORITY_OWNER;
    if (why === 'skew') return skewTime(parameters);
    // An owner that wants it begins at once; everybody else listens first.
    if (why === 'start' && isOwner && initialState === 'master') return micros(1);
    if (why === 'recovery' && isOwner) return ownerRecoveryTime(parameters);
    return masterDownInterval({ downTimerAdverts, ...parameters });
  }

  #parameters(): SkewParameters {
    const { following, model, priority } = this.#parts;
    const isOwner = model().priority === PRIORITY_OWNER;
    return {
      version: model().version,
      priority: isOwner ? PRIORITY_OWNER : priority(),
      masterAdvertInterval: following.advertInterval,
    };
  }
}
