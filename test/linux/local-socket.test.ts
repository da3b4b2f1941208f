import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { findListener, openLocalListener } from '../../src/linux/local-socket.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import type { LocalConnection, LocalListener } from '../../src/ports/local-socket.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import { testPath } from '../../tools/sweep.ts';

const skip: string | false = process.platform === 'linux' ? false : 'needs Linux';

describe('a local socket', { skip }, () => {
  const folder = testPath('local-socket');
  let watcher: FdWatcher;
  before(async () => {
    mkdirSync(folder, { recursive: true });
    watcher = await openFdWatcher();
  });
  after(() => {
    watcher?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const options = (path: string) => ({
    path,
    mode: 0o660,
    gid: process.getgid?.() ?? 0,
    backlog: 4,
    sendBufferBytes: 65_536,
  });
  function open(path: string): LocalListener {
    const listener = openLocalListener(watcher, options(path));
    if (isSysError(listener)) assert.fail(`${listener.call}: ${listener.message}`);
    return listener;
  }
  const accepted = (listener: LocalListener): Promise<LocalConnection> =>
    new Promise((resolve) => {
      listener.watch(() => {
        const connection = listener.accept();
        if (connection === 'none') return;
        listener.unwatch();
        resolve(connection);
      });
    });

  test('carries bytes both ways, and tells who is at the other end', async () => {
    const path = join(folder, 'one.sock');
    const listener = open(path);
    assert.equal(statSync(path).mode & 0o777, 0o660);
    const client = connect(path);
    const connection = await accepted(listener);
    const { pid, uid, gid } = connection.peer;
    assert.deepEqual(
      { pid, uid, gid },
      { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() },
    );
    const groups = new Set([gid, ...connection.peer.groups]);
    assert.deepEqual(groups, new Set([gid, ...(process.getgroups?.() ?? [])]));
    const buffer = new Uint8Array(16);
    assert.equal(connection.read(buffer), 0);
    client.write('question');
    await new Promise<void>((resolve) => connection.watch(resolve));
    connection.unwatch();
    assert.equal(connection.read(buffer), 8);
    assert.equal(Buffer.from(buffer.subarray(0, 8)).toString(), 'question');
    const answer = new Promise((resolve) => client.once('data', (data) => resolve(String(data))));
    // A part of a longer buffer: only that part goes out.
    assert.equal(connection.write(new TextEncoder().encode('an answer!').subarray(3, 9)), 6);
    assert.equal(await answer, 'answer');
    const ended = new Promise<void>((resolve) => connection.watch(resolve));
    client.end();
    await ended;
    assert.equal(connection.read(buffer), 'end');
    connection.close();
    connection.close();
    assert.equal(connection.read(buffer), 'end');
    listener.close();
    assert.equal(existsSync(path), false);
  });

  test('takes no more than a slow reader leaves room for', async () => {
    const listener = open(join(folder, 'slow.sock'));
    const client = connect(join(folder, 'slow.sock'));
    client.pause();
    const connection = await accepted(listener);
    const chunk = new Uint8Array(4096);
    let taken = 0;
    for (let round = 0; round < 1000; round++) {
      const count = connection.write(chunk);
      if (count === 0) break;
      assert.notEqual(count, 'end');
      taken += Number(count);
    }
    assert(taken < 1_000_000, `${taken} bytes`);
    client.destroy();
    await new Promise((resolve) => client.once('close', resolve));
    assert.equal(connection.write(chunk), 'end');
    connection.close();
    listener.close();
  });

  test('replaces what a dead process left, and nothing else', () => {
    const path = join(folder, 'two.sock');
    const first = open(path);
    const second = openLocalListener(watcher, options(path));
    assert(isSysError(second));
    assert.match(second.message, /another process answers/);
    const listener = findListener(path);
    assert(!isSysError(listener));
    assert.equal(listener.pid, process.pid);
    first.close();

    writeFileSync(path, '');
    const file = openLocalListener(watcher, options(path));
    assert(isSysError(file));
    assert.match(file.message, /no socket/);
    assert.equal(existsSync(path), true);
    rmSync(path);
  });

  test('left behind is replaced, and not removed by whoever had it before', async () => {
    const path = join(folder, 'three.sock');
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(`${path}.gone`, resolve));
    // Its file stays, as that of a killed process does.
    linkSync(`${path}.gone`, path);
    await new Promise((resolve) => dead.close(resolve));
    const listener = open(path);
    rmSync(path);
    writeFileSync(path, 'of another');
    listener.close();
    assert.equal(existsSync(path), true);
  });

  test('is refused where the path is too long or its folder is missing', () => {
    for (const path of [join(folder, 'x'.repeat(108)), join(folder, 'missing', 'a.sock')]) {
      const listener = openLocalListener(watcher, options(path));
      assert(isSysError(listener), path);
    }
    assert(isSysError(findListener(join(folder, 'nobody.sock'))));
  });
});
