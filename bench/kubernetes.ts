/**
 * A change of the cluster → the data plane: a thousand Services with ten endpoints each, of which some change all the
 * time, and one whose change is timed by a client. The API server is played (test/kubernetes/played-server.ts).
 *
 *   node --import tsx bench/kubernetes.ts [--services N] [--changes N] [--rounds N] [--check none|tcp]
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createLab } from '../src/lab/lab.ts';
import { monotonicMs } from '../src/lab/monotonic.ts';
import { prepareProgram, projectRoot } from '../src/lab/programs.ts';
import { testNamespace } from '../tools/sweep.ts';

const { values } = parseArgs({
  options: {
    services: { type: 'string', default: '1000' },
    /** A second. */
    changes: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '200' },
    /** As the annotation says it. */
    check: { type: 'string', default: 'none' },
  },
});
const SERVICES = Number(values.services);
const CHANGES = Number(values.changes);
const ROUNDS = Number(values.rounds);
const ENDPOINTS = 10;
const VIP = '192.168.80.33';
const PORTS = [9001, 9002] as const;
const LIMIT_MS = 60_000;
/** Named one by one. */
const OUTLIER_MS = 200;

await prepareProgram('holdfast');
const lab = await createLab({
  prefix: testNamespace('bk-'),
  families: [4],
  hosts: [{ name: 'n1', sysctls: { 'net.ipv4.ip_forward': 1 } }],
});
const host = lab.host('n1');
const tsx = join(projectRoot(), 'node_modules/tsx/dist/esm/index.mjs');
const server = join(projectRoot(), 'test/kubernetes/played-server.ts');
const api = await lab.client.spawn(['node', '--import', tsx, server, '8001'], { name: 'api' });
await api.logContains('listening', { timeoutMs: 30_000 });

const put = (object: object): void => api.write(`${JSON.stringify(object)}\n`);

function service(name: string): object {
  const annotations = { 'holdfast/persistence': 'none', 'holdfast/check': values.check };
  return {
    kind: 'Service',
    metadata: { namespace: 'default', name, annotations },
    spec: { ports: [{ name: 'http', port: 80, targetPort: 80 }] },
  };
}

function slice(name: string, port: number, addresses: readonly string[]): object {
  const labels = { 'kubernetes.io/service-name': name };
  return {
    ...{ kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: { namespace: 'default', name: `${name}-1`, labels },
    ports: [{ name: 'http', port }],
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  };
}

function other(index: number, shift: number): object {
  const addresses = Array.from(
    { length: ENDPOINTS },
    (_, at) => `10.${index >> 8}.${index & 255}.${1 + ((at + shift) % 250)}`,
  );
  return slice(`s${index}`, 80, addresses);
}

const vips: Record<string, string> = { [VIP]: 'default/timed' };
for (let index = 0; index < SERVICES - 1; index++) {
  put(service(`s${index}`));
  put(other(index, 0));
  vips[`172.20.${index >> 8}.${index & 255}`] = `default/s${index}`;
}
put(service('timed'));
put(slice('timed', PORTS[0], [host.address(4)]));
put({
  kind: 'Node',
  metadata: { name: 'n1', creationTimestamp: '' },
  status: { addresses: [{ type: 'InternalIP', address: host.address(4) }] },
});
put({ kind: 'Pod', metadata: { namespace: 'default', name: 'p' }, spec: { nodeName: 'n1' } });
put({ kind: 'ConfigMap', metadata: { namespace: 'default', name: 'vips' }, data: vips });

for (const port of PORTS) {
  const code = `require('net').createServer((s) => s.on('error', () => {}).end('${port}')).listen(${port})`;
  await host.spawn(['node', '-e', code], { name: 'backend' });
}
const daemon = await host.spawn(
  [
    ...[join(projectRoot(), 'bin/holdfast'), 'kubernetes', '--services-configmap=default/vips'],
    ...['--apiserver-host=http://192.168.80.10:8001', '--http-port=8081'],
    ...['--config-file', host.path('k.conf'), '--state-file', host.path('state.json')],
    ...['--pid-file', host.path('k.pid')],
  ],
  { env: { POD_NAME: 'p', POD_NAMESPACE: 'default' } },
);
await daemon.logContains('in step with', { timeoutMs: LIMIT_MS });
await lab.waitForHolder(VIP, 'n1', { timeoutMs: LIMIT_MS });

// Connects every 5 ms, and says when another port answers than before.
const watcher = `
  const net = require('net');
  let last = '';
  setInterval(() => {
    const s = net.connect(80, '${VIP}');
    s.setTimeout(1000, () => s.destroy());
    s.on('error', () => {}).on('data', (d) => {
      if (String(d) !== last) console.log(last = String(d));
    });
  }, 5);`;
const client = await lab.client.spawn(['node', '-e', watcher], { name: 'client' });
await client.logContains(String(PORTS[0]), { timeoutMs: LIMIT_MS });

let shift = 0;
const churn =
  CHANGES > 0 && setInterval(() => put(other(shift % (SERVICES - 1), 1 + shift++)), 1000 / CHANGES);
const latencies: number[] = [];
for (let round = 1; round <= ROUNDS; round++) {
  await sleep(300 + Math.random() * 200);
  const port = PORTS[round % 2] ?? 0;
  const startedMs = monotonicMs();
  put(slice('timed', port, [host.address(4)]));
  const { atMs } = await client.logContains(String(port), {
    timeoutMs: LIMIT_MS,
    afterMs: startedMs,
  });
  latencies.push(atMs - startedMs);
}
if (churn !== false) clearInterval(churn);
const outliers = latencies.flatMap((ms, index) =>
  ms > OUTLIER_MS ? [`${ms.toFixed(0)} (round ${index + 1})`] : [],
);
latencies.sort((a, b) => a - b);
const at = (share: number): string =>
  (latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0).toFixed(0);
console.log(
  `${SERVICES} Services of ${ENDPOINTS} endpoints, ${CHANGES} changes a second, ${ROUNDS} rounds`,
);
console.log(`change to data plane: median ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`);
console.log(`beyond ${OUTLIER_MS} ms: ${outliers.join(', ') || 'none'}`);
const peaks =
  'for p in $(pgrep holdfast); do echo $(cat /proc/$p/comm) $(grep VmHWM /proc/$p/status) ' +
  '$(ps -o cputimes= $p) s of a processor; done';
const { stdout } = await host.run(peaks);
console.log(stdout.trimEnd());
await lab.destroy();
process.exit(0);
