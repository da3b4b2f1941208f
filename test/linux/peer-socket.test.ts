import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpFamily } from '../../src/base/ip.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { createPeerNetwork } from '../../src/linux/peer-socket.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import type { PeerDatagram, PeerSocket } from '../../src/ports/peer-network.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import {
  addTestAddresses,
  createTestPair,
  ip,
  skipKernelTests,
  type TestNamespace,
  testEnds,
  until,
} from './namespaces.ts';

const payload = Uint8Array.from({ length: 60 }, (_, at) => at);

describe('PeerNetwork', { skip: skipKernelTests }, () => {
  let watcher: FdWatcher;
  let left: TestNamespace;
  let right: TestNamespace;
  const opened: PeerSocket[] = [];

  before(async () => {
    watcher = await openFdWatcher();
    ({ left, right } = createTestPair('peer'));
    addTestAddresses({ left, right });
    await sleep(100);
  });
  after(() => {
    for (const socket of opened) socket.close();
    watcher.close();
    left.remove();
    right.remove();
  });

  function open(side: TestNamespace, family: IpFamily, limit = Number.POSITIVE_INFINITY) {
    const heard: PeerDatagram[] = [];
    const socket = side.inside(() =>
      createPeerNetwork(watcher).open(family, (datagram) => {
        heard.push({ ...datagram, payload: Uint8Array.from(datagram.payload) });
        return heard.length < limit ? 'more' : 'enough';
      }),
    );
    opened.push(socket);
    return { socket, heard };
  }

  for (const { family, group, ...ends } of testEnds) {
    test(`IPv${family}: multicast arrives where it was joined, with sender, interface and TTL`, async () => {
      const here = open(left, family);
      const there = open(right, family);
      const deaf = open(right, family);
      const second = open(right, family);
      for (const { socket } of [there, second]) {
        const joined = socket.join({ group, interfaceIndex: right.indexOf('eth0') });
        assert.equal(joined, undefined);
      }
      here.socket.join({ group, interfaceIndex: left.indexOf('eth0') });
      const path = { interfaceIndex: left.indexOf('eth0'), source: ends.left };
      assert.equal(here.socket.send({ payload, destination: group, path }), undefined);
      await until(() => there.heard.length + second.heard.length === 2);
      const interfaceIndex = right.indexOf('eth0');
      const wanted = { source: ends.left, destination: group, interfaceIndex, ttl: 255, payload };
      // Two daemons of one namespace both hear what comes in by multicast.
      assert.deepEqual([there.heard, second.heard], [[wanted], [wanted]]);
      assert.deepEqual([here.heard, deaf.heard], [[], []]);
      there.socket.leave({ group, interfaceIndex });
      assert.equal(here.socket.send({ payload, destination: group, path }), undefined);
      await until(() => second.heard.length === 2);
      assert.equal(there.heard.length, 1);
      for (const { socket } of [here, there, deaf, second]) socket.close();
    });

    test(`IPv${family}: unicast finds its way with and without a path`, async () => {
      const here = open(left, family);
      const there = open(right, family);
      const path = { interfaceIndex: left.indexOf('eth0'), source: ends.left };
      assert.equal(here.socket.send({ payload, destination: ends.right, path }), undefined);
      assert.equal(here.socket.send({ payload, destination: ends.right }), undefined);
      await until(() => there.heard.length === 2);
      assert.deepEqual(
        there.heard.map(({ source, destination }) => [source, destination]),
        Array(2).fill([ends.left, ends.right]),
      );
      // Nobody there listens: an error of the network is none of the socket.
      there.socket.close();
      for (let count = 0; count < 3; count++) {
        assert.equal(here.socket.send({ payload, destination: ends.right }), undefined);
        await sleep(5);
      }
      here.socket.close();
    });

    test(`IPv${family}: more groups than the kernel gives one socket`, async () => {
      const here = open(left, family);
      const there = open(right, family);
      const groups = Array.from({ length: 40 }, (_, at) =>
        ip(family === 4 ? `224.0.0.${100 + at}` : `ff02::${100 + at}`),
      );
      const interfaceIndex = right.indexOf('eth0');
      // Inside, as it opens further descriptors.
      right.inside(() => {
        for (const each of groups) {
          assert.equal(there.socket.join({ group: each, interfaceIndex }), undefined);
        }
      });
      const path = { interfaceIndex: left.indexOf('eth0'), source: ends.left };
      for (const each of groups) here.socket.send({ payload, destination: each, path });
      await until(() => there.heard.length === groups.length);
      const destinations = new Set(there.heard.map(({ destination }) => destination));
      assert.equal(destinations.size, groups.length);
      for (const { socket } of [here, there]) socket.close();
    });

    test(`IPv${family}: a receiver that has enough is left alone for a while`, async () => {
      const here = open(left, family);
      const there = open(right, family, 5);
      const send = () => here.socket.send({ payload, destination: ends.right });
      for (let count = 0; count < 2000; count++) send();
      await until(() => there.heard.length === 5);
      // Then one a pause.
      await until(() => there.heard.length === 8);
      for (const { socket } of [here, there]) socket.close();
    });

    test(`IPv${family}: what cannot be sent or joined is an error value`, () => {
      const { socket } = open(left, family);
      const nowhere = { interfaceIndex: 9999, source: ends.left };
      assert(isSysError(socket.send({ payload, destination: group, path: nowhere })));
      assert(isSysError(socket.join({ group, interfaceIndex: 9999 })));
      const long = new Uint8Array(5000);
      assert(isSysError(socket.send({ payload: long, destination: ends.right })));
      socket.close();
      assert(isSysError(socket.send({ payload, destination: ends.right })));
      socket.close();
    });
  }
});
