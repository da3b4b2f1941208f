import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { projectRoot } from '../../src/lab/programs.ts';
import { findChartRenderer } from '../../tools/kubernetes/chart-renderer.mjs';
import { testNamespace } from '../../tools/sweep.ts';
import { type Manifest, readManifests } from './nodes.ts';
import { type ApiServer, Kubernetes, skipKubernetes } from './server.ts';

// Go's text/template with sprig renders, as in Helm; Helm itself, which no package of Debian has, is not run.

const CHART = join(projectRoot(), 'deploy/kubernetes/chart');
const renderer = findChartRenderer();
const skip = renderer === undefined ? 'needs the renderer: node tools/setup.mjs kubernetes' : false;

describe('the Helm chart', { skip, concurrency: false }, () => {
  const folder = mkdtempSync(join(tmpdir(), `hft-${process.pid}-chart-`));
  after(() => rmSync(folder, { recursive: true }));

  function words(values: object | undefined, release: string, namespace: string): string[] {
    if (values === undefined) return [CHART, release, namespace];
    const file = join(folder, 'values.yaml');
    // JSON is YAML of any version: 'yes' stays a text.
    writeFileSync(file, JSON.stringify(values));
    return [CHART, release, namespace, file];
  }

  function render(values?: object, release = 'kube-keepalived-vip', namespace = 'default') {
    return execFileSync(renderer ?? '', words(values, release, namespace), { encoding: 'utf8' });
  }

  function objectsOf(text: string): Manifest[] {
    const objects = parseAllDocuments(text).map((one) => one.toJS() as Manifest | null);
    return objects.filter((one) => one !== null);
  }

  const byName = (objects: readonly Manifest[]) =>
    Object.fromEntries(objects.map((one) => [`${one.kind} ${one.metadata.name}`, one]));

  test('renders what the manifests have, where nothing is set', () => {
    const manifests = ['kube-keepalived-vip.yaml', 'vip-configmap.yaml'].flatMap(readManifests);
    const rendered = objectsOf(render());
    assert.equal(rendered.length, manifests.length);
    assert.deepEqual(byName(rendered), byName(manifests));
  });

  // Values that are not the default, and what they come to.
  const container = (objects: Manifest[]) =>
    (podOf(objects).containers as Record<string, unknown>[])[0] ?? {};
  const changes: [what: string, values: object, holds: (objects: Manifest[]) => void][] = [
    [
      'flags',
      {
        ...{ vrid: 60, useUnicast: true, interface: 'eth1', watchNamespace: 'apps' },
        ...{ emptyVips: 'withdraw', httpPort: 8090, extraArgs: ['--v=2'] },
      },
      (objects) => {
        assert.deepEqual(container(objects).args, [
          ...['--services-configmap=default/vip-configmap', '--vrid=60', '--use-unicast'],
          ...['--iface=eth1', '--watch-namespace=apps', '--empty-vips=withdraw'],
          ...['--http-port=8090', '--v=2'],
        ]);
        assert.match(JSON.stringify(container(objects).livenessProbe), /"port":8090/);
      },
    ],
    [
      'the proxy',
      { proxyProtocol: true, capabilities: [] },
      (objects) => {
        assert.deepEqual((container(objects).args as string[]).slice(1), [
          '--proxy-protocol-mode=true',
        ]);
        const { capabilities } = container(objects).securityContext as Record<string, object>;
        assert.deepEqual(capabilities, {
          ...{ drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW', 'NET_BIND_SERVICE'] },
        });
      },
    ],
    [
      'the image, and where pods run',
      {
        image: { repository: 'r/i', tag: '1', pullPolicy: 'Never', pullSecrets: [{ name: 's' }] },
        ...{ nodeSelector: { vip: 'yes' }, tolerations: [], podLabels: { a: 'b' } },
        ...{ podAnnotations: { 'prometheus.io/port': '8080' }, hostSysctls: true },
      },
      (objects) => {
        const pod = podOf(objects);
        assert.equal(container(objects).image, 'r/i:1');
        assert.equal(container(objects).imagePullPolicy, 'Never');
        assert.deepEqual(pod.imagePullSecrets, [{ name: 's' }]);
        assert.deepEqual(pod.nodeSelector, { vip: 'yes' });
        assert.equal(pod.tolerations, undefined);
        assert.match(JSON.stringify(pod.initContainers), /ip_forward.*"privileged":true/);
        assert.doesNotMatch(JSON.stringify(pod.containers), /privileged/);
      },
    ],
    [
      "somebody else's ConfigMap",
      { vips: { name: 'mine', create: false } },
      (objects) => {
        const maps = objects.filter(({ kind }) => kind === 'ConfigMap');
        assert.deepEqual(
          maps.map(({ metadata }) => metadata.name),
          ['mine-status'],
        );
        assert.match(JSON.stringify(objects), /"resourceNames":\["mine"\]/);
      },
    ],
  ];
  for (const [what, values, holds] of changes) test(what, () => holds(objectsOf(render(values))));

  test('another release in another namespace shares no name with it', () => {
    const objects = objectsOf(render({ vips: { name: 'other' } }, 'second', 'vips'));
    assert.doesNotMatch(JSON.stringify(objects), /"(?:kube-keepalived-vip|default)"(?!,"image")/);
    for (const { kind, metadata } of objects) {
      assert.match(metadata.name, /^second$|^other/);
      const isOfCluster = kind.startsWith('ClusterRole');
      assert.equal(metadata.namespace, isOfCluster ? undefined : 'vips');
    }
  });

  test('values.yaml has every value that templates read, and no other', () => {
    const listed = Object.keys(parse(execFileSync('cat', [`${CHART}/values.yaml`], TEXT)));
    const templates = execFileSync('sh', ['-c', `cat ${CHART}/templates/*`], TEXT);
    const read = [...templates.matchAll(/\.Values\.(\w+)/g)].map(([, name]) => name ?? '');
    assert.deepEqual([...new Set(read)].sort(), listed.sort());
  });

  test('a mistake in a template ends the rendering', () => {
    const broken = spawnSync(renderer ?? '', ['/nowhere', 'x', 'y'], TEXT);
    assert.notEqual(broken.status, 0);
  });

  describe('and the API server', { skip: skipKubernetes }, () => {
    let lab: Lab;
    let server: ApiServer;
    let kubernetes: Kubernetes;
    before(async () => {
      lab = await createLab({ prefix: testNamespace('chart-'), hosts: [{ name: 'm1' }] });
      kubernetes = await Kubernetes.start({
        ...{ folder: join(lab.network.directory, 'kubernetes'), etcd: lab.client },
        names: [lab.host('m1').address(4)],
      });
      server = await (await kubernetes.startServer(lab.host('m1'))).ready();
    });
    after(() => lab?.destroy());

    test('takes all that is rendered, as what it is', async () => {
      for (const [, values] of [['', {}], ...changes] as const) {
        const dry = ['create', '--dry-run=server', '--output=name', '-f', '-'];
        const input = render(values);
        const made = await kubernetes.kubectl(lab.client, server.url, dry, { input });
        assert.equal(made.trim().split('\n').length, objectsOf(input).length, made);
      }
    });
  });
});

const TEXT = { encoding: 'utf8' } as const;

function podOf(objects: readonly Manifest[]): Record<string, unknown> {
  const daemonSet = objects.find(({ kind }) => kind === 'DaemonSet') as unknown as {
    spec: { template: { spec: Record<string, unknown> } };
  };
  return daemonSet.spec.template.spec;
}
