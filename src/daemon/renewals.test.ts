import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { IpAddress } from '../base/ip.ts';
import { type Micros, micros } from '../base/time.ts';
import { AddressLedger } from '../core/kernel/address-ledger.ts';
import type { AddressOperation } from '../ports/network.ts';
import { Renewals } from './renewals.ts';

const vip = (address: string) => ({
  address: address as IpAddress,
  prefixLength: 32,
  scope: 0,
});

function create(options: { readonly costUs: number }) {
  let now = 1_000_000;
  const ledger = new AddressLedger();
  const sent: (readonly AddressOperation[])[] = [];
  const renewals = new Renewals({
    clock: { now: (): Micros => micros(now), wallMs: () => 0 },
    table: {
      renew: (operations) => {
        sent.push(operations);
        now += operations.length * options.costUs;
        return undefined;
      },
    },
    ledger,
    operationsOf: (held, seconds) =>
      held.map(({ address: { address, prefixLength } }) => ({
        kind: 'add',
        interfaceIndex: 2,
        address,
        prefixLength,
        ...(seconds !== undefined && { validLifetimeSeconds: seconds }),
      })),
    onError: (error) => assert.fail(error.message),
  });
  const have = (holder: string, ...addresses: readonly string[]): void => {
    for (const address of addresses) ledger.want(holder, 'eth0', vip(address));
    for (const change of ledger.pending(100)) ledger.settle(change, 'done');
  };
  const takeSent = () => sent.splice(0).map((each) => each.map(({ address }) => address));
  return { ledger, renewals, have, takeSent, sent, wait: (us: number) => (now += us) };
}

describe('renewals', () => {
  it('give the same list again, as long as nothing has changed', () => {
    const { ledger, renewals, have, sent } = create({ costUs: 10 });
    have('VI_1', '10.0.0.1', '10.0.0.2');
    for (let round = 0; round < 2; round++) {
      renewals.order('VI_1', 4);
      while (renewals.hasPending()) renewals.step();
    }
    assert.equal(sent.length, 2);
    assert.equal(sent[0], sent[1]);
    ledger.removed('eth0', '10.0.0.1' as IpAddress);
    renewals.order('VI_1', 4);
    renewals.step();
    assert.deepEqual(
      sent[2]?.map(({ address }) => address),
      ['10.0.0.2'],
    );
  });

  it('never touch what was given up or is about to be', () => {
    const { ledger, renewals, have, takeSent } = create({ costUs: 10 });
    have('VI_1', '10.0.0.1', '10.0.0.2');
    renewals.order('VI_1', 4);
    ledger.release('VI_1', 'eth0', vip('10.0.0.1'));
    renewals.step();
    assert.deepEqual(takeSent(), [['10.0.0.2']]);
  });

  it('take as little time at once as was learned, and turns between holders', () => {
    const { renewals, have, takeSent } = create({ costUs: 900 });
    have('VI_1', ...Array.from({ length: 40 }, (_, index) => `10.0.0.${index}`));
    have('VI_2', '10.0.1.1');
    for (let round = 0; round < 20; round++) {
      renewals.order('VI_1', 4);
      while (renewals.hasPending()) renewals.step();
    }
    takeSent();
    renewals.order('VI_1', 4);
    renewals.step();
    const first = takeSent().flat().length;
    assert.ok(first <= 4, `${first} at once`);
    renewals.order('VI_2', 4);
    while (renewals.hasPending()) renewals.step();
    const rest = takeSent();
    assert.equal(rest.flat().length, 40 - first + 1);
    assert.ok(rest.findIndex(([address]) => address === '10.0.1.1') <= 1);
  });

  it('are not gone on with after the process has slept: the addresses may have expired', () => {
    const { renewals, have, takeSent, wait } = create({ costUs: 10 });
    have('VI_1', '10.0.0.1');
    renewals.order('VI_1', 4);
    wait(1_500_000);
    renewals.step();
    assert.equal(renewals.hasPending(), false);
    assert.deepEqual(takeSent(), []);
  });
});
