import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { Secret } from '../../src/base/secret.ts';
import { readCluster } from '../../src/config/cluster/index.ts';
import { createMemoryFiles as createHaproxyFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import { read } from '../../src/config/keepalived/test-support.ts';
import { controlPlaneConf, readyzScript } from '../../src/plan/control-plane/conf.ts';
import { controlPlanePod } from '../../src/plan/control-plane/pod.ts';
import type { ControlPlane } from '../../src/plan/control-plane/settings.ts';
import { deriveSite } from '../../src/plan/site.ts';

interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext: {
    readonly privileged?: boolean;
    readonly readOnlyRootFilesystem: boolean;
  };
  readonly volumeMounts: readonly { readonly name: string }[];
}

const document = `
vip: 10.0.0.9/24
interface: eth0
hosts:
  - { name: m1, address: 10.0.0.1 }
  - { name: m2.example.org, address: 10.0.0.2 }
  - { name: m3, address: 10.0.0.3 }
`;
const { cluster } = readCluster('cluster.yaml', document);
const site = deriveSite(cluster ?? assert.fail(document), {
  authPass: new Secret(''),
  peerKey: new Secret('0123456789abcdef'),
});

function plane(change: Partial<ControlPlane> = {}): ControlPlane {
  return {
    site,
    balancing: 'none',
    identity: { kind: 'anonymous' },
    peerKey: 'none',
    sysctls: [],
    ...change,
  };
}

describe("the control plane's static pod", () => {
  test('holdfast reads on each master what is meant for it, without a word', () => {
    const priorities = ['m1', 'm2.example.org', 'm3'].map((configId, index) => {
      const { model, diagnostics } = read(controlPlaneConf(plane()), {}, { configId });
      assert.deepEqual(diagnostics, []);
      const [instance] = model.instances;
      const { transport } = instance ?? assert.fail();
      assert.equal(transport.kind === 'unicast' && transport.peers.length, 2);
      assert.equal(instance?.source, `10.0.0.${index + 1}`);
      return instance?.priority;
    });
    assert.deepEqual(priorities, [100, 90, 80]);
  });

  test('one that is not ready is below all others, and nobody falls to 0', () => {
    const { model } = read(controlPlaneConf(plane()), {}, { configId: 'm1' });
    const weight = model.instances[0]?.trackedScripts[0]?.weight ?? assert.fail();
    assert.ok(100 + weight < 80 && 80 + weight > 0, String(weight));
  });

  test('no secret is an argument of the check, and what it asks is the server or the proxy', () => {
    const token = plane({ identity: { kind: 'token', file: '/etc/vip/token' } });
    assert.match(
      readyzScript(token),
      /^printf .*"\$\(<\/etc\/vip\/token\)" \| curl .* --config -/m,
    );
    assert.match(readyzScript(plane()), /--insecure https:\/\/127\.0\.0\.1:6443\/readyz/);
    const verified = plane({ balancing: 'proxy', authority: '/etc/kubernetes/pki/ca.crt' });
    assert.match(
      readyzScript(verified),
      /--cacert \/etc\/kubernetes\/pki\/ca\.crt --connect-to kubernetes:6444:127\.0\.0\.1:6444/,
    );
  });

  test('holds its files as they are, and dollar signs stay what they were', () => {
    const settings = plane({
      balancing: 'proxy',
      identity: { kind: 'token', file: '/etc/vip/token' },
      peerKey: 'shared',
    });
    const text = controlPlanePod(settings);
    const [writer] = parse(text).spec.initContainers as readonly Container[];
    const values = Object.fromEntries(
      (writer?.env ?? []).map(({ name, value }) => [name, value?.replaceAll('$$', '$')]),
    );
    assert.equal(values.KEEPALIVED_CONF, controlPlaneConf(settings));
    assert.equal(values.READYZ, readyzScript(settings));
    assert.match(values.KEEPALIVED_CONF ?? '', /@holdfast peer_key 0123456789abcdef/);
    const files = createHaproxyFiles({ 'f.cfg': values.HAPROXY_CFG ?? '' });
    assert.deepEqual(readHaproxy({ paths: ['f.cfg'], files }).diagnostics, []);
    assert.equal(text, controlPlanePod(settings));
    assert.doesNotMatch(controlPlanePod(plane()), /peer_key|0123456789abcdef/);
  });

  test('nothing is privileged but what sets sysctls, where that is asked for; every root is read-only', () => {
    for (const sysctls of [[], [{ name: 'net.ipv4.ip_nonlocal_bind', value: '1' }]]) {
      const { spec } = parse(controlPlanePod(plane({ balancing: 'proxy', sysctls })));
      const all = [...spec.initContainers, ...spec.containers] as readonly Container[];
      const privileged = all.filter(({ securityContext }) => securityContext.privileged === true);
      assert.deepEqual(
        privileged.map(({ name }) => name),
        sysctls.length === 0 ? [] : ['sysctls'],
      );
      assert.ok(all.every(({ securityContext }) => securityContext.readOnlyRootFilesystem));
    }
  });

  test('files of the host are mounted by themselves, and only where they are read', () => {
    const identity = {
      kind: 'certificate',
      certificate: '/etc/kubernetes/pki/client.crt',
      key: '/etc/kubernetes/pki/client.key',
    } as const;
    const { spec } = parse(controlPlanePod(plane({ balancing: 'proxy', identity })));
    const paths = spec.volumes.flatMap((volume: { hostPath?: { path: string } }) =>
      volume.hostPath === undefined ? [] : [volume.hostPath.path],
    );
    assert.deepEqual(paths, [identity.certificate, identity.key]);
    for (const { name, volumeMounts } of spec.containers as readonly Container[]) {
      const count = volumeMounts.filter((mount) => mount.name.startsWith('credentials')).length;
      assert.equal(count, name === 'keepalived' ? 2 : 0);
    }
  });
});
