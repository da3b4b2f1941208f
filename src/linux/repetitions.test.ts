import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IpAddress, parseIp } from '../base/ip.ts';
import { micros } from '../base/time.ts';
import type { LateFacts, ReceivedDatagram } from '../ports/network.ts';
import { Repetitions } from './repetitions.ts';

const source = parseIp('192.0.2.1') as IpAddress;
const datagram = (vrid: number): ReceivedDatagram => ({
  ...{ source, destination: source, ttl: 255 },
  payload: Uint8Array.of(0x31, vrid),
});

test('what came again is told of once, and all of it before anything new', () => {
  const told: [vrid: number | undefined, late: LateFacts | undefined][] = [];
  const repetitions = new Repetitions(({ payload }, late) => told.push([payload[1], late]), {
    begin: () => {},
    at: (stampUs) => micros(stampUs + 5),
  });
  const [one, two, three] = [datagram(1), datagram(2), datagram(3)];
  repetitions.note(one, 10);
  repetitions.note(two, 20);
  repetitions.note(one, 30);
  repetitions.pass(three, 40);
  repetitions.note(one, 50);
  repetitions.flush();
  repetitions.flush();
  assert.deepEqual(told, [
    [1, { heardAt: 35, times: 2 }],
    [2, { heardAt: 25, times: 1 }],
    [3, { heardAt: 45, times: 1 }],
    [1, { heardAt: 55, times: 1 }],
  ]);
});
