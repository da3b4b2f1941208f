import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { bind, close, recv } from '../../src/linux/ffi/libc.ts';
import { openSocket } from '../../src/linux/ffi/open-socket.ts';
import { AF_UNIX, encodeSockaddrUnix } from '../../src/linux/ffi/sockaddr.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import {
  createDaemonLab,
  eventually,
  holdfast,
  instance,
  masterOf,
  skipDaemon,
} from './support.ts';

/** What systemd hears of a service of Type=notify. */
describe('the service manager', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
  });
  after(() => lab?.destroy());

  test('hears when the daemon serves, who serves during an upgrade, and when it stops', async () => {
    const path = host.path('notify');
    const address = encodeSockaddrUnix(path);
    const fd = openSocket({ domain: AF_UNIX, type: 2, protocol: 0, mode: 'non-blocking' }, [
      { call: 'bind', need: 'required', run: (each) => bind(each, address, address.length) },
    ]);
    assert(!isSysError(fd));
    const buffer = Buffer.alloc(4096);
    const hear = (): Promise<string> =>
      eventually(
        () => {
          const length = recv(fd, buffer, buffer.length, 0);
          return length < 0 ? undefined : buffer.toString('utf8', 0, length);
        },
        () => 'nothing was heard',
      );
    const daemon = await host.start({
      program: 'holdfast',
      config: instance(),
      env: { NOTIFY_SOCKET: path },
    });
    const ready = await hear();
    const pid = /^READY=1\nMAINPID=(\d+)$/.exec(ready)?.[1];
    assert(pid !== undefined, ready);
    await masterOf(daemon);
    const { stdout } = await host.run(`find '${host.directory}' -name '*.sock'`);
    const asked = await host.run([holdfast, 'upgrade', '-s', stdout.trim()]);
    assert.equal(asked.status, 0, asked.stderr);
    const moved = await hear();
    assert.match(moved, /^MAINPID=\d+$/);
    assert.notEqual(moved, `MAINPID=${pid}`);
    assert.equal(await hear(), ready);
    daemon.signal('SIGTERM');
    assert.equal(await hear(), 'STOPPING=1');
    assert.equal((await daemon.exited).status, 0);
    close(fd);
  });
});
