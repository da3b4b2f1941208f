import type { Micros } from '../../../base/time.ts';
import type { SideCounters } from '../../../core/proxy/counters.ts';
import { countedHead } from '../../../core/proxy/http/accounting.ts';
import type { LiveBack, LiveFront, LiveProxy } from '../../../core/proxy/live.ts';
import type { Side } from '../../../proxy/relay.ts';
import type { RequestHead } from '../../../wire/http1/head.ts';

type Maybe<Value> = Value | undefined;

export function countedRequest({ method, target, version, headers }: RequestHead): number {
  return countedHead([method, target, `HTTP/${version}`], headers);
}

/** A request of so many bytes has come in. */
export function countRequest(front: LiveFront | undefined, bytes: number, now: Micros): void {
  if (front === undefined) return;
  front.counters.bytesIn += bytes;
  front.counters.requests += 1;
  front.requestRate.count(now);
}

/** By the hundreds of its status; what is none of them is counted as other. */
export function countResponse(
  status: number | undefined,
  sides: readonly Maybe<Pick<SideCounters, 'responses'>>[],
): void {
  if (status === undefined) return;
  const digit = Math.floor(status / 100);
  const index = digit >= 1 && digit <= 5 ? digit : 0;
  for (const side of sides)
    if (side !== undefined) side.responses[index] = (side.responses[index] ?? 0) + 1;
}

export function countBytes(
  from: Side,
  count: number,
  sides: readonly Maybe<{ bytesIn: number; bytesOut: number }>[],
): void {
  for (const side of sides) {
    if (side === undefined) continue;
    if (from === 'client') side.bytesIn += count;
    else side.bytesOut += count;
  }
}

/** A request is the backend's from now on. */
export function countArrival(back: LiveBack | undefined, bytes: number, now: Micros): void {
  if (back === undefined) return;
  const { counters } = back;
  counters.sessions += 1;
  counters.current += 1;
  counters.most = Math.max(counters.most, counters.current);
  counters.requests += 1;
  counters.bytesIn += bytes;
  back.sessionRate.count(now);
}

/** It was there, and its rules have kept it from any server. */
export function countVisit(back: LiveBack | undefined, bytes: number, now: Micros): void {
  countArrival(back, bytes, now);
  if (back !== undefined) back.counters.current -= 1;
}

/** It was none: only its bytes count, also at the backend to which it had not come yet. */
export function countTurnedAway(
  { front, back }: LiveProxy,
  visited: LiveProxy | undefined,
  bytes: number,
): void {
  if (front !== undefined) front.counters.requests -= 1;
  if (visited === undefined && back !== undefined) back.counters.bytesIn += bytes;
}

/** Of a body that nobody gets. */
export function countSkipped(
  front: LiveProxy,
  record: { readonly back: LiveProxy | undefined; bytesIn: number } | undefined,
  bytes: number,
): void {
  for (const counters of [front.front?.counters, record?.back?.back?.counters, record])
    if (counters !== undefined) counters.bytesIn += bytes;
}
