import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IpAddress } from '../../base/ip.ts';
import { type Micros, micros, millis, seconds, ZERO } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { VirtualRouter } from './machine.ts';
import { PeerProof } from './peer-proof.ts';
import { ip, testAdvert, testModel } from './test-model.ts';
import type { Cause, VrrpEffect, VrrpEvent, VrrpInput } from './types.ts';

const MESSAGE_DELAY = millis(1);

/** A host with one virtual router, the adapter's part of the side message included. */
class Host {
  readonly address: IpAddress;
  readonly model: VrrpInstanceModel;
  readonly events: VrrpEvent[] = [];
  readonly sent: VrrpEffect[] = [];
  router: VirtualRouter;
  proof: PeerProof;
  /** Speaks VRRP only, as keepalived does. */
  language: 'holdfast' | 'keepalived' = 'holdfast';

  constructor(number: number, model: VrrpInstanceModel) {
    this.model = model;
    this.address = ip(`10.0.0.${number}`);
    this.router = new VirtualRouter(model);
    this.proof = new PeerProof(String(number).padStart(16, '0'));
  }

  transitions(): string[] {
    return this.events.flatMap((event) =>
      event.kind === 'transition' ? [`${event.to} ${event.cause.kind}`] : [],
    );
  }

  lastCause(): Cause['kind'] | undefined {
    return this.router.snapshot().lastCause?.kind;
  }
}

/** Hosts on one segment, on virtual time; what is sent arrives a millisecond later. */
class Group {
  now: Micros = seconds(100);
  readonly #queue: { at: Micros; run: () => void }[] = [];
  readonly hosts: Host[];

  constructor(...models: readonly Partial<VrrpInstanceModel>[]) {
    const tracked = [{ name: 'check', weight: 0, sense: 'normal' }] as const;
    this.hosts = models.map(
      (model, index) =>
        new Host(
          index + 1,
          testModel({
            fastTakeover: 'on',
            trackedScripts: tracked,
            plannedHandover: 'on',
            ...model,
          }),
        ),
    );
    for (const host of this.hosts) this.boot(host);
  }

  host(number: number): Host {
    const host = this.hosts[number - 1];
    assert(host !== undefined);
    return host;
  }

  boot(host: Host): void {
    this.tell(host, { kind: 'linkChanged', state: 'up' });
    this.tell(host, { kind: 'sourceChanged', source: host.address });
    this.check(host, 'up');
    this.tell(host, { kind: 'start', listenFrom: ZERO });
  }

  check(host: Host, verdict: 'up' | 'down'): void {
    const report = { kind: 'script', name: 'check', verdict, detail: '' } as const;
    this.tell(host, { kind: 'trackerChanged', report });
  }

  tell(host: Host, input: VrrpInput): void {
    const out: VrrpEffect[] = [];
    host.router.handle(this.now, input, out);
    this.#carryOut(host, out);
  }

  run(duration: Micros): void {
    const end = micros(this.now + duration);
    for (;;) {
      const waiting = this.#queue.sort((one, other) => one.at - other.at)[0];
      const times = this.hosts.map(({ router }) => router.nextDeadline() ?? end);
      const next = micros(Math.max(this.now, Math.min(end, waiting?.at ?? end, ...times)));
      this.now = next;
      if (waiting !== undefined && waiting.at <= next) {
        this.#queue.shift();
        waiting.run();
        continue;
      }
      for (const host of this.hosts) {
        const due = host.router.nextDeadline();
        if (due === undefined || due > next) continue;
        const out: VrrpEffect[] = [];
        host.router.expire(next, out);
        this.#carryOut(host, out);
      }
      if (
        next >= end &&
        this.hosts.every(({ router }) => (router.nextDeadline() ?? next + 1) > next)
      ) {
        return;
      }
    }
  }

  #carryOut(host: Host, effects: readonly VrrpEffect[]): void {
    for (const effect of effects) {
      host.sent.push(effect);
      if (effect.kind === 'record') host.events.push(effect.event as VrrpEvent);
      else if (effect.kind === 'sendAdvert') {
        const { priority, source } = effect;
        const addresses = [ip('10.0.0.100')];
        const { transport } = host.model;
        this.#deliver(host, (other) => {
          const destination = transport.kind === 'multicast' ? transport.group : other.address;
          const advert = testAdvert({ source, destination, priority, addresses });
          this.tell(other, { kind: 'advertReceived', advert });
        });
      } else if (effect.kind === 'sendPeerMessage' && host.language === 'holdfast') {
        const stamp = host.proof.stamp(this.now, 'VI_1');
        const message = { ...effect.message, ...stamp, alternates: [] };
        this.#deliver(host, (other) => {
          if (other.language !== 'holdfast') return;
          const received = other.proof.examine('VI_1', message);
          this.tell(other, { kind: 'peerMessageReceived', message: received });
        });
      }
    }
  }

  #deliver(from: Host, run: (to: Host) => void): void {
    const at = micros(this.now + MESSAGE_DELAY);
    for (const host of this.hosts) {
      if (host !== from) this.#queue.push({ at, run: () => run(host) });
    }
  }
}

describe('holdfasts of a group', () => {
  /** Host 1 is master, the others follow and all know each other. */
  function settled(...models: readonly Partial<VrrpInstanceModel>[]): Group {
    const group = new Group(...models);
    group.run(seconds(10));
    assert.equal(group.host(1).router.state, 'master');
    return group;
  }
  const three = [{ priority: 150 }, { priority: 120 }, { priority: 100 }] as const;

  test('get to know each other', () => {
    const group = settled(...three);
    for (const host of group.hosts) {
      const others = group.hosts.filter((other) => other !== host).map(({ address }) => address);
      const { peers, strangers } = host.router.snapshot();
      assert.deepEqual(peers.map(({ address }) => address).sort(), others);
      assert.deepEqual(strangers, []);
    }
  });

  test('a fault: the successor is named, and serves two messages later', () => {
    const group = settled(...three);
    const [one, two, other] = [group.host(1), group.host(2), group.host(3)];
    group.check(one, 'down');
    assert.equal(one.router.state, 'fault');
    group.run(millis(2));
    assert.equal(two.router.state, 'master');
    assert.equal(two.lastCause(), 'named');
    group.run(seconds(20));
    assert.deepEqual(other.transitions(), ['backup startup']);
    assert.deepEqual(one.transitions().at(-1), 'fault tracker');
  });

  test('a lower priority: the one that would preempt is named', () => {
    const weighted = { trackedScripts: [{ name: 'check', weight: -60, sense: 'normal' }] } as const;
    const group = settled(
      { priority: 150, ...weighted },
      { priority: 120, preempt: 'nopreempt' },
      { priority: 100 },
    );
    group.check(group.host(1), 'down');
    group.run(millis(2));
    assert.equal(group.host(3).router.state, 'master');
    assert.equal(group.host(3).lastCause(), 'named');
    group.run(seconds(20));
    assert.deepEqual(
      group.hosts.map(({ router }) => router.state),
      ['backup', 'backup', 'master'],
    );
    // It rises again and takes over as VRRP has it, after the others' advertisements.
    group.check(group.host(1), 'up');
    group.run(seconds(10));
    assert.equal(group.host(1).lastCause(), 'masterDown');
  });

  test('a planned stop: the successor serves while the master still answers', () => {
    const group = settled(...three);
    const [one, two] = [group.host(1), group.host(2)];
    group.tell(one, { kind: 'stopRequested', reason: 'shutdown', pace: 'planned' });
    assert.equal(one.router.state, 'master');
    group.run(millis(1));
    assert.deepEqual([one.router.state, two.router.state], ['master', 'master']);
    assert.equal(two.lastCause(), 'named');
    group.run(seconds(1));
    assert(one.router.isIdle());
    const ended = one.events.find(({ kind }) => kind === 'handoverEnded');
    assert(ended?.kind === 'handoverEnded');
    assert.deepEqual([ended.outcome, ended.to], ['taken-over', two.address]);
    // It has taken its leave: the two that are left name each other.
    assert.deepEqual(two.router.snapshot().strangers, []);
    group.check(two, 'down');
    group.run(millis(2));
    assert.equal(group.host(3).lastCause(), 'named');
  });

  test('a drained host is passed over', () => {
    const group = settled(...three);
    group.tell(group.host(2), { kind: 'ordered', order: { kind: 'drain' } });
    group.run(seconds(2));
    group.check(group.host(1), 'down');
    group.run(millis(2));
    assert.equal(group.host(3).lastCause(), 'named');
  });

  test('with a silent keepalived that joined the group nobody is named, and VRRP decides', () => {
    const group = new Group(...three);
    const keepalived = group.host(2);
    keepalived.language = 'keepalived';
    group.tell(group.host(1), { kind: 'listenerSeen', from: keepalived.address });
    group.tell(group.host(3), { kind: 'listenerSeen', from: keepalived.address });
    group.run(seconds(10));
    group.check(group.host(1), 'down');
    group.run(seconds(5));
    assert.deepEqual(
      group.hosts.map(({ router }) => router.state),
      ['fault', 'master', 'backup'],
    );
    assert.equal(keepalived.lastCause(), 'masterDown');
    assert.deepEqual(group.host(3).transitions(), ['backup startup']);
  });

  test('a host that only the successor knows of keeps it from taking over', () => {
    const group = settled(...three);
    group.tell(group.host(2), { kind: 'listenerSeen', from: ip('10.0.0.77') });
    group.check(group.host(1), 'down');
    group.run(seconds(3));
    assert.equal(group.host(2).lastCause(), 'masterDown');
  });

  test('a recorded resignation moves nothing, before a restart or after it', () => {
    const group = settled(...three);
    const [one, two] = [group.host(1), group.host(2)];
    group.check(one, 'down');
    const resignation = one.sent.findLast(
      (effect) => effect.kind === 'sendPeerMessage' && effect.message.resignation !== undefined,
    );
    assert(resignation?.kind === 'sendPeerMessage');
    // As it was on the wire, with the echo of host 2 as it was then.
    const counter = one.proof.stamp(group.now, 'VI_1').counter - 1;
    const recorded = {
      ...resignation.message,
      session: one.proof.session,
      counter,
      alternates: [],
    };
    group.run(millis(10));
    assert.equal(two.router.state, 'master');
    group.check(one, 'up');
    group.run(seconds(20));
    assert.equal(one.router.state, 'master');
    const replay = (): void => {
      const message = two.proof.examine('VI_1', recorded);
      group.tell(two, { kind: 'peerMessageReceived', message });
    };
    replay();
    assert.equal(two.router.state, 'backup');
    // A new run of the recorder's victim has other numbers, and another session.
    group.tell(two, { kind: 'stopRequested', reason: 'shutdown', pace: 'at-once' });
    two.router = new VirtualRouter(two.model);
    two.proof = new PeerProof('00000000000000ff');
    group.boot(two);
    group.run(seconds(10));
    replay();
    assert.deepEqual([one.router.state, two.router.state], ['master', 'backup']);
  });

  test('fast_takeover may be turned off and on by a reload', () => {
    const group = settled(...three);
    const two = group.host(2);
    const reload = (fastTakeover: 'on' | 'off'): void => {
      const model = { ...two.model, fastTakeover };
      group.tell(two, { kind: 'reconfigured', model, guard: { kind: 'none' } });
      two.sent.length = 0;
      group.run(seconds(5));
    };
    const spoke = () => two.sent.filter(({ kind }) => kind === 'sendPeerMessage').length;
    reload('off');
    assert.equal(spoke(), 0);
    assert.deepEqual(group.host(1).router.snapshot().strangers, [two.address]);
    reload('on');
    assert(spoke() >= 4);
    assert.deepEqual(group.host(1).router.snapshot().strangers, []);
    group.check(group.host(1), 'down');
    group.run(millis(2));
    assert.equal(two.lastCause(), 'named');
  });

  test('without a key nothing is said, nor thought of every second, and we know ourselves', () => {
    const peers = [1, 2].map((number) => ({ address: ip(`10.0.0.${number}`) }));
    const transport = { kind: 'unicast', peers, ttl: 255, checkSource: true } as const;
    const group = new Group({ transport, peerKey: 'missing' }, { priority: 90, transport });
    const one = group.host(1);
    assert.equal(one.router.nextDeadline(), one.router.nextJudgement());
    group.run(seconds(10));
    assert.deepEqual([one.router.state, group.host(2).router.state], ['master', 'backup']);
    assert.deepEqual(
      one.sent.filter(({ kind }) => kind === 'sendPeerMessage'),
      [],
    );
    assert.deepEqual(one.router.snapshot().strangers, ['10.0.0.2']);
    const { peerKey: _missing, ...keyed } = one.model;
    group.tell(one, { kind: 'reconfigured', model: keyed, guard: { kind: 'none' } });
    group.run(seconds(5));
    assert.deepEqual(one.router.snapshot().strangers, []);
  });

  test('unicast peers: this host itself is no stranger, others are until they have spoken', () => {
    const peers = [1, 2, 3].map((number) => ({ address: ip(`10.0.0.${number}`) }));
    const transport = { kind: 'unicast', peers, ttl: 255, checkSource: true } as const;
    const group = new Group({ priority: 150, transport }, { priority: 120, transport });
    group.run(seconds(10));
    const { strangers } = group.host(1).router.snapshot();
    assert.deepEqual(strangers, ['10.0.0.3']);
    assert.equal(group.host(1).lastCause(), 'masterDown');
    assert.equal(group.host(2).lastCause(), 'startup');
  });
});
