import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type IpAddress, parseIp } from '../base/ip.ts';
import { type MacAddress, parseMac } from '../base/mac.ts';
import { micros } from '../base/time.ts';
import type { LinkFacts } from '../ports/network.ts';
import { Announcer } from './announcer.ts';

const mac = parseMac('02:00:00:00:00:01') as MacAddress;
const link: LinkFacts = {
  index: 3,
  name: 'eth0',
  adminUp: true,
  running: true,
  loopback: false,
  noArp: false,
  multicast: true,
  mtu: 1500,
  mac,
  hardwareType: 1,
};

function ip(text: string): IpAddress {
  const address = parseIp(text);
  assert(address);
  return address;
}

function createWorld(frameUs = 0) {
  const world = { nowUs: 0, roleQuestions: 0, mac };
  const sent: string[] = [];
  const awaited = new Set<string>();
  const announcer = new Announcer({
    clock: { now: () => micros(world.nowUs), wallMs: () => 0 },
    frames: {
      send: () => {
        world.nowUs += frameUs;
        return undefined;
      },
      close: () => {},
    },
    link: (name) => (name === 'eth0' ? { ...link, mac: world.mac } : undefined),
    isAwaited: (_name, address) => awaited.has(address),
    forwardsIpv6: () => {
      world.roleQuestions++;
      return false;
    },
    onSent: (_name, address) => sent.push(address),
    onError: (error) => assert.fail(error.message),
  });
  const announce = (holder: string, addresses: readonly string[], repeat = 2, spacingUs = 0) => {
    for (const address of addresses) {
      announcer.announce({ holder, interface: 'eth0', address: ip(address), spacingUs, repeat });
    }
  };
  const settle = (address: string): void => {
    awaited.delete(address);
    announcer.settled('eth0', ip(address));
  };
  return { world, sent, awaited, announcer, announce, settle };
}

describe('announcements', () => {
  test('all addresses get their first packet before any gets its second', () => {
    const { announcer, announce, sent } = createWorld();
    announce('A', ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    assert.equal(announcer.step(1500).again, 'no');
    const round = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
    assert.deepEqual(sent, [...round, ...round]);
  });

  test('an address waits for the kernel, and the others of its router for the second round', () => {
    const { announcer, announce, settle, awaited, sent } = createWorld();
    awaited.add('10.0.0.2');
    announce('A', ['10.0.0.1', '10.0.0.2']);
    assert.equal(announcer.step(1500).again, 'no');
    assert.deepEqual(sent, ['10.0.0.1']);
    settle('10.0.0.2');
    announcer.step(1500);
    assert.deepEqual(sent, ['10.0.0.1', '10.0.0.2', '10.0.0.1', '10.0.0.2']);
  });

  test('routers take turns, so that a long list does not keep a short one waiting', () => {
    const { announcer, announce, sent } = createWorld(1000);
    announce(
      'LONG',
      Array.from({ length: 100 }, (_, index) => `10.0.1.${index}`),
    );
    announce('SHORT', ['10.0.0.1'], 5);
    for (let steps = 0; steps < 6; steps++) assert.equal(announcer.step(1500).again, 'at-once');
    assert.equal(sent.filter((address) => address === '10.0.0.1').length, 5);
  });

  test('a step ends when its time is over', () => {
    const { announcer, announce, sent } = createWorld(400);
    announce(
      'A',
      Array.from({ length: 100 }, (_, index) => `10.0.1.${index}`),
    );
    assert.deepEqual(announcer.step(1500), { again: 'at-once', afterUs: 0 });
    assert.equal(sent.length, 4);
  });

  test('with a least interval the rest is said later', () => {
    const { world, announcer, announce, sent } = createWorld();
    announce('A', ['10.0.0.1', '10.0.0.2'], 1, 5000);
    assert.deepEqual(announcer.step(1500), { again: 'later', afterUs: 5000 });
    world.nowUs = 2000;
    assert.deepEqual(announcer.step(1500), { again: 'later', afterUs: 3000 });
    world.nowUs = 5000;
    assert.equal(announcer.step(1500).again, 'no');
    assert.deepEqual(sent, ['10.0.0.1', '10.0.0.2']);
  });

  test('nothing more is said of what a router gave up, or of what the kernel refused', () => {
    const { announcer, announce, settle, awaited, sent } = createWorld();
    awaited.add('10.0.0.1').add('10.0.0.2').add('10.0.0.3');
    announce('A', ['10.0.0.1', '10.0.0.9']);
    announce('B', ['10.0.0.2', '10.0.0.3'], 1);
    announcer.forget('A');
    announcer.forgetAddress('eth0', ip('10.0.0.2'));
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) settle(address);
    assert.equal(announcer.step(1500).again, 'no');
    assert.deepEqual(sent, ['10.0.0.3']);
  });

  test('whether an interface forwards is asked once a step', () => {
    const { world, announcer, announce, sent } = createWorld();
    announce('A', ['fd00::1', 'fd00::2', 'fd00::3'], 5);
    announcer.step(1500);
    assert.equal(sent.length, 15);
    assert.equal(world.roleQuestions, 1);
  });
});
