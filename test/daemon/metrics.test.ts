import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { AdvertCapture } from './adverts.ts';
import {
  createDaemonLab,
  eventually,
  globals,
  holdfast,
  instance,
  masterOf,
  skipDaemon,
} from './support.ts';

const SOCKET = '/run/holdfast-http.sock';
const PORT = 9650;
const SERVED = [`http_socket ${SOCKET}`, `metrics_listen 127.0.0.1:${PORT}`];
/** At an interval of 0.1 s a backup of priority 100 takes over after so many seconds of silence. */
const MASTER_DOWN = (3 + 156 / 256) * 0.1;

/** Scrapes, questions and bytes that are no HTTP, as fast as they go for five seconds. */
const FLOOD = `
const http = require('node:http');
const net = require('node:net');
const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
const end = Date.now() + 5000;
let answered = 0;
function ask(options) {
  if (Date.now() > end) return;
  http
    .get({ ...options, agent }, (response) => {
      response.resume();
      response.on('end', () => { answered++; ask(options); });
    })
    .on('error', () => setTimeout(ask, 5, options));
}
for (let count = 0; count < 8; count++) {
  ask({ port: ${PORT}, path: '/metrics' });
  for (const path of ['/v1/status', '/v1/events', '/v1/explain/VI_1', '/v1/explain/' + count]) {
    ask({ socketPath: '${SOCKET}', path });
  }
}
function garbage(where) {
  if (Date.now() > end) return;
  const socket = net.connect(where, () => socket.write(require('node:crypto').randomBytes(9000)));
  socket.on('error', () => {});
  socket.on('close', () => setTimeout(garbage, 1, where));
}
for (let count = 0; count < 4; count++) {
  garbage({ port: ${PORT} });
  garbage({ path: '${SOCKET}' });
}
setTimeout(() => { console.log('answered', answered); process.exit(); }, 6000);
`;

interface Got {
  readonly status: number;
  readonly text: string;
}

async function curl(host: Host, ...args: string[]): Promise<Got> {
  const command = ['curl', '-sS', '-m', '10', '-w', '\n%{http_code}', ...args];
  const { stdout, stderr } = await host.run(command);
  const at = stdout.lastIndexOf('\n');
  const status = Number(stdout.slice(at + 1));
  return { status, text: status === 0 ? stderr : stdout.slice(0, at) };
}

const overSocket = (host: Host, path: string, ...args: string[]): Promise<Got> =>
  curl(host, '--unix-socket', SOCKET, ...args, `http://localhost${path}`);

const overTcp = (host: Host, ...args: string[]): Promise<Got> =>
  curl(host, ...args, `http://127.0.0.1:${PORT}/metrics`);

/** The value of a sample, by its name with all of its labels. */
function sample(text: string, name: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

async function childOf(host: Host): Promise<number | undefined> {
  const { stdout } = await host.run(['pgrep', '-f', '^holdfast-control']);
  return stdout.trim() === '' ? undefined : Number(stdout.trim().split('\n')[0]);
}

describe('the control child', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  let peer: Host;
  before(async () => {
    lab = await createDaemonLab('a', 'b');
    host = lab.host('a');
    peer = lab.host('b');
  });
  after(() => lab?.destroy());
  afterEach(async () => {
    for (const { processes } of lab.hosts) {
      for (const left of processes) {
        left.signal('SIGCONT');
        left.signal('SIGTERM');
      }
      await Promise.all([...processes].map(({ exited }) => exited));
    }
  });

  async function start(on: Host, config: string): Promise<HostProcess> {
    const file = on.write('keepalived.conf', config);
    return on.start({ program: 'holdfast', config: { file } });
  }

  /** A daemon that is master and serves both. */
  async function startServing(config = globals(...SERVED) + instance()): Promise<HostProcess> {
    const daemon = await start(host, config);
    await daemon.logContains(`HTTP at ${SOCKET}`, { timeoutMs: 30_000 });
    await daemon.logContains(`metrics at http://127.0.0.1:${PORT}/metrics`, { timeoutMs: 30_000 });
    await masterOf(daemon);
    return daemon;
  }

  async function reload(daemon: HostProcess, config: string): Promise<number> {
    renameSync(host.write('keepalived.new', config), host.path('keepalived.conf'));
    const beforeMs = monotonicMs();
    daemon.signal('SIGHUP');
    await daemon.logContains('Configuration reloaded', { afterMs: beforeMs });
    return beforeMs;
  }

  /** Asks until the metrics are as wanted. */
  function metricsWhere(on: Host, wanted: (text: string) => boolean): Promise<string> {
    let last: Got | undefined;
    return eventually(
      async () => {
        last = await overTcp(on);
        return last.status === 200 && wanted(last.text) ? last.text : undefined;
      },
      () => `the metrics are: ${last?.text}`,
      30_000,
    );
  }

  test('tell of virtual servers, also of those of a checker process that was killed', async () => {
    const check = (port: number): string =>
      `real_server 127.0.0.1 ${port} {\nTCP_CHECK {\nconnect_timeout 1\n}\n}`;
    const servers = `virtual_server 10.8.0.1 80 {
      delay_loop 1
      lvs_sched rr
      lvs_method none
      protocol TCP
      ${check(PORT)}
      ${check(1)}
    }\n`;
    await startServing(globals(...SERVED) + instance() + servers);
    const virtual = 'virtual_server="tcp 10.8.0.1:80"';
    const real = (port: number): string => `${virtual},real_server="127.0.0.1:${port}"`;
    const isTold = (text: string): boolean =>
      sample(text, `holdfast_real_server_state{${real(PORT)},state="up"}`) === 1 &&
      sample(text, `holdfast_real_server_state{${real(1)},state="down"}`) === 1;
    const text = await metricsWhere(host, isTold);
    assert.equal(sample(text, 'holdfast_checker_up'), 1);
    assert.equal(sample(text, `holdfast_virtual_server_up{${virtual}}`), 1);
    const latency = `holdfast_check_latency_seconds{${real(PORT)},check="TCP_CHECK [127.0.0.1]:${PORT}"}`;
    const found = await metricsWhere(host, (one) => sample(one, latency) !== undefined);
    assert((sample(found, latency) ?? -1) >= 0);
    const ended = latency.replace('latency_seconds', 'last_timestamp_seconds');
    const before = sample(found, ended) ?? Number.NaN;
    await host.run(['pkill', '-9', '-f', '^holdfast-checker']);
    await metricsWhere(host, (one) => isTold(one) && (sample(one, ended) ?? 0) > before);
  });

  test('is not there unless something is to be served', async () => {
    const daemon = await start(host, instance());
    await masterOf(daemon);
    assert.equal(await childOf(host), undefined);
  });

  test('answers curl over the Unix socket', async () => {
    await startServing();
    const status = await overSocket(host, '/v1/status');
    assert.equal(status.status, 200, status.text);
    const { schema, ok, result } = JSON.parse(status.text);
    assert.deepEqual([schema, ok], [1, true]);
    assert.deepEqual(
      result.instances.map(({ name, state }: { name: string; state: string }) => [name, state]),
      [['VI_1', 'master']],
    );
    const explain = JSON.parse((await overSocket(host, '/v1/explain/VI_1')).text);
    assert.equal(explain.result.priority.effective, 100);
    const events = JSON.parse((await overSocket(host, '/v1/events?since=0')).text);
    const last = events.result.events.at(-1);
    assert.equal(last.number, events.result.last);
    assert(
      events.result.events.some(
        ({ kind, event }: { kind: string; event: { to?: string; cause?: { kind: string } } }) =>
          kind === 'transition' && event.to === 'master' && event.cause?.kind === 'masterDown',
      ),
      JSON.stringify(events),
    );
    assert.equal((await overSocket(host, '/v1/explain/VI_2')).status, 404);
    assert.equal((await overSocket(host, '/v1/nothing')).status, 404);
    assert.equal((await overSocket(host, '/')).status, 200);
  });

  test('tells of events as they come', async () => {
    await startServing();
    const url = 'http://localhost/v1/events?follow=1';
    const follower = await host.spawn(['curl', '-sS', '-N', '--unix-socket', SOCKET, url]);
    await follower.logContains('"kind":"transition"');
    const beforeMs = monotonicMs();
    await host.setLink('down');
    const line = await follower.logContains('"to":"fault"', { afterMs: beforeMs });
    assert.equal(JSON.parse(line.text).event.cause.kind, 'interface');
    await host.setLink('up');
    await follower.stop();
  });

  test('serves metrics over TCP and nothing else, in both formats', async () => {
    await startServing();
    const plain = await overTcp(host, '-i');
    assert.match(plain.text, /^content-type: text\/plain; version=0\.0\.4/im);
    assert.equal(sample(plain.text, 'holdfast_vrrp_up'), 1);
    const master = 'holdfast_vrrp_state{vrrp_instance="VI_1",state="master"}';
    assert.equal(sample(plain.text, master), 1, plain.text);
    assert.equal(sample(plain.text, 'holdfast_vrrp_addresses_held{vrrp_instance="VI_1"}'), 1);
    const open = await overTcp(host, '-i', '-H', 'Accept: application/openmetrics-text');
    assert.match(open.text, /^content-type: application\/openmetrics-text; version=1\.0\.0/im);
    assert.match(open.text, /^# TYPE holdfast_vrrp_adverts_sent counter$/m);
    assert.match(open.text, /# EOF\n*$/);
    assert.equal((await overSocket(host, '/metrics')).status, 200);
    assert.equal((await curl(host, `http://127.0.0.1:${PORT}/v1/status`)).status, 404);
  });

  test('lets nobody change anything, and nobody in but root and the group', async () => {
    const config = globals(...SERVED, 'control_group daemon') + instance();
    const daemon = await startServing(config);
    const since = await metricsWhere(host, () => true);
    for (const args of [
      ['-X', 'POST'],
      ['-d', '{"op":"drain"}'],
      ['-X', 'DELETE'],
    ]) {
      for (const path of ['/v1/status', '/v1/drain', '/']) {
        assert((await overSocket(host, path, ...args)).status >= 404, path);
      }
    }
    assert.equal((await overSocket(host, '/v1/status', '-X', 'POST')).status, 405);
    const mode = await host.run(['stat', '-c', '%a %U %G', SOCKET]);
    assert.equal(mode.stdout.trim(), '660 root daemon');
    const as = (gid: string) =>
      host.run(
        ['setpriv', '--reuid=12345', `--regid=${gid}`, '--clear-groups'].concat(
          ...['curl', '-sS', '--unix-socket', SOCKET, 'http://localhost/v1/status'],
        ),
      );
    assert.notEqual((await as('12345')).status, 0);
    assert.equal((await as('daemon')).status, 0);
    const child = await childOf(host);
    const identity = await host.run(['grep', '-E', '^(Uid|Gid|Groups):', `/proc/${child}/status`]);
    assert.match(identity.stdout, /^Uid:\t65534\t65534\t65534\t65534$/m);
    assert.match(identity.stdout, /^Gid:\t65534\t65534\t65534\t65534$/m);
    assert.match(identity.stdout, /^Groups:\s*$/m);
    const policy = await host.run(['chrt', '-p', `${child}`]);
    assert.match(policy.stdout, /SCHED_OTHER/);
    const name = 'holdfast_vrrp_last_transition_timestamp_seconds{vrrp_instance="VI_1"}';
    const now = await metricsWhere(host, () => true);
    assert(Math.abs((sample(now, name) ?? 0) - (sample(since, name) ?? 1)) < 1, daemon.tail());
  });

  test('tells of a failover', async () => {
    const config = (priority: number) => globals(...SERVED) + instance({ priority });
    const better = await start(host, config(200));
    await masterOf(better);
    const worse = await start(peer, config(100));
    const transition = (to: string, cause: string) =>
      `holdfast_vrrp_transitions_total{vrrp_instance="VI_1",from="backup",to="${to}",cause="${cause}"}`;
    const before = await metricsWhere(
      peer,
      (text) => sample(text, 'holdfast_vrrp_master_known{vrrp_instance="VI_1"}') === 1,
    );
    assert.equal(sample(before, 'holdfast_vrrp_became_master_total{vrrp_instance="VI_1"}'), 0);
    better.signal('SIGKILL');
    await masterOf(worse);
    const text = await metricsWhere(
      peer,
      (now) => sample(now, 'holdfast_vrrp_became_master_total{vrrp_instance="VI_1"}') === 1,
    );
    assert.equal(sample(text, transition('master', 'masterDown')), 1, text);
    const received = 'holdfast_vrrp_adverts_received_total{vrrp_instance="VI_1"}';
    assert((sample(text, received) ?? 0) > 0, text);
    const sent = 'holdfast_vrrp_adverts_sent_total{vrrp_instance="VI_1"}';
    await metricsWhere(peer, (now) => (sample(now, sent) ?? 0) > (sample(text, sent) ?? 0));
    assert((sample(text, 'holdfast_vrrp_timer_lateness_seconds_count') ?? 0) > 0, text);
  });

  test('counts scripts, their times and results', async () => {
    const script = host.write('check.sh', '#!/bin/sh\nexit "$(cat "$0.status")"\n', 0o755);
    host.write('check.sh.status', '0');
    const tracked = `vrrp_script check {\n    script ${script}\n    interval 1\n    user root\n    weight -10\n}\n`;
    const config =
      globals(...SERVED) + tracked + instance({ lines: ['track_script {', 'check', '}'] });
    await startServing(config);
    const runs = (result: string) =>
      `holdfast_vrrp_script_runs_total{script="check",kind="track",result="${result}"}`;
    const up = 'holdfast_vrrp_script_up{script="check",kind="track"}';
    await metricsWhere(
      host,
      (text) => sample(text, up) === 1 && (sample(text, runs('success')) ?? 0) > 0,
    );
    host.write('check.sh.status', '1');
    const text = await metricsWhere(host, (now) => sample(now, up) === 0);
    assert((sample(text, runs('failure')) ?? 0) > 0, text);
    assert.equal(sample(text, 'holdfast_vrrp_priority_effective{vrrp_instance="VI_1"}'), 90);
    const count = 'holdfast_vrrp_script_duration_seconds_count{script="check",kind="track"}';
    assert((sample(text, count) ?? 0) >= 2, text);
  });

  test('is started anew when it is killed, and no advert waits for that', async () => {
    const daemon = await startServing();
    const capture = await AdvertCapture.start(host);
    await capture.more(51, 3);
    const first = await childOf(host);
    await host.run(['kill', '-9', `${first}`]);
    await daemon.logContains('control child: ended (signal SIGKILL), starting it again');
    const text = await metricsWhere(
      host,
      (now) => sample(now, 'holdfast_control_child_starts_total') === 2,
    );
    assert.equal(sample(text, 'holdfast_vrrp_up'), 1);
    assert.equal((await overSocket(host, '/v1/status')).status, 200);
    assert.notEqual(await childOf(host), first);
    await capture.more(51, 3);
    await capture.stop();
    assert(capture.longestGap(51) < MASTER_DOWN, `gap of ${capture.longestGap(51)} s`);
  });

  test('bears a flood, and no advert waits for that', async () => {
    const daemon = await startServing();
    const capture = await AdvertCapture.start(host);
    await capture.more(51, 3);
    const flood = await host.spawn([process.execPath, host.write('flood.cjs', FLOOD)]);
    const { text } = await flood.logContains('answered', { timeoutMs: 60_000 });
    await flood.exited;
    await capture.more(51, 3);
    await capture.stop();
    assert(Number(text.split(' ')[1]) > 100, text);
    assert(capture.longestGap(51) < MASTER_DOWN, `gap of ${capture.longestGap(51)} s`);
    const after = await metricsWhere(host, (now) => sample(now, 'holdfast_vrrp_up') === 1);
    assert.equal(sample(after, 'holdfast_control_child_starts_total'), 1, daemon.tail());
    assert.equal((await overSocket(host, '/v1/status')).status, 200);
  });

  test('ends with the VRRP process, also when that is killed', async () => {
    const gone = () =>
      eventually(
        async () => ((await childOf(host)) === undefined ? true : undefined),
        () => 'the control child still runs',
      );
    const daemon = await startServing();
    daemon.signal('SIGKILL');
    await daemon.exited;
    await gone();
    // What the killed one left at the path is in nobody's way.
    const again = await startServing();
    assert.equal((await overSocket(host, '/v1/status')).status, 200);
    assert.equal((await again.stop()).status, 0);
    await gone();
    assert.notEqual((await host.run(['test', '-e', SOCKET])).status, 0);
  });

  test('follows reloads', async () => {
    const daemon = await startServing();
    const moved = globals(SERVED[0] ?? '', 'metrics_listen 127.0.0.1:9651') + instance();
    await reload(daemon, moved);
    await eventually(
      async () => {
        const { status } = await curl(host, 'http://127.0.0.1:9651/metrics');
        return status === 200 ? true : undefined;
      },
      () => `no metrics at the new address\n${daemon.tail()}`,
    );
    assert.equal((await overTcp(host)).status, 0);
    assert.equal((await overSocket(host, '/v1/status')).status, 200);
    const child = await childOf(host);
    await reload(daemon, moved + instance({ name: 'two', vrid: 2, addresses: [] }));
    await masterOf(daemon, 'two');
    assert.equal(await childOf(host), child);
    await reload(daemon, instance());
    await eventually(
      async () => ((await childOf(host)) === undefined ? true : undefined),
      () => `the control child still runs\n${daemon.tail()}`,
    );
    assert.notEqual((await host.run(['test', '-e', SOCKET])).status, 0);
  });

  test('comes back with the program that an upgrade brings', async () => {
    const daemon = await startServing();
    const { stdout: found } = await host.run(['find', host.directory, '-name', '*.sock']);
    const sockets = found.trim().split('\n');
    const before = await childOf(host);
    const answers = await Promise.all(
      sockets.map((socket) => host.run([holdfast, 'upgrade', '-s', socket])),
    );
    assert(
      answers.some(({ status }) => status === 0),
      JSON.stringify(answers),
    );
    await eventually(
      async () => {
        const child = await childOf(host);
        return child !== undefined && child !== before ? true : undefined;
      },
      () => `there is no new control child\n${daemon.tail()}`,
      30_000,
    );
    const master = 'holdfast_vrrp_state{vrrp_instance="VI_1",state="master"}';
    await metricsWhere(host, (text) => sample(text, master) === 1);
    assert.equal((await overSocket(host, '/v1/status')).status, 200);
    await eventually(
      async () => {
        const { stdout } = await host.run(['ps', '-eo', 'stat=,args=']);
        const own = stdout.split('\n').filter((line) => /holdfast-control/.test(line));
        return own.length === 1 && !own[0]?.startsWith('Z') ? true : undefined;
      },
      () => `control children that ended are still there\n${daemon.tail()}`,
    );
  });

  test('says that a port is taken, and gets it when it is free', async () => {
    const program = `require('node:net').createServer().listen(${PORT}, '127.0.0.1', () => console.log('mine'))`;
    const other = await host.spawn([process.execPath, '-e', program]);
    await other.logContains('mine');
    const daemon = await start(host, globals(...SERVED) + instance());
    await daemon.logContains(
      `metrics_listen 127.0.0.1:${PORT}: another process listens there; trying again`,
      { timeoutMs: 30_000 },
    );
    await masterOf(daemon);
    assert.equal((await overSocket(host, '/v1/status')).status, 200);
    await other.stop({ signal: 'SIGKILL' });
    await metricsWhere(host, (text) => sample(text, 'holdfast_vrrp_up') === 1);
    assert.equal(daemon.end, undefined);
  });

  test('leaves alone what is no socket of its own', async () => {
    host.write('keep', 'this');
    const path = host.path('keep');
    const daemon = await start(host, globals(`http_socket ${path}`) + instance());
    await daemon.logContains(`http_socket ${path}: something else than a socket is there`, {
      timeoutMs: 30_000,
    });
    await masterOf(daemon);
    assert.equal((await host.run(['cat', path])).stdout, 'this');
  });

  test('says that the VRRP process hangs', async () => {
    const daemon = await startServing();
    daemon.signal('SIGSTOP');
    const text = await metricsWhere(host, (now) => sample(now, 'holdfast_vrrp_up') === 0);
    const answered = sample(text, 'holdfast_vrrp_last_answer_timestamp_seconds') ?? 0;
    assert(Math.abs(Date.now() / 1000 - answered) < 120, text);
    const status = await overSocket(host, '/v1/status');
    assert.equal(status.status, 504);
    assert.match(JSON.parse(status.text).error.message, /does not answer.* last answered at 20/);
    daemon.signal('SIGCONT');
    await metricsWhere(host, (now) => sample(now, 'holdfast_vrrp_up') === 1);
  });
});
