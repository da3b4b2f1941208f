import type { LiveServer } from '../live.ts';
import { effectiveWeight } from '../usable.ts';

interface Place {
  readonly server: LiveServer;
  weight: number;
  /** The turn from which on it may have its next one; undefined: it has had none yet. */
  due: number | undefined;
  /** When its last one was due. */
  last: number;
  /** What is over when turns are whole numbers; less than its weight. */
  rest: number;
  /** Who took its place first is first among equals. */
  order: number;
}

/**
 * Weighted turns as HAProxy's `roundrobin` has them, whose order `test/interop/proxy-order.test.ts`
 * observes. Of a total weight T, a server of weight w is due each T/w turns. Whoever is due earliest is
 * next; of those that are due at one turn, who has most of its weight left over. Who has never had a
 * turn comes, heaviest first, when nobody else is due.
 */
export class Turns {
  readonly #places = new Map<LiveServer, Place>();
  /** What they had over when they went. */
  readonly #rests = new Map<LiveServer, number>();
  #now = 0;
  #total = 0;
  /** As many turns as the total weight: how late one comes that has been away depends on what is left. */
  #round = { from: 0, length: 0 };
  #count = 0;

  constructor(servers: readonly LiveServer[]) {
    for (const server of servers) this.#add(server);
    this.#total = this.#sum();
    this.#round.length = this.#total;
  }

  /** Who is there now, and with which weight. */
  refresh(servers: readonly LiveServer[]): void {
    const staying = new Set(servers);
    for (const [server, { rest }] of this.#places) {
      if (staying.has(server)) continue;
      this.#places.delete(server);
      this.#rests.set(server, rest);
    }
    const known = new Set(this.#places.values());
    const added = servers.filter((server) => !this.#places.has(server));
    const entered = added.map((server) => this.#add(server));
    const changed = [...known].filter(({ server, weight }) => effectiveWeight(server) !== weight);
    for (const place of changed) place.weight = effectiveWeight(place.server);
    this.#total = this.#sum();
    for (const place of changed) this.#reweigh(place);
    for (const place of entered) this.#enter(place);
  }

  /** Undefined: no server is open. Who is not has lost its turn. */
  next(isOpen: (server: LiveServer) => boolean): LiveServer | undefined {
    let first: Place | undefined;
    let unused: Place | undefined;
    let isWhole = true;
    for (const place of this.#places.values()) {
      if (!isOpen(place.server)) isWhole = false;
      else if (place.due !== undefined) {
        if (first === undefined || precedes(place, first)) first = place;
      } else if (unused === undefined || isHeavier(place, unused)) unused = place;
    }
    const isDue = first?.due !== undefined && first.due <= this.#now;
    const place = isDue ? first : (unused ?? first);
    if (place === undefined) return undefined;
    if (!isWhole) this.#passOver(place.due ?? 0, isOpen);
    this.#take(place);
    return place.server;
  }

  #add(server: LiveServer): Place {
    this.#count += 1;
    const weight = effectiveWeight(server);
    const rest = this.#rests.get(server) ?? 0;
    const place = { server, weight, due: undefined, last: 0, rest, order: this.#count };
    this.#places.set(server, place);
    return place;
  }

  #sum(): number {
    let sum = 0;
    for (const { weight } of this.#places.values()) sum += weight;
    return sum;
  }

  #take(place: Place): void {
    place.last = place.due ?? this.#now;
    const sum = place.rest + this.#total;
    place.due = place.last + Math.floor(sum / place.weight);
    place.rest = sum % place.weight;
    this.#requeue(place);
    this.#now += 1;
    if (this.#now - this.#round.from < this.#round.length) return;
    this.#round = { from: this.#now, length: this.#total };
  }

  #requeue(place: Place): void {
    this.#count += 1;
    place.order = this.#count;
  }

  /** As far away as its share of what is left of the round. */
  #enter(place: Place): void {
    const left = this.#total - (this.#now - this.#round.from);
    place.due = this.#now + Math.max(0, Math.floor(left / place.weight));
  }

  /** Counted from its last turn, never later than before; who would be due just now begins anew. */
  #reweigh(place: Place): void {
    this.#requeue(place);
    place.rest = 0;
    if (place.due === undefined) return;
    const step = Math.floor(this.#total / place.weight);
    place.due = Math.min(place.due, place.last + step);
    if (place.due < this.#now + 2) place.due = this.#now + step;
  }

  /** Time does not stand still for those that are full: when they have room, they have no arrears. */
  #passOver(due: number, isOpen: (server: LiveServer) => boolean): void {
    this.#now = Math.max(this.#now, due);
    for (const place of this.#places.values())
      if (place.due !== undefined && place.due <= this.#now && !isOpen(place.server))
        place.due = this.#now + 1;
  }
}

function precedes(a: Place, b: Place): boolean {
  const dues = (a.due ?? 0) - (b.due ?? 0);
  if (dues !== 0) return dues < 0;
  const leftOver = a.weight - a.rest - (b.weight - b.rest);
  return leftOver === 0 ? a.order < b.order : leftOver > 0;
}

function isHeavier(a: Place, b: Place): boolean {
  return a.weight === b.weight ? a.order < b.order : a.weight > b.weight;
}
