/**
 * How much passes a director: requests on kept connections, new connections, and bulk, for nftables, for
 * HAProxy (which forwards TCP), and for the servers asked directly through the same host, in turn.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { IpAddress } from '../src/base/ip.ts';
import { type DesiredService, serverId, serviceId } from '../src/core/balance/plane.ts';
import { openNftDataPlane } from '../src/daemon/balance/nft-plane.ts';
import type { DataPlane } from '../src/ports/data-plane.ts';
import { isSysError } from '../src/ports/sys-error.ts';
import {
  type BalanceHosts,
  BULK_PORT,
  HTTP_PORT,
  openBalanceHosts,
  SERVERS,
  VIP,
} from './balance/hosts.ts';
import { groupBy, judgeLeast, printBars, printTable, quantile } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { isWanted, readOptions } from './support/options.ts';

const usage = `bench:balance [--quick] [--json] [--only=kept] [--only=new] [--only=bulk]

Needs haproxy, nginx, wrk and iperf3.`;

const options = readOptions(usage);
const isQuick = options.pace === 'quick';
const rounds = isQuick ? 1 : 9;
const seconds = isQuick ? 1 : 2;
/** nftables is to carry at least so many times what HAProxy does. */
const factor = 1.5;
const connections = 64;

const ways = ['direct', 'haproxy', 'nftables'] as const;
type Way = (typeof ways)[number];

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

const httpPorts: Readonly<Record<Way, number>> = { direct: HTTP_PORT, haproxy: 80, nftables: 81 };
const bulkPorts: Readonly<Record<Way, number>> = { direct: BULK_PORT, haproxy: 90, nftables: 91 };

async function measureOne(hosts: BalanceHosts, measure: Measure, way: Way): Promise<number> {
  const host = way === 'direct' ? SERVERS[0] : VIP;
  if (measure === 'bulk') {
    const words = ['-c', host, '-p', `${bulkPorts[way]}`, '-t', `${seconds}`, '-P', '2', '-J'];
    const report = JSON.parse(await hosts.client('iperf3', ...words)) as {
      end: { sum_received: { bits_per_second: number } };
    };
    return report.end.sum_received.bits_per_second / 8e6;
  }
  const header = measure === 'new' ? ['-H', 'Connection: close'] : [];
  const size = ['-t', '1', '-c', `${connections}`, '-d', `${seconds}s`];
  const url = `http://${host}:${httpPorts[way]}/`;
  const report = await hosts.client('wrk', ...size, ...header, url);
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
listen bulk
  bind ${VIP}:${bulkPorts.haproxy}
  option splice-auto
${server(SERVERS[0], BULK_PORT)}
`,
  );
  hosts.startOnDirector('haproxy', '-db', '-f', file);
}

function startNftables(hosts: BalanceHosts): DataPlane {
  const plane = hosts.onDirector(() => {
    const log = { write: () => {}, close: () => {} };
    return openNftDataPlane({ owner: hosts.path('bench.pid'), log });
  });
  if (isSysError(plane)) throw new Error(plane.message);
  const failures = plane.realize({
    desired: [
      service(httpPorts.nftables, SERVERS, HTTP_PORT),
      service(bulkPorts.nftables, [SERVERS[0]], BULK_PORT),
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
    const [, haproxy = Number.NaN, nftables = Number.NaN] = values;
    const whole = values.map((value) => Math.round(value));
    return [units[measure], ...whole, (nftables / haproxy).toFixed(2)];
  });
  printTable(['upper quartile of rounds', ...ways, 'nftables / haproxy'], rows);
}

/** The upper quartile: whatever else the machine does only takes away. */
function quartileOf(outcomes: readonly Outcome[], way: Way): number {
  const own = outcomes.filter((each) => each.way === way).map(({ value }) => value);
  return quantile(own, 0.75);
}

async function main(): Promise<void> {
  const missing = ['haproxy', 'nginx', 'wrk', 'iperf3'].filter(
    (program) => spawnSync('which', [program]).status !== 0,
  );
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}`);
  const machine = machineFacts();
  if (options.output === 'text') printMachine(machine);
  const outcomes: Outcome[] = [];
  const hosts = await openBalanceHosts();
  try {
    startHaproxy(hosts);
    const plane = startNftables(hosts);
    for (let round = 0; round < rounds; round++) {
      for (const measure of measures.filter((each) => isWanted(options, each))) {
        for (const way of ways) {
          process.stderr.write(`${measure} ${way} `);
          outcomes.push({ measure, way, value: await measureOne(hosts, measure, way) });
        }
      }
    }
    process.stderr.write('\n');
    plane.close('remove');
  } finally {
    await hosts.close();
  }
  if (options.output === 'json') console.log(JSON.stringify({ machine, outcomes }));
  else report(outcomes);
  printBars(
    [...groupBy(outcomes, ({ measure }) => measure)].map(([measure, some]) => {
      const ratio = quartileOf(some, 'nftables') / quartileOf(some, 'haproxy');
      return judgeLeast(`${measure}: nftables / haproxy`, ratio, factor);
    }),
  );
}

await main();
