import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { createMemoryFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import { startProxy } from '../../src/daemon/proxy/process.ts';
import { testPath } from '../../tools/sweep.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

async function ask(client: Socket): Promise<string> {
  client.write(REQUEST);
  let text = '';
  for await (const [chunk] of onData(client)) {
    text += String(chunk);
    if (text.endsWith('ok')) break;
  }
  return text;
}

async function* onData(client: Socket): AsyncGenerator<readonly [Buffer]> {
  for (;;) yield (await once(client, 'data')) as [Buffer];
}

test('a process that ends tells kept connections so, and ends those that ask nothing', async (context) => {
  const upstream = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write(ANSWER));
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  context.after(() => upstream.close());
  const path = testPath('leaving.sock');
  const text = `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen l
  bind ${path}
  server s 127.0.0.1:${(upstream.address() as AddressInfo).port}
`;
  const { config } = readHaproxy({ paths: ['f'], files: createMemoryFiles({ f: text }) });
  const proxy = await startProxy(config);
  assert.ok('worker' in proxy);
  const [busy, idle] = [connect(path), connect(path)];
  for (const client of [busy, idle]) assert.doesNotMatch(await ask(client), /connection: close/i);
  const ends = [busy, idle].map((client) => once(client, 'close'));
  const stopped = proxy.stopSoftly();
  assert.equal(existsSync(path), false, 'nobody new finds it');
  assert.match(await ask(busy), /\r\nconnection: close\r\n/i);
  await Promise.all([...ends, stopped]);
  proxy.close();
});
