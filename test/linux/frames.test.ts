import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { openFrameSender } from '../../src/linux/frame-sender.ts';
import { type CapturedFrame, openPacketCapture } from '../../src/linux/packet-capture.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import { createTestPair, skipKernelTests, type TestNamespace, until } from './namespaces.ts';

const ARP = 0x0806;

function frame(etherType: number): Uint8Array {
  const bytes = new Uint8Array(60);
  bytes.fill(0xff, 0, 6);
  bytes.set([2, 0, 0, 0, 0, 0x99], 6);
  bytes[12] = etherType >> 8;
  bytes[13] = etherType & 0xff;
  bytes[59] = 7;
  return bytes;
}

describe('frames', { skip: skipKernelTests }, () => {
  let watcher: FdWatcher;
  let left: TestNamespace;
  let right: TestNamespace;

  before(async () => {
    watcher = await openFdWatcher();
    ({ left, right } = createTestPair('frames'));
    await sleep(50);
  });
  after(() => {
    watcher.close();
    left.remove();
    right.remove();
  });

  test('a frame arrives as it was sent, and only where its type is asked for', async () => {
    const seen: CapturedFrame[] = [];
    const sender = left.inside(openFrameSender);
    const capture = right.inside(() =>
      openPacketCapture(
        watcher,
        { interfaceIndex: right.indexOf('eth0'), etherType: ARP },
        (captured) => seen.push({ ...captured, frame: captured.frame.slice() }),
      ),
    );
    const index = left.indexOf('eth0');
    assert.equal(sender.send(index, frame(0x88b5)), undefined);
    assert.equal(sender.send(index, frame(ARP)), undefined);
    await until(() => seen.length > 0);
    await sleep(10);
    assert.deepEqual(seen, [
      { source: '02:00:00:00:00:99', direction: 'broadcast', frame: frame(ARP) },
    ]);
    capture.close();
    capture.close();
    sender.close();
  });

  test('what cannot be sent is an error value', () => {
    const sender = left.inside(openFrameSender);
    const unknown = sender.send(999_999, frame(ARP));
    assert.ok(isSysError(unknown));
    assert.ok(isSysError(sender.send(left.indexOf('eth0'), new Uint8Array(3))));
    left.ip('link set eth0 down');
    const down = sender.send(left.indexOf('eth0'), frame(ARP));
    assert.ok(isSysError(down) && down.code === 'ENETDOWN');
    left.ip('link set eth0 up');
    sender.close();
    assert.ok(isSysError(sender.send(1, frame(ARP))));
  });

  test('a capture goes on after its interface was down', async () => {
    let count = 0;
    const sender = left.inside(openFrameSender);
    const capture = right.inside(() =>
      openPacketCapture(
        watcher,
        { interfaceIndex: right.indexOf('eth0'), etherType: 0x88b5 },
        () => count++,
      ),
    );
    right.ip('link set eth0 down');
    await sleep(10);
    right.ip('link set eth0 up');
    await until(() => {
      sender.send(left.indexOf('eth0'), frame(0x88b5));
      return count > 0;
    });
    capture.close();
    sender.close();
  });
});
