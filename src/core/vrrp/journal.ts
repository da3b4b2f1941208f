/** What one virtual router tells people: each kind of trouble once, until something changes. */
import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';
import type { Sink } from '../machine.ts';
import type { AdvertNote, RefusalReason, VrrpEffect, VrrpEvent } from './types.ts';

type VrrpEventOf<Kind extends VrrpEvent['kind']> = Extract<VrrpEvent, { kind: Kind }>;

/** Different troubles remembered; forged senders beyond that are counted, not reported. */
const REPORTED_MAX = 64;

/** What has been told already, for the program that takes over from this one. */
export interface JournalState {
  readonly reported: readonly string[];
  readonly faults?: string | undefined;
}

export class Journal {
  readonly #instance: string;
  readonly #reported = new Set<string>();
  #faults: string | undefined;

  constructor(instance: string) {
    this.#instance = instance;
  }

  /** A new state or a new master: old trouble is news again. */
  forget(): void {
    this.#reported.clear();
    this.#faults = undefined;
  }

  exportState(): JournalState {
    return { reported: [...this.#reported], faults: this.#faults };
  }

  importState({ reported, faults }: JournalState): void {
    for (const key of reported) this.#reported.add(key);
    this.#faults = faults;
  }

  transition(
    at: Micros,
    change: Pick<VrrpEventOf<'transition'>, 'from' | 'to' | 'cause' | 'priority'>,
    out: Sink<VrrpEffect>,
  ): void {
    this.#record({ kind: 'transition', instance: this.#instance, at, ...change }, out);
  }

  priorityChanged(
    at: Micros,
    change: Pick<VrrpEventOf<'priorityChanged'>, 'from' | 'to' | 'cause'>,
    out: Sink<VrrpEffect>,
  ): void {
    this.#record({ kind: 'priorityChanged', instance: this.#instance, at, ...change }, out);
  }

  masterChanged(
    at: Micros,
    change: Pick<VrrpEventOf<'masterChanged'>, 'from' | 'to'>,
    out: Sink<VrrpEffect>,
  ): void {
    this.forget();
    this.#record({ kind: 'masterChanged', instance: this.#instance, at, ...change }, out);
  }

  intervalLearned(
    at: Micros,
    change: Pick<VrrpEventOf<'intervalLearned'>, 'from' | 'to'>,
    out: Sink<VrrpEffect>,
  ): void {
    this.#record({ kind: 'intervalLearned', instance: this.#instance, at, ...change }, out);
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

  /** Which faults there are; a single one is the cause of the transition, so it has been told. */
  faults(at: Micros, faults: readonly string[], out: Sink<VrrpEffect>): void {
    const text = faults.join();
    if (text === this.#faults) return;
    const isNews = this.#faults !== undefined || faults.length > 1;
    this.#faults = text;
    const instance = this.#instance;
    if (isNews) this.#record({ kind: 'faultChanged', instance, at, faults }, out);
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
    if (note.often === 'each') this.#record(event, out);
    else this.#once(`${note.note} ${advert.source}`, event, out);
  }

  handoverBegan(
    at: Micros,
    facts: Pick<VrrpEventOf<'handoverBegan'>, 'why' | 'successor'>,
    out: Sink<VrrpEffect>,
  ): void {
    this.#record({ kind: 'handoverBegan', instance: this.#instance, at, ...facts }, out);
  }

  handoverEnded(
    at: Micros,
    facts: Pick<VrrpEventOf<'handoverEnded'>, 'outcome' | 'to' | 'afterUs'>,
    out: Sink<VrrpEffect>,
  ): void {
    this.#record({ kind: 'handoverEnded', instance: this.#instance, at, ...facts }, out);
  }

  addressRestored(at: Micros, address: IpAddress, out: Sink<VrrpEffect>): void {
    this.#record({ kind: 'addressRestored', instance: this.#instance, at, address }, out);
  }

  addressContested(
    at: Micros,
    facts: Pick<VrrpEventOf<'addressContested'>, 'address' | 'removals' | 'withinUs' | 'policy'>,
    out: Sink<VrrpEffect>,
  ): void {
    this.#record({ kind: 'addressContested', instance: this.#instance, at, ...facts }, out);
  }

  rivalSeen(
    at: Micros,
    facts: Pick<VrrpEventOf<'rivalSeen'>, 'how' | 'address' | 'mac' | 'detail'>,
    out: Sink<VrrpEffect>,
  ): void {
    this.#record({ kind: 'rivalSeen', instance: this.#instance, at, ...facts }, out);
  }

  peerChanged(
    at: Micros,
    facts: Pick<VrrpEventOf<'peerChanged'>, 'peer' | 'change' | 'priority'>,
    out: Sink<VrrpEffect>,
  ): void {
    this.#record({ kind: 'peerChanged', instance: this.#instance, at, ...facts }, out);
  }

  #record(event: VrrpEvent, out: Sink<VrrpEffect>): void {
    out.push({ kind: 'record', event });
  }

  #once(key: string, event: VrrpEvent, out: Sink<VrrpEffect>): void {
    if (this.#reported.has(key) || this.#reported.size >= REPORTED_MAX) return;
    this.#reported.add(key);
    this.#record(event, out);
  }
}
