import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createMemoryFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import { type RunningProxy, startProxy } from '../../src/daemon/proxy/process.ts';
import { testPath } from '../../tools/sweep.ts';

async function start(path: string): Promise<RunningProxy> {
  const text = `global\nstats socket ${path} mode 600 level admin\nbackend b\nmode tcp\n`;
  const { config } = readHaproxy({ paths: ['f'], files: createMemoryFiles({ f: text }) });
  const proxy = await startProxy(config);
  assert.ok('worker' in proxy);
  return proxy;
}

async function ask(path: string): Promise<string> {
  const client = connect(path);
  client.end('show info\n');
  let text = '';
  client.on('data', (bytes) => {
    text += bytes;
  });
  await once(client, 'close');
  return text;
}

test("a process that ends leaves its successor's stats socket where it is", async () => {
  const path = testPath('stats.sock');
  const [old, next] = [await start(path), await start(path)];
  old.close();
  // Node removes names on a later turn of the loop.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.match(await ask(path), /^Name: /);
  next.close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(existsSync(path), false);
});
