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
  skipDaemon,
} from '../daemon/support.ts';

const ORIGINAL = '/usr/sbin/keepalived';

/** Four daemons of one host, each of a configuration that gives it other names. */
const NAMED: Readonly<Record<string, string>> = {
  plain: '',
  folder: 'use_pid_dir\n',
  tagged: 'instance lan\n',
  inside: 'net_namespace blue\ninstance lan\n',
};

const MISUSE: readonly (readonly string[])[] = [
  ['--signum=STOP'],
  ['--signum=STATS_CLEAR'],
  ['--signum=JSON'],
  ['--si=DATA'],
  ['--signum=NOTHING'],
  ['--signum'],
  ['--nothing'],
  ['-Z'],
  ['-f'],
  ['-t', '-f', 'good.conf'],
  ['-t', '-f', 'bad.conf'],
  ['-tD', '-fgood.conf'],
  ['-t', '-f', 'g*d.conf'],
  ['-t', '--use-file=good.conf', 'stray'],
  ['-t', '-f', 'good.conf', '-S', '9'],
  ['-t', '-f', 'good.conf', '-S', '7'],
  ['-t', '-f', 'good.conf', '-u', '999'],
  ['-t/nowhere/report', '-f', 'good.conf'],
  ['-t', '-f', 'good.conf', '-i', 'one', '-i', 'two'],
  ['-t', '-f', 'including.conf'],
  ['-t', '-e', '-f', 'including.conf'],
  ['-t', '-f', 'good.conf', '-s', 'nowhere'],
  ['-nl', '-f', '/nowhere.conf'],
  ['-nl', '-f', '/'],
  ['-v'],
  ['-h'],
];

const TARGET = ['-s', '127.0.0.1', '-p', '8080'];
const REQUESTS: readonly (readonly string[])[] = [
  ['-u', '/'],
  ['-u', '/chunks'],
  ['-u', '/missing'],
  ['-u', '/', '-V', 'other'],
  ['-u', '/', '-P', '1.1', '-m', '7', '-t', '3'],
  ['-u', '/', '-P', '1.0c', '-v'],
];

/** Answers with what it was asked, so that the hash tells the request. */
const WEB_SERVER = `
require('node:net').createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (data) => {
    const asked = data.toString();
    const status = asked.startsWith('GET /missing') ? '404 Not Found' : '200 OK';
    const head = 'HTTP/1.1 ' + status + '\\r\\n';
    if (asked.startsWith('GET /chunks')) {
      const chunk = asked.length.toString(16) + '\\r\\n' + asked + '\\r\\n0\\r\\n\\r\\n';
      socket.end(head + 'Transfer-Encoding: chunked\\r\\n\\r\\n' + chunk);
    } else {
      const rest = 'Content-Length: ' + asked.length + '\\r\\n\\r\\n' + asked;
      socket.end(head + rest + 'more than was promised');
    }
  });
}).listen(8080, '127.0.0.1', () => console.log('listening'));
`;

/** Nobody listens there. */
const CHECKED_SERVER = `virtual_server 192.168.80.200 9 {
  delay_loop 1
  lvs_sched rr
  lvs_method none
  protocol TCP
  real_server 127.0.0.1 9 {
    TCP_CHECK {
      connect_timeout 1
    }
  }
}
`;

describe('the command line beside keepalived', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  let link: string;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
    link = await keepalivedLink(host);
    await host.run(
      `ip netns add blue && ip -n blue link add eth0 type veth peer name eth1 &&
       ip -n blue link set eth0 up && ip -n blue link set eth1 up &&
       ip -n blue address add 192.168.80.91/24 dev eth0`,
    );
  });
  after(() => lab?.destroy());

  async function both<Seen>(see: (program: string) => Promise<Seen>): Promise<[Seen, Seen]> {
    return [await see(ORIGINAL), await see(link)];
  }

  const text = async (command: string): Promise<string> => (await host.run(command)).stdout.trim();

  /** The daemon serves when its last pid file is there and an instance waits. */
  async function start(program: string, config: string, ...args: string[]): Promise<HostProcess> {
    const options = ['-n', '-l', '-D', '-f', host.path(config), ...args];
    const started = await host.spawn([program, ...options], { name: program });
    await started.logContains('Entering BACKUP STATE', { timeoutMs: 30_000 });
    return started;
  }

  test('pid files of daemons that share a host', async () => {
    for (const [index, [name, line]] of Object.entries(NAMED).entries()) {
      host.write(`${name}.conf`, line + instance({ vrid: 51 + index, advertInt: 1 }));
    }
    const [original, ours] = await both(async (program) => {
      const started = await Promise.all(
        Object.keys(NAMED).map((name) => start(program, `${name}.conf`)),
      );
      const list = 'cd /run; find . -name "*.pid" -printf "%p %m\\n" | sort';
      const files = await eventually(
        async () => {
          const found = await text(list);
          return found.split('\n').length === 8 ? found : undefined;
        },
        () => 'eight pid files',
      );
      const inside = await text('readlink /proc/$(cat /run/keepalived/blue/vrrp_lan.pid)/ns/net');
      const blue = await text('ip netns exec blue readlink /proc/self/ns/net');
      assert.equal(inside, blue);
      for (const one of started) assert.equal((await one.stop()).status, 0);
      return [files, await text(list)];
    });
    assert.deepEqual(ours, original);
  });

  test('names, scheduling and limits of the process', async () => {
    const config = `global_defs {
      process_names
      vrrp_rt_priority 20
      vrrp_cpu_affinity 0
      vrrp_rlimit_rttime 4000000
      max_auto_priority 30
    }\n`;
    host.write('scheduled.conf', config + instance({ advertInt: 1 }));
    const [original, ours] = await both(async (program) => {
      const daemon = await start(program, 'scheduled.conf', '-m', '-u', '027');
      const seen = await text(`p=$(cat /run/vrrp.pid)
        chrt -p $p | sed 's/pid [0-9]*//'; taskset -p $p | sed 's/pid [0-9]*//'
        grep Umask /proc/$p/status; grep -E 'realtime timeout|core file' /proc/$p/limits
        pidof keepalived | tr ' ' '\\n' | grep -x $(cat /run/keepalived.pid) | wc -l
        cat /proc/$(cat /run/keepalived.pid)/comm`);
      await daemon.stop();
      return seen;
    });
    assert.match(original, /RR[\s\S]*20[\s\S]*0027[\s\S]*2000000 +4000000/);
    assert.equal(ours, original);
  });

  test('no real-time scheduling where it is not wanted, and the usual umask', async () => {
    host.write(
      'calm.conf',
      `global_defs {\n max_auto_priority 0\n}\n${instance({ advertInt: 1 })}`,
    );
    const [original, ours] = await both(async (program) => {
      const daemon = await start(program, 'calm.conf');
      const seen = await text(
        'p=$(cat /run/vrrp.pid); chrt -p $p | sed "s/pid [0-9]*//"; grep Umask /proc/$p/status',
      );
      await daemon.stop();
      return seen;
    });
    assert.match(original, /SCHED_OTHER[\s\S]*0177/);
    assert.equal(ours, original);
  });

  test('exit statuses, and the numbers of signals', async () => {
    host.write('good.conf', instance({ advertInt: 1 }));
    host.write('including.conf', `include nowhere*.conf\n${instance({ advertInt: 1 })}`);
    host.write('bad.conf', `nonsense\n${instance({ advertInt: 1 })}`);
    const [original, ours] = await both((program) =>
      Promise.all(
        MISUSE.map(async (args) => {
          const words = [program, ...args].map((word) => `'${word}'`).join(' ');
          const { status, stdout } = await host.run(`cd '${host.directory}' && ${words}`);
          const shown = args[0]?.startsWith('--si') === true ? stdout.trim() : '';
          return `${args.join(' ')}: ${status} ${shown}`;
        }),
      ),
    );
    assert.deepEqual(ours, original);
  });

  test('-C leaves virtual routers to others, and -a tells of addresses', async () => {
    host.write('only.conf', instance({ advertInt: 1 }));
    host.write('both.conf', `${instance({ advertInt: 1 })}${CHECKED_SERVER}`);
    const checker = await host.spawn([link, '-nlC', '-f', host.path('both.conf')]);
    await checker.logContains('TCP_CHECK [127.0.0.1]:9 failed');
    const daemon = await start(link, 'only.conf', '-a', '-p', '/run/two.pid');
    await host.run('ip address add 192.168.80.77/24 dev eth0');
    await daemon.logContains('Netlink: address 192.168.80.77 added to eth0');
    await host.run('ip address del 192.168.80.77/24 dev eth0');
    await daemon.logContains('Netlink: address 192.168.80.77 removed from eth0');
    assert.equal(await text('ls /run/vrrp.pid'), '/run/vrrp.pid', 'which is the second one');
    await Promise.all([checker.stop(), daemon.stop()]);
    const lines = checker.log.map((line) => line.text);
    assert.equal(lines.filter((line) => line.includes('VI_1')).length, 0);
  });

  test('-M puts the pattern of core dumps back, -g keeps a log', async () => {
    // The kernel has one pattern for all: a file stands for it.
    const pattern = host.write('core_pattern', 'as it was\n');
    await host.run(`mount --bind '${pattern}' /proc/sys/kernel/core_pattern`);
    const daemon = await start(link, 'only.conf', '-M/tmp/core.%p');
    assert.equal(await text(`cat '${pattern}'`), '/tmp/core.%p');
    await daemon.stop();
    assert.equal(await text(`cat '${pattern}'`), 'as it was');
    const file = host.path('daemon.log');
    await (await start(link, 'only.conf', `-g${file}`, '-G')).stop();
    assert.match(await text(`cat '${file}'`), /keepalived: Starting[\s\S]*keepalived: Stopped/);
  });

  test('a namespace that is not there is a clear error', async () => {
    const daemon = await host.spawn([link, '-nl', '-f', host.path('only.conf'), '-s', 'nowhere']);
    const { text: line } = await daemon.logContains('cannot open network namespace');
    assert.match(line, /\/run\/netns\/nowhere/);
    assert.equal((await daemon.exited).status, 1);
  });

  test('genhash gives the same hashes', async () => {
    host.write('server.cjs', WEB_SERVER);
    const server = await host.spawn([process.execPath, host.path('server.cjs')]);
    await server.logContains('listening');
    await host.run(`ln -sfn '${holdfast}' '${host.path('bin/genhash')}'`);
    const [original, ours] = [[ORIGINAL, '-T'], [host.path('bin/genhash')]].map((program) =>
      Promise.all(
        REQUESTS.map(async (args) => {
          const { stdout, status } = await host.run([...program, ...TARGET, ...args]);
          const same = stdout.replace(/= \d+ usecs/, '');
          return { args, said: same, status };
        }),
      ),
    );
    const seen = (await ours) ?? [];
    assert.deepEqual(seen, await original);
    assert.match(String(seen[0]?.said), /^[0-9a-f]{32}\n$/);
    const failed = await host.run([link, '-T', '-s', '127.0.0.1', '-p', '1', '-u', '/']);
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /ECONNREFUSED/);
    await server.stop();
  });
});
