import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createMemoryFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import { type RunningProxy, startProxy } from '../../src/daemon/proxy/process.ts';
import { testPath } from '../../tools/sweep.ts';

export interface HttpStage {
  readonly proxy: RunningProxy;
  /** Of the Unix socket at which it listens. */
  readonly path: string;
}

/**
 * An http proxy in this process before one server, whose connections `serve` gets; everything ends with the
 * test. `options` are those of the server line.
 */
export async function openHttpStage(
  context: TestContext,
  serve: (socket: Socket, upstream: Server) => void,
  options = '',
): Promise<HttpStage> {
  const upstream = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket, upstream);
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  context.after(() => upstream.close());
  const { port } = upstream.address() as AddressInfo;
  const path = testPath(`http-${port}.sock`);
  context.after(() => rmSync(path, { force: true }));
  const text = `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen l
  bind ${path}
  server s 127.0.0.1:${port} ${options}
`;
  const { config } = readHaproxy({ paths: ['f'], files: createMemoryFiles({ f: text }) });
  const proxy = await startProxy(config);
  assert.ok('worker' in proxy);
  context.after(() => proxy.close());
  return { proxy, path };
}

/** What a stats socket answers. */
export async function askSocket(path: string, command: string): Promise<string> {
  const client = connect(path);
  client.end(`${command}\n`);
  let text = '';
  client.on('data', (bytes) => {
    text += bytes;
  });
  await once(client, 'close');
  return text;
}
