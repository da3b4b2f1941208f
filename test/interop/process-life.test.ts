import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import {
  createDaemonLab,
  eventually,
  holdfast,
  instance,
  keepalivedLink,
  masterOf,
  skipDaemon,
} from '../daemon/support.ts';

const ORIGINAL = '/usr/sbin/keepalived';

describe('beginning, reload and end beside keepalived', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  let link: string;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
    link = await keepalivedLink(host);
  });
  after(() => lab?.destroy());

  async function both<Seen>(see: (program: string) => Promise<Seen>): Promise<[Seen, Seen]> {
    return [await see(ORIGINAL), await see(link)];
  }

  const text = async (command: string): Promise<string> => (await host.run(command)).stdout.trim();

  /** Resolves when `command` prints `wanted`. */
  const shows = (command: string, wanted: string): Promise<string> =>
    eventually(
      async () => ((await text(command)) === wanted ? wanted : undefined),
      () => `'${command}' does not show '${wanted}'`,
    );

  function start(program: string, config: string): Promise<HostProcess> {
    return host.spawn([program, '-n', '-l', '-D', '-f', host.path(config)], { name: program });
  }

  test('a script runs before anything is served, and one when all is given up', async () => {
    const note = host.write(
      'note.sh',
      `#!/bin/sh
      vip=$(ip address show dev eth0 | grep -c 192.168.80.100)
      echo "$1 pid-file=$(ls /run/keepalived.pid) vip=$vip umask=$(umask)" >> '${host.path('noted')}'
      [ "$1" != begin ] || exit 3\n`,
      0o755,
    );
    const globals = `global_defs {
      script_user root
      startup_script "${note} begin"
      shutdown_script "${note} end"
    }\n`;
    host.write('noted.conf', globals + instance());
    const [original, ours] = await both(async (program) => {
      const daemon = await start(program, 'noted.conf');
      await daemon.logContains(/startup script.*failed/);
      await masterOf(daemon);
      await daemon.stop();
      return text(`cat '${host.path('noted')}'; rm '${host.path('noted')}'`);
    });
    assert.match(original, /^begin .*vip=0.*\n *end .*vip=0/);
    assert.equal(ours, original);
  });

  test('scripts that do not end are killed', async () => {
    // A number that no other sleep has.
    const globals = `global_defs {
      script_user root
      startup_script "/bin/sleep 86413"
      startup_script_timeout 1
      shutdown_script "/bin/sleep 86413"
      shutdown_script_timeout 1
    }\n`;
    host.write('slow.conf', globals + instance());
    const [original, ours] = await both(async (program) => {
      const daemon = await start(program, 'slow.conf');
      await masterOf(daemon);
      const left = await text('pgrep -fc "^/bin/sleep 86413"');
      await daemon.stop({ timeoutMs: 20_000 });
      const lines = daemon.log.filter((line) => /script.*timed out/.test(line.text));
      return {
        left,
        timeouts: lines.length,
        inTheEnd: await text('pgrep -fc "^/bin/sleep 86413"'),
      };
    });
    assert.deepEqual(original, { left: '0', timeouts: 2, inTheEnd: '0' });
    assert.deepEqual(ours, original);
  });

  test('files that a reload is followed and ordered by', async () => {
    const globals = `global_defs {
      reload_file /run/reading
      reload_check_config /run/report
      reload_time_file /run/when
    }\n`;
    const good = globals + instance({ advertInt: 1 });
    const [original, ours] = await both(async (program) => {
      const file = host.write('reloaded.conf', good);
      const daemon = await start(program, 'reloaded.conf');
      await daemon.logContains('Entering BACKUP STATE', { timeoutMs: 30_000 });
      // Who waits until it is gone knows that the configuration has been read.
      await host.run('echo wanted > /run/reading');
      daemon.signal('SIGHUP');
      await shows('ls /run/reading 2>/dev/null | wc -l', '0');
      host.write(file, `${good}nonsense\n`);
      daemon.signal('SIGHUP');
      await shows('grep -q nonsense /run/report && stat -c %a /run/report', '600');
      host.write(file, good);
      daemon.signal('SIGHUP');
      await shows('wc -c < /run/report', '0');
      await host.run('date -d "+2 seconds" +%H:%M:%S > /run/when');
      await daemon.logContains('Scheduling reload for 20');
      // It goes with the reload that it has ordered.
      await shows('ls /run/when 2>/dev/null | wc -l', '0');
      await host.run('date -d "+1 hour" "+%Y-%m-%d %H:%M:%S" > /run/when; sleep 0.2; rm /run/when');
      await daemon.logContains('Cancelling reload scheduled for 20');
      const { status } = await daemon.stop();
      return [status, await text('ls /run')];
    });
    assert.deepEqual(ours, original);
  });

  test('what a reload cannot change is said, and everything else applied', async () => {
    const file = host.write('fixed.conf', instance());
    const daemon = await start(link, 'fixed.conf');
    await masterOf(daemon);
    host.write(file, `instance other\n${instance({ addresses: ['192.168.80.101'] })}`);
    daemon.signal('SIGHUP');
    await daemon.logContains('instance cannot change at a reload');
    await shows('ip address show dev eth0 | grep -c 192.168.80.101/', '1');
    assert.equal(await text('ls /run/*.pid'), '/run/keepalived.pid\n/run/vrrp.pid');
    await daemon.stop();
  });

  test('scripts have all groups of their user where that is wanted', async () => {
    const group = host.write('group', 'root:x:0:\nnogroup:x:65534:\nsome:x:7001:nobody\n');
    await host.run(`mount --bind '${group}' /etc/group; touch /run/ids; chown nobody /run/ids`);
    host.write('ids.sh', '#!/bin/sh\nid -G >> /run/ids\n', 0o755);
    for (const [word, groups] of [
      ['off', '65534'],
      ['on', '65534 7001'],
    ]) {
      const globals = `global_defs {
        script_user nobody
        set_supplementary_groups ${word}
        startup_script ${host.path('ids.sh')}
      }\n`;
      host.write(
        'ids.conf',
        globals + instance({ lines: [`notify_master ${host.path('ids.sh')}`] }),
      );
      const daemon = await start(link, 'ids.conf');
      await shows('cat /run/ids', `${groups}\n${groups}`);
      await daemon.stop();
      await host.run(': > /run/ids');
    }
  });

  test('an upgrade keeps the names, the namespace and what is to be put back', async () => {
    const pattern = host.write('core_pattern', 'as it was\n');
    await host.run(`mount --bind '${pattern}' /proc/sys/kernel/core_pattern
      ip netns add blue && ip -n blue link add eth0 type veth peer name eth1
      ip -n blue link set eth0 up; ip -n blue link set eth1 up
      ip -n blue address add 192.168.80.91/24 dev eth0`);
    host.write('named.conf', `net_namespace blue\ninstance lan\n${instance()}`);
    const daemon = await host.spawn([link, '-nl', '-f', host.path('named.conf'), '-Mcores']);
    await masterOf(daemon);
    const files = await text('cd /run/keepalived; grep -H . blue/*.pid');
    assert.match(files, /^blue\/keepalived_lan.pid:\d+\nblue\/vrrp_lan.pid:\d+$/);
    const socket = '/run/keepalived/blue/keepalived_lan.sock';
    const { status, stderr } = await host.run([holdfast, 'upgrade', '-s', socket]);
    assert.equal(status, 0, stderr);
    await daemon.logContains('keepalived_blue_lan: took over as heir');
    await shows('ip netns exec blue ip address show dev eth0 | grep -c 192.168.80.100', '1');
    assert.equal(await text('cd /run/keepalived; grep -H . blue/*.pid'), files);
    assert.equal(await text(`cat '${pattern}'`), 'cores');
    await daemon.stop();
    assert.equal(await text('ls /run/keepalived/blue'), '');
    assert.equal(await text(`cat '${pattern}'`), 'as it was');
  });
});
