import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseIp } from '../../src/base/ip.ts';
import { KnownParts } from '../../src/kubernetes/reconcile/known-parts.ts';
import {
  readConfigMap,
  readNode,
  readService,
  readSlice,
} from '../../src/kubernetes/reconcile/read-objects.ts';
import {
  type ClusterView,
  reconcile,
  type Settings,
} from '../../src/kubernetes/reconcile/reconcile.ts';
import { renderPlan, ServerTexts } from '../../src/kubernetes/reconcile/render.ts';

const VALUES = [
  'default/a',
  'default/b:DR',
  'default/a, default/b',
  'default/a:PROXY',
  'wrong:',
  '',
];
const NAMES = ['a', 'b'] as const;

type Objects = Pick<ClusterView, 'configMap'> & {
  readonly services: ReadonlyMap<string, NonNullable<ReturnType<typeof readService>>>;
  readonly slices: ClusterView['slices'];
  readonly nodes: ClusterView['nodes'];
};

function present<Value>(value: Value | undefined): Value {
  assert(value !== undefined);
  return value;
}

const node = (isCordoned: boolean) =>
  present(
    readNode({
      metadata: { name: 'n1', creationTimestamp: '' },
      spec: { unschedulable: isCordoned },
      status: { addresses: [{ type: 'InternalIP', address: '10.9.0.1' }] },
    }),
  );

/** One change of a cluster: all that it does not name stays the same object. */
const someChange: fc.Arbitrary<(objects: Objects) => Objects> = fc.oneof(
  fc.array(fc.constantFrom(...VALUES), { maxLength: 3 }).map((values) => (objects: Objects) => {
    const data = Object.fromEntries(values.map((value, index) => [`10.0.0.${index + 1}`, value]));
    const metadata = { namespace: 'default', name: 'vips' };
    return { ...objects, configMap: present(readConfigMap({ metadata, data })) };
  }),
  fc
    .tuple(
      fc.constantFrom(...NAMES),
      fc.subarray([80, 443]),
      fc.constantFrom({}, { 'holdfast/scheduler': 'rr' }, { 'holdfast/check': 'nonsense' }),
      fc.constantFrom('Cluster', 'Local'),
    )
    .map(([name, ports, annotations, externalTrafficPolicy]) => (objects: Objects) => {
      const metadata = { namespace: 'default', name, annotations };
      const spec = {
        externalTrafficPolicy,
        ports: ports.map((port) => ({ name: `p${port}`, port })),
      };
      const service = present(readService({ metadata, spec }));
      return { ...objects, services: new Map([...objects.services, [`default/${name}`, service]]) };
    }),
  fc
    .tuple(fc.constantFrom(...NAMES), fc.subarray([1, 2, 3]), fc.constantFrom('n1', 'n2'))
    .map(([name, lasts, nodeName]) => (objects: Objects) => {
      const labels = { 'kubernetes.io/service-name': name };
      const slice = readSlice({
        ...{ metadata: { namespace: 'default', name, labels }, addressType: 'IPv4' },
        ports: [80, 443].map((port) => ({ name: `p${port}`, port })),
        endpoints: lasts.map((last) => ({ addresses: [`10.1.0.${last}`], nodeName })),
      });
      const key = `default/${name}`;
      return { ...objects, slices: new Map([...objects.slices, [key, [present(slice)]]]) };
    }),
  fc
    .boolean()
    .map((isCordoned) => (objects: Objects) => ({ ...objects, nodes: [node(isCordoned)] })),
);

describe('kubernetes: what is known of plans before', () => {
  test('spares work, and changes nothing', () => {
    const local = [{ interfaceName: 'eth0', address: present(parseIp('10.9.0.1')) }];
    const ways = fc.record({
      proxyMode: fc.constantFrom('on' as const, 'off' as const),
      emptyVips: fc.constantFrom('keep' as const, 'withdraw' as const),
    });
    fc.assert(
      fc.property(ways, fc.array(someChange, { maxLength: 20 }), (way, changes) => {
        const settings: Settings = {
          ...{ configMap: { namespace: 'default', name: 'vips' }, vrid: 50, casting: 'multicast' },
          ...{ ...way, ownNode: 'n1', nodeSelector: {} },
        };
        const [known, texts] = [new KnownParts(), new ServerTexts()];
        let objects: Objects = {
          ...{ configMap: undefined, services: new Map(), slices: new Map(), nodes: [node(false)] },
        };
        let lastGood = {};
        for (const change of changes) {
          objects = change(objects);
          const view = { ...objects, local, lastGood };
          const plan = reconcile(view, settings, known);
          assert.deepEqual(plan, reconcile(view, settings));
          assert.equal(renderPlan(plan, texts), renderPlan(plan));
          const again = reconcile({ ...view, lastGood: plan.good }, settings, known);
          const isSame = plan.servers.every((server, index) => server === again.servers[index]);
          assert(isSame || plan.good !== lastGood, 'made anew though nothing is new');
          lastGood = plan.good;
        }
      }),
    );
  });
});
