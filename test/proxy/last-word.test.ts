/** What comes right before the end of a connection arrives, whatever it is that came. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createMemoryFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import { startProxy } from '../../src/daemon/proxy/process.ts';
import { send } from '../../src/linux/ffi/libc.ts';
import { shutdown } from '../../src/linux/ffi/stream-calls.ts';
import { freePorts } from './tls-lab.ts';

const MSG_OOB = 1;
const SHUT_WR = 1;

/** The port of a tcp proxy in this process before a server that does `serve`. */
async function openTcpStage(
  context: TestContext,
  serve: (fd: number, socket: Socket) => void,
): Promise<number> {
  const upstream = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    serve(fd, socket);
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  context.after(() => upstream.close());
  const { port } = upstream.address() as AddressInfo;
  const [bind = 0] = await freePorts(1);
  const text = `defaults
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen l
  bind 127.0.0.1:${bind}
  server s 127.0.0.1:${port}
`;
  const { config } = readHaproxy({ paths: ['f'], files: createMemoryFiles({ f: text }) });
  const proxy = await startProxy(config);
  assert.ok('worker' in proxy);
  context.after(() => proxy.close());
  return bind;
}

/** Whoever has no question keeps its side open. */
async function answerAt(port: number, question?: string): Promise<string> {
  const client = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  client.setEncoding('latin1');
  if (question !== undefined) client.end(question);
  let text = '';
  client.on('data', (piece: string) => {
    text += piece;
  });
  await once(client, 'end');
  client.end();
  return text;
}

test('an urgent byte does not cut off what stands between it and the end', async (context) => {
  const port = await openTcpStage(context, (fd) => {
    for (const [text, flags] of [
      ['abc', 0],
      ['X', MSG_OOB],
      ['def', 0],
    ] as const) {
      assert.equal(send(fd, Buffer.from(text), text.length, flags), text.length);
    }
    shutdown(fd, SHUT_WR);
  });
  for (let round = 0; round < 20; round++) assert.equal(await answerAt(port), 'abcdef');
});

test('a question and its end reach the server, and the answer and its end the client', async (context) => {
  const port = await openTcpStage(context, (_fd, socket) => {
    const pieces: Buffer[] = [];
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('end', () => socket.end(Buffer.concat(pieces)));
  });
  for (const length of [1, 1000, 65_535, 65_536, 65_537, 3_000_000]) {
    const question = 'q'.repeat(length);
    assert.equal(await answerAt(port, question), question);
  }
});
