import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IpAddress } from '../base/ip.ts';
import { micros } from '../base/time.ts';
import type { VirtualAddress } from '../config/model/vrrp.ts';
import { AddressLedger } from '../core/kernel/address-ledger.ts';
import { LateGuards } from './late-guards.ts';

function vip(last: number): VirtualAddress {
  return { address: `10.0.${last >> 8}.${last & 0xff}` as IpAddress, prefixLength: 32, scope: 0 };
}

function create(count: number) {
  let now = 1_000_000;
  const guarded: string[] = [];
  const ledger = new AddressLedger();
  const late = new LateGuards({
    clock: { now: () => micros(now), wallMs: () => 0 },
    ledger,
    guard: (name, { address }) => guarded.push(`${name} ${address}`),
  });
  for (let index = 0; index < count; index++) ledger.want('VI_1', 'eth0', vip(index));
  for (const change of ledger.pending(count)) {
    ledger.settle(change, 'done');
    late.add(change.interface, change.address);
  }
  return { late, ledger, guarded, pass: (us: number) => (now += us) };
}

test('addresses are guarded once all are there, some hundreds at a time', () => {
  const { late, guarded } = create(600);
  assert.equal(late.step('missing'), 'more');
  assert.deepEqual(guarded, []);
  while (late.step('there') === 'more') assert.ok(guarded.length < 600);
  assert.equal(guarded.length, 600);
  assert.ok(late.isIdle());
  assert.equal(late.step('missing'), 'done');
});

test('none waits for longer than a tenth of a second for others', () => {
  const { late, guarded, pass } = create(2);
  pass(99_000);
  assert.equal(late.step('missing'), 'more');
  pass(1000);
  assert.equal(late.step('missing'), 'done');
  assert.deepEqual(guarded, ['eth0 10.0.0.0', 'eth0 10.0.0.1']);
});

test('what is gone or given up meanwhile is not guarded', () => {
  const { late, ledger, guarded } = create(3);
  ledger.removed('eth0', vip(0).address);
  ledger.release('VI_1', 'eth0', vip(1));
  for (const change of ledger.pending(3)) {
    if (change.kind === 'remove') ledger.settle(change, 'done');
  }
  late.step('there');
  assert.deepEqual(guarded, ['eth0 10.0.0.2']);
});
