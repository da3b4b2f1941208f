import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpAddress } from '../base/ip.ts';
import type { ReceivedDatagram } from '../ports/network.ts';
import { encodeIpv4Header } from '../wire/ipv4.ts';
import { KnownDatagrams } from './known-datagrams.ts';

const source = '192.168.80.81' as IpAddress;
const destination = '224.0.0.18' as IpAddress;

function packetOf(identification: number, payload: readonly number[], ttl = 255): Uint8Array {
  const fields = { source, destination, ttl, tos: 0xc0, identification, protocol: 112 };
  const header = encodeIpv4Header({ ...fields, payloadLength: payload.length });
  return Uint8Array.of(...header, ...payload);
}

function datagramOf(packet: Uint8Array): ReceivedDatagram {
  return { source, destination, ttl: 255, payload: packet.subarray(20) };
}

test('a packet with another number only is the one that is known, and any other is not', () => {
  const known = new KnownDatagrams();
  // As in a batch: behind what came before, and in front of what lies there from the last time.
  const find = (packet: Uint8Array): ReceivedDatagram | undefined =>
    known.find(Uint8Array.of(1, 2, 3, ...packet, 4), 3, packet.length);
  const buffer = packetOf(1, [0x31, 7, 100, 1]);
  const kept = known.keep(buffer, datagramOf(buffer));
  buffer.fill(0);
  assert.deepEqual([...kept.payload], [0x31, 7, 100, 1]);
  assert.equal(find(packetOf(2, [0x31, 7, 100, 1])), kept);
  assert.equal(find(packetOf(2, [0x31, 7, 101, 1])), undefined);
  assert.equal(find(packetOf(2, [0x31, 8, 100, 1])), undefined);
  assert.equal(find(packetOf(2, [0x31, 7, 100, 1], 254)), undefined);
  assert.equal(find(packetOf(2, [0x31, 7, 100, 1, 0])), undefined);
});
