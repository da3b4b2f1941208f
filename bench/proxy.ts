/**
 * What passes HAProxy and this proxy, with one and with two workers each, in turn: requests on kept
 * connections, new connections, bulk, what they add to the wait for an answer, and memory.
 */
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareProgram, projectRoot } from '../src/lab/programs.ts';
import { type BalanceHosts, openBalanceHosts } from './balance/hosts.ts';
import {
  endOf,
  type Measure,
  measureBulk,
  measureLatency,
  measureMemory,
  measureRequests,
  parts,
  processorUs,
} from './proxy/measures.ts';
import { type Outcome, printOutcomes } from './proxy/report.ts';
import {
  leastOf,
  type Mode,
  modes,
  nginxConfig,
  type ProxyName,
  proxies,
  proxyConfig,
  urlOf,
  type Way,
  waysOf,
} from './proxy/ways.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';

const usage = `bench:proxy [--quick] [--json] [--only=PART …]

Parts: ${modes.join(', ')}; ${parts.join(', ')}.
Needs haproxy, nginx, wrk, curl, openssl and cc.`;

const options = readOptions(usage);
const isQuick = options.pace === 'quick';
const rounds = isQuick ? 1 : 5;
const seconds = isQuick ? 1 : 2;
const WARM_SECONDS = 1;
const START_MS = 1500;
const BULK_BYTES = 2 ** 28;

/** All of a kind where none of it is named. */
function wanted<Part extends string>(parts: readonly Part[]): readonly Part[] {
  const named = parts.filter((part) => options.only.includes(part));
  return named.length > 0 ? named : parts;
}

/** Compiles what the measures will run; a proxy in service is as warm. */
async function warmUp(hosts: BalanceHosts): Promise<void> {
  for (const mode of wanted(modes))
    for (const way of waysOf(mode))
      for (const kind of ['kept', 'new'] as const)
        await measureRequests(hosts, urlOf(mode, way), kind, WARM_SECONDS);
  if (wanted(modes).includes('tcp'))
    for (const way of waysOf('tcp')) await hosts.exchange(...leastOf(way), WARM_SECONDS);
}

async function measureOne(
  hosts: BalanceHosts,
  processes: ReadonlyMap<ProxyName, ChildProcess>,
  { mode, measure, way }: { mode: Mode; measure: Measure; way: Way },
): Promise<readonly Outcome[]> {
  const url = urlOf(mode, way);
  const of = (what: Outcome['what'], value: number): Outcome => ({ mode, what, way, value });
  if (measure === 'latency') {
    const { p50, p99 } = await measureLatency(hosts, url, seconds);
    return [of('p50', p50), of('p99', p99)];
  }
  if (measure === 'bulk') return [of(measure, await measureBulk(hosts, url, seconds))];
  const pid = way === 'direct' ? undefined : processes.get(way)?.pid;
  const before = pid === undefined ? 0 : processorUs(pid);
  const rate =
    measure === 'least'
      ? await hosts.exchange(...leastOf(way), seconds)
      : await measureRequests(hosts, url, measure, seconds);
  if (pid === undefined) return [of(measure, rate)];
  const cost = (processorUs(pid) - before) / (rate * seconds);
  return [of(measure, rate), of(`${measure}Cost`, cost)];
}

function startServers(hosts: BalanceHosts): void {
  const folder = hosts.path('web');
  mkdirSync(join(folder, 'files'), { recursive: true });
  const file = join(folder, 'files', 'bulk');
  writeFileSync(file, '');
  truncateSync(file, BULK_BYTES);
  execFileSync('chmod', ['-R', 'a+rX', folder]);
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, nginxConfig(folder, certificateOf(hosts)));
  hosts.startAtServers('nginx', '-c', config);
}

function startProxies(hosts: BalanceHosts): ReadonlyMap<ProxyName, ChildProcess> {
  return new Map(waysOf('tcp').map((proxy) => [proxy, startProxy(hosts, proxy)] as const));
}

function startProxy(hosts: BalanceHosts, proxy: ProxyName): ChildProcess {
  const file = hosts.path(`${proxy}.cfg`);
  writeFileSync(file, proxyConfig(proxy, certificateOf(hosts)));
  const command = proxy.startsWith('haproxy')
    ? ['haproxy']
    : [join(projectRoot(), 'bin', 'holdfast'), 'haproxy'];
  const [program = '', ...words] = command;
  return hosts.startOnDirector(program, ...words, '-db', '-f', file);
}

/** Each by a process that has done nothing else: what was once had is not always given back. */
async function measureMemories(hosts: BalanceHosts, outcomes: Outcome[]): Promise<void> {
  for (const mode of wanted(modes))
    for (const way of proxies) {
      process.stderr.write(`${mode} memory ${way}; `);
      const child = startProxy(hosts, way);
      await sleep(START_MS);
      const value = await measureMemory(hosts, urlOf(mode, way), child);
      outcomes.push({ mode, what: 'memory', way, value });
      await endOf(child, 'SIGTERM');
    }
}

function certify(hosts: BalanceHosts): void {
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const [key, certificate] = [hosts.path('key.pem'), hosts.path('crt.pem')];
  const files = ['-keyout', key, '-out', certificate, '-subj', '/CN=bench'];
  execFileSync('openssl', ['req', '-x509', ...options, ...files], { stdio: 'pipe' });
  const text = readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8');
  writeFileSync(certificateOf(hosts), text);
}

const certificateOf = (hosts: BalanceHosts): string => hosts.path('bench.pem');

async function main(): Promise<void> {
  const missing = ['haproxy', 'nginx', 'wrk', 'curl', 'openssl', 'cc'].filter(
    (program) => spawnSync('which', [program]).status !== 0,
  );
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}`);
  await prepareProgram('holdfast');
  const machine = machineFacts();
  if (options.output === 'text') printMachine(machine);
  const outcomes: Outcome[] = [];
  const hosts = await openBalanceHosts({ ownServers: true });
  try {
    certify(hosts);
    startServers(hosts);
    await sleep(START_MS);
    if (wanted(parts).includes('memory')) await measureMemories(hosts, outcomes);
    const processes = startProxies(hosts);
    await sleep(START_MS);
    await warmUp(hosts);
    for (let round = 0; round < rounds; round++)
      for (const mode of wanted(modes))
        for (const measure of wanted(parts)) {
          if (measure === 'memory' || (measure === 'least' && mode !== 'tcp')) continue;
          process.stderr.write(`${mode} ${measure}; `);
          // Each first in turn: what comes later finds the machine warmer.
          const ways = round % 2 === 0 ? waysOf(mode) : [...waysOf(mode)].reverse();
          for (const way of ['direct', ...ways] as const)
            outcomes.push(...(await measureOne(hosts, processes, { mode, measure, way })));
        }
    process.stderr.write('\n');
  } finally {
    await hosts.close();
  }
  if (options.output === 'json') console.log(JSON.stringify({ machine, outcomes }));
  else printOutcomes(outcomes);
}

await main();
