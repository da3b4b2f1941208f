import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IpAddress, ipFromBytes } from '../base/ip.ts';
import { littleEndian } from './netlink/message.ts';
import {
  encodeArpClaimFilter,
  encodeUrgentAdvertFilter,
  FILTER_INSTRUCTION_BYTES,
} from './packet-filter.ts';

const addresses = (count: number): IpAddress[] =>
  Array.from({ length: count }, (_, index) => ipFromBytes(Uint8Array.of(10, 0, index >> 8, index)));

test('each address adds one comparison, up to 64 of them', () => {
  const none = encodeArpClaimFilter([]).length / FILTER_INSTRUCTION_BYTES;
  for (const [count, more] of [
    [1, 1],
    [64, 64],
    [65, 64],
    [5000, 64],
  ] as const) {
    const program = encodeArpClaimFilter(addresses(count));
    assert.equal(program.length / FILTER_INSTRUCTION_BYTES - none, more);
  }
});

test('every jump ends at an instruction of the program', () => {
  const programs = [0, 1, 64].map((count) => encodeArpClaimFilter(addresses(count)));
  programs.push(encodeUrgentAdvertFilter(4), encodeUrgentAdvertFilter(6));
  for (const program of programs) {
    const instructions = program.length / FILTER_INSTRUCTION_BYTES;
    for (let index = 0; index < instructions; index++) {
      const at = index * FILTER_INSTRUCTION_BYTES;
      for (const jump of [program[at + 2] ?? 0, program[at + 3] ?? 0]) {
        assert(index + 1 + jump < instructions || (jump === 0 && index === instructions - 1));
      }
    }
  }
});

test('the program ends with "drop", then "accept"', () => {
  const program = encodeArpClaimFilter([]);
  const view = new DataView(program.buffer);
  const operands = [program.length - 12, program.length - 4];
  const [drop, accept] = operands.map((at) => view.getUint32(at, littleEndian));
  assert.equal(drop, 0);
  assert((accept ?? 0) > 0xffff);
});
