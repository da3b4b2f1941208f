import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { projectRoot } from '../../src/lab/programs.ts';
import { createDaemonLab, eventually, holdfast, skipDaemon } from './support.ts';

// Three nodes and an API server that is played (test/kubernetes/played-server.ts).

const VIP = '192.168.80.33';
const API = '192.168.80.10:8001';
const NODES = ['bs-01', 'bs-02', 'bs-03'] as const;

interface ClusterObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

describe('kubernetes', { skip: skipDaemon }, () => {
  let lab: Lab;
  let api: HostProcess;
  const daemons = new Map<string, HostProcess>();
  const state = new Map<string, object>();

  before(async () => {
    lab = await createDaemonLab(...NODES);
    await startApi();
    for (const [index, name] of NODES.entries()) {
      // As nodes have it; new namespaces have what this machine has.
      await lab.host(name).run(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
      put(nodeObject(index));
      put({
        kind: 'Pod',
        metadata: { namespace: 'default', name: `vip-${name}` },
        spec: { nodeName: name },
      });
      await lab.host(name).spawn(['node', '-e', BACKEND, name], { name: 'backend' });
    }
    await Promise.all(NODES.map((name) => start(lab.host(name))));
  });
  after(() => lab?.destroy());

  const BACKEND = `require('http').createServer((q, s) => s.end(process.argv[1])).listen(8080)`;

  async function startApi(): Promise<void> {
    const script = join(projectRoot(), 'test/kubernetes/played-server.ts');
    api = await lab.client.spawn(
      [
        'node',
        '--import',
        join(projectRoot(), 'node_modules/tsx/dist/esm/index.mjs'),
        script,
        '8001',
      ],
      { name: 'api' },
    );
    await api.logContains('listening', { timeoutMs: 30_000 });
    for (const object of state.values()) api.write(`${JSON.stringify(object)}\n`);
  }

  /** kubectl apply. */
  function put(object: ClusterObject): void {
    state.set(`${object.kind} ${object.metadata.name}`, object);
    api.write(`${JSON.stringify(object)}\n`);
  }

  function nodeObject(index: number, spec: object = {}) {
    return {
      kind: 'Node',
      metadata: { name: NODES[index] ?? '', creationTimestamp: `2018-05-0${index + 1}T00:00:00Z` },
      spec,
      status: { addresses: [{ type: 'InternalIP', address: `192.168.80.${81 + index}` }] },
    };
  }

  function vips(data: object) {
    return { kind: 'ConfigMap', metadata: { namespace: 'default', name: 'vip-configmap' }, data };
  }

  async function start(host: Host, flags: readonly string[] = []): Promise<HostProcess> {
    const link = host.path('kube-keepalived-vip');
    await host.run(['ln', '-sfn', holdfast, link]);
    const daemon = await host.spawn(
      [
        link,
        ...['--services-configmap=default/vip-configmap', `--apiserver-host=http://${API}`],
        ...['--logtostderr=true', '--http-port', '8081'],
        ...['--config-file', host.path('keepalived.conf'), '--state-file', host.path('state.json')],
        ...['--pid-file', host.path('keepalived.pid'), ...flags],
      ],
      { env: { POD_NAME: `vip-${host.name}`, POD_NAMESPACE: 'default' } },
    );
    daemons.set(host.name, daemon);
    return daemon;
  }

  function daemonOf(name: string): HostProcess {
    const daemon = daemons.get(name);
    assert(daemon !== undefined);
    return daemon;
  }

  function everyLog(pattern: string | RegExp) {
    return Promise.all(
      NODES.map((name) => daemonOf(name).logContains(pattern, { timeoutMs: 30_000 })),
    );
  }

  async function ask(host: Host, url: string): Promise<string> {
    const { stdout } = await host.run(['curl', '-s', '-m', '2', '-w', ' %{http_code}', url]);
    return stdout;
  }

  function confOf(name: string): string {
    return readFileSync(lab.host(name).path('keepalived.conf'), 'utf8');
  }

  test('without a ConfigMap a pod is well, and says what it misses', async () => {
    await everyLog('default/vip-configmap: there is no such ConfigMap [ConfigMapMissing]');
    await everyLog('in step with default/vip-configmap');
    await api.logContains(/"involvedObject".*ConfigMapMissing/);
    for (const path of ['health', 'livez', 'readyz'])
      assert.equal(await ask(lab.host('bs-01'), `http://127.0.0.1:8081/${path}`), 'OK 200');
  });

  test('an address alone, as in seed 004', async () => {
    put(vips({ [VIP]: '' }));
    await everyLog('VRRP_Instance(vips) Entering BACKUP STATE');
    const holder = await lab.waitForHolder(VIP);
    await daemonOf(holder).logContains('VRRP_Instance(vips) Entering MASTER STATE');
    const conf = confOf('bs-02');
    assert.match(
      conf,
      /vrrp_instance vips \{\n {2}state BACKUP\n {2}interface eth0\n {2}virtual_router_id 50\n/,
    );
    assert.match(conf, /# VIP Service with no pods: 192\.168\.80\.33\n$/);
    assert.equal(await ask(lab.client, `http://${VIP}:8080/`), `${holder} 200`);
  });

  /** Endpoints of the Service on these nodes. */
  function webSlice(nodes: readonly (typeof NODES)[number][]) {
    const labels = { 'kubernetes.io/service-name': 'web' };
    return {
      ...{ kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: { namespace: 'default', name: 'web-1', labels },
      ports: [{ name: 'http', port: 8080 }],
      endpoints: nodes.map((nodeName) => ({
        nodeName,
        addresses: [`192.168.80.${81 + NODES.indexOf(nodeName)}`],
      })),
    };
  }

  test('a Service is balanced to its endpoints, whoever holds the address', async () => {
    const metadata = { namespace: 'default', name: 'web' };
    put({
      kind: 'Service',
      metadata: {
        ...metadata,
        annotations: { 'holdfast/persistence': 'none', 'holdfast/scheduler': 'rr' },
      },
      spec: { ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
    });
    put(webSlice(NODES));
    put(vips({ [VIP]: 'default/web' }));
    const answered = new Set<string>();
    await eventually(
      async () => {
        answered.add(await ask(lab.client, `http://${VIP}/`));
        return NODES.every((name) => answered.has(`${name} 200`)) ? true : undefined;
      },
      () => `only ${[...answered]} answered\n${confOf('bs-01')}\n${daemonOf('bs-01').tail()}`,
    );
  });

  test('endpoints come and go without a reload, and the file follows', async () => {
    const reloads = (): number =>
      daemonOf('bs-01').log.filter(({ text }) => text.includes('Configuration reloaded')).length;
    const before = reloads();
    for (const nodes of [['bs-02'], NODES] as const) {
      put(webSlice(nodes));
      const last: string[] = [];
      await eventually(
        async () => {
          last.push(await ask(lab.client, `http://${VIP}/`));
          const answered = [...new Set(last.slice(-6))].sort().join();
          const wanted = nodes.map((name) => `${name} 200`).join();
          return last.length >= 6 && answered === wanted ? true : undefined;
        },
        () => `only ${last.slice(-6)} answered\n${daemonOf('bs-01').tail()}`,
      );
      await eventually(
        () => (confOf('bs-01').split('real_server').length === nodes.length + 1 ? true : undefined),
        () => confOf('bs-01'),
      );
    }
    assert.equal(reloads(), before);
  });

  test('a wrong value becomes an Event, and what was before stays', async () => {
    const before = confOf('bs-01');
    put(vips({ [VIP]: 'default/web:nat', foo: '' }));
    await api.logContains(/'nat' is no way of forwarding.*what it was before stays/);
    await everyLog("foo: 'foo' is not an address");
    assert.equal(confOf('bs-01'), before);
    assert.match(await ask(lab.client, `http://${VIP}/`), / 200$/);
  });

  test('figures and the status in the pod name Services, and what is wrong', async () => {
    const host = lab.host(await lab.waitForHolder(VIP));
    const has = (text: string, what: string) => text.split('\n').includes(what);
    const wanted = [
      'holdfast_kubernetes_ready 1',
      'holdfast_kubernetes_followed{resource="services"} 1',
      'holdfast_kubernetes_lists_total{resource="endpointslices"} 1',
      'holdfast_kubernetes_refused_entries 2',
      'holdfast_kubernetes_problems{reason="WrongEntry"} 2',
      `holdfast_kubernetes_vip_held{address="${VIP}",vrrp_instance="vips"} 1`,
      `holdfast_kubernetes_vip_endpoints{address="${VIP}",vrrp_instance="vips"} 3`,
      'holdfast_vrrp_state{vrrp_instance="vips",state="master"} 1',
      'holdfast_vrrp_up 1',
      'holdfast_checker_up 1',
    ];
    let page = '';
    await eventually(
      async () => {
        page = await ask(host, 'http://127.0.0.1:8081/metrics');
        return wanted.every((line) => has(page, line)) ? true : undefined;
      },
      () => `missing: ${wanted.filter((line) => !has(page, line)).join('\n')}\n${page}`,
    );
    assert.match(page, /holdfast_kubernetes_plans_total\{outcome="applied"\} [1-9]/);
    assert.match(page, /holdfast_kubernetes_planning_duration_seconds_count [1-9]/);
    const status = ['status', '--socket', host.path('keepalived.sock')];
    const { stdout } = await host.run([holdfast, ...status]);
    assert.match(stdout, /^192\.168\.80\.33 +vips +yes +default\/web +80\/TCP +3$/m);
    assert.match(stdout, /^ConfigMap default\/vip-configmap: foo: 'foo' is not an address/m);
    const json = JSON.parse((await host.run([holdfast, ...status, '--json'])).stdout);
    assert.equal(json.cluster.vips[0].ports[0].service, 'default/web');
  });

  test('row 12: endpoints that end serve where no other is ready', async () => {
    const labels = { 'kubernetes.io/service-name': 'web' };
    const conditions = { ready: false, serving: true, terminating: true };
    put({
      ...{ kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: { namespace: 'default', name: 'web-1', labels },
      ports: [{ name: 'http', port: 8080 }],
      endpoints: NODES.map((nodeName, index) => ({
        ...{ nodeName, addresses: [`192.168.80.${81 + index}`] },
        conditions: nodeName === 'bs-02' ? conditions : { ready: false },
      })),
    });
    let last: string[] = [];
    await eventually(
      async () => {
        last = [];
        for (let count = 0; count < 6; count++) last.push(await ask(lab.client, `http://${VIP}/`));
        return last.every((one) => one === 'bs-02 200') ? true : undefined;
      },
      () => `${last}\n${confOf('bs-01')}`,
    );
  });

  test('a cordoned node hands over, and nobody notices', async () => {
    put(vips({ [VIP]: '' }));
    const holder = await lab.waitForHolder(VIP);
    const index = (NODES as readonly string[]).indexOf(holder);
    const probe = await lab.probe(VIP, { periodMs: 5 });
    await probe.waitForService();
    const { gapMs, stallMs, overlapMs } = await probe.gapAround(() => {
      put(nodeObject(index, { unschedulable: true }));
    });
    assert.notEqual(await lab.waitForHolder(VIP), holder);
    await daemonOf(holder).logContains('vips should be on another node');
    await probe.stop();
    put(nodeObject(index));
    assert(gapMs - stallMs < 500, `a gap of ${gapMs} ms, where silence takes 3600`);
    assert(overlapMs > 0, 'it gave up the address before the next one had it');
  });

  test('a pod that is deleted gives up its address when the next one has it', async () => {
    const holder = await lab.waitForHolder(VIP);
    const probe = await lab.probe(VIP, { periodMs: 5 });
    await probe.waitForService();
    const { overlapMs } = await probe.gapAround(() => daemonOf(holder).stop());
    assert.notEqual(await lab.waitForHolder(VIP), holder);
    await probe.stop();
    assert(overlapMs > 0, 'it gave up the address before the next one had it');
    await start(lab.host(holder));
    await daemonOf(holder).logContains('VRRP_Instance(vips) Entering BACKUP STATE');
  });

  test('the process that speaks with the cluster may die', async () => {
    const holder = await lab.waitForHolder(VIP);
    const { stdout } = await lab.host(holder).run(['pgrep', '-x', 'holdfast-kube']);
    await lab.host(holder).run(['kill', '-9', stdout.trim()]);
    await daemonOf(holder).logContains('kubernetes: ended (signal SIGKILL)');
    put(vips({ [VIP]: '', '192.168.80.34': '' }));
    await lab.waitForHolder('192.168.80.34', holder);
    assert.deepEqual(lab.holdersOf(VIP), [holder]);
  });

  test('without the API server addresses move, and a node begins with what it had', async () => {
    await api.stop({ signal: 'SIGKILL' });
    const first = await lab.waitForHolder(VIP);
    await lab.host(first).powerOff();
    const second = await lab.waitForHolder(VIP);
    assert.notEqual(second, first);
    await lab.host(first).powerOn();
    await start(lab.host(first));
    await daemonOf(first).logContains('begins with what default/vip-configmap came to last');
    await daemonOf(first).logContains('VRRP_Instance(vips) Entering BACKUP STATE');
    for (const name of NODES.filter((one) => one !== first)) {
      const { status } = await daemonOf(name).stop();
      assert.equal(status, 0);
    }
    await lab.waitForHolder(VIP, first);
    const health = 'http://127.0.0.1:8081/readyz';
    await eventually(
      async () => ((await ask(lab.host(first), health)) === 'OK 200' ? true : undefined),
      () => daemonOf(first).tail(),
    );
    state.set('ConfigMap vip-configmap', vips({ '192.168.80.35': '' }));
    await startApi();
    await lab.waitForHolder('192.168.80.35', first);
    await lab.waitForNoHolder(VIP);
  });

  test('row 20: PROXY: the proxy carries a Service, and says who the client is', async () => {
    const host = lab.host('bs-02');
    for (const name of NODES) if (daemonOf(name).end === undefined) await daemonOf(name).stop();
    const first = `require('net').createServer((s) => s.on('error', () => {}).once('data', (d) =>
      s.end('HTTP/1.0 200 OK\\r\\n\\r\\n' +
      String(d).split('\\r\\n')[0]))).listen(9090)`;
    await host.spawn(['node', '-e', first], { name: 'backend' });
    const metadata = { namespace: 'default', name: 'mail' };
    put({ kind: 'Service', metadata, spec: { ports: [{ port: 25, targetPort: 9090 }] } });
    put({
      ...{ kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: {
        ...{ ...metadata, name: 'mail-1' },
        labels: { 'kubernetes.io/service-name': 'mail' },
      },
      ports: [{ name: '', port: 9090 }],
      endpoints: [{ addresses: [host.address(4)] }],
    });
    put(vips({ [VIP]: 'default/mail:PROXY' }));
    const proxy = ['--proxy-protocol-mode=true', '--proxy-config-file', host.path('haproxy.cfg')];
    await start(host, proxy);
    await lab.waitForHolder(VIP, 'bs-02');
    const header = `PROXY TCP4 ${lab.client.address(4)} ${VIP} `;
    let last = '';
    await eventually(
      async () => {
        last = await ask(lab.client, `http://${VIP}:25/`);
        return last.startsWith(header) ? true : undefined;
      },
      () =>
        `${last}\n${readFileSync(host.path('haproxy.cfg'), 'utf8')}\n${daemonOf('bs-02').tail()}`,
    );
  });
});
