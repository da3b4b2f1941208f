/** The split-brain watch as a virtual router uses it: what it asks goes out, what it finds is told. */
import type { IpAddress } from '../../base/ip.ts';
import type { MacAddress } from '../../base/mac.ts';
import type { Micros } from '../../base/time.ts';
import type { VirtualAddress } from '../../config/model/vrrp.ts';
import type { Sink } from '../machine.ts';
import type { Journal } from './journal.ts';
import { type RivalReport, type SplitBrainState, SplitBrainWatch } from './split-brain.ts';
import type { VrrpEffect, VrrpStatistics } from './types.ts';

export interface RivalParts {
  readonly instance: string;
  readonly journal: Journal;
  readonly statistics: VrrpStatistics;
  held(): readonly VirtualAddress[];
}

export class Rivals {
  readonly #parts: RivalParts;
  readonly #watch = new SplitBrainWatch();

  constructor(parts: RivalParts) {
    this.#parts = parts;
  }

  nextDeadline(): Micros | undefined {
    return this.#watch.nextDeadline();
  }

  /** From now on this host alone should hold the addresses. */
  start(now: Micros): void {
    this.#watch.start(now);
  }

  stop(): void {
    this.#watch.stop();
  }

  exportState(): SplitBrainState {
    return this.#watch.exportState();
  }

  importState(state: SplitBrainState): void {
    this.#watch.importState(state);
  }

  refused(
    now: Micros,
    advert: { readonly source: IpAddress; readonly detail: string },
    out: Sink<VrrpEffect>,
  ): void {
    const addresses = this.#watch.foreignAdvert(now, advert);
    const { instance } = this.#parts;
    if (addresses.length > 0)
      out.push({ kind: 'inquire', instance, addresses, about: 'neighbour' });
    this.#count();
  }

  claimed(
    now: Micros,
    claim: { readonly address: IpAddress; readonly mac: MacAddress },
    out: Sink<VrrpEffect>,
  ): void {
    this.#tell(now, this.#watch.claimed(now, claim, this.#parts.held()), out);
  }

  expire(now: Micros, out: Sink<VrrpEffect>): void {
    const next = this.#watch.nextDeadline();
    if (next === undefined || next > now) return;
    const { inquiries, reports } = this.#watch.expire(now, this.#parts.held());
    const { instance } = this.#parts;
    for (const inquiry of inquiries) out.push({ kind: 'inquire', instance, ...inquiry });
    this.#tell(now, reports, out);
  }

  #tell(now: Micros, reports: readonly RivalReport[], out: Sink<VrrpEffect>): void {
    for (const report of reports) this.#parts.journal.rivalSeen(now, report, out);
    this.#count();
  }

  #count(): void {
    const { answers, adverts } = this.#watch.sightings;
    this.#parts.statistics.rivalSightings = answers + adverts;
  }
}
