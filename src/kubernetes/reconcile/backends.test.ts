import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseIp } from '../../base/ip.ts';
import { type Backend, selectBackends } from './backends.ts';
import type { ServicePort, SliceObject } from './objects.ts';
import { readEndpoints, readSlice } from './read-objects.ts';

const http: ServicePort = { name: 'http', protocol: 'TCP', port: 80, targetPort: 'web' };

function slice(parts: object): SliceObject {
  const read = readSlice({
    metadata: {
      namespace: 'default',
      name: 'web-1',
      labels: { 'kubernetes.io/service-name': 'web' },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    ...parts,
  });
  assert(read !== undefined);
  return read;
}

function endpoint(address: string, conditions: object = {}, nodeName?: string): object {
  return { addresses: [address], conditions, nodeName };
}

function choose(slices: readonly SliceObject[], port = http, onNode?: string): string[] {
  const of = { slices, port, family: 4, ...(onNode !== undefined && { onNode }) } as const;
  const text = (one: Backend): string => `${one.address}:${one.port}`;
  const chosen = selectBackends({ ...of, draining: 'left out' }).map(text);
  // With those that end the others are the same.
  const kept = selectBackends({ ...of, draining: 'kept' });
  assert.deepEqual(kept.filter(({ drains }) => drains !== true).map(text), chosen);
  return chosen;
}

describe('endpoints', () => {
  test('a named target port is the one that the slice has for it', () => {
    assert.deepEqual(choose([slice({ endpoints: [endpoint('10.1.0.1')] })]), ['10.1.0.1:8080']);
  });

  test('TCP and UDP of one number and name are not mixed', () => {
    const both = slice({
      ports: [
        { name: 'dns', protocol: 'UDP', port: 5353 },
        { name: 'dns', protocol: 'TCP', port: 5300 },
      ],
      endpoints: [endpoint('10.1.0.1')],
    });
    const port = (protocol: 'TCP' | 'UDP'): ServicePort => ({
      ...{ name: 'dns', protocol, port: 53, targetPort: 53 },
    });
    assert.deepEqual(choose([both], port('UDP')), ['10.1.0.1:5353']);
    assert.deepEqual(choose([both], port('TCP')), ['10.1.0.1:5300']);
  });

  test('conditions: what is not said counts as ready', () => {
    const endpoints = [
      endpoint('10.1.0.1'),
      endpoint('10.1.0.2', { ready: true }),
      endpoint('10.1.0.3', { ready: false }),
      endpoint('10.1.0.4', { ready: false, serving: true, terminating: true }),
      endpoint('10.1.0.5', { ready: false, serving: false, terminating: true }),
    ];
    assert.deepEqual(choose([slice({ endpoints })]), ['10.1.0.1:8080', '10.1.0.2:8080']);
    const ending = slice({ endpoints: endpoints.slice(2) });
    assert.deepEqual(choose([ending]), ['10.1.0.4:8080'], 'the last that still serves');
  });

  test('each combination of conditions, as kube-proxy takes it', () => {
    const values = [undefined, true, false];
    for (const ready of values)
      for (const serving of values)
        for (const terminating of values) {
          const endpoints = [endpoint('10.1.0.1', { ready, serving, terminating })];
          const isUsed = ready !== false || (terminating === true && serving !== false);
          const kept = selectBackends({
            ...{ slices: [slice({ endpoints: [...endpoints, endpoint('10.1.0.2')] })] },
            ...{ port: http, family: 4, draining: 'kept' },
          } as const);
          const text = JSON.stringify({ ready, serving, terminating });
          assert.equal(choose([slice({ endpoints })]).length, isUsed ? 1 : 0, text);
          const drains = isUsed && ready === false ? 1 : 0;
          assert.equal(kept.filter((one) => one.drains === true).length, drains, text);
        }
  });

  test('those that end and still serve stay beside ready ones, without new connections', () => {
    const ending = { ready: false, serving: true, terminating: true };
    const endpoints = [
      endpoint('10.1.0.1', {}, 'a'),
      endpoint('10.1.0.2', ending, 'a'),
      endpoint('10.1.0.3', ending, 'b'),
      endpoint('10.1.0.4', { ...ending, serving: false }, 'b'),
    ];
    const kept = (onNode?: string) =>
      selectBackends({
        ...{ slices: [slice({ endpoints })], port: http, family: 4, draining: 'kept' },
        ...(onNode !== undefined && { onNode }),
      } as const).map(({ address, drains }) => `${address}${drains === true ? ' drains' : ''}`);
    assert.deepEqual(kept(), ['10.1.0.1', '10.1.0.2 drains', '10.1.0.3 drains']);
    assert.deepEqual(kept('a'), ['10.1.0.1', '10.1.0.2 drains']);
    assert.deepEqual(kept('b'), ['10.1.0.3'], 'none of this node is ready: the last that serves');
    assert.deepEqual(kept('c'), []);
  });

  test('one that is ready in one slice and ends in another is ready', () => {
    const ready = slice({ endpoints: [endpoint('10.1.0.1')] });
    const ending = { ready: false, serving: true, terminating: true };
    const other = slice({ endpoints: [endpoint('10.1.0.1', ending)] });
    for (const slices of [
      [ready, other],
      [other, ready],
    ]) {
      assert.deepEqual(choose(slices), ['10.1.0.1:8080']);
      const query = { slices, port: http, family: 4, draining: 'kept' } as const;
      assert.deepEqual(selectBackends(query), [{ address: '10.1.0.1', port: 8080 }]);
    }
  });

  test('only those of a node', () => {
    const endpoints = [endpoint('10.1.0.1', {}, 'a'), endpoint('10.1.0.2', {}, 'b')];
    assert.deepEqual(choose([slice({ endpoints })], http, 'b'), ['10.1.0.2:8080']);
  });

  test('v1beta1 has the node in its topology', () => {
    const endpoints = [{ addresses: ['10.1.0.1'], topology: { 'kubernetes.io/hostname': 'a' } }];
    assert.deepEqual(choose([slice({ endpoints })], http, 'a'), ['10.1.0.1:8080']);
  });

  test('any order, and an endpoint in two slices, come to the same', () => {
    const addresses = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(addresses, addresses, (one, other) => {
        const make = (list: readonly number[]): SliceObject =>
          slice({ endpoints: list.map((last) => endpoint(`10.1.0.${last}`)) });
        const forth = choose([make(one), make(other)]);
        assert.deepEqual(choose([make([...other].reverse()), make(one)]), forth);
        assert.equal(forth.length, new Set([...one, ...other]).size);
      }),
    );
  });

  test('Endpoints of old clusters: subsets, and those not ready', () => {
    const slices = readEndpoints({
      metadata: { namespace: 'default', name: 'web' },
      subsets: [
        {
          addresses: [{ ip: '10.1.0.1', nodeName: 'a' }, { ip: 'fd00::1' }],
          notReadyAddresses: [{ ip: '10.1.0.9' }],
          ports: [{ name: 'http', port: 8080 }],
        },
        { addresses: [{ ip: '10.1.0.2' }], ports: [{ name: 'http', port: 9090 }] },
      ],
    });
    assert.deepEqual(choose(slices), ['10.1.0.1:8080', '10.1.0.2:9090']);
    const [v6] = selectBackends({ slices, port: http, family: 6, draining: 'kept' });
    assert.deepEqual(v6, { address: parseIp('fd00::1'), port: 8080 });
  });

  test('Endpoints written by hand need no name where the number says it', () => {
    const slices = readEndpoints({
      metadata: { namespace: 'default', name: 'web' },
      subsets: [{ addresses: [{ ip: '10.1.0.1' }], ports: [{ port: 8080 }, { port: 9090 }] }],
    });
    assert.deepEqual(choose(slices, { ...http, targetPort: 9090 }), ['10.1.0.1:9090']);
    assert.deepEqual(choose(slices), []);
  });

  test('whatever else comes is no endpoint', () => {
    for (const raw of [null, 1, 'x', [], {}, { metadata: { name: 'x', namespace: 'y' } }]) {
      assert.equal(readSlice(raw), undefined);
      assert.deepEqual(readEndpoints(raw), []);
    }
    const odd = slice({
      endpoints: [null, {}, { addresses: ['x', 'fd00::1'] }, endpoint('1.2.3')],
    });
    assert.deepEqual(choose([odd]), []);
  });
});
