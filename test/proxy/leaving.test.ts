import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { openHttpStage } from './stage.ts';

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
  const { proxy, path } = await openHttpStage(context, (socket) => {
    socket.on('data', () => socket.write(ANSWER));
  });
  const [busy, idle] = [connect(path), connect(path)];
  for (const client of [busy, idle]) assert.doesNotMatch(await ask(client), /connection: close/i);
  const ends = [busy, idle].map((client) => once(client, 'close'));
  const stopped = proxy.stopSoftly();
  assert.equal(existsSync(path), false, 'nobody new finds it');
  assert.match(await ask(busy), /\r\nconnection: close\r\n/i);
  await Promise.all([...ends, stopped]);
});
