/** The events of this process in the order in which they happened, as many as there is room for. */

import type { EventRecord } from '../../api/protocol.ts';
import type { Micros } from '../../base/time.ts';
import { eventCause, eventText, type RecordedEvent } from './event-text.ts';

const EVENTS_MAX = 1000;
/** Characters of JSON; an event has some 400. */
const SIZE_MAX = 1 << 20;
/** A detail can be the output of a script; it is cut to this. */
const EVENT_SIZE_MAX = 4096;

export interface KeptEvent {
  readonly record: EventRecord;
  /** As one line. */
  readonly json: string;
}

export interface EventPage {
  readonly events: readonly KeptEvent[];
  readonly last: number;
  readonly more: boolean;
  readonly lost: number;
}

export interface PageRequest {
  readonly since: number;
  readonly limit: number;
  readonly instance?: string;
}

export type EventListener = (kept: KeptEvent, event: RecordedEvent) => void;

export class EventHistory {
  readonly #wallMsAt: (at: Micros) => number;
  /** Ascending by number, without gaps. */
  readonly #kept: KeptEvent[] = [];
  readonly #listeners = new Set<EventListener>();
  readonly #counts = new Map<string, number>();
  #last = 0;
  #size = 0;

  /** `wallMsAt`: the wall clock at an instant of the monotonic one. */
  constructor(wallMsAt: (at: Micros) => number) {
    this.#wallMsAt = wallMsAt;
  }

  get last(): number {
    return this.#last;
  }

  /** How many there were of each kind. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  add(event: RecordedEvent): void {
    const number = ++this.#last;
    const record: EventRecord = {
      number,
      time: new Date(this.#wallMsAt(event.at)).toISOString(),
      monotonicUs: event.at,
      kind: event.kind,
      instance: 'instance' in event ? event.instance : null,
      text: eventText(event),
      cause: eventCause(event) ?? null,
      event: { ...event },
    };
    const kept = keep(record);
    this.#kept.push(kept);
    this.#size += kept.json.length;
    while (this.#kept.length > EVENTS_MAX || this.#size > SIZE_MAX) {
      this.#size -= this.#kept.shift()?.json.length ?? 0;
    }
    this.#counts.set(event.kind, (this.#counts.get(event.kind) ?? 0) + 1);
    for (const listener of [...this.#listeners]) listener(kept, event);
  }

  /** Calls back after each event; returns how to end that. */
  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The oldest events after a number, at most so many. */
  page({ since, limit, instance }: PageRequest): EventPage {
    const first = this.#kept[0]?.record.number ?? this.#last + 1;
    // A number of the time before a restart stands for nothing: everything is new.
    const from = since > this.#last ? 0 : since;
    const lost = from === 0 ? 0 : Math.max(0, first - 1 - from);
    const events: KeptEvent[] = [];
    let index = Math.max(0, from + 1 - first);
    for (; index < this.#kept.length && events.length < limit; index++) {
      const kept = this.#kept[index];
      if (kept !== undefined && (instance === undefined || kept.record.instance === instance)) {
        events.push(kept);
      }
    }
    const last = this.#kept[index - 1]?.record.number ?? this.#last;
    return { events, last, more: index < this.#kept.length, lost };
  }

  /** The newest events of an instance, oldest first. */
  latest(instance: string, count: number): readonly EventRecord[] {
    const found: EventRecord[] = [];
    for (let index = this.#kept.length - 1; index >= 0 && found.length < count; index--) {
      const record = this.#kept[index]?.record;
      if (record?.instance === instance) found.unshift(record);
    }
    return found;
  }
}

function keep(record: EventRecord): KeptEvent {
  const json = JSON.stringify(record);
  if (json.length <= EVENT_SIZE_MAX) return { record, json };
  const short: EventRecord = {
    ...record,
    text: record.text.slice(0, EVENT_SIZE_MAX / 4),
    cause: record.cause?.slice(0, EVENT_SIZE_MAX / 4) ?? null,
    event: { kind: record.kind, cut: true },
  };
  return { record: short, json: JSON.stringify(short) };
}
