import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { millis } from '../../src/base/time.ts';
import type { CheckTarget } from '../../src/config/model/health-check.ts';
import type { ProbeReport } from '../../src/core/check/probe.ts';
import type { TcpConnection } from '../../src/ports/probe-sockets.ts';
import type { SysError } from '../../src/ports/sys-error.ts';
import { ip, skipKernelTests, succeeded, testEnds, until } from '../linux/namespaces.ts';
import { openProbeLab, type ProbeLab, SILENT, targetOf, UNREACHABLE } from './support.ts';

const PORT = 7000;
const CLOSED_PORT = 7001;

function causeOf({ finding }: ProbeReport): string {
  return finding.kind === 'failed' ? finding.cause : finding.kind;
}

describe('tcp probes', { skip: skipKernelTests }, () => {
  let lab: ProbeLab;
  let server: Server;
  const accepted: Socket[] = [];

  before(async () => {
    lab = await openProbeLab('probe-tcp');
    server = createServer((socket) => {
      socket.on('error', () => {});
      accepted.push(socket);
    });
    lab.right.inside(() => void server.listen(PORT));
  });
  after(async () => {
    for (const socket of accepted) socket.destroy();
    server.close();
    await lab.close();
  });

  function ask(address: string, port: number, changes: Partial<CheckTarget> = {}) {
    return lab.ask({ kind: 'tcp', target: targetOf(address, port, changes) });
  }

  for (const { family, left, right } of testEnds) {
    test(`IPv${family}: a server that listens passes, and its connection is closed at once`, async () => {
      const report = await ask(right, PORT);
      assert.deepEqual(report.finding, { kind: 'passed', detail: 'connected' });
      assert(report.latency >= 0 && report.latency < 5_000_000);
      await until(() => accepted.length > 0);
      const socket = accepted.pop();
      assert(socket !== undefined);
      const ended = once(socket.resume(), 'end');
      await ended;
      assert.equal(socket.bytesRead, 0);
    });

    test(`IPv${family}: refused, unreachable and silent are told apart`, async () => {
      const short = { connectTimeout: millis(100) };
      const reports = await Promise.all([
        ask(right, CLOSED_PORT),
        ask(UNREACHABLE[family], PORT),
        ask(SILENT[family], PORT, short),
      ]);
      assert.deepEqual(reports.map(causeOf), ['refused', 'unreachable', 'timeout']);
      const [, , silent] = reports;
      assert(silent !== undefined && silent.latency >= 100_000);
      assert.deepEqual(silent.finding, {
        kind: 'failed',
        cause: 'timeout',
        detail: 'no connection within 0.1 s',
      });
    });

    test(`IPv${family}: source, port, interface and mark are as asked for`, async () => {
      // Without nodad it cannot be used until the kernel has come to look at it, also where it looks for no duplicates.
      const own = family === 4 ? '10.0.0.9/24 dev eth0' : 'fd00::9/64 dev eth0 nodad';
      lab.left.ip(`addr add ${own}`);
      const source = ip(family === 4 ? '10.0.0.9' : 'fd00::9');
      const way = { source, sourcePort: 4321, interface: 'eth0', firewallMark: 7 };
      // Again and again from one port: nothing waits in TIME_WAIT.
      for (let round = 0; round < 3; round++) {
        const { finding } = await ask(right, PORT, way);
        assert.equal(finding.kind, 'passed', `round ${round}: ${JSON.stringify(finding)}`);
      }
      accepted.length = 0;
      const target = targetOf(right, PORT, way);
      const connection = await new Promise<TcpConnection | SysError>((resolve) =>
        lab.sockets.connect(target, resolve),
      );
      const { close } = succeeded(connection);
      await until(() => accepted.some(({ remotePort }) => remotePort === way.sourcePort));
      const socket = accepted.find(({ remotePort }) => remotePort === way.sourcePort);
      assert.equal(socket?.remoteAddress?.replace('::ffff:', ''), source);
      close();
      // Its packets go where the mark sends them.
      const version = family === 4 ? '-4' : '-6';
      lab.left.ip(`${version} rule add fwmark 9 unreachable`);
      assert.equal(causeOf(await ask(right, PORT, { firewallMark: 9 })), 'unreachable');
      assert.equal(causeOf(await ask(right, PORT, { firewallMark: 7 })), 'passed');
      assert.equal(causeOf(await ask(left, PORT, { firewallMark: 9 })), 'refused');
    });

    test(`IPv${family}: what this host lacks is its own trouble`, async () => {
      const foreign = ip(family === 4 ? '192.0.2.1' : '2001:db8::1');
      const reports = await Promise.all([
        ask(right, PORT, { source: foreign }),
        ask(right, PORT, { interface: 'none0' }),
        ask(family === 4 ? '198.51.100.1' : '2001:db8:1::1', PORT),
      ]);
      assert.deepEqual(reports.map(causeOf), ['local', 'local', 'unreachable']);
      const details = reports.map(({ finding }) => 'detail' in finding && finding.detail);
      assert.match(String(details[0]), /^bind: .*EADDRNOTAVAIL/);
      assert.match(String(details[1]), /^SO_BINDTODEVICE none0: .*ENODEV/);
    });
  }

  test('a link-local server is reached through its interface', async () => {
    const [, address] = /inet6 (fe80:[0-9a-f:]+)\//.exec(lab.right.ip('addr show dev eth0')) ?? [];
    assert(address !== undefined);
    assert.equal(causeOf(await ask(address, PORT, { interface: 'eth0' })), 'passed');
  });

  test('an abandoned probe says nothing and leaves nothing', async () => {
    const reports: ProbeReport[] = [];
    const begin = (port: number) =>
      lab.prober.probe({ kind: 'tcp', target: targetOf(SILENT[4], port) }, (report) =>
        reports.push(report),
      );
    for (let port = 1; port <= 50; port++) {
      const probe = begin(port);
      probe.abandon();
      probe.abandon();
    }
    assert.equal(lab.left.exec('ss', '-Htan', 'dst', SILENT[4]).trim(), '');
    await sleep(20);
    assert.deepEqual(reports, []);
  });

  test('more than may be under way wait, in order, and their time with them', async () => {
    const prober = lab.another({ most: { sockets: 2, scripts: 1 } });
    const ended: number[] = [];
    const connectTimeout = millis(50);
    const reports = await Promise.all(
      Array.from({ length: 7 }, async (_, index) => {
        const target = targetOf(SILENT[4], index + 1, { connectTimeout });
        const report = await lab.ask({ kind: 'tcp', target }, prober);
        ended.push(index);
        return report;
      }),
    );
    prober.close();
    assert.deepEqual(ended, [0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual(new Set(reports.map(causeOf)), new Set(['timeout']));
  });

  test('a thousand at a time come to their ends', async () => {
    const reports = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        index % 2 === 0 ? ask(testEnds[0].right, PORT) : ask(testEnds[0].right, CLOSED_PORT),
      ),
    );
    const causes = reports.map(causeOf);
    assert.equal(causes.filter((cause) => cause === 'passed').length, 500);
    assert.equal(causes.filter((cause) => cause === 'refused').length, 500);
  });
});
