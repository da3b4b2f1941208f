import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { ControlError, connectControl } from '../../src/api/client.ts';
import { testPath } from '../../tools/sweep.ts';

describe('the control client', () => {
  const folder = testPath('client');
  const path = join(folder, 'it.sock');
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  before(() => mkdirSync(folder, { recursive: true }));
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    server?.close();
    server = undefined;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A peer that answers each line as told. */
  function serve(answer: (request: string, socket: Socket) => string): Promise<void> {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('data', (data) => {
        for (const line of String(data).trim().split('\n')) socket.write(answer(line, socket));
      });
    });
    return new Promise((resolve) => server?.listen(path, resolve));
  }

  const failsWith = (code: string, says: RegExp) => (error: unknown) => {
    assert(error instanceof ControlError);
    assert.equal(error.code, code);
    assert.match(error.message, says);
    return true;
  };

  test('gets the results of what it asks, in order', async () => {
    await serve((request) => {
      const { op } = JSON.parse(request) as { op: string };
      return `${JSON.stringify({ schema: 1, ok: true, result: { op } })}\n`;
    });
    const client = await connectControl(path);
    const asked = [client.ask({ op: 'status' }), client.ask({ op: 'metrics' })];
    assert.deepEqual(await Promise.all(asked), [{ op: 'status' }, { op: 'metrics' }]);
    client.close();
  });

  test('puts answers together that come in pieces', async () => {
    await serve((_request, socket) => {
      const text = JSON.stringify({ schema: 1, ok: true, result: 'ü'.repeat(1000) });
      const bytes = Buffer.from(`${text}\n`);
      for (let at = 0; at < bytes.length; at += 7) socket.write(bytes.subarray(at, at + 7));
      return '';
    });
    const client = await connectControl(path);
    assert.equal(await client.ask({ op: 'status' }), 'ü'.repeat(1000));
    client.close();
  });

  test('rejects with what the daemon says', async () => {
    const error = { code: 'forbidden', message: 'only root' };
    await serve(() => `${JSON.stringify({ schema: 1, ok: false, error })}\n`);
    const client = await connectControl(path);
    await assert.rejects(client.ask({ op: 'drain' }), failsWith('forbidden', /only root/));
    client.close();
  });

  test('says that nobody is there, or that somebody does not answer', async () => {
    await assert.rejects(connectControl(path), failsWith('no-daemon', /no such socket/));
    await serve(() => '');
    const client = await connectControl(path);
    await assert.rejects(client.ask({ op: 'status' }, 50), failsWith('silent', /no answer/));
    await assert.rejects(client.ask({ op: 'status' }), failsWith('silent', /no answer/));
  });

  test('says that the connection ended, and that what answers is no holdfast', async () => {
    await serve((_request, socket) => {
      socket.destroy();
      return '';
    });
    const client = await connectControl(path);
    await assert.rejects(client.ask({ op: 'status' }), failsWith('gone', /closed/));
    server?.close();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await serve(() => 'HTTP/1.1 400 Bad Request\n');
    const other = await connectControl(path);
    await assert.rejects(other.ask({ op: 'status' }), failsWith('gone', /no holdfast/));
    other.close();
  });

  test('takes a refusal without a reason for no answer', async () => {
    await serve(() => '{"schema":1,"ok":false}\n');
    const client = await connectControl(path);
    await assert.rejects(client.ask({ op: 'status' }), failsWith('gone', /no holdfast/));
    client.close();
  });

  test('follows events until the connection ends', async () => {
    const page = (last: number) =>
      `${JSON.stringify({ schema: 1, ok: true, result: { events: [], last, more: false, lost: 0 } })}\n`;
    await serve((_request, socket) => {
      setTimeout(() => socket.write(page(2)), 5);
      setTimeout(() => socket.end(page(3)), 10);
      return page(1);
    });
    const client = await connectControl(path);
    const seen: number[] = [];
    const followed = client.follow({ since: 0 }, ({ last }) => seen.push(last));
    await assert.rejects(followed, failsWith('gone', /closed/));
    assert.deepEqual(seen, [1, 2, 3]);
  });
});
