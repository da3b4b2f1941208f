import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeMessages, littleEndian } from './message.ts';
import {
  addElements,
  appendRule,
  decodeTable,
  type NftMessage,
  type NftTable,
  newBaseChain,
  newSet,
  newTable,
  removeElements,
  writeBatch,
} from './nftables.ts';
import { NetlinkWriter } from './writer.ts';

const table: NftTable = { family: 'arp', name: 't' };
const IP = Uint8Array.of(8, 0);

/** As recorded from the program nft 1.0.6, without the sets' numbers in rules and elements. */
describe('nftables messages', { skip: !littleEndian && 'vectors are little-endian' }, () => {
  function bodyOf(message: NftMessage): string {
    const writer = new NetlinkWriter();
    writeBatch(writer, [message], 1);
    const [, second] = decodeMessages(writer.bytes);
    return Buffer.from(second?.payload ?? []).toString('hex');
  }

  const hex = (...parts: readonly string[]): string => parts.join('').replaceAll(' ', '');

  test('a set whose elements expire', () => {
    const set = newSet(
      { family: 'arp', name: 'holdfast_1' },
      {
        name: 'foo',
        key: 'ether_type',
        elements: 'expiring',
        id: 1,
      },
    );
    assert.equal(
      bodyOf(set),
      hex(
        '03 00 0000',
        '0f00 0100 686f6c64666173745f3100 00',
        '0800 0200 666f6f00',
        '0800 0300 00000010',
        '0800 0400 0000000a',
        '0800 0500 00000002',
        '0800 0a00 00000001',
        '0a00 0d00 000402000000 0000',
      ),
    );
  });

  test('an element with a timeout, and its removal', () => {
    const names = '03 00 0000 0600 0100 7400 0000 0600 0200 6100 0000';
    const key = '0c00 0180 0600 0100 0800 0000';
    assert.equal(
      bodyOf(addElements(table, 'a', [{ key: IP, timeoutMs: 1500 }])),
      hex(names, '2000 0380 1c00 0180 0c00 0400 00000000000005dc', key),
    );
    assert.equal(
      bodyOf(removeElements(table, 'a', [{ key: IP }])),
      hex(names, '1400 0380 1000 0180', key),
    );
  });

  test('a base chain', () => {
    assert.equal(
      bodyOf(newBaseChain(table, { name: 'o', hook: 'output', priority: -300 })),
      hex(
        '03 00 0000 0600 0100 7400 0000 0600 0300 6f00 0000',
        '0b00 0700 66696c74657200 00 0800 0500 00000001',
        '1400 0480 0800 0100 00000001 0800 0200 fffffed4',
      ),
    );
  });

  test('a rule that drops what one set has and another has not', () => {
    const rule = appendRule(table, 'i', [
      { kind: 'payload', base: 'network', offset: 24, lengthBytes: 4 },
      { kind: 'lookup', set: 'v', match: 'in' },
      { kind: 'payload', base: 'network', offset: 2, lengthBytes: 2 },
      { kind: 'lookup', set: 'a', match: 'not-in' },
      { kind: 'counter' },
      { kind: 'drop' },
    ]);
    const load = (offset: string, length: string): string =>
      hex(
        '3400 0180 0c00 0100 7061796c6f616400 2400 0280 0800 0100 00000001',
        `0800 0200 00000001 0800 0300 000000${offset} 0800 0400 000000${length}`,
      );
    const lookup = '0b00 0100 6c6f6f6b757000 00';
    assert.equal(
      bodyOf(rule),
      hex(
        '03 00 0000 0600 0100 7400 0000 0600 0200 6900 0000 0001 0480',
        load('18', '04'),
        `2400 0180 ${lookup} 1400 0280 0800 0200 00000001 0600 0100 7600 0000`,
        load('02', '02'),
        `2c00 0180 ${lookup} 1c00 0280 0800 0200 00000001 0600 0100 6100 0000`,
        '0800 0500 00000001',
        '1400 0180 0c00 0100 636f756e74657200 0400 0280',
        '3000 0180 0e00 0100 696d6d65646961746500 0000 1c00 0280 0800 0100 00000000',
        '1000 0280 0c00 0280 0800 0100 00000000',
      ),
    );
  });

  test('a batch asks for one answer, to its last message', () => {
    const writer = new NetlinkWriter();
    const last = writeBatch(writer, [newTable(table), newTable({ ...table, family: 'inet' })], 7);
    assert.equal(last, 9);
    assert.deepEqual(
      decodeMessages(writer.bytes).map(({ type, flags, sequence }) => [type, flags, sequence]),
      [
        [0x10, 0x1, 7],
        [0x0a00, 0x401, 8],
        [0x0a00, 0x405, 9],
        [0x11, 0x1, 10],
      ],
    );
  });

  test('tables of a dump; what is damaged is none', () => {
    const writer = new NetlinkWriter();
    writeBatch(writer, [newTable({ family: 'inet', name: 'holdfast_1' })], 1);
    const payload = decodeMessages(writer.bytes)[1]?.payload ?? new Uint8Array();
    assert.deepEqual(decodeTable(payload), { family: 'inet', name: 'holdfast_1' });
    for (let length = 0; length < payload.length; length++) {
      const cut = decodeTable(payload.subarray(0, length));
      assert.ok(cut === undefined || cut.name === 'holdfast_1', String(length));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        decodeTable(bytes);
      }),
    );
  });
});
