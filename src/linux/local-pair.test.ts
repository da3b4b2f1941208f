import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { isSysError } from '../ports/sys-error.ts';
import { openFdWatcher } from './fd-watcher.ts';
import { openLocalPair } from './local-pair.ts';

const skip = process.platform === 'linux' ? false : 'needs Linux';

test('a child and its parent talk over a pair, and each learns of the end', { skip }, async () => {
  const watcher = await openFdWatcher();
  const pair = openLocalPair(watcher, { sendBufferBytes: 1 << 16 });
  assert(!isSysError(pair));
  const { own, other } = pair;
  // Answers each line in capitals; ends with the connection.
  const program = `
    const socket = new (require('node:net').Socket)({ fd: 3, readable: true, writable: true });
    socket.on('data', (bytes) => socket.write(String(bytes).toUpperCase()));
    socket.on('close', () => process.exit(7));
  `;
  const child = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'inherit', 'inherit', other.fd],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  other.close();
  other.close();
  assert.equal(own.write(new TextEncoder().encode('hello\n')), 6);
  const into = new Uint8Array(64);
  const said = await new Promise<string>((resolve) => {
    own.watch(() => {
      const count = own.read(into);
      if (count === 'end') resolve('the end');
      else if (count > 0) resolve(new TextDecoder().decode(into.subarray(0, count)));
    });
  });
  assert.equal(said, 'HELLO\n');
  own.close();
  assert.equal(await ended, 7);
  assert.equal(own.read(into), 'end');
  watcher.close();
});

test('the end of a child is the end of the connection', { skip }, async () => {
  const watcher = await openFdWatcher();
  const pair = openLocalPair(watcher, { sendBufferBytes: 1 << 16 });
  assert(!isSysError(pair));
  const { own, other } = pair;
  const child = spawn(process.execPath, ['-e', ''], { stdio: ['ignore', 0, 0, other.fd] });
  other.close();
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const into = new Uint8Array(64);
  await new Promise<void>((resolve) => own.watch(() => own.read(into) === 'end' && resolve()));
  await exited;
  own.close();
  watcher.close();
});
