import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { Watcher, Writer } from './clients.ts';
import { AUTHORITY, ControlPlaneLab, MASTERS, VIP } from './control-plane-lab.ts';
import { skipKubernetes } from './server.ts';

/** What the operator of Prometheus defines, as far as a plan uses it: nothing else is taken. */
const SERVICE_MONITOR = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'servicemonitors.monitoring.coreos.com' },
  spec: {
    group: 'monitoring.coreos.com',
    names: { kind: 'ServiceMonitor', plural: 'servicemonitors', singular: 'servicemonitor' },
    scope: 'Namespaced',
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: specSchema() } } },
      },
    ],
  },
});

function specSchema(): unknown {
  const text = { type: 'string' };
  const endpoint = { type: 'object', properties: { port: text, path: text, interval: text } };
  const matchLabels = { type: 'object', additionalProperties: text };
  return {
    type: 'object',
    required: ['endpoints', 'selector'],
    properties: {
      endpoints: { type: 'array', items: endpoint },
      selector: { type: 'object', properties: { matchLabels } },
    },
  };
}

/** As the page about it has it: the key is missing, so that nothing is drawn. */
function manifest(...more: readonly string[]): string {
  const masters = MASTERS.flatMap((name, index) => ['--master', `${name}=10.1.86.${201 + index}`]);
  return execFileSync(
    'bin/holdfast',
    ['manifest', 'control-plane', '--vip', VIP, '--interface', 'eth0', ...masters, ...more],
    { encoding: 'utf8' },
  );
}

describe("the control plane's VIP, from nothing", {
  skip: skipKubernetes,
  concurrency: false,
}, () => {
  const url = `https://${VIP}:6444`;
  let lab: ControlPlaneLab;
  let text: string;
  let writer: Writer;
  let watcher: Watcher;
  before(async () => {
    lab = await ControlPlaneLab.create();
    text = manifest('--balance', '6444', '--ca', AUTHORITY);
  });
  after(async () => {
    await Promise.all([writer?.stop(), watcher?.stop()]);
    await lab?.destroy();
  });

  const client = () => lab.seed.lab.client;

  test('row 41: the VIP is there before any API server', async () => {
    for (const machine of lab.seed.machines) {
      await machine.write('/etc/kubernetes/manifests/vip.yaml', text, '0600');
    }
    await lab.seed.holds('node01', VIP);
  });

  test('a first API server, anywhere, is reached by it; then three', async () => {
    await (await lab.startServer('node03')).ready();
    await lab.kubernetes.kubectl(client(), url, ['create', 'namespace', 'first']);
    for (const name of ['node01', 'node02']) await lab.startServer(name);
    await Promise.all(['node01', 'node02'].map((name) => lab.server(name).ready()));
    await lab.seed.holds('node01', VIP);
  });

  test('the API server takes the manifest, as what it is', async () => {
    for (const each of [text, manifest()]) {
      const dry = ['create', '--dry-run=server', '--output=name', '-f', '-'];
      const options = { input: each };
      assert.match(
        await lab.kubernetes.kubectl(client(), url, dry, options),
        /^pod\/control-plane-vip\n$/,
      );
    }
  });

  test('and the static pods of a plan', async () => {
    const folder = `${lab.seed.lab.network.directory}/plan`;
    const words = ['plan', 'test/seeds/files/000/hosts', '-o', folder, '--metrics-port', '9650'];
    execFileSync('bin/holdfast', words, { stdio: 'pipe' });
    for (const name of ['haproxy', 'keepalived']) {
      const file = `${folder}/hosts/node01/etc/kubernetes/manifests/${name}.yaml`;
      const dry = ['create', '--dry-run=server', '--output=name', '-f', file];
      assert.equal(await lab.kubernetes.kubectl(client(), url, dry), `pod/${name}\n`);
    }
    const create = ['create', '--output=name', '-f'];
    const definition = await lab.kubernetes.kubectl(client(), url, [...create, '-'], {
      input: SERVICE_MONITOR,
    });
    assert.match(definition, /^customresourcedefinition/);
    const established = [
      'wait',
      '--for=condition=Established',
      '--timeout=120s',
      definition.trim(),
    ];
    await lab.kubernetes.kubectl(client(), url, established);
    for (const [file, kind] of Object.entries({
      'metrics-service.yaml': 'service',
      'service-monitor.yaml': 'servicemonitor.monitoring.coreos.com',
    })) {
      const dry = ['create', '--dry-run=server', '--output=name', '-f', `${folder}/${file}`];
      const said = await lab.kubernetes.kubectl(client(), url, dry);
      assert.equal(said, `${kind}/holdfast-cluster\n`);
    }
  });

  test('row 39: kubectl get -w and a writer go on while the holder dies', async () => {
    writer = new Writer(lab.kubernetes, client(), url);
    await writer.start();
    watcher = new Watcher(lab.kubernetes, client(), url);
    watcher.start();
    await writer.writes(5);
    await watcher.sees(writer.written);
    await lab.seed.machine('node01').host.powerOff();
    await lab.seed.holds('node02', VIP);
    await writer.writes(5);
    await watcher.sees(writer.written);
    await lab.seed.machine('node01').host.powerOn();
    await lab.server('node01').ready();
    await lab.seed.holds('node01', VIP);
    await writer.writes(3);
  });

  test('an API server is killed, and one hangs: the VIP stays, and they go on', async () => {
    lab.server('node01').process.signal('SIGKILL');
    lab.server('node02').process.signal('SIGSTOP');
    try {
      await writer.writes(5);
      await watcher.sees(writer.written);
      assert.deepEqual(lab.seed.lab.holdersOf(VIP), ['node01']);
    } finally {
      // What is stopped does not end with its host.
      lab.server('node02').process.signal('SIGCONT');
    }
  });

  test('row 40: where nothing balances, the API server of a master decides', async () => {
    await Promise.all([writer.stop(), watcher.stop()]);
    await lab.server('node02').ready();
    const alone = manifest('--ca', AUTHORITY);
    for (const machine of lab.seed.machines)
      await machine.write('/etc/kubernetes/manifests/vip.yaml', alone, '0600');
    // That of node01 was killed.
    await lab.seed.holds('node02', VIP);
    const plain = `https://${VIP}:6443`;
    await lab.kubernetes.kubectl(client(), plain, ['get', 'namespace', 'first']);
    await (await lab.kubernetes.startServer(lab.seed.machine('node01').host)).ready();
    await lab.seed.holds('node01', VIP);
  });
});
