import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type IpAddress, type IpFamily, ipFamily } from '../base/ip.ts';
import { Secret } from '../base/secret.ts';
import { type Micros, micros, seconds, ZERO } from '../base/time.ts';
import type { GlobalModel, Model } from '../config/model/model.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { NodeInput } from '../core/node-types.ts';
import { ip, testModel } from '../core/vrrp/test-model.ts';
import type { VrrpEffect } from '../core/vrrp/types.ts';
import type { LogRecord } from '../ports/log.ts';
import type { AddressFacts, LinkFacts } from '../ports/network.ts';
import type { PeerDatagram, PeerNetwork, PeerReceiver, PeerSocket } from '../ports/peer-network.ts';
import type { SysError } from '../ports/sys-error.ts';
import { Complaints } from './complaints.ts';
import { PeerSide } from './peer-side.ts';

type Order = Extract<VrrpEffect, { kind: 'sendPeerMessage' }>;
type Received = Extract<NodeInput, { kind: 'peerMessageReceived' }>;
type Sent = Parameters<PeerSocket['send']>[0];

const GROUP = ip('224.0.0.18');
const KEY = new Secret('the key of the group');
const noGroup: SysError = {
  kind: 'sys-error',
  call: 'setsockopt',
  errno: 19,
  code: 'ENODEV',
  message: 'no such device',
};

const global: GlobalModel = {
  dynamicInterfaces: false,
  startupDelay: ZERO,
  delayAfterBoot: ZERO,
  logUnknownVrids: false,
  scriptSecurity: 'off',
  deadMan: 'off',
  peerKey: KEY,
};

/** A host on eth0 (10.0.0.n) and eth1 (10.1.0.n): its side of the message, over a network of arrays. */
class TestHost {
  readonly address: IpAddress;
  readonly other: IpAddress;
  readonly inputs: NodeInput[] = [];
  readonly log: LogRecord[] = [];
  readonly sent: Sent[] = [];
  readonly groups: string[] = [];
  model: Model;
  joins: 'work' | 'fail' = 'work';
  readonly side: PeerSide;
  readonly #receivers = new Map<IpFamily, PeerReceiver>();

  constructor(number: number, instances: readonly VrrpInstanceModel[], now: () => Micros) {
    this.address = ip(`10.0.0.${number}`);
    this.other = ip(`10.1.0.${number}`);
    this.model = { global, scripts: [], instances };
    const log = { write: (entry: LogRecord) => void this.log.push(entry), close: () => {} };
    const links = ['eth0', 'eth1'].map((name, position) => linkOf(name, position + 1));
    this.side = new PeerSide({
      network: this.#network(),
      clock: { now, wallMs: () => 0 },
      log,
      complaints: new Complaints(log),
      monitor: {
        links: () => links,
        addresses: () => [addressOf(1, this.address), addressOf(2, this.other)],
      },
      model: () => this.model,
      routers: () => this.model.instances,
      link: (name) => links.find((link) => link.name === name),
      isLocal: (address) => address === this.address || address === this.other,
      feed: (input) => void this.inputs.push(input),
    });
    this.side.markStale();
    this.side.openIfStale();
  }

  get messages(): readonly Received[] {
    return this.inputs.filter((input): input is Received => input.kind === 'peerMessageReceived');
  }

  say(changes: Partial<Order['message']> = {}, instance = 'VI_1'): void {
    const message = {
      family: 4,
      vrid: 51,
      sender: this.address,
      state: 'backup',
      priority: 100,
      preempts: 'yes',
      heard: [],
      ...changes,
    } as const;
    this.side.send({ kind: 'sendPeerMessage', instance, message });
  }

  /** Echoes the last message that came in. */
  answer(changes: Partial<Order['message']> = {}): void {
    const last = this.messages.at(-1)?.message;
    assert(last !== undefined);
    const { sender: peer, session, counter } = last;
    this.say({ heard: [{ peer, session, counter }], ...changes });
  }

  hear(datagram: PeerDatagram): 'more' | 'enough' | undefined {
    return this.#receivers.get(ipFamily(datagram.destination))?.(datagram);
  }

  /** What it sent last, as it comes in elsewhere. */
  lastSent(changes: Partial<PeerDatagram> = {}): PeerDatagram {
    const last = this.sent.at(-1);
    assert(last !== undefined);
    const { payload, destination } = last;
    return { source: this.address, destination, interfaceIndex: 1, ttl: 255, payload, ...changes };
  }

  #network(): PeerNetwork {
    return {
      open: (family, onDatagram) => {
        this.#receivers.set(family, onDatagram);
        return {
          join: ({ group, interfaceIndex }) => {
            if (this.joins === 'fail') return noGroup;
            this.groups.push(`${group} ${interfaceIndex}`);
            return undefined;
          },
          leave: ({ group, interfaceIndex }) => {
            this.groups.splice(this.groups.indexOf(`${group} ${interfaceIndex}`), 1);
          },
          send: (datagram) => void this.sent.push(datagram),
          close: () => {
            this.#receivers.delete(family);
            this.groups.length = 0;
          },
        };
      },
    };
  }
}

function linkOf(name: string, index: number): LinkFacts {
  const flags = { adminUp: true, running: true, loopback: false, noArp: false, multicast: true };
  return { index, name, mtu: 1500, hardwareType: 1, ...flags };
}

function addressOf(interfaceIndex: number, address: IpAddress): AddressFacts {
  return {
    interfaceIndex,
    family: ipFamily(address),
    address,
    prefixLength: 24,
    scope: 0,
    flags: 0,
    protocol: 0,
  };
}

const speaking = (changes: Partial<VrrpInstanceModel> = {}): VrrpInstanceModel =>
  testModel({ fastTakeover: 'on', ...changes });

describe('the side of the daemon that speaks to other holdfasts', () => {
  let now: Micros;
  let hosts: TestHost[];
  beforeEach(() => {
    now = seconds(1000);
    hosts = [];
  });
  afterEach(() => {
    for (const { side } of hosts) side.close();
  });

  function host(number: number, ...instances: readonly VrrpInstanceModel[]): TestHost {
    const made = new TestHost(number, instances.length > 0 ? instances : [speaking()], () => now);
    hosts.push(made);
    return made;
  }

  test('a message goes to the group and comes in for the router that it concerns', () => {
    const [a, b] = [host(1), host(2)];
    assert.deepEqual(b.groups, ['224.0.0.18 1']);
    a.say({ priority: 150 });
    const path = { interfaceIndex: 1, source: a.address };
    assert.deepEqual([a.sent[0]?.destination, a.sent[0]?.path], [GROUP, path]);
    assert.equal(b.hear(a.lastSent()), 'more');
    const [input] = b.messages;
    assert.equal(input?.instance, 'VI_1');
    assert.deepEqual(
      [input.message.sender, input.message.priority, input.message.alternates],
      [a.address, 150, [a.other]],
    );
    assert.equal(input.message.provenSince, undefined);
    const saidAt = now;
    b.say();
    a.hear(b.lastSent());
    now = micros(now + 1000);
    a.answer();
    b.hear(a.lastSent());
    assert.equal(b.messages[1]?.message.provenSince, saidAt);
    assert.deepEqual([b.side.counters().sent, b.side.counters().received], [1, 2]);
  });

  test('a unicast router speaks to each of its peers but this host', () => {
    const peers = [1, 2, 3].map((number) => ({ address: ip(`10.0.0.${number}`) }));
    const unicast = { kind: 'unicast', peers, ttl: 255, checkSource: true } as const;
    const [a, b] = [
      host(1, speaking({ transport: unicast })),
      host(2, speaking({ transport: unicast })),
    ];
    assert.deepEqual(a.groups, []);
    a.say();
    assert.deepEqual(
      a.sent.map(({ destination }) => destination),
      ['10.0.0.2', '10.0.0.3'],
    );
    b.hear(a.lastSent({ destination: b.address, ttl: 61 }));
    assert.equal(b.messages.length, 1);
    a.say({ sender: ip('10.0.0.9') });
    b.hear(a.lastSent({ destination: b.address }));
    assert.equal(b.messages.length, 1);
    assert.equal(b.side.counters().refused['no-proof'], 1);
  });

  test('a resignation also goes to the other addresses of peers that have proved theirs', () => {
    const [a, b, c] = [host(1), host(2), host(3)];
    a.say();
    b.hear(a.lastSent());
    c.hear(a.lastSent());
    b.answer();
    a.hear(b.lastSent());
    c.say();
    a.hear(c.lastSent());
    const resignation = { why: 'stopping', successor: b.address } as const;
    a.sent.length = 0;
    a.answer();
    assert.equal(a.sent.length, 1);
    a.sent.length = 0;
    a.say({ resignation, heard: [] });
    assert.deepEqual(
      a.sent.map(({ destination, path }) => [destination, path === undefined]),
      [
        [GROUP, false],
        [b.other, true],
      ],
    );
    now = micros(now + seconds(5));
    a.sent.length = 0;
    a.say({ resignation });
    assert.equal(a.sent.length, 1);
  });

  test('on the other path only what echoes us is heard, for the router that it echoes', () => {
    const two = [speaking(), speaking({ name: 'VI_2', interface: 'eth1' })];
    const [a, b] = [host(1), host(2, ...two)];
    a.say();
    const elsewhere = { destination: b.other, interfaceIndex: 2, ttl: 60 };
    b.hear(a.lastSent(elsewhere));
    assert.deepEqual([b.messages.length, b.side.counters().refused['no-proof']], [0, 1]);
    for (const name of ['VI_2', 'VI_1']) {
      b.say({}, name);
      a.hear(b.lastSent({ interfaceIndex: 1 }));
      a.answer();
      b.hear(a.lastSent(elsewhere));
      assert.equal(b.messages.at(-1)?.instance, name);
    }
  });

  test('what is not ours is refused and counted', () => {
    const [a, b] = [host(1), host(2)];
    a.say();
    const right = a.lastSent();
    b.hear({ ...right, payload: right.payload.subarray(0, 20) });
    b.hear({ ...right, payload: right.payload.with(4, 9) });
    b.hear({ ...right, ttl: 254 });
    b.hear({ ...right, interfaceIndex: 2 });
    b.hear({ ...right, destination: ip('224.0.0.19') });
    b.hear({ ...right, payload: right.payload.with(6, 52) });
    b.hear({ ...right, payload: right.payload.with(24, 200) });
    assert.deepEqual(b.messages, []);
    assert.deepEqual(b.side.counters().refused, {
      'not-ours': 1,
      version: 1,
      forged: 1,
      malformed: 0,
      'hop-limit': 1,
      'no-proof': 0,
      reflected: 0,
    });
    b.hear({ ...right, source: b.other });
    assert.equal(b.side.counters().received, 0, 'heard itself');
  });

  test('our own words, thrown back at us, are not heard', () => {
    const a = host(1);
    a.say();
    a.hear(a.lastSent({ source: ip('10.0.0.66') }));
    assert.deepEqual([a.inputs, a.side.counters().refused.reflected], [[], 1]);
  });

  test('a host with another key is told of once a minute: it may take part in elections', () => {
    const [a, b] = [host(1), host(2)];
    a.model = { ...a.model, global: { ...global, peerKey: new Secret('another') } };
    a.side.markStale();
    for (let count = 0; count < 3; count++) {
      a.say();
      b.hear(a.lastSent());
    }
    const seen = { kind: 'listenerSeen', interface: 'eth0', group: GROUP, from: a.address };
    assert.deepEqual(b.inputs, [seen]);
    assert.match(b.log.map(({ text }) => text).join('\n'), /^10\.0\.0\.1 on eth0 .* another key/);
    now = micros(now + seconds(61));
    b.hear(a.lastSent());
    assert.equal(b.inputs.length, 2);
    assert.equal(b.log.length, 1);
  });

  test('passwords of adverts serve as keys where the group has none; each router has its own', () => {
    const keyless = { ...global };
    delete (keyless as { peerKey?: Secret }).peerKey;
    const withPassword = (vrid: number, password: string): VrrpInstanceModel =>
      speaking({
        name: `VI_${vrid}`,
        vrid,
        authentication: { kind: 'simple', password: new Secret(password) },
      });
    const [a, b] = [
      host(1, withPassword(51, 'first'), withPassword(52, 'second')),
      host(2, withPassword(51, 'first'), withPassword(52, 'other')),
    ];
    for (const each of [a, b]) {
      each.model = { ...each.model, global: keyless };
      each.side.markStale();
      each.side.openIfStale();
    }
    a.say({}, 'VI_51');
    b.hear(a.lastSent());
    a.say({ vrid: 52 }, 'VI_52');
    b.hear(a.lastSent());
    assert.deepEqual(
      b.messages.map(({ instance }) => instance),
      ['VI_51'],
    );
    assert.equal(b.side.counters().refused.forged, 1);
  });

  test('without a key, or with fast_takeover off, nothing is said; the log says why, once', () => {
    const off = host(1, testModel());
    off.say();
    const keyless = host(2);
    const { peerKey: _none, ...rest } = global;
    keyless.model = { ...keyless.model, global: rest };
    for (let count = 0; count < 3; count++) {
      keyless.side.markStale();
      keyless.say();
    }
    assert.deepEqual([off.sent, keyless.sent, off.groups, keyless.groups], [[], [], [], []]);
    assert.deepEqual(off.log, []);
    assert.equal(keyless.log.length, 1);
    assert.match(keyless.log[0]?.text ?? '', /`@holdfast peer_key KEY`/);
    assert.equal(keyless.log[0]?.level, 'info');
  });

  test('a group that cannot be joined is tried again, and told once', async () => {
    const a = host(1);
    a.joins = 'fail';
    a.model = { ...a.model, instances: [speaking({ interface: 'eth1' })] };
    for (let count = 0; count < 2; count++) {
      a.side.markStale();
      a.side.openIfStale();
    }
    assert.deepEqual(a.groups, []);
    assert.equal(a.log.length, 1);
    a.joins = 'work';
    for (let tries = 0; tries < 500 && a.groups.length === 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.deepEqual(a.groups, ['224.0.0.18 2']);
  });

  test('of a flood only so much is read', () => {
    const b = host(2);
    const noise = {
      source: ip('10.0.0.66'),
      destination: GROUP,
      interfaceIndex: 1,
      ttl: 255,
      payload: new Uint8Array(60),
    };
    let read = 0;
    while (b.hear(noise) === 'more') read++;
    assert.equal(read, 220);
    assert.equal(b.hear(noise), 'enough');
    now = micros(now + seconds(0.1));
    assert.equal(b.hear(noise), 'more');
    assert.equal(b.side.counters().floods, 2);
  });

  test('nothing is said of or heard for a router that is gone', () => {
    const [a, b] = [host(1), host(2)];
    a.say();
    b.model = { ...b.model, instances: [] };
    b.side.forget(['VI_1']);
    assert.equal(b.hear(a.lastSent()), undefined);
    b.say();
    assert.deepEqual(b.sent, []);
  });
});
