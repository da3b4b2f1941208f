import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../base/ip.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeMessages, littleEndian } from '../wire/netlink/message.ts';
import { newTable } from '../wire/netlink/nftables.ts';
import { NetlinkWriter } from '../wire/netlink/writer.ts';
import { createAddressRenewer } from './address-renewer.ts';
import type { NetlinkChannel } from './netlink-channel.ts';
import { createNetlinkSocket, type NetlinkSocket } from './netlink-socket.ts';
import { createNftablesChannel } from './nftables-channel.ts';

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const SOME_TYPE = 16;
const NOTHING: SysError = {
  kind: 'sys-error',
  call: 'recvmsg',
  errno: 11,
  code: 'EAGAIN',
  message: 'nothing there',
};

/** A kernel that answers with these datagrams, whatever it is sent. */
function channelThatAnswers(datagrams: readonly Uint8Array[]): NetlinkChannel {
  const queue = [...datagrams];
  let sequence = 0;
  return {
    fd: -1,
    writer: new NetlinkWriter(),
    receiveBufferBytes: 1 << 20,
    portId: 1,
    nextSequence: () => ++sequence,
    send: () => undefined,
    receive: () => {
      const datagram = queue.shift();
      return datagram === undefined ? NOTHING : decodeMessages(datagram);
    },
    close: () => {},
  };
}

function answer(sequence: number, errno: number): Uint8Array {
  const bytes = new Uint8Array(36);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, littleEndian);
  view.setUint16(4, NLMSG_ERROR, littleEndian);
  view.setUint32(8, sequence, littleEndian);
  view.setInt32(16, -errno, littleEndian);
  return bytes;
}

/** A part of a dump, or its end. */
function part(type: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, littleEndian);
  view.setUint16(4, type, littleEndian);
  view.setUint32(8, 1, littleEndian);
  return bytes;
}

/** Batches of these tests: 1 the beginning, 2 and 3 the messages, 4 the end. */
function sendBatch(datagrams: readonly Uint8Array[]): SysError | undefined {
  const channel = createNftablesChannel(channelThatAnswers(datagrams));
  const tables = ['inet', 'arp'] as const;
  return channel.send(channel.encode(tables.map((family) => newTable({ family, name: 't' }))));
}

function renew(datagrams: readonly Uint8Array[]): SysError | undefined {
  const operations = ['192.0.2.1', '192.0.2.2'].map((address) => ({
    kind: 'add' as const,
    interfaceIndex: 2,
    address: address as IpAddress,
    prefixLength: 32,
  }));
  return createAddressRenewer(channelThatAnswers(datagrams)).renew(operations);
}

describe('answers of the kernel', () => {
  test('to a batch: the last message stands for all, the first error counts', () => {
    assert.equal(sendBatch([answer(3, 0)]), undefined);
    const refused = sendBatch([answer(2, 2), answer(3, 17)]);
    assert.deepEqual([refused?.call, refused?.code], ['NFT_MSG_NEWTABLE', 'ENOENT']);
    const whole = sendBatch([answer(1, 1)]);
    assert.deepEqual([whole?.call, whole?.code], ['nftables batch', 'EPERM']);
    assert.equal(sendBatch([])?.code, 'EPROTO');
  });

  test('to renewals: until the last is answered', () => {
    assert.equal(renew([answer(2, 0)]), undefined);
    assert.equal(renew([answer(1, 19), answer(2, 0)])?.code, 'ENODEV');
    assert.equal(renew([answer(1, 19)])?.code, 'ENODEV');
    assert.equal(renew([])?.code, 'EAGAIN');
  });

  test('to a dump in turns: others have theirs in between, and it ends where the socket is closed', async () => {
    const seen: string[] = [];
    const dump = (socket: NetlinkSocket) =>
      socket.dumpInTurns('GET', SOME_TYPE, new Uint8Array(4), {
        restart: () => void seen.push('begin'),
        message: () => {
          seen.push('part');
          // As long as a turn may take.
          for (const endMs = performance.now() + 5; performance.now() < endMs; );
        },
      });
    const answers = [part(SOME_TYPE), part(SOME_TYPE), part(NLMSG_DONE)];
    setImmediate(() => seen.push('others'));
    const whole = dump(createNetlinkSocket(channelThatAnswers(answers)));
    assert.equal(await whole, undefined);
    assert.deepEqual(seen, ['begin', 'part', 'others', 'part']);
    const socket = createNetlinkSocket(channelThatAnswers(answers));
    const cut = dump(socket);
    socket.close();
    assert.equal((await cut)?.code, 'EBADF');
  });

  test('cut short or of any other bytes are errors, and never thrown', () => {
    const whole = answer(2, 0);
    for (let length = 0; length < whole.length; length++) {
      assert.ok(isSysError(sendBatch([whole.subarray(0, length)])));
      assert.ok(isSysError(renew([whole.subarray(0, length)])));
      const short = whole.slice(0, Math.max(16, length));
      new DataView(short.buffer).setUint32(0, short.length, littleEndian);
      assert.ok(isSysError(sendBatch([short])));
      assert.ok(isSysError(renew([short])));
    }
    const bytes = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), (datagrams) => {
        sendBatch(datagrams);
        renew(datagrams);
      }),
    );
  });
});
