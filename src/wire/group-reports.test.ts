import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../base/hex.ts';
import { checksumOf, sumWords } from './checksum.ts';
import { decodeGroupRecords } from './group-records.ts';
import { decodeIgmpReport } from './igmp.ts';
import { decodeMldReport } from './mld.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));

/** With its checksum made right. */
function igmp(text: string): Uint8Array {
  const bytes = hex(text);
  const checksum = checksumOf(sumWords(bytes));
  bytes.set([checksum >> 8, checksum & 0xff], 2);
  return bytes;
}

const four = { start: 0, count: 1, addressBytes: 4 };
const group = 'e0000012';
const group6 = 'ff020000000000000000000000000012';

describe('reports of who listens to a group', () => {
  test('IGMP versions 1 and 2 name one group, version 3 those of its records', () => {
    for (const type of ['12', '16']) {
      assert.deepEqual(decodeIgmpReport(igmp(`${type}00 0000 ${group}`)), {
        ok: true,
        value: ['224.0.0.18'],
      });
    }
    const records = `0400 0000 e00000fb  0201 0001 ${group} c0000201 deadbeef  0300 0000 e0000001`;
    assert.deepEqual(decodeIgmpReport(igmp(`2200 0000 0000 0003 ${records}`)), {
      ok: true,
      value: ['224.0.0.251', '224.0.0.18'],
    });
  });

  test('MLD version 1 names one group, version 2 those of its records', () => {
    assert.deepEqual(decodeMldReport(hex(`8300 0000 0000 0000 ${group6}`)), {
      ok: true,
      value: ['ff02::12'],
    });
    const leave = `0300 0000 ff0200000000000000000000000000fb`;
    assert.deepEqual(decodeMldReport(hex(`8f00 0000 0000 0002 ${leave} 0400 0000 ${group6}`)), {
      ok: true,
      value: ['ff02::12'],
    });
  });

  const kinds: [type: string, sources: number, listens: boolean][] = [
    ['01', 0, false],
    ['01', 1, true],
    ['02', 0, true],
    ['02', 1, true],
    ['03', 0, false],
    ['03', 2, true],
    ['04', 0, true],
    ['05', 1, true],
    ['06', 1, false],
    ['07', 1, false],
  ];
  for (const [type, sources, listens] of kinds) {
    test(`a record of type ${type} with ${sources} sources: ${listens ? 'listens' : 'does not'}`, () => {
      const record = hex(`${type}00 000${sources} ${group} ${'0a000001'.repeat(sources)}`);
      const decoded = decodeGroupRecords(record, four);
      assert(decoded.ok);
      assert.deepEqual(
        decoded.value.map((bytes) => toHex(bytes)),
        listens ? [group] : [],
      );
    });
  }

  test('refused: cut off, a wrong sum, what is no report', () => {
    const v3 = igmp(`2200 0000 0000 0001 0400 0000 ${group}`);
    const refusals: [Uint8Array, string][] = [
      [v3.subarray(0, 7), 'truncated'],
      [v3.with(9, 7), 'checksum'],
      [igmp(`2200 0000 0000 0002 0400 0000 ${group}`), 'truncated'],
      [igmp(`2200 0000 0000 0001 0401 0000 ${group}`), 'truncated'],
      [igmp(`2200 0000 0000 0001 0400 ffff ${group}`), 'truncated'],
      [igmp(`1100 0000 ${group}`), 'not-a-report'],
      [igmp(`1700 0000 ${group}`), 'not-a-report'],
    ];
    for (const [bytes, reason] of refusals) {
      assert.deepEqual(decodeIgmpReport(bytes), { ok: false, reason });
    }
    const mld: [Uint8Array, string][] = [
      [hex('8300 0000 0000 00'), 'truncated'],
      [hex(`8300 0000 0000 0000 ${group6}`).subarray(0, 23), 'truncated'],
      [hex(`8f00 0000 0000 0001 0400 0000 ${group6}`).subarray(0, 27), 'truncated'],
      [hex(`8400 0000 0000 0000 ${group6}`), 'not-a-report'],
    ];
    for (const [bytes, reason] of mld) {
      assert.deepEqual(decodeMldReport(bytes), { ok: false, reason });
    }
  });

  test('any bytes decode or fail, without an exception', () => {
    const starts = [hex('22'), hex('16'), hex('83'), hex('8f'), hex('')];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 80 }), (start, tail) => {
        const bytes = Uint8Array.of(...start, ...tail);
        decodeIgmpReport(bytes);
        decodeMldReport(bytes);
        decodeGroupRecords(bytes, four);
      }),
      { numRuns: 2000 },
    );
  });
});
