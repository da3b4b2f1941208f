/** What one virtual router tells people: each kind of trouble once, until something changes. */
import type { Micros } from '../../base/time.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';
import type { Sink } from '../machine.ts';
import type { AdvertNote, RefusalReason, VrrpEffect, VrrpEvent } from './types.ts';

/** Different troubles remembered; forged senders beyond that are counted, not reported. */
const REPORTED_MAX = 64;

export class Journal {
  readonly #instance: string;
  readonly #reported = new Set<string>();

  constructor(instance: string) {
    this.#instance = instance;
  }

  /** A new state or a new master: old trouble is news again. */
  forget(): void {
    this.#reported.clear();
  }

  record(event: VrrpEvent, out: Sink<VrrpEffect>): void {
    out.push({ kind: 'record', event });
  }

  refused(
    at: Micros,
    advert: ReceivedAdvert,
    refusal: { readonly reason: RefusalReason; readonly detail: string },
    out: Sink<VrrpEffect>,
  ): void {
    const { reason, detail } = refusal;
    const { source: from } = advert;
    const instance = this.#instance;
    this.#once(
      `refused ${reason} ${from}`,
      { kind: 'advertRefused', instance, at, from, reason, detail },
      out,
    );
  }

  faults(at: Micros, faults: readonly string[], out: Sink<VrrpEffect>): void {
    const instance = this.#instance;
    this.#once(`faults ${faults.join()}`, { kind: 'faultChanged', instance, at, faults }, out);
  }

  /** Notes an advert that was accepted but says something remarkable. */
  advert(
    at: Micros,
    advert: ReceivedAdvert,
    note: {
      readonly note: AdvertNote;
      readonly ownPriority: number;
      readonly often: 'each' | 'once';
    },
    out: Sink<VrrpEffect>,
  ): void {
    const event: VrrpEvent = {
      kind: 'advertNoted',
      instance: this.#instance,
      at,
      from: advert.source,
      priority: advert.priority,
      ownPriority: note.ownPriority,
      note: note.note,
    };
    if (note.often === 'each') this.record(event, out);
    else this.#once(`${note.note} ${advert.source}`, event, out);
  }

  #once(key: string, event: VrrpEvent, out: Sink<VrrpEffect>): void {
    if (this.#reported.has(key) || this.#reported.size >= REPORTED_MAX) return;
    this.#reported.add(key);
    this.record(event, out);
  }
}
