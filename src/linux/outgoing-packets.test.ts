import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpAddress } from '../base/ip.ts';
import { decodeIpv4 } from '../wire/ipv4.ts';
import { OutgoingPackets } from './outgoing-packets.ts';

const source = '10.0.0.1' as IpAddress;
const group = '224.0.0.18' as IpAddress;

test('a PDU that is sent again is put together once, and gets another number', () => {
  const packets = new OutgoingPackets();
  const pdu = Uint8Array.of(0x31, 7, 100, 1);
  const first = packets.next({ pdu, source, destination: group, ttl: 255 });
  const numbers = new Set<number>();
  for (let count = 0; count < 0x10000; count++) {
    const next = packets.next({ pdu, source, destination: group, ttl: 255 });
    assert.equal(next.packet, first.packet);
    numbers.add(((next.packet[4] ?? 0) << 8) | (next.packet[5] ?? 0));
  }
  assert.equal(numbers.size, 0xffff);
  assert(!numbers.has(0));
});

test('the same PDU to, from or as far as somewhere else is another packet', () => {
  const packets = new OutgoingPackets();
  const pdu = Uint8Array.of(0x31, 7, 100, 1);
  const peer = '10.0.0.2' as IpAddress;
  for (const datagram of [
    { pdu, source, destination: group, ttl: 255 },
    { pdu, source: peer, destination: group, ttl: 255 },
    { pdu, source, destination: peer, ttl: 255 },
    { pdu, source, destination: peer, ttl: 64 },
  ]) {
    const { packet, to, flags } = packets.next(datagram);
    const decoded = decodeIpv4(packet);
    assert(decoded.ok);
    const { source: from, destination, ttl, payload, protocol } = decoded.value;
    assert.deepEqual({ source: from, destination, ttl, pdu: payload.slice() }, datagram);
    assert.equal(protocol, 112);
    assert.deepEqual([...to.subarray(4, 8)], [...packet.subarray(16, 20)]);
    assert.equal(flags !== 0, destination === group);
  }
});
