/** What a virtual router says: adverts to the group, notifications to the operator's scripts. */
import type { ChecksumPolicy, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { Sink } from '../machine.ts';
import type { Conditions } from './conditions.ts';
import type { NotifyState, VrrpEffect, VrrpStatistics } from './types.ts';

const PRIORITY_STOP = 0;

export interface VoiceParts {
  readonly conditions: Conditions;
  readonly statistics: VrrpStatistics;
  model(): VrrpInstanceModel;
}

export class Voice {
  readonly #parts: VoiceParts;
  /** `detect` may become `old-unicast`. */
  checksum: ChecksumPolicy;
  #goodbye: 'unsaid' | 'said' = 'unsaid';

  constructor(parts: VoiceParts) {
    this.#parts = parts;
    this.checksum = parts.model().checksum;
  }

  advert(priority: number, out: Sink<VrrpEffect>): void {
    const { conditions, statistics, model } = this.#parts;
    const source = conditions.lastSource;
    this.#goodbye = priority === PRIORITY_STOP ? 'said' : 'unsaid';
    if (source === undefined) return;
    statistics.advertsSent++;
    if (priority === PRIORITY_STOP) statistics.priorityZeroSent++;
    const { checksum } = this;
    out.push({ kind: 'sendAdvert', instance: model().name, priority, source, checksum });
  }

  /** Priority 0, unless that was the last word already. */
  goodbye(out: Sink<VrrpEffect>): 'said' | 'said before' {
    if (this.#goodbye === 'said') return 'said before';
    this.advert(PRIORITY_STOP, out);
    return 'said';
  }

  notify(state: NotifyState, priority: number, out: Sink<VrrpEffect>): void {
    out.push({ kind: 'notify', instance: this.#parts.model().name, state, priority });
  }
}
