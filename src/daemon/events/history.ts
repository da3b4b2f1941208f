/** The events of this process in the order in which they happened, the last thousand. */

import type { EventRecord } from '../../api/protocol.ts';
import type { Micros } from '../../base/time.ts';
import { eventCause, eventText, type RecordedEvent } from './event-text.ts';

const EVENTS_MAX = 1000;
/** An upgrade shall not wait for more of them. */
const HANDED_MAX = 200;
/** Of JSON; a usual event has some 400. */
const EVENT_CHARACTERS_MAX = 4096;
/** A detail can be the output of a script. */
const DETAIL_CHARACTERS_MAX = 1000;
const FAULTS_MAX = 20;

interface KeptFacts {
  readonly event: RecordedEvent;
  readonly wallMs: number;
}

/**
 * Put into words when somebody asks: while a thousand instances take over, nobody does, and every
 * microsecond counts.
 */
export class KeptEvent {
  readonly number: number;
  readonly instance: string | undefined;
  readonly facts: KeptFacts;
  #record: EventRecord | undefined;
  #json: string | undefined;

  constructor(number: number, event: RecordedEvent, wallMs: number) {
    this.number = number;
    this.instance = 'instance' in event ? event.instance : undefined;
    this.facts = { event, wallMs };
  }

  get record(): EventRecord {
    this.#record ??= describe(this.number, this.facts);
    return this.#record;
  }

  /** As one line. */
  get json(): string {
    this.#json ??= JSON.stringify(this.record);
    return this.#json;
  }
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

/** For the program that takes over from this one. */
export interface EventHistoryState {
  readonly last: number;
  readonly counts: Readonly<Record<string, number>>;
  /** The last ones, in the order of their numbers. */
  readonly events: readonly KeptFacts[];
}

export type EventListener = (event: RecordedEvent, kept: KeptEvent) => void;

export class EventHistory {
  readonly #wallMsAt: (at: Micros) => number;
  /** Ascending by number, without gaps. */
  readonly #kept: KeptEvent[] = [];
  readonly #listeners = new Set<EventListener>();
  readonly #counts = new Map<string, number>();
  #last = 0;

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
    const bounded = withoutExcess(event);
    const kept = new KeptEvent(++this.#last, bounded, this.#wallMsAt(event.at));
    this.#kept.push(kept);
    if (this.#kept.length > EVENTS_MAX) this.#kept.shift();
    this.#counts.set(event.kind, (this.#counts.get(event.kind) ?? 0) + 1);
    for (const listener of this.#listeners) listener(event, kept);
  }

  /** Calls back after each event; returns how to end that. */
  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The oldest events after a number, at most so many. */
  page({ since, limit, instance }: PageRequest): EventPage {
    const first = this.#kept[0]?.number ?? this.#last + 1;
    // A number of the time before a restart stands for nothing: everything is new.
    const from = since > this.#last ? 0 : since;
    const lost = from === 0 ? 0 : Math.max(0, first - 1 - from);
    const events: KeptEvent[] = [];
    let index = Math.max(0, from + 1 - first);
    for (; index < this.#kept.length && events.length < limit; index++) {
      const kept = this.#kept[index];
      if (kept !== undefined && (instance === undefined || kept.instance === instance)) {
        events.push(kept);
      }
    }
    const last = this.#kept[index - 1]?.number ?? this.#last;
    return { events, last, more: index < this.#kept.length, lost };
  }

  /** The newest ones, and what numbers and counts go on from. */
  exportState(): EventHistoryState {
    const events = this.#kept.slice(-HANDED_MAX).map(({ facts }) => facts);
    return { last: this.#last, counts: this.counts(), events };
  }

  /** Goes on where the history of another program has stopped; nobody is told of it anew. */
  importState({ last, counts, events }: EventHistoryState): void {
    this.#last = last;
    for (const [kind, count] of Object.entries(counts)) this.#counts.set(kind, count);
    for (const [index, { event, wallMs }] of events.entries()) {
      this.#kept.push(new KeptEvent(last - events.length + 1 + index, event, wallMs));
    }
  }

  /** The newest events of an instance, oldest first. */
  latest(instance: string, count: number): readonly EventRecord[] {
    const found: EventRecord[] = [];
    for (let index = this.#kept.length - 1; index >= 0 && found.length < count; index--) {
      const kept = this.#kept[index];
      if (kept?.instance === instance) found.unshift(kept.record);
    }
    return found;
  }
}

function describe(number: number, { event, wallMs }: KeptFacts): EventRecord {
  const record: EventRecord = {
    number,
    time: new Date(wallMs).toISOString(),
    monotonicUs: event.at,
    kind: event.kind,
    instance: 'instance' in event ? event.instance : null,
    text: eventText(event),
    cause: eventCause(event) ?? null,
    event: { ...event },
  };
  if (JSON.stringify(record).length <= EVENT_CHARACTERS_MAX) return record;
  return {
    ...record,
    text: record.text.slice(0, EVENT_CHARACTERS_MAX / 4),
    cause: record.cause?.slice(0, EVENT_CHARACTERS_MAX / 4) ?? null,
    event: { kind: record.kind, cut: true },
  };
}

/** What could be long is cut before it is kept. */
function withoutExcess(event: RecordedEvent): RecordedEvent {
  if ('detail' in event && event.detail.length > DETAIL_CHARACTERS_MAX) {
    return { ...event, detail: event.detail.slice(0, DETAIL_CHARACTERS_MAX) };
  }
  if ('cause' in event && event.cause.kind === 'tracker') {
    const { report } = event.cause;
    if (report.detail.length <= DETAIL_CHARACTERS_MAX) return event;
    const detail = report.detail.slice(0, DETAIL_CHARACTERS_MAX);
    return { ...event, cause: { ...event.cause, report: { ...report, detail } } };
  }
  if (event.kind !== 'faultChanged') return event;
  const faults = event.faults.slice(0, FAULTS_MAX);
  return { ...event, faults: faults.map((fault) => fault.slice(0, DETAIL_CHARACTERS_MAX)) };
}
