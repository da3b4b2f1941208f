import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../../src/base/time.ts';
import type { Masquerading } from '../../src/core/balance/nft/frame.ts';
import type { DesiredService } from '../../src/core/balance/plane.ts';
import { openNftDataPlane } from '../../src/daemon/balance/nft-plane.ts';
import type { DataPlane } from '../../src/ports/data-plane.ts';
import type { LogRecord } from '../../src/ports/log.ts';
import { ip, skipKernelTests, succeeded, until } from '../linux/namespaces.ts';
import { balanceCases } from './cases.ts';
import { nameIn } from './host.ts';
import { sctpInit } from './sctp.ts';
import {
  addressOf,
  type BalanceStage,
  onPort,
  openBalanceStage,
  realize,
  remove,
  serverStatistics,
  service,
  statisticsOf,
  tally,
  VIPS,
} from './stage.ts';

const OWNER = `/nowhere/balance-${process.pid}.pid`;
const VIP = VIPS[4];
const LOOK_MS = 200;
const ONE_CLIENT = { timeout: seconds(50), mask: { netmask: ip('255.255.255.255') } } as const;

describe('nftables data plane', { skip: skipKernelTests }, () => {
  let stage: BalanceStage;
  let plane: DataPlane;
  const told: LogRecord[] = [];
  const log = { write: (record: LogRecord) => void told.push(record), close: () => {} };
  const openPlane = (masquerading: Masquerading = 'where-needed'): DataPlane =>
    stage.director.inside(() =>
      openNftDataPlane({ owner: OWNER, log, masquerading, lookMs: LOOK_MS }),
    );
  const nft = (...words: readonly string[]): string => stage.director.exec('nft', ...words);
  before(async () => {
    stage = await openBalanceStage('nft');
    plane = openPlane();
  });
  after(async () => {
    plane.close('remove');
    await stage.close();
  });

  for (const each of balanceCases) test(each.name, () => each.run(stage, plane));

  test('the program nft reads what we write', () => {
    const persistent = service(2000, { persistence: ONE_CLIENT });
    const six = service(onPort(2000, { family: 6 }), { scheduler: 'mh' });
    realize(plane, persistent, six);
    const text = nft('list', 'ruleset');
    for (const part of [
      /table inet holdfast_balance_[0-9a-f]{8} \{/,
      /10\.1\.0\.100 \. tcp \. 2000 : goto tcp-10\.1\.0\.100-2000/,
      /fd01::100 \. tcp \. 2000 : goto tcp-fd01--100-2000/,
      /10\.2\.0\.11 \. 8080/,
      /type nat hook prerouting priority dstnat; policy accept;/,
      /fib saddr type local masquerade/,
      /10\.1\.0\.0\/24 \. 10\.1\.0\.0\/24/,
      /chain tcp-10\.1\.0\.100-2000 \{/,
    ]) {
      assert.match(text, part);
    }
    remove(plane, persistent, six);
  });

  test('local clients reach the servers, which see an address that they can answer', async () => {
    const whole = service(2001);
    realize(plane, whole);
    const answers = [];
    for (let round = 0; round < 3; round++) answers.push(await stage.local.ask(VIP, 2001));
    assert.deepEqual(answers.sort(), ['s1 10.2.0.1', 's2 10.2.0.1', 's3 10.2.0.1']);
    remove(plane, whole);
  });

  test('a client in the network of the servers is masqueraded, others are not', async () => {
    const whole = service(2002, { weights: [1, 1] });
    realize(plane, whole);
    const server = stage.servers[0];
    assert.ok(server);
    const own = [await server.ask(VIP, 2002), await server.ask(VIP, 2002)];
    assert.deepEqual(own.sort(), ['s1 10.2.0.1', 's2 10.2.0.1']);
    assert.match(await stage.client.ask(VIP, 2002), /^s\d 10\.1\.0\.10$/);
    remove(plane, whole);
  });

  test('every client is masqueraded where that is configured', async () => {
    const whole = service(2002, { weights: [1] });
    realize(plane, whole);
    plane.close('keep');
    plane = openPlane('always');
    realize(plane, whole);
    assert.equal(await stage.client.ask(VIP, 2002), 's1 10.2.0.1');
    plane.close('keep');
    plane = openPlane();
    realize(plane, whole);
    assert.equal(await stage.client.ask(VIP, 2002), 's1 10.1.0.10');
    remove(plane, whole);
  });

  test('connections to a server that leaves drain, or are cut', async () => {
    for (const removedConnections of ['drain', 'cut'] as const) {
      const whole = (weights: readonly (number | undefined)[]): DesiredService =>
        service(2003, { removedConnections, weights });
      realize(plane, whole([1, 1]));
      const streams = [await stage.client.open(VIP, 2003), await stage.client.open(VIP, 2003)];
      realize(plane, whole([1, undefined]));
      for (const stream of streams) {
        const isCut = stream.server === 's2' && removedConnections === 'cut';
        assert.equal(await stream.talk(), isCut ? 'closed' : stream.server);
      }
      assert.deepEqual(tally(await stage.client.askMany(VIP, 2003, 3)), { s1: 3 });
      for (const stream of streams) await stream.close();
      remove(plane, whole([1]));
    }
  });

  test('a server that goes and comes again and again costs no connection', async () => {
    const whole = service(2016);
    realize(plane, whole);
    const streams = await Promise.all(
      Array.from({ length: 12 }, () => stage.client.open(VIP, 2016)),
    );
    let phase: 'busy' | 'over' = 'busy';
    const answers: string[] = [];
    const asking = Array.from({ length: 4 }, async () => {
      while (phase === 'busy') answers.push(nameIn(await stage.client.ask(VIP, 2016)));
    });
    for (let round = 0; round < 30; round++) {
      realize(plane, service(2016, { weights: round % 2 === 0 ? [1, undefined, 1] : [1, 1, 1] }));
      for (const stream of streams.slice(0, 3)) assert.equal(await stream.talk(), stream.server);
      await sleep(20);
    }
    phase = 'over';
    await Promise.all(asking);
    assert.deepEqual(Object.keys(tally(answers)), ['s1', 's2', 's3']);
    for (const stream of streams) {
      assert.equal(await stream.talk(), stream.server);
      await stream.close();
    }
    remove(plane, whole);
  });

  test('datagrams of one client and port stay with a server, and leave one that is gone', async () => {
    const whole = (weights: readonly (number | undefined)[]): DesiredService =>
      service(onPort(2004, { protocol: 'udp' }), { weights });
    realize(plane, whole([1, 1, 1]));
    const first = nameIn(await stage.client.datagram(VIP, 2004, 1));
    assert.equal(nameIn(await stage.client.datagram(VIP, 2004, 1)), first);
    const without = ['s1', 's2', 's3'].map((name) => (name === first ? undefined : 1));
    realize(plane, whole(without));
    const second = nameIn(await stage.client.datagram(VIP, 2004, 1));
    assert.match(second, /^s\d$/);
    assert.notEqual(second, first);
    remove(plane, whole([1]));
  });

  test('a persistent client whose server is gone gets another one, and keeps that', async () => {
    const whole = (weights: readonly (number | undefined)[]): DesiredService =>
      service(2005, { persistence: ONE_CLIENT, weights });
    realize(plane, whole([1, 1, 1]));
    const first = nameIn(await stage.client.ask(VIP, 2005));
    const index = Number(first.slice(1)) - 1;
    assert.equal((await serverStatistics(plane, whole([1, 1, 1]), index)).persistentConnections, 1);
    const without = [1, 1, 1].map((weight, at) => (at === index ? undefined : weight));
    realize(plane, whole(without));
    const names = await stage.client.askMany(VIP, 2005, 4);
    assert.equal(new Set(names).size, 1);
    assert.notEqual(names[0], first);
    remove(plane, whole([1]));
  });

  test('the next process takes everything over, and removes what is not wanted any more', async () => {
    const kept = service(2006, { persistence: ONE_CLIENT });
    const gone = service(2007);
    realize(plane, kept, gone);
    const stream = await stage.client.open(VIP, 2006);
    const draining = await stage.client.open(VIP, 2007);
    const before = await statisticsOf(plane, kept);
    plane.close('keep');
    assert.equal(nameIn(await stage.client.ask(VIP, 2006)), stream.server);
    plane = openPlane();
    assert.equal(nameIn(await stage.client.ask(VIP, 2006)), stream.server);
    realize(plane, kept);
    assert.equal(await stream.talk(), stream.server);
    assert.equal(await draining.talk(), draining.server);
    assert.equal(nameIn(await stage.client.ask(VIP, 2006)), stream.server);
    assert.equal((await statisticsOf(plane, kept)).connections, before.connections + 3n);
    assert.equal(await stage.client.ask(VIP, 2007), 'ECONNREFUSED');
    assert.doesNotMatch(nft('list', 'ruleset'), /2007/);
    await stream.close();
    await draining.close();
    remove(plane, kept);
  });

  test('an unfit table of this name is made anew', () => {
    const name = /table inet (holdfast_balance_\w+)/.exec(nft('list', 'tables'))?.[1];
    plane.close('keep');
    nft(`delete table inet ${name}; add table inet ${name};
      add chain inet ${name} arriving { type filter hook input priority 5; }`);
    plane = openPlane();
    assert.match(nft('list', 'table', 'inet', name ?? ''), /type nat hook prerouting/);
  });

  test('a table that somebody flushes is made anew; tables of others stay', async () => {
    nft('add table inet others');
    const whole = service(2008);
    realize(plane, whole);
    const figures = await statisticsOf(plane, whole);
    assert.equal(figures.servers.length, 3);
    nft('flush ruleset');
    await until(() => nft('list', 'ruleset').includes('tcp-10.1.0.100-2008'), 'the table');
    assert.match(await stage.client.ask(VIP, 2008), /^s\d /);
    nft('flush ruleset');
    nft('add table inet others');
    realize(plane, service(2009));
    assert.match(await stage.client.ask(VIP, 2008), /^s\d /);
    assert.match(await stage.client.ask(VIP, 2009), /^s\d /);
    remove(plane, whole, service(2009));
    plane.close('remove');
    assert.equal(nft('list', 'ruleset').trim(), 'table inet others {\n}');
    nft('delete table inet others');
    plane = openPlane();
  });

  test('wlc: whoever has fewest connections for its weight gets the next ones', async () => {
    const whole = service(2010, { scheduler: 'wlc', weights: [1, undefined, 1] });
    // Long connections to the first server alone, then a second one that has none.
    realize(plane, service(2010, { scheduler: 'wlc', weights: [1] }));
    const streams = [];
    for (let round = 0; round < 40; round++) streams.push(await stage.client.open(VIP, 2010));
    realize(plane, whole);
    await sleep(LOOK_MS * 3);
    const names = await stage.client.askMany(VIP, 2010, 24);
    const { s1 = 0, s3 = 0 } = tally(names);
    assert.ok(s3 >= s1 * 3, `${s1} to the full one, ${s3} to the empty one`);
    for (const stream of streams) await stream.close();
    remove(plane, whole);
  });

  test('a server at its upper threshold gets no more, and keeps what it has', async () => {
    const limited = (upperThreshold: number): DesiredService =>
      service(2011, { weights: [1], change: { upperThreshold } });
    realize(plane, limited(3));
    const streams = [];
    for (let round = 0; round < 3; round++) streams.push(await stage.client.open(VIP, 2011));
    const answers = async (wanted: RegExp): Promise<void> => {
      for (let tries = 0; ; tries++) {
        const answer = await stage.client.ask(VIP, 2011);
        if (wanted.test(answer)) return;
        assert.ok(tries < 50, `${answer}, not ${wanted}`);
        await sleep(50);
      }
    };
    await answers(/^ECONNREFUSED$/);
    for (const stream of streams) assert.equal(await stream.talk(), 's1');
    realize(plane, limited(1000));
    await answers(/^s1 /);
    for (const stream of streams) await stream.close();
    remove(plane, limited(3));
  });

  test('idle times of connections are ours where they are configured', async () => {
    const whole = service(2012, { weights: [1] });
    realize(plane, whole);
    for (const round of [1, 2]) {
      const times = { tcp: seconds(700 + round), tcpFin: seconds(77), udp: seconds(66) };
      assert.equal(plane.setTimeouts(times), undefined);
      const stream = await stage.client.open(VIP, 2012);
      await stream.talk();
      // As long as something is not acknowledged it is the kernel's time for that.
      const wanted = new RegExp(`tcp +6 (70${round}|700|699) ESTABLISHED.*dport=2012`);
      const tracked = (): string => stage.director.exec('cat', '/proc/net/nf_conntrack');
      await until(() => wanted.test(tracked()), 'the time');
      await stream.close();
    }
    assert.equal(plane.setTimeouts({}), undefined);
    remove(plane, whole);
  });

  test('SCTP is forwarded like the others', async () => {
    const whole = service(onPort(2013, { protocol: 'sctp' }), { weights: [1] });
    realize(plane, whole);
    stage.clientSide.inside(() => sctpInit(VIP, 2013));
    await until(async () => (await serverStatistics(plane, whole, 0)).packetsIn > 0n, 'the packet');
    assert.equal((await serverStatistics(plane, whole, 0)).connections, 1n);
    remove(plane, whole);
  });

  test('one server among ten thousand is changed within 50 ms', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => crowd(index, 10));
    realize(plane, ...many);
    let best = Number.POSITIVE_INFINITY;
    for (const count of [9, 10, 9, 10, 9]) {
      const begin = performance.now();
      realize(plane, crowd(500, count));
      best = Math.min(best, performance.now() - begin);
    }
    assert.ok(best < 50, `${best} ms`);
    assert.equal(succeeded(await plane.statistics()).length, 1000);
    nft('flush ruleset');
    realize(plane, crowd(999, 9));
    assert.equal(nft('list', 'chains').match(/chain tcp-/g)?.length, 1000);
    // What a process leaves that the next one does not want, in more than one batch.
    plane.close('keep');
    plane = openPlane();
    realize(plane);
    assert.equal(nft('list', 'ruleset').match(/tcp-|10\.2\.0\.11/g), null);
  });

  test('what it cannot do is refused or noted, and what the host lacks is told', async () => {
    const direct = service(2014, { change: { forwarding: { method: 'direct' } } });
    assert.match(plane.refusal(direct) ?? '', /direct routing/);
    assert.deepEqual(plane.realize({ desired: [direct], removed: [] }), []);
    assert.equal(succeeded(await plane.statistics()).length, 0);
    assert.match(plane.setSync(['master'], { interface: 'eth0' })?.message ?? '', /conntrackd/);
    assert.equal(plane.setSync([], undefined), undefined);
    assert.ok(told.some(({ text }) => /tcp 10\.1\.0\.100:2010: wlc is approximated/.test(text)));
    stage.director.exec('sysctl', '-qw', 'net.ipv4.ip_forward=0');
    realize(plane, service(2015));
    assert.equal(told.filter(({ text }) => /net\.ipv4\.ip_forward is 1/.test(text)).length, 1);
    stage.director.exec('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    remove(plane, service(2015));
  });
});

/** Service number `index`, with so many servers on ports of their own. */
function crowd(index: number, count: number): DesiredService {
  const whole = service(10_000 + index, { weights: [1] });
  const [first] = whole.servers;
  assert.ok(first);
  return {
    ...whole,
    servers: Array.from({ length: count }, (_, at) => {
      const port = SERVER_PORT_BASE + at;
      return { ...first, id: `${addressOf(0, 4)}:${port}` as typeof first.id, port };
    }),
  };
}

const SERVER_PORT_BASE = 20_000;
