import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../base/ip.ts';
import {
  FORWARD_METHODS,
  type IpvsDestinationFields,
  type IpvsServiceFields,
  type IpvsServiceKey,
  WHOLE_ADDRESS,
} from './ipvs.ts';
import { IpvsMessages, type ServerCommand, type ServiceCommand } from './ipvs-messages.ts';

const key: fc.Arbitrary<IpvsServiceKey> = fc.oneof(
  fc.record({
    kind: fc.constant('address'),
    protocol: fc.constantFrom('tcp', 'udp'),
    address: fc.constantFrom(...(['192.0.2.1', '10.0.0.1', '2001:db8::1'] as IpAddress[])),
    port: fc.constantFrom(0, 80, 65_535),
  }),
  fc.record({
    kind: fc.constant('mark'),
    mark: fc.constantFrom(7, 8),
    family: fc.constantFrom(4, 6),
  }),
);

const service: fc.Arbitrary<IpvsServiceFields> = fc.record(
  {
    key,
    scheduler: fc.constantFrom('rr', 'wlc'),
    flags: fc.constantFrom(0, 1),
    timeoutSeconds: fc.constantFrom(0, 50),
    netmask: fc.constantFrom(WHOLE_ADDRESS, 64),
    engine: fc.constant('sip'),
  },
  { requiredKeys: ['key', 'scheduler', 'flags', 'timeoutSeconds', 'netmask'] },
);

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

type Asked =
  | { readonly command: ServiceCommand; readonly service: IpvsServiceFields }
  | {
      readonly command: ServerCommand;
      readonly key: IpvsServiceKey;
      readonly server: IpvsDestinationFields;
    };

function ask(messages: IpvsMessages, asked: Asked): Uint8Array {
  return 'service' in asked
    ? messages.service(asked.command, asked.service)
    : messages.server(asked.command, asked.key, asked.server);
}

test('whatever comes after whatever, the bytes are those of each alone', () => {
  const places = fc.array(fc.record({ address: fc.ipV4(), port: fc.nat(65_535) }));
  const servers = fc.oneof(
    fc.array(server),
    fc
      .tuple(server, places)
      .map(([one, others]) => [one, ...others.map((place) => ({ ...one, ...place }))])
      .map((row) => row as IpvsDestinationFields[]),
  );
  const command = fc.constantFrom<ServerCommand>('NEW_DEST', 'SET_DEST', 'DEL_DEST');
  const step: fc.Arbitrary<readonly Asked[]> = fc.oneof(
    fc
      .record({ command: fc.constantFrom<ServiceCommand>('NEW_SERVICE', 'SET_SERVICE'), service })
      .map((one) => [one]),
    fc
      .tuple(command, key, servers)
      .map(([command, key, all]) => all.map((server) => ({ command, key, server }))),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const messages = new IpvsMessages(29);
      for (const asked of steps.flat()) {
        assert.deepEqual(ask(messages, asked), ask(new IpvsMessages(29), asked));
      }
    }),
  );
});
