import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { bind, close, recv } from '../../src/linux/ffi/libc.ts';
import { openSocket } from '../../src/linux/ffi/open-socket.ts';
import { AF_UNIX, encodeSockaddrUnix } from '../../src/linux/ffi/sockaddr.ts';
import { tellServiceManager } from '../../src/linux/service-manager.ts';
import { testPath } from '../../tools/sweep.ts';
import { succeeded } from './namespaces.ts';

const folder = testPath('service-manager');

/** What systemd is for its services: it binds, they send. */
function listen(address: Uint8Array) {
  const fd = succeeded(
    openSocket({ domain: AF_UNIX, type: 2, protocol: 0, mode: 'non-blocking' }, [
      { call: 'bind', need: 'required', run: (each) => bind(each, address, address.length) },
    ]),
  );
  const buffer = Buffer.alloc(4096);
  return {
    next: (): string | undefined => {
      const length = recv(fd, buffer, buffer.length, 0);
      return length < 0 ? undefined : buffer.toString('utf8', 0, length);
    },
    close: () => close(fd),
  };
}

describe('the service manager', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  before(() => {
    mkdirSync(folder, { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('hears what becomes of the service at its path', () => {
    const path = `${folder}/notify`;
    const manager = listen(encodeSockaddrUnix(path));
    assert.equal(tellServiceManager({ kind: 'ready', mainPid: 17 }, path), 'told');
    assert.equal(manager.next(), 'READY=1\nMAINPID=17');
    assert.equal(tellServiceManager({ kind: 'moved', mainPid: 18 }, path), 'told');
    assert.equal(manager.next(), 'MAINPID=18');
    assert.equal(tellServiceManager({ kind: 'reloading', atUs: 1_000_001 }, path), 'told');
    assert.equal(manager.next(), 'RELOADING=1\nMONOTONIC_USEC=1000001');
    assert.equal(tellServiceManager({ kind: 'stopping' }, path), 'told');
    assert.equal(manager.next(), 'STOPPING=1');
    manager.close();
    assert.equal(tellServiceManager({ kind: 'stopping' }, path), 'nobody');
  });

  test('hears it at a name without a file, too', () => {
    const name = `hft-${process.pid}-notify`;
    const address = new Uint8Array([AF_UNIX, 0, 0, ...new TextEncoder().encode(name)]);
    const manager = listen(address);
    assert.equal(tellServiceManager({ kind: 'stopping' }, `@${name}`), 'told');
    assert.equal(manager.next(), 'STOPPING=1');
    manager.close();
  });

  test('is not looked for where there is none', () => {
    assert.equal(tellServiceManager({ kind: 'stopping' }, ''), 'nobody');
    assert.equal(tellServiceManager({ kind: 'stopping' }, 'relative'), 'nobody');
    assert.equal(tellServiceManager({ kind: 'stopping' }, `/${'x'.repeat(300)}`), 'nobody');
  });
});
