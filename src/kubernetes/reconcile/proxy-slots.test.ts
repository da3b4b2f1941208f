import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseIp } from '../../base/ip.ts';
import type { Backend } from './backends.ts';
import type { VirtualServer } from './plan.ts';
import { assignSlots, type ListenTable, slotOrders } from './proxy-slots.ts';

const NAME = 'default-web-10.0.0.1-80';

function ip(text: string) {
  const address = parseIp(text);
  assert(address !== undefined);
  return address;
}

/** Endpoints by their last byte, with weights. */
function server(lasts: ReadonlyMap<number, number | undefined>): VirtualServer {
  const backends = [...lasts].map(
    ([last, weight]): Backend => ({
      ...{ address: ip(`10.0.1.${last}`), port: 8080 },
      ...(weight !== undefined && { weight }),
    }),
  );
  return {
    ...{ address: ip('10.0.0.1'), port: 80, protocol: 'TCP', method: 'NAT', scheduler: 'rr' },
    ...{ persistenceSeconds: 0, check: { kind: 'none' }, backends, portName: '', proxy: 'header' },
    service: { namespace: 'default', name: 'web' },
  };
}

const of = (...lasts: readonly number[]): VirtualServer =>
  server(new Map(lasts.map((last) => [last, undefined])));

/** What a proxy that read the file has in each place after the orders. */
function obeyed(before: ListenTable, orders: readonly string[]): readonly string[] {
  const places = namesIn(before).map((one) => ({ one, isReady: one !== '' }));
  for (const order of orders) {
    const [, at = '', what, value = ''] =
      /^set server \S+\/(\d+) (state|addr|weight) (.*)$/.exec(order) ?? [];
    const place = places[Number(at) - 1];
    assert(place !== undefined, order);
    const [address, weight] = place.one.split(' ');
    if (what === 'state') place.isReady = value === 'ready';
    // A server that serves is not given another address.
    else if (what === 'addr') {
      assert.equal(place.isReady, false, order);
      place.one = `${value.replace(' port ', ':')} ${weight ?? 1}`;
    } else place.one = `${address} ${value}`;
  }
  return places.map(({ one, isReady }) => (isReady ? one : ''));
}

function namesIn(table: ListenTable): readonly string[] {
  return (table.get(NAME)?.slots ?? []).map((one) =>
    one === undefined ? '' : `${one.address}:${one.port} ${one.weight ?? 1}`,
  );
}

describe('places of the proxy’s servers', () => {
  test('whoever stays keeps the place, and a place that has just become free comes last', () => {
    const first = assignSlots([of(1, 2, 3)], new Map());
    assert.deepEqual(namesIn(first), ['10.0.1.1:8080 1', '10.0.1.2:8080 1', '10.0.1.3:8080 1', '']);
    const second = assignSlots([of(2, 3, 4)], first);
    assert.deepEqual(namesIn(second), [
      '',
      '10.0.1.2:8080 1',
      '10.0.1.3:8080 1',
      '10.0.1.4:8080 1',
    ]);
    assert.deepEqual(slotOrders(first, second), [
      `set server ${NAME}/1 state maint`,
      `set server ${NAME}/4 addr 10.0.1.4 port 8080`,
      `set server ${NAME}/4 weight 1`,
      `set server ${NAME}/4 state ready`,
    ]);
  });

  test('more than there are places, another header, none, and another proxy take a reload', () => {
    const first = assignSlots([of(1, 2, 3, 4)], new Map());
    assert.equal(namesIn(first).length, 8);
    const nine = assignSlots([of(1, 2, 3, 4, 5, 6, 7, 8, 9)], first);
    assert.equal(slotOrders(first, nine), 'reload');
    assert.notEqual(slotOrders(first, assignSlots([of(1, 2, 3, 4, 5, 6, 7, 8)], first)), 'reload');
    const plain: VirtualServer = { ...of(1, 2, 3, 4), proxy: 'plain' };
    assert.equal(slotOrders(first, assignSlots([plain], first)), 'reload');
    assert.equal(slotOrders(first, assignSlots([of()], first)), 'reload');
    assert.equal(
      slotOrders(first, assignSlots([{ ...of(1, 2, 3, 4), port: 81 }], first)),
      'reload',
    );
  });

  test('orders come to what the file says', () => {
    const someServer = fc
      .uniqueArray(
        fc.tuple(
          fc.integer({ min: 1, max: 12 }),
          fc.option(fc.integer({ min: 0, max: 256 }), { nil: undefined }),
        ),
        { minLength: 1, maxLength: 7, selector: ([last]) => last },
      )
      .map((lasts) => server(new Map(lasts)));
    fc.assert(
      fc.property(fc.array(someServer, { minLength: 2, maxLength: 12 }), (steps) => {
        let before: ListenTable = new Map();
        for (const step of steps) {
          const after = assignSlots([step], before);
          const wanted = step.backends.map((one) => `${one.address}:8080 ${one.weight ?? 1}`);
          assert.deepEqual(
            namesIn(after)
              .filter((one) => one !== '')
              .sort(),
            wanted.sort(),
          );
          const orders = slotOrders(before, after);
          if (orders !== 'reload') assert.deepEqual(obeyed(before, orders), namesIn(after));
          before = after;
        }
      }),
    );
  });
});
