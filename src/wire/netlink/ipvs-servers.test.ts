import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../base/ip.ts';
import {
  FORWARD_METHODS,
  type IpvsDestinationFields,
  type IpvsServiceKey,
  writeDestination,
  writeServiceKey,
} from './ipvs.ts';
import { IpvsServerWriter, type ServerDetail } from './ipvs-servers.ts';
import { NetlinkWriter } from './writer.ts';

const KEYS: readonly IpvsServiceKey[] = [
  { kind: 'address', protocol: 'tcp', address: '192.0.2.1' as IpAddress, port: 80 },
  { kind: 'address', protocol: 'udp', address: '2001:db8::1' as IpAddress, port: 53 },
  { kind: 'mark', mark: 7, family: 4 },
];

const server: fc.Arbitrary<IpvsDestinationFields> = fc.record({
  address: fc.constantFrom(
    ...(['192.0.2.7', '255.255.255.255', '2001:db8::7', '::1'] as IpAddress[]),
  ),
  port: fc.constantFrom(0, 80, 255, 256, 65_535),
  method: fc.constantFrom(FORWARD_METHODS.masquerade, FORWARD_METHODS.tunnel),
  weight: fc.constantFrom(0, 1, 65_535),
  upperThreshold: fc.constantFrom(0, 5),
  lowerThreshold: fc.constantFrom(0, 3),
  tunnelType: fc.constantFrom(0, 1),
  tunnelPort: fc.constantFrom(0, 6080),
  tunnelFlags: fc.constantFrom(0, 1),
});

test('whatever comes after whatever, the bytes are those of each alone', () => {
  const alike = fc
    .tuple(server, fc.array(fc.record({ address: fc.ipV4(), port: fc.nat(65_535) })))
    .map(([one, places]) => [one, ...places.map((place) => ({ ...one, ...place }))])
    .map((servers) => servers as IpvsDestinationFields[]);
  const row = fc.tuple(
    fc.constantFrom(...KEYS),
    fc.constantFrom<ServerDetail>('whole', 'key'),
    fc.oneof(alike, fc.array(server)),
  );
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const servers = new IpvsServerWriter();
      const [written, alone] = [new NetlinkWriter(), new NetlinkWriter()];
      for (const [key, detail, each] of rows) {
        for (const one of each) {
          servers.write(written, key, one, detail);
          writeServiceKey(alone, key);
          writeDestination(alone, one, detail);
        }
      }
      assert.deepEqual(written.bytes, alone.bytes);
    }),
  );
});
