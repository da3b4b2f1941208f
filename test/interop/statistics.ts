import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';

/** Instance → counter → value; a counter is called by its section too, as in `Packet Errors: TTL`. */
export type Statistics = Map<string, Map<string, number>>;

/** Reads the text that keepalived writes when it gets SIGUSR2. */
export function parseStatistics(text: string): Statistics {
  const statistics: Statistics = new Map();
  let counters = new Map<string, number>();
  let section = '';
  for (const line of text.split('\n')) {
    const instance = /^VRRP Instance: (.+)$/.exec(line)?.[1];
    const [, indent = '', key = '', value = ''] = /^( +)([^:]+): *(\d*)$/.exec(line) ?? [];
    if (instance !== undefined) {
      counters = new Map();
      statistics.set(instance, counters);
    } else if (value === '') {
      section = key;
    } else {
      counters.set(indent.length > 2 ? `${section}: ${key}` : key, Number(value));
    }
  }
  return statistics;
}

export function addStatistics(total: Statistics, more: Statistics): void {
  for (const [instance, counters] of more) {
    const sums = total.get(instance) ?? new Map<string, number>();
    total.set(instance, sums);
    for (const [name, value] of counters) sums.set(name, (sums.get(name) ?? 0) + value);
  }
}

/** The counters that say that something of the other side was refused, and are not zero. */
export function refusals(counters: ReadonlyMap<string, number>): string[] {
  return [...counters]
    .filter(([name, value]) => name.includes('Errors: ') && value !== 0)
    .map(([name, value]) => `${name}: ${value}`);
}

const limitMs = 20_000;

/** Asks a daemon for its statistics; both programs write them to the same place. */
export async function askStatistics(
  host: Host,
  daemon: HostProcess,
  instanceCount: number,
): Promise<Statistics> {
  const file = host.path('tmp/keepalived.stats');
  rmSync(file, { force: true });
  daemon.signal('SIGUSR2');
  const deadline = Date.now() + limitMs;
  for (;;) {
    // It may be seen while it is being written: the last line of every instance must be there.
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const isWhole = text.split(/Priority Zero:\n +Received: \d+\n +Sent: \d+\n/).length;
    if (isWhole > instanceCount) return parseStatistics(text);
    if (Date.now() > deadline) {
      throw new Error(`${daemon.name} wrote no statistics\n${daemon.tail(5)}`);
    }
    await sleep(20);
  }
}
