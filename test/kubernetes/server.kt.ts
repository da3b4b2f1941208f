import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { testNamespace } from '../../tools/sweep.ts';
import { type ApiServer, hasControllerManager, Kubernetes, skipKubernetes } from './server.ts';

describe('a real API server in the lab', { skip: skipKubernetes, concurrency: false }, () => {
  let lab: Lab;
  let kubernetes: Kubernetes;
  let server: ApiServer;
  before(async () => {
    lab = await createLab({
      prefix: testNamespace('api-'),
      families: [4],
      hosts: [{ name: 'm1' }],
    });
    kubernetes = await Kubernetes.start({
      folder: `${lab.network.directory}/kubernetes`,
      etcd: lab.client,
      names: [lab.host('m1').address(4)],
      users: [{ name: 'nobody-special' }],
    });
    server = await (await kubernetes.startServer(lab.host('m1'))).ready();
  });
  after(() => lab?.destroy());

  const kubectl = (...args: string[]): Promise<string> =>
    kubernetes.kubectl(lab.client, server.url, args);

  test('takes objects, and gives them back', async () => {
    await kubectl('create', 'configmap', 'vips', '--from-literal=10.0.0.1=default/web');
    const text = await kubectl('get', 'configmap', 'vips', '-o', 'jsonpath={.data}');
    assert.deepEqual(JSON.parse(text), { '10.0.0.1': 'default/web' });
  });

  test('lets nobody do what no role allows', async () => {
    const refused = await kubernetes.tryKubectl(lab.client, server.url, ['get', 'configmaps'], {
      user: 'nobody-special',
    });
    assert.match(refused.stderr, /User "nobody-special" cannot list resource "configmaps"/);
  });

  test('knows who has a certificate of the authority', async () => {
    const { credentials } = kubernetes;
    const pair = `--cert ${credentials.path('client.crt')} --key ${credentials.path('client.key')}`;
    const { stdout } = await lab.client.run(
      `curl --silent --cacert ${credentials.path('ca.crt')} ${pair} ${server.url}/api/v1/namespaces`,
    );
    assert.match(stdout, /"kind": "NamespaceList"/);
  });

  test('controllers make endpoints of pods', { skip: !hasControllerManager }, async () => {
    const manager = await kubernetes.startControllerManager(server);
    await kubectl('create', 'service', 'clusterip', 'web', '--tcp=80');
    for (let tries = 0; ; tries++) {
      const now = await kubernetes.tryKubectl(lab.client, server.url, ['get', 'endpoints', 'web']);
      if (now.status === 0) break;
      assert.ok(tries < 240, manager.tail());
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await manager.stop();
  });

  test('knows after a restart what it knew', async () => {
    await server.process.stop({ timeoutMs: 120_000 });
    server = await (await kubernetes.startServer(lab.host('m1'))).ready();
    assert.match(await kubectl('get', 'configmaps', '--output=name'), /configmap\/vips/);
  });
});
