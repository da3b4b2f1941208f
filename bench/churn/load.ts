/** Clients of the virtual server, and what each of them loses, told by the server that it was lost to. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LineSplitter } from '../../src/base/line-splitter.ts';
import { total } from '../support/figures.ts';
import { type ChurnHosts, CLIENT, PORT, SERVERS, type ServerName, VIP } from './hosts.ts';

const KEPT = 64;
const ASKER = `${import.meta.dirname}/asker.mjs`;
const LOOK_MS = 500;
const BEGIN_LIMIT_MS = 30_000;
const SETTLE_MS = 20;
/**
 * The kernel lists a set in parts: of one that changes meanwhile it leaves some out. So who has not heard of a
 * connection is asked again, for less time than they remember.
 */
const LOOKS = 6;

export interface Losses {
  /** Answered, of the client of new connections. */
  readonly answered: Readonly<Record<string, number>>;
  /** New connections that were lost, by server; `nobody`: none of them ever heard of it. */
  readonly lost: Readonly<Record<ServerName | 'nobody', number>>;
  /** Examples. */
  readonly reasons: readonly string[];
  /** Packets that ended kept connections, by server. */
  readonly ended: Readonly<Record<ServerName, number>>;
  /** Kept connections that each server has at the end, more than before. */
  readonly open: Readonly<Record<ServerName, number>>;
  readonly wrk: WrkReport;
}

interface WrkReport {
  readonly requests: number;
  /** Connections that it could not make, or that ended. */
  readonly broken: number;
  /** Answers that took more than two seconds; wrk itself goes on waiting. */
  readonly late: number;
}

interface Loss {
  readonly port: number;
  readonly loss: string;
}

interface Unattributed extends Loss {
  readonly looks: number;
}

/** Puts load on the virtual server for as long as `body` runs. */
export async function underLoad(hosts: ChurnHosts, body: () => Promise<void>): Promise<Losses> {
  const openBefore = SERVERS.map((name) => hosts.held(name));
  const wrk = startWrk(hosts);
  const asker = new Asker(hosts);
  await hasBegun(() => total(SERVERS.map((name) => hosts.held(name))) - total(openBefore));
  const endedBefore = SERVERS.map((name) => hosts.ended(name));
  const look = setInterval(() => asker.attribute(), LOOK_MS);
  try {
    await body();
    asker.attribute();
  } finally {
    clearInterval(look);
  }
  const since = (before: readonly number[], now: (name: ServerName) => number) =>
    Object.fromEntries(SERVERS.map((name, at) => [name, now(name) - (before[at] ?? 0)])) as Record<
      ServerName,
      number
    >;
  const [ended, open] = await atOneTime(
    () => since(endedBefore, (name) => hosts.ended(name)),
    () => since(openBefore, (name) => hosts.held(name)),
  );
  const answered = await asker.end();
  return {
    ...{ answered, lost: asker.lost, reasons: asker.reasons },
    ...{ ended, open },
    wrk: await wrk.end(),
  };
}

/** wrk tries its way by one connection, which it ends, and then makes all. `held`: how many there are. */
async function hasBegun(held: () => number): Promise<void> {
  for (const endMs = Date.now() + BEGIN_LIMIT_MS; held() < KEPT; await sleep(SETTLE_MS)) {
    if (Date.now() > endMs) throw new Error('wrk has not made its connections');
  }
}

/** Both figures of one moment: a connection that ends between them would be in neither. */
async function atOneTime<First, Second>(
  first: () => First,
  second: () => Second,
): Promise<readonly [First, Second]> {
  for (;;) {
    const [before, between, after] = [first(), second(), first()];
    if (JSON.stringify(before) === JSON.stringify(after)) return [after, between];
    await sleep(SETTLE_MS);
  }
}

class Asker {
  readonly lost: Losses['lost'] & Record<ServerName | 'nobody', number>;
  readonly reasons: string[] = [];
  readonly #hosts: ChurnHosts;
  readonly #child: ChildProcess;
  readonly #lines = new LineSplitter(10_000);
  #fresh: Unattributed[] = [];
  #answered: Losses['answered'] = {};

  constructor(hosts: ChurnHosts) {
    this.#hosts = hosts;
    this.lost = { s1: 0, s2: 0, s3: 0, nobody: 0 };
    const words = [process.execPath, ASKER, VIP, String(PORT), CLIENT.new];
    this.#child = hosts.start('c', ...words);
    this.#child.stderr?.on('data', (data: Buffer) => process.stderr.write(data));
    this.#child.stdout?.on('data', (data: Buffer) => {
      for (const line of this.#lines.push(data.toString())) this.#take(line);
    });
  }

  /** Asks the servers of which of the lost connections they have heard. */
  attribute(): void {
    const losses = this.#fresh;
    if (losses.length === 0) return;
    this.#fresh = [];
    const lately = SERVERS.map((name) => [name, this.#hosts.lately(name)] as const);
    for (const { port, loss, looks } of losses) {
      const server = lately.find(([, ports]) => ports.has(port))?.[0];
      if (server === undefined && looks + 1 < LOOKS) {
        this.#fresh.push({ port, loss, looks: looks + 1 });
        continue;
      }
      this.lost[server ?? 'nobody']++;
      if (this.reasons.length < 20) this.reasons.push(`${server ?? 'nobody'}: ${loss}`);
    }
  }

  async end(): Promise<Losses['answered']> {
    const exit = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await exit;
    while (this.#fresh.length > 0) this.attribute();
    return this.#answered;
  }

  #take(line: string): void {
    const said = JSON.parse(line) as Loss | { readonly answered: Losses['answered'] };
    if ('answered' in said) this.#answered = said.answered;
    else this.#fresh.push({ ...said, looks: 0 });
  }
}

function startWrk(hosts: ChurnHosts): { end(): Promise<WrkReport> } {
  // The client's first address is the one that the route takes.
  const size = ['-t', '1', '-c', String(KEPT), '-d', '1h'];
  const child = hosts.start('c', 'wrk', ...size, `http://${VIP}:${PORT}/`);
  let text = '';
  child.stdout?.on('data', (data: Buffer) => {
    text += data.toString();
  });
  const closed = once(child, 'close');
  const report = (): WrkReport => {
    const errors = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text) ?? [];
    const [connects = 0, reads = 0, writes = 0, late = 0] = errors.slice(1).map(Number);
    const requests = Number(/(\d+) requests in/.exec(text)?.[1] ?? Number.NaN);
    return { requests, broken: connects + reads + writes, late };
  };
  return {
    end: async () => {
      // It stops, and reports.
      child.kill('SIGINT');
      await closed;
      return report();
    },
  };
}
