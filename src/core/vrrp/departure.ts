/**
 * How a master leaves in order (ADR 0003): it says so by priority 0 and goes on answering, silent, until
 * a successor speaks; then its addresses stay for a moment, because a successor adds them after it has
 * spoken. Where nobody comes it leaves all the same, or stays, by what it leaves for.
 */
import type { IpAddress } from '../../base/ip.ts';
import { type Micros, micros, seconds } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { Sink } from '../machine.ts';
import type { Deadlines } from './deadlines.ts';
import type { Holdings } from './holdings.ts';
import type { Journal } from './journal.ts';
import type { Rivals } from './rivals.ts';
import type { DepartureReason, StopReason, VrrpEffect } from './types.ts';
import type { Voice } from './voice.ts';

const PRIORITY_OWNER = 255;
const WAIT_MAX = seconds(5);
/** A successor is late by its scheduling, too. */
const PATIENCE = 1.2;

/** How long a successor may take: no skew time is longer than a second or the interval. */
export function departureLimit({ version, advertInterval }: VrrpInstanceModel): Micros {
  const longestSkew = version === 2 ? seconds(1) : advertInterval;
  return micros(Math.min(WAIT_MAX, PATIENCE * longestSkew));
}

/** Whether a master that leaves waits for a successor. An order to hand over supposes that there is one. */
export function isWorthWaiting(
  { plannedHandover, transport, priority, ownerIgnoreAdverts }: VrrpInstanceModel,
  {
    others,
    why,
  }: { readonly others: 'heard' | 'unheard'; readonly why: DepartureReason | undefined },
): boolean {
  // It would not hear its successor, and go on answering beside it.
  if (priority === PRIORITY_OWNER && ownerIgnoreAdverts) return false;
  const isAlone = others === 'unheard' && transport.kind === 'multicast';
  return plannedHandover === 'on' && (why === 'handover' || !isAlone);
}

/** Whether the router ends with it. */
export function isStop(why: DepartureReason): why is StopReason {
  return why === 'shutdown' || why === 'removed' || why === 'replaced';
}

export interface DepartureParts {
  readonly deadlines: Pick<Deadlines<'advert' | 'departure'>, 'set' | 'clear'>;
  readonly holdings: Holdings;
  readonly journal: Journal;
  readonly rivals: Rivals;
  readonly voice: Voice;
  model(): VrrpInstanceModel;
}

export class Departure {
  readonly #parts: DepartureParts;
  #under: { readonly why: DepartureReason; readonly began: Micros } | undefined;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
  }

  /** Why this master leaves; undefined where it does not. */
  get why(): DepartureReason | undefined {
    return this.#under?.why;
  }

  /** A master says goodbye and falls silent; one that does already has another reason now. */
  begin(
    now: Micros,
    { why, successor }: { why: DepartureReason; successor: IpAddress | undefined },
    out: Sink<VrrpEffect>,
  ): void {
    if (this.#under !== undefined) {
      // Nothing keeps a router that is to end.
      if (!isStop(this.#under.why)) this.#under = { ...this.#under, why };
      return;
    }
    const { deadlines, holdings, journal, model, rivals, voice } = this.#parts;
    this.#under = { why, began: now };
    journal.handoverBegan(now, { why, successor }, out);
    voice.goodbye(out);
    rivals.stop();
    deadlines.clear('advert');
    deadlines.set('departure', micros(now + departureLimit(model())));
    holdings.renewWhileSilent(now);
  }

  /** It is over; returns why it was begun. */
  conclude(
    now: Micros,
    end: { outcome: 'taken-over' | 'nobody' | 'cut-short'; to?: IpAddress },
    out: Sink<VrrpEffect>,
  ): DepartureReason | undefined {
    const under = this.#under;
    if (under === undefined) return undefined;
    const { deadlines, journal } = this.#parts;
    this.#under = undefined;
    deadlines.clear('departure');
    const afterUs = now - under.began;
    journal.handoverEnded(now, { outcome: end.outcome, to: end.to, afterUs }, out);
    return under.why;
  }
}
