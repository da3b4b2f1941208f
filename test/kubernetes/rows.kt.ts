import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { NETWORK_V6, NODES } from './nodes.ts';
import { RowLab } from './row-lab.ts';
import { skipKubernetes } from './server.ts';

// real 1.20. Each test is named after its row of the table in docs/kubernetes.md.

const VIP = '172.16.40.33';
const VIP_V6 = `${NETWORK_V6}::33`;
const KEY_V6 = VIP_V6.replaceAll(':', '-');
const NO_PERSISTENCE = { 'holdfast/persistence': 'none', 'holdfast/scheduler': 'rr' };

describe('rows: what stands behind the addresses', {
  skip: skipKubernetes,
  concurrency: false,
}, () => {
  let lab: RowLab;
  before(async () => {
    lab = await RowLab.create({ families: [4, 6], second: true });
    for (const name of NODES) await lab.backend(name, 9090);
  });
  after(() => lab?.nodes.destroy());

  const web = { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] };
  const http = { name: 'http', port: 9090 };

  test('row 45: the pods have the capabilities of the manifest, and no others', async () => {
    await lab.setVips({ [VIP]: '' });
    await lab.nodes.lab.waitForHolder(VIP);
    for (const name of NODES) {
      const pid = lab.nodes.pod(name).pid;
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      // NET_ADMIN 12, NET_RAW 13, SYS_NICE 23.
      assert.match(status, /^CapEff:\s+0000000000803000$/m);
      assert.match(status, /^NoNewPrivs:\s+1$/m);
    }
  });

  test('row 14: connections are balanced by ourselves', async () => {
    await lab.service('web', NO_PERSISTENCE, web);
    await lab.endpoints('web', http);
    await lab.setVips({ [VIP]: 'default/web' });
    await lab.answers(NODES, () => lab.curl(`http://${VIP}/`));
  });

  test('row 18: pods of other nodes answer by way of the holder', async () => {
    const holder = await lab.nodes.lab.waitForHolder(VIP);
    const own = lab.nodes.host(holder).address(4);
    const seen = new Map<string, string>();
    await lab.until(async () => {
      const [name = '', from = ''] = (await lab.curl(`http://${VIP}/`)).split(' ');
      if (name !== '') seen.set(name, from);
      return NODES.every((one) => seen.has(one)) ? true : undefined;
    });
    for (const name of NODES.filter((one) => one !== holder)) assert.equal(seen.get(name), own);
  });

  test('row 15: a backend that died is left out, though its endpoint is ready', async () => {
    const [process] = await Promise.all([lab.backend('bs-02', 9091), lab.backend('bs-01', 9091)]);
    await lab.service('checked', NO_PERSISTENCE, { ports: [{ name: 'http', port: 81 }] });
    await lab.endpoints('checked', { name: 'http', port: 9091 }, ['bs-01', 'bs-02']);
    await lab.setVips({ [VIP]: 'default/checked' });
    await lab.answers(['bs-01', 'bs-02'], () => lab.curl(`http://${VIP}:81/`));
    await process?.stop({ signal: 'SIGKILL' });
    await lab.answers(['bs-01'], () => lab.curl(`http://${VIP}:81/`));
  });

  test('row 16: UDP is asked in UDP, and HTTP by its path', async () => {
    const [udp] = await Promise.all(['bs-01', 'bs-02'].map((name) => lab.udpBackend(name, 9053)));
    await lab.service('dns', NO_PERSISTENCE, {
      ports: [{ name: 'dns', port: 53, protocol: 'UDP' }],
    });
    await lab.endpoints('dns', { name: 'dns', port: 9053, protocol: 'UDP' }, ['bs-01', 'bs-02']);
    await lab.backend('bs-01', 9092);
    await lab.backend('bs-03', 9092, 500);
    const annotations = { ...NO_PERSISTENCE, 'holdfast/check': 'http:/health' };
    await lab.service('pages', annotations, { ports: [{ name: 'http', port: 82 }] });
    await lab.endpoints('pages', { name: 'http', port: 9092 }, ['bs-01', 'bs-03']);
    await lab.setVips({ [VIP]: 'default/dns default/pages' });
    await lab.answers(['bs-01', 'bs-02'], () => lab.askUdp(VIP, 53));
    await lab.answers(['bs-01'], () => lab.curl(`http://${VIP}:82/`));
    await udp?.stop({ signal: 'SIGKILL' });
    await lab.answers(['bs-02'], () => lab.askUdp(VIP, 53));
  });

  test('row 2: several Services on one address', async () => {
    await lab.setVips({ [VIP]: 'default/web, default/pages' });
    await lab.answers(NODES, () => lab.curl(`http://${VIP}/`));
    await lab.answers(['bs-01'], () => lab.curl(`http://${VIP}:82/`));
  });

  test('row 17: scheduler, persistence and weights by annotation', async () => {
    const weights = { ...NO_PERSISTENCE, 'holdfast/scheduler': 'wrr' };
    await lab.service('web', { ...weights, 'holdfast/weights': 'bs-01=0, bs-02=2' }, web);
    await lab.answers(['bs-02', 'bs-03'], () => lab.curl(`http://${VIP}/`));
    await lab.service('web', { ...NO_PERSISTENCE, 'holdfast/persistence': '600' }, web);
    await lab.until(() =>
      lab.nodes.conf('bs-01').includes('persistence_timeout 600') ? true : undefined,
    );
    await lab.until(async () => {
      const some = new Set<string>();
      for (let count = 0; count < 9; count++) some.add(await lab.curl(`http://${VIP}/`));
      return some.size === 1 && !some.has('') ? true : undefined;
    });
    await lab.service('web', NO_PERSISTENCE, web);
    await lab.answers(NODES, () => lab.curl(`http://${VIP}/`));
  });

  test('row 13: externalTrafficPolicy Local goes where the endpoint is, and stays there', async () => {
    const local = { type: 'NodePort', externalTrafficPolicy: 'Local' };
    await lab.service('near', NO_PERSISTENCE, { ...web, ...local });
    await lab.setVips({ [VIP]: 'default/near' });
    for (const name of ['bs-03', 'bs-01']) {
      await lab.endpoints('near', http, [name, 'bs-02']);
      await lab.endpoints('near', http, [name]);
      await lab.nodes.lab.waitForHolder(VIP, name, { timeoutMs: 60_000 });
      await lab.answers([name], () => lab.curl(`http://${VIP}/`));
    }
  });

  test('row 3: IPv6 beside IPv4', async () => {
    await lab.endpoints('web', http, NODES, 6);
    await lab.setVips({ [VIP]: 'default/web', [KEY_V6]: 'default/web' });
    await lab.nodes.lab.waitForHolder(VIP_V6);
    await lab.answers(NODES, () => lab.curl(`http://[${VIP_V6}]/`));
    await lab.answers(NODES, () => lab.curl(`http://${VIP}/`));
  });

  test('row 7: an interface for each address', async () => {
    await lab.setVips({ [VIP]: '', '172.16.41.33': 'interface=eth1 prefix=24' });
    const holder = await lab.nodes.lab.waitForHolder('172.16.41.33');
    const { stdout } = await lab.nodes.host(holder).run('ip -brief address show dev eth1');
    assert.match(stdout, /172\.16\.41\.33\/24/);
  });

  test('row 22: tables and addresses of others stay, at start, change and end', async () => {
    const host = lab.nodes.host('bs-01');
    await host.nft('table inet others { chain c { tcp dport 1 counter comment "not ours"; }; }');
    await host.run('ip address add 172.16.40.99/32 dev eth0');
    await lab.setVips({ [VIP]: 'default/web' });
    await lab.answers(NODES, () => lab.curl(`http://${VIP}/`));
    await lab.restartPods();
    await lab.answers(NODES, () => lab.curl(`http://${VIP}/`));
    const { stdout } = await host.run('nft list ruleset; ip -brief address show dev eth0');
    assert.match(stdout, /table inet others \{\n\tchain c \{\n\t\ttcp dport 1 counter/);
    assert.match(stdout, /172\.16\.40\.99\/32/);
    await host.run('nft delete table inet others; ip address del 172.16.40.99/32 dev eth0');
  });

  test('row 42: figures of a pod, for Prometheus', async () => {
    const holder = await lab.nodes.lab.waitForHolder(VIP);
    const url = 'http://127.0.0.1:8080/metrics';
    const page = await lab.until(async () => {
      const { stdout } = await lab.nodes.host(holder).run(['curl', '-s', url]);
      return stdout.includes(`vip_held{address="${VIP}",vrrp_instance="vips"} 1`)
        ? stdout
        : undefined;
    });
    for (const line of [
      'holdfast_kubernetes_ready 1',
      'holdfast_kubernetes_followed{resource="services"} 1',
      `holdfast_kubernetes_vip_endpoints{address="${VIP}",vrrp_instance="vips"} 3`,
      'holdfast_vrrp_state{vrrp_instance="vips",state="master"} 1',
    ])
      assert(page.includes(`\n${line}\n`), `${line}\n${page}`);
    assert.doesNotMatch(page, /request_errors_total\{[^}]*\} [1-9]/);
  });

  test('row 46: kubectl holdfast says who holds what, and hands over', async () => {
    await lab.setVips({ [VIP]: 'default/web', foo: '' });
    const holder = await lab.nodes.lab.waitForHolder(VIP);
    const line = new RegExp(
      `^172\\.16\\.40\\.33 +default/web +${holder} +kube-keepalived-vip-${holder} `,
      'm',
    );
    const said = await lab.until(async () => {
      const { stdout } = await lab.plugin();
      return line.test(stdout) ? stdout : undefined;
    });
    assert.match(said, /^ConfigMap default\/vip-configmap, DaemonSet kube-keepalived-vip\n/);
    assert.match(said, /^foo: 'foo' is not an address/m);
    await lab.event(/'foo' is not an address/);
    const events = await lab.plugin('events', '--limit', '1000');
    assert.match(events.stdout, /Warning +WrongEntry +ConfigMap default\/vip-configmap +foo: /);
    const explained = await lab.plugin('explain', VIP);
    assert.match(explained.stdout, /vips/);
    const words = await lab.plugin('__complete', 'handover', '172');
    assert.equal(words.stdout, `${VIP}\n:4\n`);
    const handed = await lab.plugin('handover', VIP);
    assert.match(handed.stdout, /has taken over vips/, handed.stderr);
    await lab.until(() => {
      const [now, ...others] = lab.nodes.lab.holdersOf(VIP);
      return now !== undefined && now !== holder && others.length === 0 ? true : undefined;
    });
    const status = await lab.plugin('node', holder);
    assert.match(status.stdout, /^172\.16\.40\.33 +vips +no +default\/web +80\/TCP +3$/m);
    const nobody = await lab.plugin('handover', '10.9.9.9');
    assert.equal(nobody.status, 1);
    assert.match(nobody.stderr, /no ConfigMap has 10\.9\.9\.9/);
  });

  test('row 44: liveness and readiness are honest', async () => {
    const host = lab.nodes.host('bs-03');
    const code = async (path: string): Promise<string> => {
      const words = ['curl', '-s', '-o', '/dev/null', '-m', '10', '-w', '%{http_code}'];
      return (await host.run([...words, `http://127.0.0.1:8080/${path}`])).stdout;
    };
    assert.deepEqual([await code('livez'), await code('readyz')], ['200', '200']);
    lab.nodes.pod('bs-03').signal('SIGSTOP');
    try {
      assert.deepEqual([await code('livez'), await code('readyz')], ['500', '500']);
    } finally {
      lab.nodes.pod('bs-03').signal('SIGCONT');
    }
    await lab.until(async () => ((await code('livez')) === '200' ? true : undefined));
  });

  test('row 37: changes of the ConfigMap move nothing', async (context) => {
    await lab.setVips({ [VIP]: '' });
    const holder = await lab.nodes.lab.waitForHolder(VIP);
    const probe = await lab.nodes.lab.probe(VIP, { periodMs: 5 });
    await probe.settle();
    const fromMs = monotonicMs();
    for (let count = 0; count < 10; count++)
      await lab.setVips({ [VIP]: '', [`172.16.40.${100 + count}`]: '', bad: 'x' });
    await lab.nodes.lab.waitForHolder('172.16.40.109', holder, { timeoutMs: 60_000 });
    const report = await probe.report({ fromMs, toMs: monotonicMs() });
    const { gapMs, stallMs, holdersMax } = report;
    await probe.stop();
    context.diagnostic(`ten changes: ${gapMs.toFixed(0)} ms (prober ${stallMs.toFixed(0)})`);
    assert(gapMs - stallMs < 300, `a gap of ${gapMs} ms`);
    assert.equal(holdersMax, 1);
    assert.deepEqual(lab.nodes.lab.holdersOf(VIP), [holder]);
  });
});
