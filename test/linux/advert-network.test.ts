import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { openAdvertBell } from '../../src/linux/advert-bell.ts';
import { createAdvertNetwork } from '../../src/linux/advert-network.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import type {
  AdvertLink,
  AdvertLinkOptions,
  AdvertUrgency,
  ReceivedDatagram,
} from '../../src/ports/network.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import {
  addTestAddresses,
  createTestPair,
  ip,
  skipKernelTests,
  succeeded,
  type TestNamespace,
  testEnds,
  until,
} from './namespaces.ts';

const pdu = Uint8Array.from([0x31, 51, 100, 1, 0, 100, 0, 0, 10, 0, 0, 9]);

describe('AdvertNetwork', { skip: skipKernelTests }, () => {
  let watcher: FdWatcher;
  let left: TestNamespace;
  let right: TestNamespace;
  const opened: AdvertLink[] = [];

  before(async () => {
    watcher = await openFdWatcher();
    ({ left, right } = createTestPair('advert'));
    addTestAddresses({ left, right });
    await sleep(100);
  });
  after(() => {
    for (const link of opened) link.close();
    watcher.close();
    left.remove();
    right.remove();
  });

  function open(
    side: TestNamespace,
    options: Omit<AdvertLinkOptions, 'interfaceIndex' | 'interfaceName'>,
    urgency?: () => AdvertUrgency,
  ) {
    const heard: ReceivedDatagram[] = [];
    const link = side.inside(() =>
      createAdvertNetwork(watcher).open(
        { ...options, interfaceIndex: side.indexOf('eth0'), interfaceName: 'eth0' },
        (datagram) => heard.push({ ...datagram, payload: Uint8Array.from(datagram.payload) }),
        urgency,
      ),
    );
    opened.push(link);
    return { link, heard };
  }

  for (const { family, group, ...ends } of testEnds) {
    test(`IPv${family}: multicast arrives with its sender, group and TTL`, async () => {
      const transport = { kind: 'multicast', group } as const;
      const here = open(left, { family, transport });
      const there = open(right, { family, transport });
      for (const ttl of [255, 7]) {
        const sent = here.link.send({ pdu, source: ends.left, destination: group, ttl });
        assert.equal(sent, undefined);
      }
      await until(() => there.heard.length === 2);
      assert.deepEqual(
        there.heard.map(({ source, destination, ttl }) => ({ source, destination, ttl })),
        [255, 7].map((ttl) => ({ source: ends.left, destination: group, ttl })),
      );
      const payload = there.heard[0]?.payload ?? new Uint8Array();
      assert.equal(payload.length, pdu.length);
      // Over IPv6 the kernel fills the checksum in, over IPv4 the caller has.
      assert.equal(payload[6] === 0 && payload[7] === 0, family === 4);
      assert.equal(here.heard.length, 0, 'heard itself');
      here.link.close();
      there.link.close();
    });

    test(`IPv${family}: a bell rings for a goodbye and for what is no advert, not for others`, async () => {
      const transport = { kind: 'multicast', group } as const;
      const here = open(left, { family, transport });
      const there = open(right, { family, transport });
      const options = { interfaceIndex: right.indexOf('eth0'), interfaceName: 'eth0' };
      let heardAtRing: number | undefined;
      const bell = right.inside(() =>
        openAdvertBell(watcher, { ...options, family, transport }, () => {
          heardAtRing ??= there.heard.length;
        }),
      );
      assert.ok(!isSysError(bell));
      const say = (first: number, priority: number): void => {
        const said = Uint8Array.from([first, 51, priority, ...pdu.slice(3)]);
        here.link.send({ pdu: said, source: ends.left, destination: group, ttl: 255 });
      };
      let total = 0;
      for (const [first, priority] of [
        [0x31, 0],
        [0x21, 0],
        [0x32, 100],
        [0x11, 100],
      ] as const) {
        for (const version of [0x21, 0x31]) say(version, 100);
        total += 2;
        await until(() => there.heard.length === total);
        await sleep(5);
        assert.equal(heardAtRing, undefined, 'rang for a plain advert');
        say(first, priority);
        total++;
        await until(() => heardAtRing !== undefined);
        await until(() => there.heard.length === total);
        await sleep(5);
        heardAtRing = undefined;
      }
      bell.close();
      here.link.close();
      there.link.close();
    });

    test(`IPv${family}: what may lie is heard in order, all of it when it is asked for`, async () => {
      const transport = { kind: 'multicast', group } as const;
      const here = open(left, { family, transport });
      const there = open(right, { family, transport }, () => 'lazily');
      let said = 0;
      for (let round = 0; round < 6; round++) {
        for (let number = 0; number < 40; number++, said++) {
          const next = Uint8Array.from([0x31, said, said % 50 === 49 ? 0 : 100, ...pdu.slice(3)]);
          here.link.send({ pdu: next, source: ends.left, destination: group, ttl: 255 });
          if (number % 4 === 0) await nextTurn();
        }
        if (round % 2 === 0) there.link.readWaiting();
        await until(() => there.heard.length === said);
      }
      const numbers = there.heard.map(({ payload }) => payload[1]);
      assert.deepEqual(numbers, [...numbers.keys()]);
      here.link.close();
      there.link.close();
    });

    test(`IPv${family}: unicast delivers only what is addressed to the source`, async () => {
      const here = open(left, { family, transport: { kind: 'unicast', source: ends.left } });
      const there = open(right, { family, transport: { kind: 'unicast', source: ends.right } });
      const elsewhere = ip(family === 4 ? '10.0.0.77' : 'fd00::77');
      const other = open(right, { family, transport: { kind: 'unicast', source: elsewhere } });
      const sent = here.link.send({ pdu, source: ends.left, destination: ends.right, ttl: 64 });
      assert.equal(sent, undefined);
      here.link.send({ pdu, source: ends.left, destination: group, ttl: 255 });
      await until(() => there.heard.length > 0);
      await sleep(20);
      assert.deepEqual(
        there.heard.map(({ destination, ttl }) => [destination, ttl]),
        [[ends.right, 64]],
      );
      assert.equal(here.heard.length + other.heard.length, 0);
      for (const { link } of [here, there, other]) link.close();
    });

    test(`IPv${family}: what cannot be sent is an error value`, () => {
      const { link } = open(left, { family, transport: { kind: 'multicast', group } });
      left.ip('link set eth0 down');
      const sent = link.send({ pdu, source: ends.left, destination: group, ttl: 255 });
      assert.ok(isSysError(sent));
      left.ip('link set eth0 up');
      if (family === 4) left.ip(`addr replace ${ends.left}/24 dev eth0`);
      else left.ip(`addr replace ${ends.left}/64 dev eth0`);
      link.close();
      assert.ok(isSysError(link.send({ pdu, source: ends.left, destination: group, ttl: 255 })));
      link.close();
    });

    test(`IPv${family}: opens anew on an interface that was created again`, async () => {
      const transport = { kind: 'multicast', group } as const;
      const first = open(left, { family, transport });
      left.ip('link del eth0');
      const lost = first.link.send({ pdu, source: ends.left, destination: group, ttl: 255 });
      assert.ok(isSysError(lost));
      first.link.close();
      left.ip(`link add eth0 type veth peer name eth0 netns ${right.name}`);
      for (const side of [left, right]) side.ip('link set eth0 up');
      addTestAddresses({ left, right });
      const here = open(left, { family, transport });
      const there = open(right, { family, transport });
      await until(() => {
        here.link.send({ pdu, source: ends.left, destination: group, ttl: 255 });
        return there.heard.length > 0;
      });
      here.link.close();
      there.link.close();
    });
  }

  test('a callback may close its own link', async () => {
    const transport = { kind: 'multicast', group: ip('ff02::12') } as const;
    const here = open(left, { family: 6, transport });
    let count = 0;
    const there = right.inside(() => {
      const link = createAdvertNetwork(watcher).open(
        { family: 6, transport, interfaceIndex: right.indexOf('eth0'), interfaceName: 'eth0' },
        () => {
          count++;
          succeeded(link).close();
        },
      );
      return link;
    });
    opened.push(there);
    for (let round = 0; round < 5; round++) {
      here.link.send({ pdu, source: ip('fd00::1'), destination: ip('ff02::12'), ttl: 255 });
    }
    await until(() => count > 0);
    await sleep(10);
    assert.equal(count, 1);
    here.link.close();
  });

  test('an interface that is not there is an error value', () => {
    const result = createAdvertNetwork(watcher).open(
      {
        family: 4,
        transport: { kind: 'multicast', group: ip('224.0.0.18') },
        interfaceIndex: 999_999,
        interfaceName: 'nosuch0',
      },
      () => {},
    );
    assert.ok(isSysError(result));
  });
});
