import { createCounters, type SideCounters } from '../counters.ts';
import type { Averages, LiveConfig } from '../live.ts';
import type { RateMeter } from '../rate-meter.ts';

/** `clear counters`: the maxima begin anew; with `all` everything that only grows does. */
export function clearCounters(live: LiveConfig, what: 'maxima' | 'all'): void {
  if (what === 'all') Object.assign(live, { connections: 0, requests: 0 });
  for (const { front, back } of live.proxies) {
    if (front !== undefined) {
      clearSide(front.counters, what);
      for (const { counters } of front.listeners) clearSide(counters, what);
      clearRates([front.sessionRate, front.connectionRate, front.requestRate]);
    }
    if (back === undefined) continue;
    clearSide(back.counters, what);
    clearMaxima(back.averages);
    clearRates([back.sessionRate]);
    if (what === 'all') back.downs = 0;
    for (const { counters, averages, sessionRate, health } of back.servers) {
      clearSide(counters, what);
      clearMaxima(averages);
      clearRates([sessionRate]);
      if (what === 'all') Object.assign(health, { failures: 0, downs: 0, observedErrors: 0 });
    }
  }
}

function clearSide(counters: SideCounters, what: 'maxima' | 'all'): void {
  const { current, queued, idle } = counters;
  if (what === 'all') {
    counters.responses.fill(0);
    const { responses: _responses, ...zeros } = createCounters();
    Object.assign(counters, zeros);
  }
  Object.assign(counters, { current, queued, idle, most: current, mostQueued: queued });
}

function clearMaxima(averages: Averages): void {
  Object.assign(averages, { maxQueue: 0, maxConnect: 0, maxResponse: 0, maxTotal: 0 });
}

function clearRates(meters: readonly RateMeter[]): void {
  for (const meter of meters) meter.clear();
}
