import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { openHttpStage } from './stage.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** The text up to and with `end`. */
async function readUntil(socket: Socket, end: string): Promise<string> {
  let text = '';
  while (!text.includes(end)) text += String((await once(socket, 'data'))[0]);
  return text;
}

test('a kept connection ends on being asked, and nobody listens: 503, and the place is free', async (context) => {
  // The first request is answered, the second ends the connection.
  let asked = 0;
  const { proxy, path } = await openHttpStage(context, (socket, upstream) => {
    socket.on('data', () => {
      asked += 1;
      if (asked <= 2) socket.write(ANSWER);
      else {
        upstream.close();
        socket.destroy();
      }
    });
  });
  const server = proxy.worker.live.proxies[0]?.back?.servers[0];
  assert.ok(server !== undefined);
  const client = connect(path);
  context.after(() => client.destroy());
  for (const expected of [/^HTTP\/1.1 200 /, /^HTTP\/1.1 200 /, /^HTTP\/1.1 503 /]) {
    client.write(REQUEST);
    const answer = await readUntil(client, expected.source.includes('503') ? '</html>' : 'ok');
    assert.match(answer, expected);
    assert.equal(server.counters.current, 0);
  }
});
