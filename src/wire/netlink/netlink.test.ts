import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../base/ip.ts';
import { decodeAcknowledgement, decodeDone } from './acknowledgement.ts';
import { type AddressRequest, decodeAddress, writeAddress } from './address.ts';
import { IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU } from './constants.ts';
import { decodeLink } from './link.ts';
import { decodeAttributes, decodeMessages, littleEndian, readText, readU32 } from './message.ts';
import { NetlinkWriter } from './writer.ts';

const ip = (text: string) => text as IpAddress;
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** The vectors are of a little-endian machine. */
describe('netlink', { skip: !littleEndian && 'vectors are little-endian' }, () => {
  test('what is written where the buffer grows is not lost', () => {
    const writes: readonly ((writer: NetlinkWriter) => void)[] = [
      (writer) => writer.u8(1, 0xab),
      (writer) => writer.u16(1, 0xab),
      (writer) => writer.u16be(1, 0xab00),
      (writer) => writer.u32(1, 0xab),
      (writer) => writer.address(1, ip('171.0.0.0'), 16),
      (writer) => writer.address(1, ip('ab00::'), 16),
    ];
    for (const [index, write] of writes.entries()) {
      const writer = new NetlinkWriter();
      writer.raw(new Uint8Array(4096));
      write(writer);
      assert.equal(writer.bytes[4100], 0xab, `write ${index}`);
    }
  });

  test('an address request as iproute2 writes it', () => {
    const writer = new NetlinkWriter();
    const request: AddressRequest = {
      kind: 'add',
      interfaceIndex: 2,
      address: ip('192.0.2.7'),
      prefixLength: 24,
      label: 'e:v',
      broadcast: ip('192.0.2.255'),
      flags: 0x200,
      protocol: 18,
      preferredLifetimeSeconds: 0,
    };
    writer.begin({ type: 20, flags: 0x605, sequence: 9 });
    writeAddress(writer, request);
    writer.end();
    assert.equal(
      toHex(writer.bytes),
      [
        '5c000000 1400 0506 09000000 00000000',
        '02 18 00 00 02000000',
        '0800 0200 c0000207',
        '0800 0100 c0000207',
        '0800 0300 653a7600',
        '0800 0400 c00002ff',
        '0800 0800 00020000',
        '0500 0b00 12000000',
        '1400 0600 00000000 ffffffff 00000000 00000000',
      ]
        .join('')
        .replaceAll(' ', ''),
    );
    const [message] = decodeMessages(writer.bytes);
    assert.deepEqual(decodeAddress(message?.payload ?? new Uint8Array()), {
      interfaceIndex: 2,
      family: 4,
      address: '192.0.2.7',
      prefixLength: 24,
      scope: 0,
      flags: 0x200,
      protocol: 18,
      label: 'e:v',
    });
  });

  test('a removal says nothing that the kernel would not compare', () => {
    const writer = new NetlinkWriter();
    writeAddress(writer, {
      kind: 'remove',
      interfaceIndex: 3,
      address: ip('fd00::1'),
      prefixLength: 64,
      flags: 2,
      protocol: 18,
      validLifetimeSeconds: 4,
    });
    const address = 'fd000000000000000000000000000001';
    assert.equal(toHex(writer.bytes), `0a40000003000000${`14000200${address}`}14000100${address}`);
  });

  test('a link; a bridge port and an event without a name are none', () => {
    const writer = new NetlinkWriter();
    writer.raw(hex('00 00 0100 05000000 43100100 00000000'));
    writer.text(IFLA_IFNAME, 'eth0').u32(IFLA_MTU, 1500);
    writer.attribute(IFLA_ADDRESS, hex('02aabbccddee'));
    const bytes = writer.bytes.slice();
    assert.deepEqual(decodeLink(bytes), {
      index: 5,
      name: 'eth0',
      adminUp: true,
      running: true,
      loopback: false,
      noArp: false,
      multicast: true,
      mtu: 1500,
      mac: '02:aa:bb:cc:dd:ee',
      hardwareType: 1,
    });
    bytes[0] = 7;
    assert.equal(decodeLink(bytes), undefined);
    assert.equal(decodeLink(hex('00 00 0100 05000000 43100100 00000000')), undefined);
  });

  test("a refusal carries the kernel's words and the offset", () => {
    const body = `eaffffff ${'00'.repeat(16)} 0c000100 6e6f207761790000 08000200 18000000`;
    const payload = hex(body);
    const message = { type: 2, flags: 0x300, sequence: 1, portId: 0, payload };
    assert.deepEqual(decodeAcknowledgement(message), { errno: 22, text: 'no way', offset: 24 });
    assert.deepEqual(decodeAcknowledgement({ ...message, flags: 0 }), { errno: 22 });
    assert.equal(decodeAcknowledgement({ ...message, payload: payload.subarray(0, 8) }), undefined);
    assert.deepEqual(decodeDone({ ...message, flags: 0, payload: hex('00000000') }), { errno: 0 });
  });

  test('a refusal that lies about the length of the request has no words', () => {
    for (const length of ['fdffff7f', 'ffffff7f', '00000080', 'ffffffff']) {
      const payload = hex(`eaffffff ${length} ${'00'.repeat(12)} 0c000100 6e6f207761790000`);
      const message = { type: 2, flags: 0x200, sequence: 1, portId: 0, payload };
      assert.deepEqual(decodeAcknowledgement(message), { errno: 22 });
    }
  });

  test('damaged datagrams give what is whole and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const message of decodeMessages(bytes)) {
          decodeAcknowledgement(message);
          decodeDone(message);
          decodeLink(message.payload);
          decodeAddress(message.payload);
        }
        decodeLink(bytes);
        decodeAddress(bytes);
        const attributes = decodeAttributes(bytes, 0);
        for (const value of attributes.values()) {
          readText(value);
          readU32(value);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('whatever is written is read again, also beyond the first buffer', () => {
    const attribute = fc.tuple(fc.nat(0x3fff), fc.uint8Array({ maxLength: 2000 }));
    fc.assert(
      fc.property(fc.array(fc.array(attribute, { maxLength: 5 }), { maxLength: 5 }), (messages) => {
        const writer = new NetlinkWriter();
        for (const [sequence, attributes] of messages.entries()) {
          writer.begin({ type: 77, flags: 1, sequence });
          for (const [type, data] of attributes) writer.attribute(type, data);
          writer.end();
        }
        const read = decodeMessages(writer.bytes);
        assert.equal(read.length, messages.length);
        for (const [index, attributes] of messages.entries()) {
          const expected = new Map(attributes.map(([type, data]) => [type, toHex(data)]));
          const found = decodeAttributes(read[index]?.payload ?? new Uint8Array(), 0);
          const entries = [...found].map(([type, data]): [number, string] => [type, toHex(data)]);
          assert.deepEqual(new Map(entries), expected);
        }
      }),
    );
  });
});
