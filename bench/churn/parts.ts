/** What happens to a director under load, and what each of it may cost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectControl } from '../../src/api/client.ts';
import type { ServerRequest } from '../../src/api/protocol.ts';
import type { ServersResult } from '../../src/api/servers.ts';
import { type Bar, judge, judgeLeast, total } from '../support/figures.ts';
import { type ChurnHosts, PORT, SERVERS, type ServerName, serverAddress, VIP } from './hosts.ts';
import { type Losses, underLoad } from './load.ts';

export const partNames = ['crash', 'disable', 'cut', 'reload', 'checker'] as const;
export type PartName = (typeof partNames)[number];

export interface Outcome {
  readonly part: PartName;
  readonly losses: readonly Losses[];
  /** Milliseconds until servers were asked again. */
  readonly backMs: readonly number[];
  readonly bars: readonly Bar[];
}

export interface Extent {
  readonly rounds: number;
  /** wrk begins anew after so many: connections that have left a server do not come back by themselves. */
  readonly roundsOfLoad: number;
  /** Each half of a round takes so long at least. */
  readonly halfMs: number;
}

/** The one that fails. */
export const failing: ServerName = 's1';
/** After a checker process is back: one that lives for so short that it may be its own fault waits longer. */
const CHECKER_HALVES = 3;
const limitMs = 30_000;
const lookMs = 50;

export const configuration = `global_defs {
  @holdfast data_plane nftables
}
virtual_server ${VIP} ${PORT} {
  delay_loop 0.1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
${SERVERS.map(
  (name) => `  real_server ${serverAddress(name)} 8080 {
    TCP_CHECK {
      connect_timeout 1
      retry 0
    }
  }`,
).join('\n')}
}
`;

interface Part {
  /** To whom connections may be lost. */
  readonly mayLose: ServerName | undefined;
  /** What its log has for each round, or never. */
  readonly says: { readonly each?: RegExp; readonly never?: RegExp };
  /** May answer with the milliseconds until servers were asked again. */
  round(hosts: ChurnHosts, halfMs: number): Promise<number | undefined>;
}

interface Where {
  readonly hosts: ChurnHosts;
  readonly halfMs: number;
}

const REMOVING = /Removing service/g;
const ADDING = /Adding service/g;
const RELOADED = /Configuration reloaded/g;

const parts: Readonly<Record<PartName, Part>> = {
  crash: {
    mayLose: failing,
    says: { each: REMOVING },
    round: async (hosts, halfMs) => {
      await untilSaid({ hosts, halfMs }, REMOVING, () => hosts.killServer(failing));
      await untilSaid({ hosts, halfMs }, ADDING, () => hosts.startServer(failing));
      return undefined;
    },
  },
  disable: {
    mayLose: undefined,
    says: { each: REMOVING },
    round: (hosts, halfMs) => disableAndEnable({ hosts, halfMs }, 'drain'),
  },
  cut: {
    mayLose: failing,
    says: { each: REMOVING },
    round: (hosts, halfMs) => disableAndEnable({ hosts, halfMs }, 'cut'),
  },
  reload: {
    mayLose: undefined,
    says: { each: RELOADED, never: REMOVING },
    round: async (hosts, halfMs) => {
      await untilSaid({ hosts, halfMs }, RELOADED, () => hosts.reload());
      await sleep(halfMs);
      return undefined;
    },
  },
  checker: {
    mayLose: undefined,
    says: { each: /checker process: ended/g, never: REMOVING },
    round: async (hosts, halfMs) => {
      const backMs = await killChecker(hosts);
      await sleep(CHECKER_HALVES * halfMs);
      return backMs;
    },
  },
};

export async function runPart(
  hosts: ChurnHosts,
  name: PartName,
  { rounds, roundsOfLoad, halfMs }: Extent,
): Promise<Outcome> {
  const part = parts[name];
  await allUp(hosts);
  const from = hosts.log.length;
  const losses: Losses[] = [];
  const backMs: number[] = [];
  for (let done = 0; done < rounds; done += roundsOfLoad) {
    const some = Math.min(roundsOfLoad, rounds - done);
    const loss = await underLoad(hosts, async () => {
      for (let round = 0; round < some; round++) {
        const took = await part.round(hosts, halfMs);
        if (took !== undefined) backMs.push(took);
      }
    });
    losses.push(loss);
  }
  const log = hosts.log.slice(from);
  const { each, never } = part.says;
  const bars = [
    ...barsOf(name, part, losses),
    ...(each ? [judgeLeast(`${name}: times that it happened`, count(log, each), rounds)] : []),
    ...(never ? [judge(`${name}: servers taken out`, count(log, never), 0)] : []),
  ];
  return { part: name, losses, backMs, bars };
}

function barsOf(name: PartName, { mayLose }: Part, losses: readonly Losses[]): readonly Bar[] {
  const others = SERVERS.filter((each) => each !== mayLose);
  const sum = (of: (each: Losses) => number): number => total(losses.map(of));
  const lost = sum((each) => each.lost.nobody + total(others.map((server) => each.lost[server])));
  const ended = sum((each) => total(others.map((server) => each.ended[server])));
  const answered = Math.min(...SERVERS.map((server) => sum((each) => each.answered[server] ?? 0)));
  // A server hears nothing of its connections' being cut.
  const mayBreak =
    mayLose === undefined ? 0 : sum((each) => each.ended[mayLose] + each.open[mayLose]);
  const broken = sum(({ wrk }) => wrk.broken) - mayBreak;
  return [
    judge(`${name}: new connections lost to others`, lost, 0),
    judge(`${name}: kept connections to others ended`, ended, 0),
    judge(`${name}: kept connections broken for another reason`, Math.max(0, broken), 0),
    judgeLeast(`${name}: new connections answered by each`, answered, 10),
    judgeLeast(
      `${name}: requests on kept connections`,
      sum(({ wrk }) => wrk.requests),
      1000,
    ),
  ];
}

/** Does it, and waits until the daemon says so once more, and `halfMs` at least. */
async function untilSaid(
  { hosts, halfMs }: Where,
  pattern: RegExp,
  act: () => unknown,
): Promise<void> {
  const before = count(hosts.log, pattern);
  const [endMs, leastMs] = [Date.now() + limitMs, Date.now() + halfMs];
  await act();
  while (count(hosts.log, pattern) === before) {
    if (Date.now() > endMs) throw new Error(`nothing like ${pattern} came:\n${hosts.log}`);
    await sleep(lookMs);
  }
  await sleep(Math.max(0, leastMs - Date.now()));
}

async function disableAndEnable(
  { hosts, halfMs }: Where,
  connections: 'drain' | 'cut',
): Promise<undefined> {
  const order = async (
    request:
      | { readonly action: 'enable' }
      | { readonly action: 'disable'; readonly connections: 'drain' | 'cut' },
  ): Promise<void> => {
    const server = `${serverAddress(failing)}:8080`;
    const client = await connectControl(hosts.socket);
    try {
      await client.ask({ op: 'server', server, ...request } satisfies ServerRequest);
    } finally {
      client.close();
    }
  };
  await untilSaid({ hosts, halfMs }, REMOVING, () => order({ action: 'disable', connections }));
  await untilSaid({ hosts, halfMs }, ADDING, () => order({ action: 'enable' }));
  return undefined;
}

/** Answers with the milliseconds until the next one has asked each server. */
async function killChecker(hosts: ChurnHosts): Promise<number> {
  const killed = hosts.checker();
  if (killed === undefined) throw new Error(`no checker process:\n${hosts.log}`);
  process.kill(killed, 'SIGKILL');
  const from = performance.now();
  // What it had under way comes at once.
  await sleep(10);
  const before = SERVERS.map((name) => hosts.checks(name));
  while (SERVERS.some((name, index) => hosts.checks(name) === before[index])) {
    if (performance.now() - from > limitMs) throw new Error(`it does not return:\n${hosts.log}`);
    await sleep(lookMs);
  }
  return performance.now() - from;
}

async function allUp(hosts: ChurnHosts): Promise<void> {
  for (const endMs = Date.now() + limitMs; ; await sleep(lookMs)) {
    if (Date.now() > endMs) throw new Error(`not all servers are up:\n${hosts.log}`);
    const servers = (await ask(hosts))?.services.flatMap((each) => each.servers) ?? [];
    const isUp = servers.every(
      ({ state, checks }) => state === 'up' && checks.every(({ lastAt }) => lastAt !== null),
    );
    if (servers.length === SERVERS.length && isUp) return;
  }
}

async function ask(hosts: ChurnHosts): Promise<ServersResult | undefined> {
  try {
    const client = await connectControl(hosts.socket);
    try {
      return await client.ask({ op: 'servers' });
    } finally {
      client.close();
    }
  } catch {
    return undefined;
  }
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
