import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import {
  createDaemonLab,
  eventually,
  instance,
  masterOf,
  processesOn,
  skipDaemon,
} from './support.ts';

const hasLinkLocal = (addresses: readonly string[]) =>
  addresses.some((address) => address.startsWith('fe80:'));
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Whatever a daemon is doing: SIGTERM ends it with status 0, and nothing of it stays. */
describe('a daemon that is told to stop', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  let own: readonly string[];
  before(async () => {
    lab = await createDaemonLab('a', 'b');
    host = lab.host('a');
    own = await eventually(
      // The last to come: it waits for the link's carrier.
      () => (hasLinkLocal(host.heldAddresses()) ? host.heldAddresses() : undefined),
      () => `no link-local address: ${host.heldAddresses().join()}`,
    );
  });
  after(() => lab?.destroy());
  afterEach(async () => {
    for (const { processes, directory } of lab.hosts) {
      for (const left of processes) left.signal('SIGTERM');
      await Promise.all([...processes].map(({ exited }) => exited));
      await host.run(`find '${directory}' -name '*pid' -delete -o -name '*.addresses' -delete`);
    }
  });

  const start = (config: string, args: readonly string[] = []): Promise<HostProcess> =>
    host.start({ program: 'holdfast', config, args });

  async function assertStops(daemon: HostProcess, signal: NodeJS.Signals = 'SIGTERM') {
    const end = await daemon.stop({ signal });
    assert.equal(end.status, 0, `${end.signal}\n${daemon.tail()}`);
    assert.doesNotMatch(daemon.tail(1000), /internal error|\bat .*\.ts:\d+/);
    const left = () => host.heldAddresses().filter((address) => !own.includes(address));
    await eventually(
      () => (left().length === 0 ? true : undefined),
      () => `addresses left: ${left().join()}`,
    );
    assert.deepEqual(host.heldAddresses().toSorted(), own.toSorted());
    const files = await host.run(`find '${host.directory}' -name '*pid' -o -name '*.addresses'`);
    assert.equal(files.stdout, '', 'files left');
    await eventually(
      async () => ((await processesOn(host)).length === 0 ? true : undefined),
      () => 'processes left',
    );
  }

  for (const [title, config] of Object.entries({
    'without any instance': 'global_defs {\n    router_id nobody\n}\n',
    'with an empty file': '',
  })) {
    test(title, async () => {
      const daemon = await start(config);
      await daemon.logContains('Opening file');
      await assertStops(daemon);
    });
  }

  for (const [title, config] of Object.entries({
    'as master': instance(),
    'as master of version 2 with a password': instance({
      lines: ['authentication {', '  auth_type PASS', '  auth_pass secret', '}'],
      advertInt: 1,
    }).replace('version 3', 'version 2'),
    'as master of IPv6': instance({ addresses: ['fe80::100', 'fd00:80::100'] }),
    'as unicast master': instance({ lines: ['unicast_peer {', '  192.168.80.82', '}'] }),
    'as owner': instance({ priority: 255 }),
    'as master with a second set of GARPs to come': instance({
      lines: ['garp_master_delay 60', 'garp_master_refresh 60'],
    }),
  })) {
    test(title, async () => {
      const daemon = await start(config);
      await masterOf(daemon);
      await assertStops(daemon);
    });
  }

  test('as backup', async () => {
    const peer = await lab.host('b').start({ program: 'holdfast', config: instance() });
    await masterOf(peer);
    const daemon = await start(instance({ priority: 50 }));
    await daemon.logContains('Entering BACKUP STATE');
    await assertStops(daemon);
    assert.equal((await peer.stop()).status, 0);
  });

  test('in fault, since its interface is down', async () => {
    await host.run('ip link add hft0 type bridge');
    const daemon = await start(instance({ interface: 'hft0' }));
    await daemon.logContains('Entering FAULT STATE');
    await assertStops(daemon);
    await host.run('ip link del hft0');
  });

  test('in fault, since its interface is missing', async () => {
    const text = `global_defs {\n    dynamic_interfaces\n}\n${instance({ interface: 'eth7' })}`;
    const daemon = await start(text);
    await daemon.logContains('Entering FAULT STATE');
    await assertStops(daemon);
  });

  test('in init, while its track script has not ended yet', async () => {
    const script = 'vrrp_script slow {\n    script "/bin/sleep 997"\n    interval 900\n}\n';
    const track = ['track_script {', '    slow', '}'];
    const daemon = await start(script + instance({ lines: track }));
    await eventually(
      async () => ((await host.run('pgrep -f "[s]leep 997"')).status === 0 ? true : undefined),
      () => 'the script was not run',
    );
    await assertStops(daemon);
  });

  test('before vrrp_startup_delay is over', async () => {
    const daemon = await start(`global_defs {\n    vrrp_startup_delay 100\n}\n${instance()}`);
    await daemon.logContains('Opening file');
    await assertStops(daemon);
  });

  test('with 250 instances', async () => {
    const text = range(250)
      .map((index) =>
        instance({
          name: `V${index}`,
          vrid: index + 1,
          addresses: [`10.9.${index}.1/32`],
          advertInt: 1,
          priority: 254,
        }),
      )
      .join('');
    const daemon = await start(text);
    await eventually(
      () => (host.heldAddresses().length >= 250 ? true : undefined),
      () => `${host.heldAddresses().length} addresses\n${daemon.tail()}`,
    );
    await assertStops(daemon);
  });

  const many = range(1000).map((index) => `10.8.${index >> 8}.${index & 255}/32`);
  const many6 = range(1000).map((index) => `fd00:8::${(index + 1).toString(16)}/128`);
  const excluded = (rows: readonly string[]) => ['virtual_ipaddress_excluded {', ...rows, '}'];

  test('with 1000 addresses', async () => {
    const daemon = await start(instance({ lines: excluded(many) }));
    await eventually(
      () => (host.heldAddresses().length >= 1000 ? true : undefined),
      () => `${host.heldAddresses().length} addresses\n${daemon.tail()}`,
    );
    await assertStops(daemon);
  });

  test('while it adds 1000 addresses of IPv6', async () => {
    const daemon = await start(instance({ lines: excluded(many6) }));
    await masterOf(daemon);
    await assertStops(daemon);
  });

  test('at once, while it starts', async () => {
    const daemon = await start(instance());
    await daemon.logContains('Starting');
    await assertStops(daemon);
  });

  test('by SIGINT', async () => {
    const daemon = await start(instance());
    await masterOf(daemon);
    await assertStops(daemon, 'SIGINT');
  });

  test('twice', async () => {
    const daemon = await start(instance());
    await masterOf(daemon);
    daemon.signal('SIGTERM');
    await assertStops(daemon);
  });

  test('with a stop script that takes its time', async () => {
    const script = host.write(
      'slow.sh',
      `#!/bin/sh\nsleep 0.3\necho "$0" > ${host.path('slow')}\n`,
      0o755,
    );
    const daemon = await start(instance({ lines: [`notify_stop ${script}`] }));
    await masterOf(daemon);
    await assertStops(daemon);
    assert(existsSync(host.path('slow')), 'the script was not waited for');
  });

  test('with a stop script that never ends', async () => {
    const script = host.write('endless.sh', '#!/bin/sh\nexec sleep 998\n', 0o755);
    const daemon = await start(instance({ lines: [`notify_stop ${script}`] }));
    await masterOf(daemon);
    const end = await daemon.stop();
    assert.equal(end.status, 0);
    await host.run('pkill -f "[s]leep 998"');
  });

  test('-V: the addresses stay', async () => {
    const daemon = await start(instance(), ['-V']);
    await masterOf(daemon);
    await lab.waitForHolder('192.168.80.100', 'a');
    assert.equal((await daemon.stop()).status, 0);
    const { stdout } = await host.run('ip addr show dev eth0');
    assert.match(stdout, /192\.168\.80\.100/);
    await host.run('ip addr del 192.168.80.100/32 dev eth0');
    await host.run(`find '${host.directory}' -name '*.addresses' -delete`);
  });
});
