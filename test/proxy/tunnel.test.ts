import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { createMemoryFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import { startProxy } from '../../src/daemon/proxy/process.ts';
import { testPath } from '../../tools/sweep.ts';

const UPGRADE = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
const SWITCHED = 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

test('an operator ends a tunnel: its place at the server is free', async (context) => {
  const upstream = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(SWITCHED));
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  context.after(() => upstream.close());
  const path = testPath('tunnel.sock');
  context.after(() => rmSync(path, { force: true }));
  const text = `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen l
  bind ${path}
  server s 127.0.0.1:${(upstream.address() as AddressInfo).port} maxconn 1
`;
  const { config } = readHaproxy({ paths: ['f'], files: createMemoryFiles({ f: text }) });
  const proxy = await startProxy(config);
  assert.ok('worker' in proxy);
  context.after(() => proxy.close());
  const { traffic, live } = proxy.worker;
  const server = live.proxies[0]?.back?.servers[0];
  assert.ok(server !== undefined);
  for (let round = 0; round < 2; round++) {
    const client = connect(path);
    client.on('error', () => {});
    client.write(UPGRADE);
    const [answer] = await once(client, 'data');
    assert.match(String(answer), /^HTTP\/1.1 101 /);
    assert.equal(server.counters.current, 1);
    traffic.killSessionsOf(server, 'K');
    await once(client, 'close');
    assert.equal(server.counters.current, 0);
    assert.equal(live.proxies[0]?.back?.counters.current, 0);
  }
});
