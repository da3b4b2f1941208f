import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldsOf } from '../../../src/base/json-fields.ts';
import { ENDPOINT_SLICES, mergePatch, SERVICES } from './newer-kinds.ts';
import { ENDPOINT_SLICE, findViolations, SERVICE } from './schema.ts';

const slice = {
  ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
  metadata: { name: 'web-1', labels: { a: 'b' } },
  ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  endpoints: [
    {
      addresses: ['10.1.0.1'],
      conditions: { ready: false, serving: true, terminating: true },
      ...{ nodeName: 'bs-01', zone: 'a', hints: { forZones: [{ name: 'a' }] } },
    },
  ],
};

describe('the shim before an API server of 1.20', () => {
  test('an EndpointSlice comes back as it was, and the server has nothing that it lacks', () => {
    const old = ENDPOINT_SLICES.toOld(slice, undefined, 'all');
    assert.equal(old.apiVersion, 'discovery.k8s.io/v1beta1');
    const topology = { 'kubernetes.io/hostname': 'bs-01', 'topology.kubernetes.io/zone': 'a' };
    assert.deepEqual(JSON.parse(JSON.stringify(old.endpoints)), [
      { addresses: ['10.1.0.1'], conditions: { ready: false }, topology },
    ]);
    assert.deepEqual(ENDPOINT_SLICES.toNew(old), slice);
  });

  test('what somebody wrote by the older version meanwhile counts', () => {
    const old = ENDPOINT_SLICES.toOld(slice, undefined, 'all');
    const endpoints = [
      { addresses: ['10.1.0.2'], topology: { 'kubernetes.io/hostname': 'bs-02', rack: '7' } },
    ];
    assert.deepEqual(ENDPOINT_SLICES.toNew({ ...old, endpoints }).endpoints, [
      { addresses: ['10.1.0.2'], nodeName: 'bs-02', deprecatedTopology: { rack: '7' } },
    ]);
  });

  test('a Service keeps its class when its status is written, and its modes when it is', () => {
    const metadata = { name: 'web' };
    const spec = { loadBalancerClass: 'x/y', ports: [{ port: 80 }] };
    const made = SERVICES.toOld({ metadata, spec }, undefined, 'all');
    assert.deepEqual(made.spec, { ports: [{ port: 80 }] });
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'Proxy' }] } };
    const told = SERVICES.toOld({ metadata, spec, status }, made, 'status');
    assert.deepEqual(told.status, { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } });
    assert.deepEqual(SERVICES.toNew(told), { metadata, spec, status });
    const other = { ...spec, loadBalancerClass: 'x/z' };
    const written = SERVICES.toOld({ metadata, spec: other }, told, 'all');
    const kept = SERVICES.toNew({ ...written, status: fieldsOf(told.status) });
    assert.deepEqual(kept, { metadata, spec: other, status });
  });

  test('what the schema of today does not have is found', () => {
    assert.deepEqual(findViolations(slice, ENDPOINT_SLICE), []);
    const wrong = {
      addressType: 'IPX',
      endpoints: [{ addresses: '10.1.0.1', conditions: { ready: 'yes' } }, { zone: 'a' }],
      ports: [{ port: '80' }],
      nonsense: 1,
    };
    assert.deepEqual(findViolations(wrong, ENDPOINT_SLICE), [
      ".addressType: 'IPX' is none of IPv4, IPv6, FQDN",
      '.endpoints[0].addresses: not a list',
      '.endpoints[0].conditions.ready: not a boolean',
      '.endpoints[1].addresses: required',
      '.ports[0].port: not an integer',
      '.nonsense: unknown field',
    ]);
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'Direct' }] } };
    assert.equal(findViolations({ status }, SERVICE).length, 1);
  });

  test('merge patches', () => {
    const target = { a: 1, b: { c: 2, d: 3 }, e: [1, 2] };
    const patch = { a: null, b: { c: 4 }, e: [5] };
    assert.deepEqual(mergePatch(target, patch), { b: { c: 4, d: 3 }, e: [5] });
  });
});
