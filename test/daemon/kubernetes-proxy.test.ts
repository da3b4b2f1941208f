import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { projectRoot } from '../../src/lab/programs.ts';
import { createDaemonLab, eventually, holdfast, skipDaemon } from './support.ts';

// One node with a proxy, and an API server that is played (test/kubernetes/played-server.ts).

const VIP = '192.168.80.33';
const NODE = 'bs-02';
const PORTS = [9091, 9092, 9093] as const;
type Port = (typeof PORTS)[number];
/** What is there in turn. */
const SETS: readonly (readonly Port[])[] = [[9091], [9092], [9092, 9093], [9091, 9093], [9093]];
const ROUNDS = 200;

/** Answers whatever comes with its port, for as long as anything comes. */
const ECHO = `for (const port of [${PORTS}]) require('net').createServer((s) =>
  s.on('error', () => {}).on('data', () => s.write(port + '\\n'))).listen(port)`;
/** One connection that stays, and others that come all the time; tells of each that is lost. */
const CLIENT = `const net = require('net');
  const open = (name, stays) => {
    const s = net.connect(26, '${VIP}');
    let answered = false;
    let ended = false;
    s.setEncoding('latin1').on('connect', () => s.write('x'));
    s.on('data', (d) => {
      if (!answered) console.log((stays ? 'stays with ' : 'served by ') + d.trim());
      answered = true;
      if (stays) setTimeout(() => s.write('x'), 20);
      else { ended = true; s.end(); }
    });
    s.on('error', (e) => console.log('lost ' + name + ' ' + e.code));
    s.on('close', () => { if (!ended) console.log('lost ' + name); });
  };
  open('long', true);
  setInterval(() => open('short', false), 20);`;

describe('kubernetes: the proxy beside', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  let api: HostProcess;
  let daemon: HostProcess;
  const metadata = { namespace: 'default', name: 'many' };
  const put = (object: object): void => api.write(`${JSON.stringify(object)}\n`);
  const conf = (): string => readFileSync(host.path('haproxy.cfg'), 'utf8');
  /** Those that come first: there is no moment without any. */
  const putPorts = (...ports: readonly Port[]): void => {
    for (const port of [...ports, ...PORTS.filter((one) => !ports.includes(one))])
      put({
        ...{ kind: 'EndpointSlice', addressType: 'IPv4' },
        metadata: {
          ...{ ...metadata, name: `many-${port}` },
          labels: { 'kubernetes.io/service-name': 'many' },
        },
        ports: [{ name: '', port }],
        endpoints: ports.includes(port) ? [{ addresses: [host.address(4)] }] : [],
      });
  };
  /** Process ids, that of the master first. */
  const proxies = async (): Promise<readonly string[]> =>
    (await host.run(['pgrep', '-x', 'holdfast-proxy'])).stdout
      .trim()
      .split('\n')
      .sort((a, b) => Number(a) - Number(b));
  const reloads = (): number =>
    daemon.log.filter(({ text }) => text.includes('Configuration reloaded')).length;
  const answered = (port: Port): Promise<unknown> =>
    eventually(
      async () => {
        const ask = `exec 3<>/dev/tcp/${VIP}/26 && echo x >&3 && timeout 2 head -n1 <&3`;
        const { stdout } = await lab.client.run(['bash', '-c', ask]);
        return stdout.startsWith(String(port)) ? true : undefined;
      },
      () => `${conf()}\n${daemon.tail()}`,
    );

  before(async () => {
    lab = await createDaemonLab(NODE);
    host = lab.host(NODE);
    const tsx = join(projectRoot(), 'node_modules/tsx/dist/esm/index.mjs');
    const script = join(projectRoot(), 'test/kubernetes/played-server.ts');
    api = await lab.client.spawn(['node', '--import', tsx, script, '8001'], { name: 'api' });
    await api.logContains('listening', { timeoutMs: 30_000 });
    await host.spawn(['node', '-e', ECHO], { name: 'echo' });
    put({
      kind: 'Node',
      metadata: { name: NODE, creationTimestamp: '' },
      status: { addresses: [{ type: 'InternalIP', address: host.address(4) }] },
    });
    const pod = { namespace: 'default', name: 'vip' };
    put({ kind: 'Pod', metadata: pod, spec: { nodeName: NODE } });
    put({ kind: 'Service', metadata, spec: { ports: [{ port: 26, targetPort: 'any' }] } });
    putPorts(9091);
    const configMap = { namespace: 'default', name: 'vips' };
    put({ kind: 'ConfigMap', metadata: configMap, data: { [VIP]: 'default/many:PROXY' } });
    daemon = await host.spawn(
      [
        ...[holdfast, 'kubernetes', '--services-configmap=default/vips', '--http-port', '8081'],
        '--apiserver-host=http://192.168.80.10:8001',
        ...['--config-file', host.path('keepalived.conf'), '--state-file', host.path('state.json')],
        ...['--pid-file', host.path('keepalived.pid'), '--proxy-protocol-mode=true'],
        ...['--proxy-config-file', host.path('haproxy.cfg')],
      ],
      { env: { POD_NAME: 'vip', POD_NAMESPACE: 'default' } },
    );
    await lab.waitForHolder(VIP, NODE);
    await answered(9091);
    // The worker before the last reload has ended.
    await eventually(
      async () => ((await proxies()).length === 2 ? true : undefined),
      () => daemon.tail(),
    );
  });
  after(() => lab?.destroy());

  test('endpoints change a hundred times a second, without a reload and without a loss', async () => {
    const before = { proxies: await proxies(), reloads: reloads() };
    const asking = await lab.client.spawn(['node', '-e', CLIENT], { name: 'asking' });
    await asking.logContains('stays with 9091');
    for (let round = 0; round < ROUNDS; round++) {
      putPorts(...(SETS[round % SETS.length] ?? []));
      await sleep(10);
    }
    putPorts(9093);
    const changedMs = monotonicMs();
    await eventually(
      () => (conf().includes(':9093 ') && !/:909[12] /.test(conf()) ? true : undefined),
      conf,
    );
    await asking.logContains('served by 9093', { afterMs: changedMs });
    for (const port of PORTS) await asking.logContains(`served by ${port}`);
    const lost = asking.log.filter(({ text }) => text.includes('lost'));
    assert.deepEqual(lost, []);
    assert.deepEqual({ proxies: await proxies(), reloads: reloads() }, before);
    await asking.stop({ signal: 'SIGKILL' });
  });

  test('a worker that takes the place of a killed one is told what is new', async () => {
    const [, worker = ''] = await proxies();
    await host.run(['kill', '-9', worker]);
    putPorts(9092);
    await answered(9092);
  });
});
