import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { openHttpStage } from './stage.ts';

const UPGRADE = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
const SWITCHED = 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

test('an operator ends a tunnel: its place at the server is free', async (context) => {
  const serve = (socket: Socket): void => {
    socket.once('data', () => socket.write(SWITCHED));
  };
  const { proxy, path } = await openHttpStage(context, serve, 'maxconn 1');
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
