/**
 * A node is cordoned, and a pod is deleted: how long a client that asks every millisecond is without an answer. Three
 * nodes as network namespaces; the API server is played (test/kubernetes/played-server.ts), the kubelet is a SIGTERM.
 *
 *   node --import tsx bench/kubernetes-planned.ts [--rounds N]
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { HostProcess } from '../src/lab/host-process.ts';
import { createLab } from '../src/lab/lab.ts';
import { prepareProgram, projectRoot } from '../src/lab/programs.ts';
import { testNamespace } from '../tools/sweep.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const ROUNDS = Number(values.rounds);
const NODES = ['n1', 'n2', 'n3'];
const VIP = '192.168.80.33';
const LIMIT_MS = 60_000;

await prepareProgram('holdfast');
const lab = await createLab({
  prefix: testNamespace('bp-'),
  families: [4],
  hosts: NODES.map((name) => ({ name, sysctls: { 'net.ipv4.ip_forward': 1 } })),
});
const tsx = join(projectRoot(), 'node_modules/tsx/dist/esm/index.mjs');
const server = join(projectRoot(), 'test/kubernetes/played-server.ts');
const api = await lab.client.spawn(['node', '--import', tsx, server, '8001'], { name: 'api' });
await api.logContains('listening', { timeoutMs: LIMIT_MS });
const put = (object: object): void => api.write(`${JSON.stringify(object)}\n`);

function putNode(name: string, spec: { readonly unschedulable: boolean }): void {
  put({
    ...{ kind: 'Node', spec },
    metadata: { name, creationTimestamp: '' },
    status: { addresses: [{ type: 'InternalIP', address: lab.host(name).address(4) }] },
  });
}

const daemons = new Map<string, HostProcess>();

async function start(name: string): Promise<void> {
  const host = lab.host(name);
  const daemon = await host.spawn(
    [
      ...[join(projectRoot(), 'bin/holdfast'), 'kubernetes', '--services-configmap=default/vips'],
      ...['--apiserver-host=http://192.168.80.10:8001', '--http-port=8081'],
      ...['--config-file', host.path('k.conf'), '--state-file', host.path('state.json')],
      ...['--pid-file', host.path('k.pid')],
    ],
    { env: { POD_NAME: `pod-${name}`, POD_NAMESPACE: 'default' } },
  );
  daemons.set(name, daemon);
  await daemon.logContains('in step with', { timeoutMs: LIMIT_MS });
  await daemon.logContains('Entering BACKUP STATE', { timeoutMs: LIMIT_MS });
}

put({ kind: 'ConfigMap', metadata: { namespace: 'default', name: 'vips' }, data: { [VIP]: '' } });
for (const name of NODES) {
  putNode(name, { unschedulable: false });
  const metadata = { namespace: 'default', name: `pod-${name}` };
  put({ kind: 'Pod', metadata, spec: { nodeName: name } });
}
for (const name of NODES) await start(name);
await lab.waitForHolder(VIP, undefined, { timeoutMs: LIMIT_MS });
const probe = await lab.probe(VIP);
await probe.waitForService();

async function measure(what: string, act: (holder: string) => unknown, after: typeof act) {
  const gaps: number[] = [];
  const held: number[] = [];
  const lost: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const holder = await lab.waitForHolder(VIP, undefined, { timeoutMs: LIMIT_MS });
    const { fromMs, toMs } = await probe.gapAround(() => act(holder), { timeoutMs: LIMIT_MS });
    // What was asked at the very end is answered by then.
    await sleep(200);
    const report = await probe.report({ fromMs, toMs });
    gaps.push(report.gapMs);
    held.push(report.gapMs - report.stallMs);
    lost.push(report.sent - report.answered);
    await after(holder);
  }
  console.log(
    `${what}, ${ROUNDS} rounds: gap ${summary(gaps)} ms; beyond what the prober was held up ` +
      `${summary(held)} ms; questions without an answer ${summary(lost)}`,
  );
}

/** Median, 90th percentile and most. */
function summary(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  return `${at(0.5)}, ${at(0.9)}, ${at(1)}`;
}

await measure(
  'node cordoned',
  (holder) => putNode(holder, { unschedulable: true }),
  (holder) => putNode(holder, { unschedulable: false }),
);
await measure(
  'node cordoned, then its pod deleted',
  async (holder) => {
    putNode(holder, { unschedulable: true });
    await daemons.get(holder)?.stop();
  },
  async (holder) => {
    putNode(holder, { unschedulable: false });
    await start(holder);
  },
);
await measure(
  'pod deleted',
  (holder) => daemons.get(holder)?.stop(),
  (holder) => start(holder),
);
await lab.destroy();
process.exit(0);
