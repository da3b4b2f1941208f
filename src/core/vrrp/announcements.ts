/** When a master announces its addresses again: the second set, the refresh, the reminder. */
import { type Micros, micros } from '../../base/time.ts';
import { virtualAddressesOf } from '../../config/model/virtual-addresses.ts';
import type { VirtualAddress, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { Sink } from '../machine.ts';
import type { Deadlines } from './deadlines.ts';
import type { VrrpEffect } from './types.ts';

export type AnnouncementDeadline = 'announceAgain' | 'announceRefresh' | 'announceLowerPriority';

export class Announcements {
  readonly #deadlines: Pick<Deadlines<AnnouncementDeadline>, 'set' | 'clear' | 'get'>;

  constructor(deadlines: Pick<Deadlines<AnnouncementDeadline>, 'set' | 'clear' | 'get'>) {
    this.#deadlines = deadlines;
  }

  start(now: Micros, model: VrrpInstanceModel, out: Sink<VrrpEffect>): void {
    const { repeat, delay, refresh } = model.announcements;
    announce(model, virtualAddressesOf(model), repeat, out);
    if (delay > 0) this.#deadlines.set('announceAgain', micros(now + delay));
    if (refresh > 0) this.#deadlines.set('announceRefresh', micros(now + refresh));
  }

  stop(): void {
    this.#deadlines.clear('announceAgain');
    this.#deadlines.clear('announceRefresh');
    this.#deadlines.clear('announceLowerPriority');
  }

  /** A lower master spoke, so switches and neighbours may believe it. */
  lowerPriorityHeard(now: Micros, model: VrrpInstanceModel, out: Sink<VrrpEffect>): void {
    const { lowerPriorityRepeat, lowerPriorityDelay } = model.announcements;
    announce(model, virtualAddressesOf(model), lowerPriorityRepeat, out);
    if (lowerPriorityDelay > 0) {
      this.#deadlines.set('announceLowerPriority', micros(now + lowerPriorityDelay));
    }
  }

  reconfigured(
    now: Micros,
    model: VrrpInstanceModel,
    added: readonly VirtualAddress[],
    out: Sink<VrrpEffect>,
  ): void {
    const { repeat, refresh } = model.announcements;
    announce(model, added, repeat, out);
    if (refresh === 0) this.#deadlines.clear('announceRefresh');
    else if (this.#deadlines.get('announceRefresh') === undefined) {
      this.#deadlines.set('announceRefresh', micros(now + refresh));
    }
  }

  fire(
    now: Micros,
    kind: AnnouncementDeadline,
    model: VrrpInstanceModel,
    out: Sink<VrrpEffect>,
  ): void {
    const { repeat, refresh, refreshRepeat, lowerPriorityRepeat } = model.announcements;
    const addresses = virtualAddressesOf(model);
    if (kind === 'announceAgain') announce(model, addresses, repeat, out);
    else if (kind === 'announceLowerPriority') {
      announce(model, addresses, lowerPriorityRepeat, out);
    } else {
      announce(model, addresses, refreshRepeat, out);
      this.#deadlines.set('announceRefresh', micros(now + refresh));
    }
  }
}

function announce(
  model: VrrpInstanceModel,
  addresses: readonly VirtualAddress[],
  repeat: number,
  out: Sink<VrrpEffect>,
): void {
  if (addresses.length === 0 || repeat === 0) return;
  out.push({ kind: 'announce', instance: model.name, addresses, repeat });
}
