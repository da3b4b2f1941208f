import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse, parseAllDocuments } from 'yaml';
import { type IpAddress, parseIp } from '../../src/base/ip.ts';
import { Secret } from '../../src/base/secret.ts';
import { readCluster } from '../../src/config/cluster/index.ts';
import { createMemoryFiles as createHaproxyFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import { read } from '../../src/config/keepalived/test-support.ts';
import { type Cluster, DEPLOYMENTS } from '../../src/config/model/cluster.ts';
import { planFiles } from '../../src/plan/index.ts';
import { deriveSite } from '../../src/plan/site.ts';

const secrets = { authPass: new Secret('abcd2345'), peerKey: new Secret('0123456789abcdef') };
const ip = (text: string): IpAddress => parseIp(text) ?? assert.fail(text);

function cluster(change: Partial<Cluster> = {}): Cluster {
  return {
    name: 'prod',
    purpose: 'kubernetes',
    deployment: 'static-pod',
    vips: [{ address: ip('10.0.0.9') }],
    frontPort: 6444,
    backPort: 6443,
    interface: 'eth0',
    advertIntervalS: 1,
    images: {},
    hosts: [
      { name: 'a', address: ip('10.0.0.1'), holder: {}, isServer: true },
      { name: 'b', address: ip('10.0.0.2'), holder: {}, isServer: true, interface: 'ens3' },
      { name: 'c', address: ip('10.0.0.3'), isServer: true },
      { name: 'd', address: ip('10.0.0.4'), isServer: false },
    ],
    ...change,
  };
}

/** The text of a file of the plan whose path ends so. */
function fileOf(of: Cluster, end: string): string {
  const file = planFiles(deriveSite(of, secrets)).find(({ path }) => path.endsWith(end));
  return file?.text ?? assert.fail(`no ${end}`);
}

describe('a plan', () => {
  test('the same cluster gives the same bytes, also by the cluster.yaml that it wrote', () => {
    for (const deployment of DEPLOYMENTS) {
      const first = planFiles(deriveSite(cluster({ deployment, metricsPort: 9650 }), secrets));
      const text = first.find(({ path }) => path === 'cluster.yaml')?.text ?? '';
      const again = readCluster('cluster.yaml', text).cluster ?? assert.fail(text);
      assert.deepEqual(planFiles(deriveSite(again, secrets)), first);
    }
  });

  test('holdfast reads what it wrote without a word', () => {
    const variants = [cluster(), cluster({ purpose: 'tcp' }), cluster({ advertIntervalS: 0.5 })];
    const ipv6 = cluster({
      vips: [{ address: ip('2001:db8::9'), prefixLength: 64 }],
      hosts: ['a', 'b'].map((name, index) => {
        return { name, address: ip(`2001:db8::${index + 1}`), holder: {}, isServer: true };
      }),
    });
    for (const each of [...variants, ipv6]) {
      for (const name of ['a', 'b']) {
        const keepalived = read(fileOf(each, `${name}/etc/keepalived/keepalived.conf`));
        assert.deepEqual(keepalived.diagnostics, []);
        assert.equal(keepalived.model.instances.length, 1);
        const files = createHaproxyFiles({
          'f.cfg': fileOf(each, `${name}/etc/haproxy/haproxy.cfg`),
        });
        const haproxy = readHaproxy({ paths: ['f.cfg'], files });
        assert.deepEqual(haproxy.diagnostics, []);
      }
    }
  });

  test('only hosts that hold the VIP have files, each its own link, and the others as peers', () => {
    const paths = planFiles(deriveSite(cluster(), secrets)).map(({ path }) => path.split('/'));
    const hosts = new Set(paths.flatMap(([top, name]) => (top === 'hosts' ? [name] : [])));
    assert.deepEqual([...hosts], ['a', 'b']);
    const b = fileOf(cluster(), 'b/etc/keepalived/keepalived.conf');
    assert.match(b, /interface ens3\n/);
    assert.match(b, /unicast_src_ip 10\.0\.0\.2\n {4}unicast_peer {\n {8}10\.0\.0\.1\n {4}}/);
  });

  test('passwords stand in files of the owner only', () => {
    for (const { path, text, mode } of planFiles(deriveSite(cluster(), secrets))) {
      const isSecret = text.includes('abcd2345') || text.includes('0123456789abcdef');
      assert.equal(isSecret, path.endsWith('/keepalived.conf'), path);
      if (isSecret) assert.equal(mode, 0o600);
    }
  });

  test('certificates hold for every address by which clients and servers are reached', () => {
    const kubeadm = parse(fileOf(cluster(), 'kubeadm.yaml')) as {
      controlPlaneEndpoint: string;
      apiServer: { certSANs: string[] };
    };
    assert.equal(kubeadm.controlPlaneEndpoint, '10.0.0.9:6444');
    assert.deepEqual(kubeadm.apiServer.certSANs, [
      ...['10.0.0.9', '10.0.0.1', 'a', '10.0.0.2', 'b', '10.0.0.3', 'c', '127.0.0.1'],
    ]);
  });
});

describe('metrics', () => {
  const of = (change: Partial<Cluster> = {}): Cluster => cluster({ metricsPort: 9650, ...change });

  test('are served by each holder at its own address, where a port is given', () => {
    for (const [name, address] of Object.entries({ a: '10.0.0.1', b: '10.0.0.2' })) {
      const { model, diagnostics } = read(fileOf(of(), `${name}/etc/keepalived/keepalived.conf`));
      assert.deepEqual(diagnostics, []);
      assert.deepEqual(model.global.metricsListen, { address, port: 9650 });
    }
    const paths = planFiles(deriveSite(cluster(), secrets)).map(({ path }) => path);
    assert(paths.every((path) => !/metrics|monitor/.test(path)));
    assert.doesNotMatch(
      fileOf(cluster(), 'a/etc/kubernetes/manifests/keepalived.yaml'),
      /prometheus/,
    );
  });

  test('are found by annotations, by a Service and by the operator of Prometheus', () => {
    const pod = parse(fileOf(of(), 'a/etc/kubernetes/manifests/keepalived.yaml'));
    assert.equal(pod.metadata.annotations['prometheus.io/port'], '9650');
    assert.equal(pod.spec.containers[0].ports[0].name, 'metrics');
    const service = parse(fileOf(of(), 'metrics-service.yaml'));
    assert.deepEqual(service.spec.selector, pod.metadata.labels);
    const monitor = parse(fileOf(of(), 'service-monitor.yaml'));
    assert.deepEqual(monitor.spec.selector.matchLabels, service.metadata.labels);
    assert.equal(monitor.spec.endpoints[0].port, service.spec.ports[0].name);
  });

  test('of holders that are no pods are found by their addresses', () => {
    const text = fileOf(of({ deployment: 'systemd', name: 'Rack_7' }), 'metrics-service.yaml');
    const [service, endpoints] = parseAllDocuments(text).map((each) => each.toJS());
    assert.equal(service.metadata.name, 'holdfast-rack-7');
    assert.equal(endpoints.metadata.name, service.metadata.name);
    const [{ addresses, ports }] = endpoints.subsets;
    assert.deepEqual(addresses, [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }]);
    assert.deepEqual(ports, service.spec.ports);
  });

  test('without Kubernetes the page of the plan says what Prometheus is to ask', () => {
    const page = fileOf(of({ purpose: 'tcp', deployment: 'systemd' }), 'README.md');
    assert.match(page, /- targets: \['10\.0\.0\.1:9650', '10\.0\.0\.2:9650'\]/);
  });
});

describe('an election that is derived', () => {
  const priority = fc.option(fc.integer({ min: 2, max: 254 }), { nil: undefined });
  const given = fc
    .array(priority, { minLength: 1, maxLength: 60 })
    .filter(
      (all) =>
        new Set(all.filter((one) => one !== undefined)).size ===
        all.filter((one) => one !== undefined).length,
    );

  test('nobody has the priority of another, and who fails is below all', () => {
    fc.assert(
      fc.property(given, (priorities) => {
        const hosts = priorities.map((each, index) => {
          const holder = each === undefined ? {} : { priority: each };
          return { name: `h${index}`, address: ip(`10.0.0.${index + 1}`), holder, isServer: true };
        });
        const { holders, checkWeight } = deriveSite(cluster({ hosts }), secrets);
        const all = holders.map((holder) => holder.priority);
        assert.equal(new Set(all).size, all.length);
        for (const [index, each] of priorities.entries()) {
          if (each !== undefined) assert.equal(all[index], each);
          const own = all[index] ?? 0;
          assert(own >= 2 && own <= 254);
          const failing = Math.max(1, own + checkWeight);
          assert(all.every((other, at) => at === index || failing < other));
        }
        assert(checkWeight >= -253);
      }),
    );
  });

  test('without any, the order of the hosts decides', () => {
    const { holders } = deriveSite(cluster(), secrets);
    assert.deepEqual(
      holders.map((holder) => holder.priority),
      [100, 90],
    );
  });

  test('the VRID is none that every tutorial has, and another for another cluster', () => {
    const vrids = Array.from({ length: 300 }, (_, index) => {
      return deriveSite(cluster({ name: `c${index}` }), secrets).vrid;
    });
    assert(vrids.every((vrid) => vrid >= 1 && vrid <= 255 && vrid !== 51 && vrid !== 100));
    assert(new Set(vrids).size > 100);
    assert.equal(deriveSite(cluster({ vrid: 51 }), secrets).vrid, 51);
  });
});
