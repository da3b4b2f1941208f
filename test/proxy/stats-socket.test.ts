import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createMemoryFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import { type RunningProxy, startProxy } from '../../src/daemon/proxy/process.ts';
import { testPath } from '../../tools/sweep.ts';
import { askSocket } from './stage.ts';

async function start(path: string, more = 'backend b\nmode tcp\n'): Promise<RunningProxy> {
  const text = `global\nstats socket ${path} mode 600 level admin\n${more}`;
  const { config } = readHaproxy({ paths: ['f'], files: createMemoryFiles({ f: text }) });
  const proxy = await startProxy(config);
  assert.ok('worker' in proxy);
  return proxy;
}

test("a process that ends leaves its successor's stats socket where it is", async () => {
  const path = testPath('stats.sock');
  const [old, next] = [await start(path), await start(path)];
  old.close();
  // Node removes names on a later turn of the loop.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.match(await askSocket(path, 'show info'), /^Name: /);
  next.close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(existsSync(path), false);
});

test('what no log took, names without addresses and the last second are counted', async (context) => {
  const [path, front] = [testPath('info.sock'), testPath('info-front.sock')];
  const proxy = await start(
    path,
    `defaults
timeout client 5s
timeout connect 5s
timeout server 5s
listen l
log ${testPath('nobody.sock')} local0
bind ${front}
mode http
option httplog
server s name.invalid:80 init-addr none
`,
  );
  context.after(() => proxy.close());
  const figure = (text: string, name: string): number =>
    Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]);
  for (;;) {
    const client = connect(front);
    client.end('GET / HTTP/1.0\r\n\r\n');
    await once(client.resume(), 'close');
    const text = await askSocket(path, 'show info');
    const [dropped, failed] = [figure(text, 'DroppedLogs'), figure(text, 'FailedResolutions')];
    if (dropped >= 1 && failed >= 1 && figure(text, 'BytesOutRate') > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(figure(await askSocket(path, 'show info'), 'Idle_pct') <= 100);
});
