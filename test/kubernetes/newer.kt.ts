import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { projectRoot } from '../../src/lab/programs.ts';
import { eventually } from '../daemon/support.ts';
import { ECHO_SERVER, LongConnection } from './long-connection.ts';
import { NODES, type NodeName, Nodes } from './nodes.ts';
import { findUnknownFields, readDefinitions } from './open-api.ts';
import { serverLabel, skipKubernetes } from './server.ts';
import { playedOrReal, Shim } from './shim/shim.ts';

// What is newer than 1.20 comes of the server itself where it has it, else of the shim: each test says which.

const VIP = '172.16.40.33';
const EXTRA = '172.16.40.34';
const LIMIT_MS = 120_000;
const ENDING = { ready: false, serving: true, terminating: true };
const SERVICE_PATH = '/api/v1/namespaces/default/services/classy';

describe('newer than 1.20', { skip: skipKubernetes, concurrency: false }, () => {
  let nodes: Nodes;
  let shim: Shim;
  before(async () => {
    nodes = await Nodes.create();
    shim = await Shim.start(nodes.server, nodes.kubernetes.credentials);
    nodes.front = shim;
    const folder = join(projectRoot(), 'deploy/kubernetes');
    await nodes.kubectl(`create -f ${folder}/kube-keepalived-vip.yaml`);
    for (const name of NODES) await nodes.host(name).spawn(['node', '-e', ECHO_SERVER, name]);
    await setVips({ [VIP]: 'default/echo' });
    await nodes.runDaemonSet('kube-keepalived-vip');
    await nodes.lab.waitForHolder(VIP, undefined, { timeoutMs: LIMIT_MS });
  });
  after(() => nodes?.destroy());

  const setVips = (data: object) =>
    nodes.apply({
      ...{ apiVersion: 'v1', kind: 'ConfigMap' },
      metadata: { name: 'vip-configmap', namespace: 'default' },
      data,
    });

  const setService = (name: string, spec: object = {}) =>
    nodes.apply({
      ...{ apiVersion: 'v1', kind: 'Service' },
      metadata: {
        ...{ name, namespace: 'default' },
        annotations: { 'holdfast/persistence': 'none', 'holdfast/scheduler': 'rr' },
      },
      spec: { ports: [{ name: 'echo', port: 7, targetPort: 'named' }], ...spec },
    });

  /** By node, with its conditions. */
  const setSlice = (service: string, endpoints: Readonly<Partial<Record<NodeName, object>>>) =>
    nodes.apply({
      apiVersion: 'discovery.k8s.io/v1',
      ...{ kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: {
        ...{ name: `${service}-v1`, namespace: 'default' },
        labels: { 'kubernetes.io/service-name': service },
      },
      ports: [{ name: 'echo', port: 9090, protocol: 'TCP' }],
      endpoints: Object.entries(endpoints).map(([nodeName, conditions]) => ({
        addresses: [nodes.host(nodeName).address(4)],
        ...{ conditions, nodeName, zone: 'a', hints: { forZones: [{ name: 'a' }] } },
      })),
    });

  /** What the nodes' files say of servers, as `bs-01 1` with their weights. */
  const serversOn = (node: NodeName): string[] =>
    [...nodes.conf(node).matchAll(/real_server (\S+) 9090 \{\n\s+weight (\d)/g)]
      .map(([, address, weight]) => {
        return `${NODES.find((name) => nodes.host(name).address(4) === address)} ${weight}`;
      })
      .sort();

  const everyServers = (wanted: readonly string[], on: readonly NodeName[] = NODES) =>
    eventually(
      () => (on.every((node) => serversOn(node).join() === wanted.join()) ? true : undefined),
      () => `not ${wanted}\n${on.map((node) => `${nodes.conf(node)}\n${nodes.logs(node)}`)}`,
      LIMIT_MS,
    );

  /** Who answers connections to the address, in the end: these and nobody else. */
  const everyAnswer = (names: readonly string[]) => {
    let last = '';
    return eventually(
      async () => {
        const found = new Set<string>();
        for (let count = 0; count < 6; count++) {
          const read = `read -r -t 2 line < /dev/tcp/${VIP}/7 && echo $line`;
          const { stdout } = await nodes.lab.client.run(['bash', '-c', read]);
          found.add(stdout.trim());
        }
        last = [...found].sort().join();
        return last === names.join() ? true : undefined;
      },
      () => `${last} answered, not ${names}\n${nodes.conf('bs-01')}`,
      LIMIT_MS,
    );
  };

  const connect = (): Promise<LongConnection> =>
    eventually(
      () => LongConnection.open(nodes.lab.client, VIP, 7).catch(() => undefined),
      () => nodes.conf('bs-01'),
      LIMIT_MS,
    );

  test(`row 12: discovery.k8s.io/v1 and a named target port: ${playedOrReal('discovery')}`, async () => {
    await setService('echo');
    await setSlice('echo', { 'bs-01': { ready: true }, 'bs-02': {}, 'bs-03': { ready: false } });
    await everyServers(['bs-01 1', 'bs-02 1']);
    await everyAnswer(['bs-01', 'bs-02']);
    const { apiVersion, endpoints } = await nodes.get('endpointslices.v1.discovery.k8s.io echo-v1');
    assert.equal(apiVersion, 'discovery.k8s.io/v1');
    assert.equal((endpoints as { nodeName: string }[])[0]?.nodeName, 'bs-01');
  });

  test(`row 12: serving and terminating (KEP-1669): ${playedOrReal('discovery')}`, async () => {
    await setSlice('echo', { 'bs-01': {} });
    await everyServers(['bs-01 1']);
    const connection = await connect();
    assert.equal(connection.server, 'bs-01');
    await setSlice('echo', { 'bs-01': ENDING, 'bs-02': {} });
    await everyServers(['bs-01 0', 'bs-02 1']);
    await everyAnswer(['bs-02']);
    await connection.lives();
    await setSlice('echo', { 'bs-01': ENDING, 'bs-02': { ready: false } });
    await everyServers(['bs-01 1']);
    await everyAnswer(['bs-01']);
    await setSlice('echo', { 'bs-01': { ...ENDING, serving: false }, 'bs-02': { ready: false } });
    await everyServers([]);
    await setSlice('echo', { 'bs-01': {}, 'bs-02': {} });
    await everyServers(['bs-01 1', 'bs-02 1']);
    await connection.close();
  });

  test(`row 13: externalTrafficPolicy Local: ${playedOrReal('discovery')}`, async () => {
    await setService('echo', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' });
    for (const [name, other] of [
      ['bs-02', 'bs-03'],
      ['bs-03', 'bs-01'],
      ['bs-01', 'bs-02'],
    ] as const) {
      await setSlice('echo', { [name]: {}, [other]: ENDING });
      await nodes.lab.waitForHolder(VIP, name, { timeoutMs: LIMIT_MS });
      await everyServers([`${name} 1`], [name]);
      // None of its own is ready: the last that serves.
      await everyServers([`${other} 1`], [other]);
      await everyAnswer([name]);
    }
    await setService('echo', { type: 'ClusterIP', externalTrafficPolicy: null });
    await setSlice('echo', { 'bs-01': {}, 'bs-02': {} });
    await everyServers(['bs-01 1', 'bs-02 1']);
  });

  test(`loadBalancerClass and ipMode disturb nothing: ${playedOrReal('services')}`, async () => {
    const service = {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'classy', namespace: 'default' } },
      spec: {
        ...{ type: 'LoadBalancer', loadBalancerClass: 'example.com/other' },
        ports: [{ name: 'echo', port: 70, targetPort: 'named' }],
      },
    };
    await nodes.kubectl('create --validate=false -f -', JSON.stringify(service));
    const stored = await nodes.get('service classy');
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'Proxy' }] } };
    const file = nodes.lab.client.write('status.json', JSON.stringify({ ...stored, status }));
    await nodes.kubectl(`replace --raw ${SERVICE_PATH}/status -f ${file}`);
    await setSlice('classy', { 'bs-03': {} });
    await setVips({ [VIP]: 'default/echo default/classy' });
    await everyServers(['bs-01 1', 'bs-02 1', 'bs-03 1']);
    const after = (await nodes.get('service classy')) as typeof service & { status: unknown };
    assert.equal(after.spec.loadBalancerClass, 'example.com/other');
    assert.deepEqual(after.status, status);
    await setVips({ [VIP]: 'default/echo' });
    await everyServers(['bs-01 1', 'bs-02 1']);
  });

  test(`what today's schema does not have is refused: ${playedOrReal('discovery')}`, async () => {
    const wrong = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPX' };
    const text = JSON.stringify({ ...wrong, metadata: { name: 'wrong' }, endpoints: [] });
    await assert.rejects(nodes.kubectl('create -f -', text), /IPX/);
  });

  test(`watch-list: one request brings all, and goes on: ${playedOrReal('watch-list')}`, async () => {
    for (const what of ['configmaps', 'services', 'nodes', 'endpointslices']) {
      const begun = shim.count(new RegExp(`^watch \\S*/${what}\\?.*sendInitialEvents=true`));
      assert(begun >= NODES.length, `${begun} of ${what}`);
    }
    assert.equal(shim.count(/^watch .*[?&]resourceVersion=/), 0, 'nobody had to list');
    const before = shim.count(/^watch /);
    await shim.cut('');
    await setVips({ [VIP]: 'default/echo', [EXTRA]: '' });
    await nodes.lab.waitForHolder(EXTRA, undefined, { timeoutMs: LIMIT_MS });
    await setVips({ [VIP]: 'default/echo' });
    await nodes.lab.waitForNoHolder(EXTRA);
    assert(shim.count(/^watch .*sendInitialEvents=true/) > before);
  });

  test('410 Gone in every watch: all is read anew, and nobody complains: shim', async () => {
    const complaints = () =>
      NODES.map((name) => nodes.logs(name).match(/ 410 | too old/g)?.length ?? 0).join();
    const before = complaints();
    const connection = await connect();
    await Promise.all([shim.gone(''), setSlice('echo', { 'bs-03': {} })]);
    await everyServers(['bs-03 1']);
    await setSlice('echo', { 'bs-01': {} });
    await everyServers(['bs-01 1']);
    await Promise.all([shim.gone('slices'), setSlice('echo', { 'bs-01': {}, 'bs-02': {} })]);
    await everyServers(['bs-01 1', 'bs-02 1']);
    assert.equal(complaints(), before);
    await connection.lives();
    await connection.close();
  });

  test('429 with Retry-After: it is waited for, and the state converges: shim', async () => {
    const holder = await nodes.lab.waitForHolder(VIP);
    const connection = await connect();
    const match = '^GET \\S*watch=1';
    await shim.faults({ match, answer: 'status', status: 429, retryAfterS: 2 });
    await shim.cut('');
    for (const name of NODES)
      await nodes.pod(name).logContains(/what was known stays: .*429/, { timeoutMs: LIMIT_MS });
    await setSlice('echo', { 'bs-01': {}, 'bs-02': {}, 'bs-03': {} });
    await connection.lives();
    await shim.faults();
    await everyServers(['bs-01 1', 'bs-02 1', 'bs-03 1']);
    assert.deepEqual(nodes.lab.holdersOf(VIP), [holder]);
    await connection.lives();
    await connection.close();
  });

  test('slow, silent, and wrong by turns: the state converges: shim', async () => {
    const holder = await nodes.lab.waitForHolder(VIP);
    const match = '^GET \\S*watch=1';
    for (const [index, fault] of [
      { match, answer: 'delay', delayMs: 8000 } as const,
      { match, answer: 'silence', times: 6 } as const,
      { match, answer: 'status', status: 500, times: 20 } as const,
      { match, answer: 'status', status: 401, times: 20 } as const,
    ].entries()) {
      await shim.faults(fault);
      await shim.cut('');
      const names = index % 2 === 0 ? { 'bs-01': {} } : { 'bs-01': {}, 'bs-02': {} };
      await setSlice('echo', names);
      await everyServers(Object.keys(names).map((name) => `${name} 1`));
    }
    await shim.faults();
    assert.deepEqual(nodes.lab.holdersOf(VIP), [holder]);
  });

  test('403 to everything, as of a server that has just begun: it is asked until it knows better: shim', async () => {
    const pod = nodes.pod('bs-01');
    const afterMs = pod.log.at(-1)?.atMs ?? 0;
    await shim.faults({ match: '^GET ', answer: 'status', status: 403 });
    await nodes.host('bs-01').run(['pkill', '-x', 'holdfast-kube']);
    const logged = (text: string) => pod.logContains(text, { afterMs, timeoutMs: LIMIT_MS });
    await logged('neither EndpointSlices nor Endpoints may be read');
    await shim.faults();
    await logged('in step with default/vip-configmap');
    await setSlice('echo', { 'bs-02': {} });
    await everyServers(['bs-02 1']);
  });

  test(`no write carries what the server's OpenAPI lacks: ${serverLabel}`, async () => {
    const definitions = readDefinitions(await nodes.kubectl('get --raw /openapi/v2'));
    const own = shim.writes().filter(({ agent }) => agent.startsWith('holdfast/'));
    const kinds = new Set<string>();
    for (const { path, body } of own) {
      const kind = path.includes('/events') ? 'Event' : 'ConfigMap';
      kinds.add(kind);
      const unknown = findUnknownFields(definitions, { version: 'v1', kind }, JSON.parse(body));
      assert.deepEqual(unknown, [], body);
    }
    assert.deepEqual([...kinds].sort(), ['ConfigMap', 'Event']);
    const newer = { spec: { loadBalancerClass: 'x', nonsense: 1 } };
    const found = findUnknownFields(definitions, { version: 'v1', kind: 'Service' }, newer);
    assert(found.includes('.spec.nonsense'), 'the look-up finds what is unknown');
  });
});
