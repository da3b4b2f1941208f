import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { IpAddress } from '../base/ip.ts';
import { micros, millis, seconds } from '../base/time.ts';
import type { Guard } from '../core/vrrp/types.ts';
import type { Firewall } from '../ports/firewall.ts';
import type { SysError } from '../ports/sys-error.ts';
import { GuardSide } from './guard-side.ts';

const VALIDITY = seconds(1);
const FIREWALL: Guard = { kind: 'firewall', validity: VALIDITY };
const EPERM: SysError = {
  kind: 'sys-error',
  call: 'nftables',
  errno: 1,
  code: 'EPERM',
  message: 'not permitted',
};

function create() {
  let now = 1_000_000;
  const calls: string[] = [];
  const log: string[] = [];
  const kernel: { open: SysError | undefined; answer: SysError | undefined } = {
    open: undefined,
    answer: undefined,
  };
  const told = (text: string): SysError | undefined => {
    calls.push(text);
    return kernel.answer;
  };
  const firewall: Firewall = {
    name: 'holdfast_x',
    prepare: (validity) => told(`prepare ${validity / 1000}`),
    retain: () => undefined,
    renew: (validity) => told(`renew ${validity / 1000}`),
    cover: (validity, some) =>
      some.length === 0 ? undefined : told(`cover ${validity / 1000} ${some.join()}`),
    uncover: (validity, some) =>
      some.length === 0 ? undefined : told(`uncover ${validity / 1000} ${some.join()}`),
    close: () => told('close'),
  };
  const guard = new GuardSide({
    clock: { now: () => micros(now), wallMs: () => 0 },
    guards: {
      openFirewall: () => kernel.open ?? firewall,
      startWatchdog: (name) => {
        calls.push(`watchdog ${name}`);
        return {
          note: ({ kind, address }) => calls.push(`${kind} ${address}`),
          beat: (validity) => calls.push(`beat ${validity / 1000}`),
          close: () => calls.push('bye'),
        };
      },
    },
    log: { write: ({ text }) => log.push(text), close: () => {} },
  });
  const hold = (address: string, more: { holder?: string; interface?: string } = {}): void =>
    guard.hold({
      holder: 'VI_1',
      interface: 'eth0',
      interfaceIndex: 2,
      address: address as IpAddress,
      prefixLength: 32,
      validity: VALIDITY,
      ...more,
    });
  const release = (address: string, name = 'eth0'): void =>
    guard.release(name, address as IpAddress);
  return {
    guard,
    hold,
    release,
    kernel,
    log,
    taken: () => calls.splice(0),
    wait: (us: number) => (now += us),
  };
}

describe('guard side', () => {
  it('touches nothing where no guard is a firewall', () => {
    const { guard, taken } = create();
    guard.plan([{ kind: 'none' }, { kind: 'lifetime', seconds: 4 }]);
    guard.flush();
    guard.close();
    assert.deepEqual(taken(), []);
  });

  it('is ready before anything is held, and takes itself down when nothing is planned', () => {
    const { guard, hold, release, taken } = create();
    guard.plan([FIREWALL]);
    assert.deepEqual(taken(), ['watchdog holdfast_x', 'prepare 1000']);
    guard.renew(VALIDITY);
    hold('10.0.0.1');
    guard.flush();
    assert.deepEqual(taken(), ['renew 1000', 'hold 10.0.0.1', 'beat 1000', 'cover 1000 10.0.0.1']);
    guard.plan([]);
    assert.deepEqual(taken(), [], 'it still guards');
    release('10.0.0.1');
    guard.flush();
    assert.deepEqual(taken(), ['release 10.0.0.1', 'uncover 1000 10.0.0.1', 'bye', 'close']);
  });

  it('renews once for many who ask, and before it covers', () => {
    const { guard, hold, taken, wait } = create();
    guard.plan([FIREWALL]);
    taken();
    hold('10.0.0.1');
    guard.flush();
    assert.deepEqual(taken().slice(-2), ['renew 1000', 'cover 1000 10.0.0.1']);
    for (let count = 0; count < 100; count++) {
      guard.renew(VALIDITY);
      wait(millis(10));
    }
    const renewals = taken().length;
    assert.ok(renewals >= 4 && renewals <= 10, String(renewals));
    guard.close();
  });

  it('tells the firewall of many at once where more is to come, and of few soon', () => {
    const { guard, hold, taken, wait } = create();
    guard.plan([FIREWALL]);
    guard.renew(VALIDITY);
    const covers = (): number => taken().filter((call) => call.startsWith('cover')).length;
    hold('10.0.0.1');
    guard.flush('more');
    assert.equal(covers(), 0);
    wait(millis(100));
    guard.flush('more');
    assert.equal(covers(), 1);
    for (let index = 0; index < 1000; index++) hold(`10.1.${index >> 8}.${index & 0xff}`);
    guard.flush('more');
    assert.equal(covers(), 1);
    hold('10.0.0.2');
    guard.flush();
    assert.equal(covers(), 1);
    guard.close();
  });

  it('covers an address as long as one interface has it, and tells only what has changed', () => {
    const { guard, hold, release, taken } = create();
    guard.plan([FIREWALL]);
    guard.renew(VALIDITY);
    hold('fe80::1');
    hold('fe80::1', { interface: 'eth1', holder: 'VI_2' });
    hold('10.0.0.2');
    release('10.0.0.2');
    guard.flush();
    taken();
    release('fe80::1');
    guard.flush();
    assert.deepEqual(taken(), ['release fe80::1', 'cover 1000 fe80::1']);
    guard.releaseAllOf('VI_2');
    guard.flush();
    guard.flush();
    assert.deepEqual(taken(), ['release fe80::1', 'uncover 1000 fe80::1']);
    guard.close();
  });

  it('says once that the kernel has no nftables, and leaves it to the watchdog', () => {
    const { guard, hold, kernel, log, taken } = create();
    kernel.open = EPERM;
    guard.plan([FIREWALL]);
    guard.renew(VALIDITY);
    hold('10.0.0.1');
    guard.flush();
    guard.renew(VALIDITY);
    assert.deepEqual(taken(), ['watchdog ', 'hold 10.0.0.1', 'beat 1000']);
    assert.equal(guard.hasFailed, true);
    assert.equal(log.length, 1);
    assert.match(log[0] ?? '', /^no dead-man switch .*: nftables: not permitted; a watchdog/);
    // A reload tries again, and covers what is held.
    kernel.open = undefined;
    guard.plan([FIREWALL]);
    assert.equal(guard.hasFailed, false);
    guard.flush();
    assert.deepEqual(taken(), ['prepare 1000', 'renew 1000', 'cover 1000 10.0.0.1']);
    guard.close();
  });

  it('takes a firewall down that it cannot renew: it would shut by itself', () => {
    const { guard, hold, kernel, log, taken, wait } = create();
    guard.plan([FIREWALL]);
    guard.renew(VALIDITY);
    hold('10.0.0.1');
    guard.flush();
    taken();
    kernel.answer = EPERM;
    for (let count = 0; count < 5; count++) {
      wait(VALIDITY / 2);
      guard.renew(VALIDITY);
    }
    assert.deepEqual(taken(), ['renew 1000', 'renew 1000', 'renew 1000', 'close']);
    assert.equal(log.filter((text) => text.startsWith('no dead-man switch')).length, 1);
    guard.close();
  });
});
