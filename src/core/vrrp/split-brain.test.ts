import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IpAddress } from '../../base/ip.ts';
import type { MacAddress } from '../../base/mac.ts';
import { type Micros, seconds } from '../../base/time.ts';
import { SplitBrainWatch } from './split-brain.ts';

const ip = (text: string): IpAddress => text as IpAddress;
const mac = (last: number): MacAddress =>
  `02:00:00:00:00:${last.toString(16).padStart(2, '0')}` as MacAddress;
const heldOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ address: ip(`192.0.2.${index + 1}`) }));
const vip = ip('192.0.2.1');
const held = heldOf(1);

/** Runs every deadline up to `end`; what is asked, with its time in seconds. */
function run(watch: SplitBrainWatch, end: Micros, holding = held) {
  const asked: { at: number; addresses: readonly IpAddress[] }[] = [];
  const reports = [];
  for (;;) {
    const next = watch.nextDeadline();
    if (next === undefined || next > end) return { asked, reports };
    const orders = watch.expire(next, holding);
    for (const { about, addresses } of orders.inquiries) {
      assert.equal(about, 'virtual');
      asked.push({ at: next / 1e6, addresses });
    }
    reports.push(...orders.reports);
    assert.notEqual(watch.nextDeadline(), next);
  }
}

describe('split-brain watch', () => {
  test('a master asks after a second, then every five, for eight addresses in turn', () => {
    const watch = new SplitBrainWatch();
    assert.equal(watch.nextDeadline(), undefined);
    watch.start(seconds(10));
    const { asked } = run(watch, seconds(30), heldOf(20));
    assert.deepEqual(
      asked.map(({ at }) => at),
      [11, 16, 21, 26],
    );
    const order = asked.flatMap(({ addresses }) => addresses.map((one) => one.split('.')[3]));
    const expected = Array.from({ length: 32 }, (_, index) => String((index % 20) + 1));
    assert.deepEqual(order, expected);
    watch.stop();
    assert.equal(watch.nextDeadline(), undefined);
  });

  test('with few addresses each is asked for once a time; with none nothing is', () => {
    const watch = new SplitBrainWatch();
    watch.start(seconds(0));
    assert.deepEqual(run(watch, seconds(1), heldOf(3)).asked[0]?.addresses.length, 3);
    assert.deepEqual(watch.expire(seconds(6), []), { inquiries: [], reports: [] });
    // Fewer than before, after a reload.
    assert.equal(watch.expire(seconds(11), heldOf(2)).inquiries[0]?.addresses.length, 2);
  });

  test('who claims an address a second later still is told, once, and counted', () => {
    const watch = new SplitBrainWatch();
    watch.start(seconds(0));
    const claim = { address: vip, mac: mac(7) };
    assert.deepEqual(watch.claimed(seconds(1.5), claim, held), []);
    assert.deepEqual(watch.claimed(seconds(1.6), claim, held), []);
    const { asked } = run(watch, seconds(3));
    assert.deepEqual(asked, [
      { at: 1, addresses: [vip] },
      { at: 2.5, addresses: [vip] },
    ]);
    const report = { how: 'answers', address: vip, mac: mac(7), detail: 'ARP' };
    assert.deepEqual(watch.claimed(seconds(2.6), claim, held), [report]);
    assert.deepEqual(watch.claimed(seconds(8), claim, held), []);
    assert.deepEqual(watch.sightings, { answers: 2, adverts: 0 });
    // In another time as master it is news again.
    watch.stop();
    watch.start(seconds(20));
    watch.claimed(seconds(21), claim, held);
    assert.deepEqual(watch.claimed(seconds(22.1), claim, held), [report]);
  });

  test('a claim of an instant, as a failover brings it, is told to nobody', () => {
    const watch = new SplitBrainWatch();
    watch.start(seconds(0));
    const claim = { address: vip, mac: mac(7) };
    watch.claimed(seconds(0.001), claim, held);
    watch.claimed(seconds(0.9), claim, held);
    assert.deepEqual(run(watch, seconds(60)).reports, []);
    // Much later the same host takes over: that is one claim again.
    assert.deepEqual(watch.claimed(seconds(61), claim, held), []);
    assert.deepEqual(watch.sightings, { answers: 0, adverts: 0 });
  });

  test('who wakes up late waits for the answer all the same', () => {
    const watch = new SplitBrainWatch();
    watch.start(seconds(0));
    watch.claimed(seconds(4), { address: vip, mac: mac(7) }, held);
    const late = seconds(9);
    const orders = watch.expire(late, held);
    assert.ok(orders.inquiries.some(({ addresses }) => addresses.includes(vip)));
    assert.ok((watch.nextDeadline() ?? late) > late, 'nothing that is due is left');
    const [report] = watch.claimed(seconds(9.01), { address: vip, mac: mac(7) }, held);
    assert.equal(report?.how, 'answers');
  });

  test('who is no master suspects nobody, and what is not held may be claimed', () => {
    const watch = new SplitBrainWatch();
    const claim = { address: vip, mac: mac(7) };
    watch.claimed(seconds(1), claim, held);
    assert.deepEqual(watch.claimed(seconds(3), claim, held), []);
    watch.start(seconds(10));
    const other = { address: ip('192.0.2.77'), mac: mac(7) };
    watch.claimed(seconds(11), other, held);
    assert.deepEqual(watch.claimed(seconds(12.5), other, held), []);
  });

  test('the sender of foreign adverts is told with its hardware address', () => {
    const watch = new SplitBrainWatch();
    const source = ip('192.0.2.50');
    const advert = { source, detail: 'version 3' };
    assert.deepEqual(watch.foreignAdvert(seconds(1), advert), [source]);
    assert.deepEqual(watch.foreignAdvert(seconds(1.1), advert), []);
    const report = { how: 'adverts', address: source, mac: mac(9), detail: 'version 3' };
    assert.deepEqual(watch.claimed(seconds(1.2), { address: source, mac: mac(9) }, []), [report]);
    assert.deepEqual(watch.foreignAdvert(seconds(2), advert), []);
    assert.deepEqual(run(watch, seconds(60)), { asked: [], reports: [] });
    assert.deepEqual(watch.sightings, { answers: 0, adverts: 3 });
  });

  test('and without one where it keeps silent for a second', () => {
    const watch = new SplitBrainWatch();
    const source = ip('192.0.2.50');
    watch.foreignAdvert(seconds(1), { source, detail: 'checksum' });
    assert.equal(watch.nextDeadline(), seconds(2));
    const report = { how: 'adverts', address: source, mac: undefined, detail: 'checksum' };
    assert.deepEqual(run(watch, seconds(2)).reports, [report]);
    assert.deepEqual(watch.claimed(seconds(2.1), { address: source, mac: mac(9) }, []), []);
  });

  test('a flood of made-up hosts takes little room', () => {
    const watch = new SplitBrainWatch();
    watch.start(seconds(0));
    let told = 0;
    for (let round = 0; round < 3; round++) {
      for (let host = 0; host < 200; host++) {
        const now = seconds(round * 1.5 + host / 1000);
        told += watch.claimed(now, { address: vip, mac: mac(host) }, held).length;
        watch.foreignAdvert(now, { source: ip(`10.0.0.${host}`), detail: '' });
      }
    }
    assert.equal(told, 64);
    let inquired = 0;
    for (let host = 0; host < 200; host++) {
      inquired += watch.foreignAdvert(seconds(9), {
        source: ip(`10.0.1.${host}`),
        detail: '',
      }).length;
    }
    assert.equal(inquired, 0);
    assert.equal(run(watch, seconds(60)).reports.length, 0);
  });
});
