/**
 * How much passes a director: requests on kept connections, new connections, and bulk, for nftables, for
 * HAProxy (which forwards TCP), and for the servers asked directly through the same host, in turn. Where
 * the kernel has IPVS (bench/balance-vm.ts) also for that, and how long a large start takes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import type { IpAddress } from '../src/base/ip.ts';
import { type DesiredService, serverId, serviceId } from '../src/core/balance/plane.ts';
import { openIpvsDataPlane } from '../src/daemon/balance/ipvs-plane.ts';
import { openNftDataPlane } from '../src/daemon/balance/nft-plane.ts';
import type { DataPlane } from '../src/ports/data-plane.ts';
import { isSysError } from '../src/ports/sys-error.ts';
import { EXCHANGE_SERVERS, PARALLEL } from './balance/exchange.ts';
import {
  type BalanceHosts,
  BULK_PORT,
  HTTP_PORT,
  openBalanceHosts,
  SERVERS,
  VIP,
} from './balance/hosts.ts';
import { measureStart, type Start, starters, startKinds } from './balance/starts.ts';
import {
  groupBy,
  judge,
  judgeLeast,
  median,
  printBars,
  printTable,
  quantile,
} from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { isWanted, readOptions } from './support/options.ts';

const usage = `bench:balance [--quick] [--json] [--only=kept] [--only=new] [--only=bulk] [--only=start]

Needs haproxy, nginx, wrk, iperf3 and cc.`;

const options = readOptions(usage);
const isQuick = options.pace === 'quick';
const rounds = isQuick ? 1 : 9;
const seconds = isQuick ? 1 : 2;
/** nftables is to carry at least so many times what HAProxy does. */
const factor = 1.5;

const hasIpvs = existsSync('/proc/net/ip_vs');
type Way = 'direct' | 'haproxy' | 'nftables' | 'ipvs';
const ways: readonly Way[] = [
  'direct',
  'haproxy',
  'nftables',
  ...(hasIpvs ? ['ipvs' as const] : []),
];

const measures = ['kept', 'new', 'bulk'] as const;
type Measure = (typeof measures)[number];

const units: Readonly<Record<Measure, string>> = {
  kept: 'requests/s on kept connections',
  new: 'new connections/s',
  bulk: 'MB/s in bulk',
};

interface Outcome {
  readonly measure: Measure;
  readonly way: Way;
  readonly value: number;
}

const httpPorts: Readonly<Record<Way, number>> = {
  direct: HTTP_PORT,
  haproxy: 80,
  nftables: 81,
  ipvs: 82,
};
const exchangePorts: Readonly<Record<Way, number>> = {
  direct: 8081,
  haproxy: 70,
  nftables: 71,
  ipvs: 72,
};
/** A port of the servers for each: IPVS remembers for two minutes who answers whom, and alters what others forward. */
const exchangeServerPorts: Readonly<Record<Way, number>> = {
  direct: exchangePorts.direct,
  haproxy: 8082,
  nftables: 8083,
  ipvs: 8084,
};
const bulkPorts: Readonly<Record<Way, number>> = {
  direct: BULK_PORT,
  haproxy: 90,
  nftables: 91,
  ipvs: 92,
};

async function measureOne(hosts: BalanceHosts, measure: Measure, way: Way): Promise<number> {
  const host = way === 'direct' ? SERVERS[0] : VIP;
  if (measure === 'bulk') {
    const words = ['-c', host, '-p', `${bulkPorts[way]}`, '-t', `${seconds}`, '-P', '2', '-J'];
    const report = JSON.parse(await hosts.client('iperf3', ...words)) as {
      end: { sum_received: { bits_per_second: number } };
    };
    return report.end.sum_received.bits_per_second / 8e6;
  }
  if (measure === 'new') {
    const asked = way === 'direct' ? EXCHANGE_SERVERS[0] : VIP;
    return await hosts.exchange(asked, exchangePorts[way], seconds);
  }
  const size = ['-t', '1', '-c', `${PARALLEL}`, '-d', `${seconds}s`];
  const url = `http://${host}:${httpPorts[way]}/`;
  const report = await hosts.client('wrk', ...size, url);
  return Number(/Requests\/sec: +([\d.]+)/.exec(report)?.[1] ?? Number.NaN);
}

function startHaproxy(hosts: BalanceHosts): void {
  const file = hosts.path('haproxy.cfg');
  const server = (address: string, port: number): string =>
    `  server ${address.replaceAll('.', '-')} ${address}:${port}`;
  writeFileSync(
    file,
    `global
  maxconn 4000
defaults
  mode tcp
  balance roundrobin
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen http
  bind ${VIP}:${httpPorts.haproxy}
${SERVERS.map((address) => server(address, HTTP_PORT)).join('\n')}
listen exchange
  bind ${VIP}:${exchangePorts.haproxy}
${EXCHANGE_SERVERS.map((address) => server(address, exchangeServerPorts.haproxy)).join('\n')}
listen bulk
  bind ${VIP}:${bulkPorts.haproxy}
  option splice-auto
${server(SERVERS[0], BULK_PORT)}
`,
  );
  hosts.startOnDirector('haproxy', '-db', '-f', file);
}

function startPlane(hosts: BalanceHosts, way: 'nftables' | 'ipvs'): DataPlane {
  const log = { write: () => {}, close: () => {} };
  const plane = hosts.onDirector(() =>
    way === 'ipvs'
      ? openIpvsDataPlane(hosts.path('bench.ipvs'))
      : openNftDataPlane({ owner: hosts.path('bench.pid'), log }),
  );
  if (isSysError(plane)) throw new Error(plane.message);
  const failures = plane.realize({
    desired: [
      service(httpPorts[way], SERVERS, HTTP_PORT),
      service(exchangePorts[way], EXCHANGE_SERVERS, exchangeServerPorts[way]),
      service(bulkPorts[way], [SERVERS[0]], BULK_PORT),
    ],
    removed: [],
  });
  for (const { error } of failures) throw new Error(error.message);
  return plane;
}

function service(port: number, addresses: readonly string[], serverPort: number): DesiredService {
  const match = { kind: 'address', protocol: 'tcp', address: VIP as IpAddress, port } as const;
  return {
    id: serviceId(match),
    match,
    scheduler: 'rr',
    schedulerFlags: [],
    onePacket: false,
    removedConnections: 'drain',
    servers: addresses.map((each) => {
      const address = each as IpAddress;
      return {
        id: serverId(address, serverPort),
        address,
        port: serverPort,
        weight: 1,
        forwarding: { method: 'masquerade' },
        upperThreshold: 0,
        lowerThreshold: 0,
      };
    }),
  };
}

function report(outcomes: readonly Outcome[]): void {
  const rows = [...groupBy(outcomes, ({ measure }) => measure)].map(([measure, some]) => {
    const values = ways.map((way) => quartileOf(some, way));
    const [, haproxy = Number.NaN, ...planes] = values;
    const whole = values.map((value) => Math.round(value));
    return [units[measure], ...whole, ...planes.map((value) => (value / haproxy).toFixed(2))];
  });
  const ratios = ways.slice(2).map((way) => `${way} / haproxy`);
  printTable(['upper quartile of rounds', ...ways, ...ratios], rows);
}

/** The upper quartile: whatever else the machine does only takes away. */
function quartileOf(outcomes: readonly Outcome[], way: Way): number {
  const own = outcomes.filter((each) => each.way === way).map(({ value }) => value);
  return quantile(own, 0.75);
}

/** In pairs, each of them first in turn. */
async function measureStarts(): Promise<readonly Start[]> {
  const starts: Start[] = [];
  for (let round = 0; round < (isQuick ? 1 : 5); round++) {
    for (const kind of startKinds) {
      for (const program of round % 2 === 0 ? starters : [...starters].reverse()) {
        process.stderr.write(`start ${kind} ${program} `);
        starts.push(await measureStart(program, kind));
      }
    }
  }
  return starts;
}

function reportStarts(starts: readonly Start[]): void {
  const of = (start: Pick<Start, 'kind' | 'program'>, what: 'firstMs' | 'allMs'): number =>
    median(
      starts
        .filter(({ kind, program }) => kind === start.kind && program === start.program)
        .map((each) => each[what]),
    );
  const rows = startKinds.flatMap((kind) =>
    starters.map((program) => [
      `${kind}: ${program}`,
      Math.round(of({ kind, program }, 'firstMs')),
      Math.round(of({ kind, program }, 'allMs')),
    ]),
  );
  printTable(['start with 10000 real servers, median', 'first ms', 'all ms'], rows);
  printBars(
    startKinds.map((kind) => {
      const allMs = (program: Start['program']): number => of({ kind, program }, 'allMs');
      return judge(
        `start ${kind}: holdfast / keepalived`,
        allMs('holdfast') / allMs('keepalived'),
        1,
      );
    }),
  );
}

async function main(): Promise<void> {
  const missing = ['haproxy', 'nginx', 'wrk', 'iperf3', 'cc'].filter(
    (program) => spawnSync('which', [program]).status !== 0,
  );
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}`);
  const machine = hasIpvs ? undefined : machineFacts();
  if (machine !== undefined && options.output === 'text') printMachine(machine);
  const starts = hasIpvs && isWanted(options, 'start') ? await measureStarts() : [];
  const outcomes: Outcome[] = [];
  const hosts = await openBalanceHosts();
  try {
    startHaproxy(hosts);
    const planes = [startPlane(hosts, 'nftables'), ...(hasIpvs ? [startPlane(hosts, 'ipvs')] : [])];
    for (let round = 0; round < rounds; round++) {
      for (const measure of measures.filter((each) => isWanted(options, each))) {
        for (const way of ways) {
          process.stderr.write(`${measure} ${way} `);
          outcomes.push({ measure, way, value: await measureOne(hosts, measure, way) });
        }
      }
    }
    process.stderr.write('\n');
    for (const plane of planes) plane.close('remove');
  } finally {
    await hosts.close();
  }
  if (options.output === 'json') console.log(JSON.stringify({ machine, outcomes, starts }));
  else if (outcomes.length > 0) report(outcomes);
  if (starts.length > 0) reportStarts(starts);
  // Where nothing is as fast as outside, it is told and not judged.
  if (hasIpvs) return;
  printBars(
    [...groupBy(outcomes, ({ measure }) => measure)].map(([measure, some]) => {
      const ratio = quartileOf(some, 'nftables') / quartileOf(some, 'haproxy');
      return judgeLeast(`${measure}: nftables / haproxy`, ratio, factor);
    }),
  );
}

await main();
