import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { IpAddress } from '../../../base/ip.ts';
import { millis, seconds } from '../../../base/time.ts';
import type { NftChange } from '../../../wire/netlink/nftables-changes.ts';
import { type DesiredService, serverId, serviceId } from '../plane.ts';
import { notesOf, refusalOf } from './abilities.ts';
import { NftLedger } from './ledger.ts';
import { chainOf, labelOf } from './names.ts';
import { networkChanges } from './networks.ts';
import { planChanges } from './plan-changes.ts';
import { planService } from './service-plan.ts';
import { server, service } from './test-services.ts';
import { timeoutObjects } from './timeouts.ts';

const ip = (text: string) => text as IpAddress;

/** As much of the kernel as orders in a batch can break: what is there, and who refers to what. */
class Table {
  readonly chains = new Map<string, string[]>();
  readonly sets = new Map<string, Map<string, string>>();

  apply(changes: readonly NftChange[]): void {
    for (const change of changes) this.#applyOne(change);
  }

  #applyOne(change: NftChange): void {
    switch (change.kind) {
      case 'add-chain':
        if (!this.chains.has(change.chain)) this.chains.set(change.chain, []);
        return;
      case 'delete-chain': {
        assert.deepEqual(this.chains.get(change.chain), [], 'a chain with rules');
        const goto = `goto ${change.chain}`;
        for (const set of this.sets.values()) assert.ok(![...set.values()].includes(goto));
        assert.ok(this.chains.delete(change.chain));
        return;
      }
      case 'delete-rules':
        assert.ok(this.chains.has(change.chain));
        this.chains.set(change.chain, []);
        return;
      case 'append-rule':
        for (const each of change.expressions) {
          if ('set' in each && each.set !== undefined) assert.ok(this.sets.has(each.set), each.set);
        }
        assert.ok(this.chains.get(change.chain)?.push(JSON.stringify(change.expressions)));
        return;
      case 'add-set':
        assert.ok(!this.sets.has(change.set));
        this.sets.set(change.set, new Map());
        return;
      case 'delete-set': {
        const rules = [...this.chains.values()].flat();
        assert.ok(!rules.some((rule) => rule.includes(`"${change.set}"`)), 'a set in use');
        assert.ok(this.sets.delete(change.set));
        return;
      }
      case 'add-elements':
        for (const { key, data, goto } of change.elements) {
          if (goto !== undefined) assert.ok(this.chains.has(goto), goto);
          const set = this.sets.get(change.set);
          assert.ok(set && !set.has(key), `${change.set} ${key}`);
          set.set(key, data ?? `goto ${goto}`);
        }
        return;
      case 'remove-elements':
        for (const { key } of change.elements) assert.ok(this.sets.get(change.set)?.delete(key));
        return;
      case 'empty-set':
        this.sets.get(change.set)?.clear();
        return;
      default:
        assert.fail(change.kind);
    }
  }

  get everything(): unknown {
    const sorted = (map: ReadonlyMap<string, unknown>): unknown => [...map].sort();
    return {
      chains: sorted(this.chains),
      sets: [...this.sets].sort().map(([name, set]) => [name, sorted(set)]),
    };
  }
}

const someServer = fc
  .record({
    index: fc.integer({ min: 1, max: 5 }),
    weight: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ index, weight }) => server(index, { weight }));
const someService = fc
  .record({
    servers: fc.uniqueArray(someServer, { selector: ({ id }) => id, maxLength: 5 }),
    scheduler: fc.constantFrom('rr', 'wrr', 'sh', 'dh', 'fo'),
    isPersistent: fc.boolean(),
    port: fc.constantFrom(80, 81),
  })
  .map(({ servers, scheduler, isPersistent, port }) =>
    service(servers, {
      scheduler,
      match: { kind: 'address', protocol: 'tcp', address: ip('192.0.2.100'), port },
      ...(isPersistent && { persistence: { timeout: seconds(50), mask: { prefixLength: 32 } } }),
    }),
  );
const someServices = fc.uniqueArray(someService, { selector: ({ id }) => id, maxLength: 2 });

describe('the table of nftables', () => {
  test('whatever it had, the changes of one batch lead to what a fresh one would have', () => {
    fc.assert(
      fc.property(fc.array(someServices, { minLength: 1, maxLength: 5 }), (states) => {
        const ledger = new NftLedger('where-needed');
        const table = new Table();
        table.apply(ledger.begin(undefined));
        let before: readonly DesiredService[] = [];
        for (const desired of states) {
          const names = new Set(desired.map(({ id }) => id));
          const removed = before.map(({ id }) => id).filter((id) => !names.has(id));
          for (const { changes, settle } of ledger.stage(desired, removed)) {
            table.apply(changes);
            settle();
          }
          before = desired;
          const fresh = new Table();
          fresh.apply(ledger.remake().frame);
          fresh.apply(ledger.remake().services);
          assert.deepEqual(table.everything, fresh.everything);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a process that takes over leads to the same, whatever was there', () => {
    fc.assert(
      fc.property(someServices, someServices, (left, desired) => {
        const first = new NftLedger('where-needed');
        const table = new Table();
        table.apply(first.begin(undefined));
        for (const { changes } of first.stage(left, [])) table.apply(changes);
        const second = new NftLedger('where-needed');
        const elements = [...table.sets].map(([set, all]) => {
          const each = [...all].map(([key, data]) => {
            const goto = /^goto (.*)/.exec(data)?.[1];
            const value = data === 'goto undefined' ? {} : goto === undefined ? { data } : { goto };
            return [key, { key, ...value }] as const;
          });
          return [set, new Map(each)] as const;
        });
        const observed = {
          chains: new Set(table.chains.keys()),
          sets: new Set(table.sets.keys()),
          elements: new Map(elements.filter(([set]) => !set.startsWith('clients-'))),
        };
        const transports = table.sets.get('transports');
        transports?.clear();
        table.apply(second.begin(observed));
        for (const { changes, settle } of second.stage(desired, [])) {
          table.apply(changes);
          settle();
        }
        table.apply(second.forsake().changes);
        const fresh = new Table();
        fresh.apply(second.remake().frame);
        fresh.apply(second.remake().services);
        assert.deepEqual(table.everything, fresh.everything);
      }),
      { numRuns: 60 },
    );
  });

  test('what does not change is not touched, and one server is a small change', () => {
    const servers = Array.from({ length: 10 }, (_, index) => server(index + 1));
    const whole = planService(service(servers));
    assert.deepEqual(planChanges(whole, planService(service(servers))), []);
    const without = planService(service(servers.slice(1)));
    const elements = planChanges(whole, without).flatMap((each) =>
      'elements' in each ? each.elements : [],
    );
    assert.ok(elements.length <= 24, `${elements.length} elements`);
    const quiet = planService(
      service(servers.map((each, at) => ({ ...each, weight: at === 0 ? 0 : 1 }))),
    );
    assert.ok(
      planChanges(whole, quiet).every((each) => !('set' in each) || each.set.startsWith('slots-')),
    );
  });

  test('names are such that the program nft can read, labels such that no two are equal', () => {
    assert.equal(chainOf(service([]).id), 'tcp-192.0.2.100-80');
    const six = { kind: 'address', protocol: 'udp', address: ip('2001:db8::1'), port: 53 } as const;
    assert.equal(chainOf(serviceId(six)), 'udp-2001-db8--1-53');
    assert.equal(chainOf(serviceId({ kind: 'mark', mark: 7, family: 6 })), 'mark-7-ipv6');
    const labels = new Set<string>();
    for (let port = 0; port < 65_536; port += 3) {
      labels.add(labelOf(service([]).id, serverId(ip('10.0.0.1'), port)));
    }
    assert.equal(labels.size, Math.ceil(65_536 / 3));
    for (const label of labels) assert.match(label, /^0{16}[0-9a-f]{16}$/);
  });

  test('what cannot be done is refused, each with what to do instead', () => {
    const refusals: readonly [DesiredService, RegExp][] = [
      [
        service([server(1, { forwarding: { method: 'direct' } })]),
        /direct routing \(DR\): use NAT/,
      ],
      [
        service([
          server(1, {
            forwarding: { method: 'tunnel', tunnel: { type: 'ipip', checksum: 'none' } },
          }),
        ]),
        /tunnels \(TUN\): use NAT/,
      ],
      [service([], { scheduler: 'toString' }), /scheduler toString: use rr/],
      [
        service([], {
          persistence: { timeout: seconds(1), mask: { prefixLength: 32 }, engine: 'sip' },
        }),
        /persistence engine sip/,
      ],
      [service([{ ...server(1), address: ip('fd00::1') }]), /IPv4 and IPv6: fd00::1/],
      [
        service([server(1), server(2, { port: 0 })], {
          match: { kind: 'mark', mark: 1, family: 4 },
        }),
        /a port on each server/,
      ],
    ];
    for (const [each, expected] of refusals) assert.match(refusalOf(each) ?? '', expected);
    assert.equal(refusalOf(service([server(1), server(2, { port: 0 })])), undefined);
  });

  test('what is done in another way is told', () => {
    assert.deepEqual(notesOf(service([server(1)])), []);
    const persistence = { timeout: seconds(1), mask: { prefixLength: 32 } };
    const odd = service([server(1, { upperThreshold: 5 })], {
      scheduler: 'lblc',
      onePacket: true,
      persistence,
    });
    assert.equal(notesOf(odd).length, 4);
    assert.equal(notesOf(service([], { scheduler: 'ovf' })).length, 1);
    assert.equal(notesOf(service([], { scheduler: 'mh' })).length, 1);
    assert.equal(notesOf(service([], { scheduler: 'mh', schedulerFlags: ['flag-1'] })).length, 0);
  });
});

describe('what else the table has', () => {
  test('networks, each with itself; one inside another, hosts and loopback are left out', () => {
    const { changes } = networkChanges([
      { address: ip('10.1.2.3'), prefixLength: 24 },
      { address: ip('10.1.0.1'), prefixLength: 16 },
      { address: ip('192.0.2.1'), prefixLength: 32 },
      { address: ip('127.0.0.1'), prefixLength: 8 },
      { address: ip('fe80::1'), prefixLength: 64 },
      { address: ip('fd00::1'), prefixLength: 64 },
    ]);
    assert.deepEqual(
      changes.flatMap((each) => ('elements' in each ? each.elements : [])),
      [
        { key: '0a0100000a010000', keyEnd: '0a01ffff0a01ffff' },
        {
          key: `fd${'0'.repeat(30)}`.repeat(2),
          keyEnd: `fd${'0'.repeat(14)}${'f'.repeat(16)}`.repeat(2),
        },
      ],
    );
  });

  test('idle times by state; 0 leaves one as it is', () => {
    assert.deepEqual(timeoutObjects({}), []);
    assert.deepEqual(timeoutObjects({ tcp: seconds(0) }), []);
    const objects = timeoutObjects({ tcp: seconds(600), udp: millis(100) });
    assert.deepEqual(
      objects.map((each) => each.kind === 'add-timeouts' && each.policy),
      [
        [[3, 600]],
        [
          [1, 1],
          [2, 1],
        ],
      ],
    );
  });
});
