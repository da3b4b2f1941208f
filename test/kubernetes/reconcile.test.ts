import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type IpAddress, parseIp } from '../../src/base/ip.ts';
import { createRng } from '../../src/base/rng.ts';
import { type KeepalivedConfig, readKeepalivedConfig } from '../../src/config/keepalived/index.ts';
import { createMemoryFiles } from '../../src/config/keepalived/memory-files.ts';
import type { Plan } from '../../src/kubernetes/reconcile/plan.ts';
import { assignSlots } from '../../src/kubernetes/reconcile/proxy-slots.ts';
import { readNode, readService, readSlice } from '../../src/kubernetes/reconcile/read-objects.ts';
import {
  type ClusterView,
  reconcile,
  type Settings,
} from '../../src/kubernetes/reconcile/reconcile.ts';
import { renderPlan } from '../../src/kubernetes/reconcile/render.ts';
import { renderProxy } from '../../src/kubernetes/reconcile/render-proxy.ts';

const settings: Settings = {
  configMap: { namespace: 'default', name: 'vip-configmap' },
  vrid: 50,
  casting: 'multicast',
  emptyVips: 'keep',
  proxyMode: 'off',
  ownNode: 'bs-01',
  nodeSelector: {},
};

function ip(text: string): IpAddress {
  const address = parseIp(text);
  assert(address !== undefined, text);
  return address;
}

interface NodeOptions {
  readonly ready?: 'True' | 'False' | 'Unknown';
  readonly unschedulable?: boolean;
  readonly labels?: object;
  readonly external?: string;
}

function node(number: number, options: NodeOptions = {}) {
  const { ready = 'True', unschedulable = false, labels = {}, external } = options;
  const internal = [
    { type: 'InternalIP', address: `172.16.40.${34 + number}` },
    { type: 'InternalIP', address: `fd40::${number}` },
    { type: 'Hostname', address: `bs-0${number}` },
  ];
  const read = readNode({
    metadata: { name: `bs-0${number}`, labels, creationTimestamp: `2018-05-0${number}T00:00:00Z` },
    spec: { unschedulable },
    status: {
      addresses:
        external === undefined
          ? internal
          : [{ type: 'ExternalIP', address: external }, ...internal],
      conditions: [{ type: 'Ready', status: ready }],
    },
  });
  assert(read !== undefined);
  return read;
}

function service(name: string, ports: object[], spec: object = {}, annotations: object = {}) {
  const read = readService({
    metadata: { namespace: 'default', name, annotations },
    spec: { ports, ...spec },
  });
  assert(read !== undefined);
  return read;
}

function slice(name: string, ports: object[], endpoints: object[], addressType = 'IPv4') {
  const labels = { 'kubernetes.io/service-name': name };
  const metadata = { namespace: 'default', name: `${name}-x`, labels };
  const read = readSlice({ metadata, addressType, ports, endpoints });
  assert(read !== undefined);
  return read;
}

function on(nodeName: string, address: string) {
  return { addresses: [address], nodeName, conditions: { ready: true } };
}

function view(
  data: Record<string, string> | undefined,
  parts: Partial<ClusterView> = {},
): ClusterView {
  return {
    configMap: data && { ...settings.configMap, data },
    services: new Map(),
    slices: new Map(),
    nodes: [1, 2, 3].map((number) => node(number)),
    local: [
      { interfaceName: 'lo', address: ip('127.0.0.1') },
      { interfaceName: 'eth0', address: ip('172.16.40.35') },
      { interfaceName: 'eth0', address: ip('fd40::1') },
    ],
    lastGood: {},
    ...parts,
  };
}

function readBack(text: string): KeepalivedConfig {
  return readKeepalivedConfig('/keepalived.conf', {
    files: createMemoryFiles({ '/keepalived.conf': text }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: 'bs-01',
  });
}

/** Everything that this program writes it reads without a word. */
function confOf(plan: Plan): string {
  const text = renderPlan(plan);
  assert.deepEqual(readBack(text).diagnostics, [], text);
  return text;
}

function told(plan: Plan): string[] {
  return plan.diagnoses.map(
    ({ object, reason, message }) => `${object.kind} ${reason}: ${message}`,
  );
}

const http = { name: 'http', port: 80, targetPort: 'web' };
const webSlice = slice(
  'web',
  [{ name: 'http', port: 8080 }],
  [on('bs-02', '10.1.2.1'), on('bs-01', '10.1.1.1')],
);
const web = {
  services: new Map([['default/web', service('web', [http])]]),
  slices: new Map([['default/web', [webSlice]]]),
};

describe('kubernetes: from a cluster to a keepalived.conf', () => {
  test('an address alone, as kube-keepalived-vip writes it', () => {
    const plan = reconcile(view({ '172.16.40.33': '' }), settings);
    assert.deepEqual(plan.diagnoses, []);
    const priority = /priority (\d+)/.exec(confOf(plan))?.[1];
    assert.equal(
      confOf(plan),
      `
global_defs {
  vrrp_version 3
}

vrrp_instance vips {
  state BACKUP
  interface eth0
  virtual_router_id 50
  priority ${priority}
  nopreempt
  advert_int 1

  virtual_ipaddress {
    172.16.40.33
  }
}

# VIP Service with no pods: 172.16.40.33
`,
    );
    assert(Number(priority) >= 100 && Number(priority) <= 199);
  });

  test('a Service, balanced to its endpoints', () => {
    const plan = reconcile(view({ '172.16.40.33': 'default/web' }, web), settings);
    assert.deepEqual(plan.diagnoses, []);
    const [, servers] = confOf(plan).split('# VIP Service');
    assert.equal(
      servers,
      `: default/web (http)
virtual_server 172.16.40.33 80 {
  delay_loop 5
  lvs_sched wlc
  lvs_method NAT
  persistence_timeout 1800
  protocol TCP

  real_server 10.1.1.1 8080 {
    weight 1
    TCP_CHECK {
      connect_port 8080
      connect_timeout 3
    }
  }

  real_server 10.1.2.1 8080 {
    weight 1
    TCP_CHECK {
      connect_port 8080
      connect_timeout 3
    }
  }
}
`,
    );
  });

  test('several Services, families and groups', () => {
    const dns = { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' };
    const parts = {
      services: new Map([
        ...web.services,
        ['default/dns', service('dns', [dns], {}, { 'holdfast/persistence': 'none' })] as const,
        ['default/www', service('www', [http], {}, { 'holdfast/check': 'http:/ok' })] as const,
      ]),
      slices: new Map([
        ...web.slices,
        [
          'default/dns',
          [slice('dns', [{ name: 'dns', protocol: 'UDP', port: 53 }], [on('bs-02', '10.1.2.2')])],
        ] as const,
        [
          'default/www',
          [slice('www', [{ name: 'http', port: 80 }], [on('bs-02', 'fd41::2')], 'IPv6')],
        ] as const,
      ]),
    };
    const data = {
      '172.16.40.33': 'default/web, default/dns',
      '172.16.40.34': 'prefix=24 interface=eth1 vrid=60',
      'fd40--33': 'default/www:DR prefix=64',
    };
    const plan = reconcile(view(data, parts), settings);
    assert.deepEqual(plan.diagnoses, []);
    const { instances, global: _, ...rest } = readBack(confOf(plan)).model;
    assert.deepEqual(
      instances.map(({ name, vrid, family }) => [name, vrid, family]),
      [
        ['vips', 50, 4],
        ['vips6', 50, 6],
        ['vips_60', 60, 4],
      ],
    );
    const text = confOf(plan);
    assert.match(text, /\n {4}172\.16\.40\.34\/24 dev eth1\n/);
    assert.match(text, /\n {4}fd40::33\/64\n/);
    assert.match(text, /UDP_CHECK \{\n {6}connect_port 53\n/);
    assert.match(text, /virtual_server fd40::33 80 \{[^}]*lvs_method DR/);
    assert.match(text, /HTTP_GET \{\n {6}url \{\n {8}path "?\/ok"?\n/);
    assert.equal(text.match(/persistence_timeout/g)?.length, 2);
    assert(rest.checker !== undefined);
  });

  test('unicast: the others of the node list, each family by itself', () => {
    const nodes = [node(1), node(3), node(2), node(4, { labels: { role: 'x' } })];
    const data = { '172.16.40.33': '', 'fd40--33': '' };
    const unicast = { ...settings, casting: 'unicast', nodeSelector: {} } as const;
    const text = confOf(reconcile(view(data, { nodes }), unicast));
    assert.match(
      text,
      /unicast_src_ip 172\.16\.40\.35\n {2}unicast_peer \{(?:\n {4}172\.16\.40\.3[678]){3}\n {2}\}/,
    );
    assert.match(
      text,
      /unicast_src_ip fd40::1\n {2}unicast_peer \{\n {4}fd40::2\n {4}fd40::3\n {4}fd40::4\n/,
    );
    const selected = reconcile(view(data, { nodes }), { ...unicast, nodeSelector: { role: 'x' } });
    assert.deepEqual(selected.instances[0]?.unicast?.peers, ['172.16.40.38']);
    const alone = confOf(reconcile(view(data, { nodes: [node(1)] }), unicast));
    assert.doesNotMatch(alone, /unicast/, 'nobody to send to');
  });

  test('IPv6 addresses ride along where nodes have none', () => {
    const v4only = [1, 2].map((number) => ({
      ...node(number),
      addresses: node(number).addresses.slice(0, 1),
    }));
    const unicast = { ...settings, casting: 'unicast' } as const;
    const both = reconcile(
      view({ '172.16.40.33': '', 'fd40--33': '' }, { nodes: v4only }),
      unicast,
    );
    assert.deepEqual(
      both.instances.map(({ name, excluded }) => [name, excluded.length]),
      [['vips', 1]],
    );
    assert.match(confOf(both), /virtual_ipaddress_excluded \{\n {4}fd40::33\n/);
    const alone = reconcile(view({ 'fd40--33': '' }, { nodes: v4only }), unicast);
    assert.match(told(alone).join(), /NoSource: nodes have no IPv6 address/);
  });

  test('an external address that is somebody else’s does not stop a node', () => {
    const nodes = [1, 2].map((number) => node(number, { external: `203.0.113.${number}` }));
    const plan = reconcile(view({ '172.16.40.33': '' }, { nodes }), {
      ...settings,
      casting: 'unicast',
    });
    assert.deepEqual(plan.instances[0]?.unicast, {
      source: '172.16.40.35',
      peers: ['172.16.40.36'],
    });
  });

  test('no interface: nothing is held, and that is told', () => {
    const plan = reconcile(view({ '172.16.40.33': '' }, { local: [] }), settings);
    assert.deepEqual(plan.instances, []);
    assert.match(told(plan).join(), /NoInterface: .*say which by --iface/);
    const given = { ...settings, interfaceName: 'bond0' };
    assert.equal(reconcile(view({ '172.16.40.33': '' }, { local: [] }), given).instances.length, 1);
  });

  test('neither a ConfigMap without entries nor none at all is an error of the text', () => {
    assert.equal(confOf(reconcile(view({}), settings)), '\nglobal_defs {\n  vrrp_version 3\n}\n');
    const none = reconcile(view(undefined), settings);
    assert.deepEqual(told(none), ['ConfigMap ConfigMapMissing: there is no such ConfigMap']);
  });
});

describe('kubernetes: what is wrong costs nothing else', () => {
  test('a wrong entry is told, the rest is held', () => {
    const plan = reconcile(view({ foo: '', '172.16.40.33': '', '172.16.40.34': 'x' }), settings);
    assert.deepEqual(plan.bare, ['172.16.40.33']);
    assert.deepEqual(told(plan), [
      "ConfigMap WrongEntry: 172.16.40.34: 'x' is not a Service: write NAMESPACE/NAME, say default/web",
      "ConfigMap WrongEntry: foo: 'foo' is not an address: write 192.0.2.10, or 2001-db8--10 for 2001:db8::10",
    ]);
    confOf(plan);
  });

  test('what an entry was before stays, and a ConfigMap that is deleted keeps all', () => {
    const first = reconcile(view({ '172.16.40.33': 'default/web' }, web), settings);
    const { good } = first;
    const wrong = reconcile(view({ '172.16.40.33': 'web' }, { ...web, lastGood: good }), settings);
    assert.equal(renderPlan(wrong), renderPlan(first));
    assert.match(told(wrong).join(), /what it was before stays$/);
    const deleted = reconcile(view(undefined, { ...web, lastGood: wrong.good }), settings);
    assert.equal(renderPlan(deleted), renderPlan(first));
    assert.match(told(deleted).join(), /its last 1 entries stay$/);
    const removed = reconcile(view({}, { ...web, lastGood: deleted.good }), settings);
    assert.deepEqual(removed.servers, []);
  });

  test('an address that a node has is never a virtual one', () => {
    const plan = reconcile(view({ '172.16.40.36': '' }), settings);
    assert.deepEqual(plan.instances, []);
    assert.match(told(plan).join(), /172\.16\.40\.36: a node has this address/);
  });

  test('a Service that is missing, outside, or asks for PROXY is told on the Service', () => {
    const services = new Map([
      ['default/out', service('out', [http], { type: 'ExternalName' })] as const,
      ...web.services,
    ]);
    const data = { '172.16.40.33': 'default/no default/out default/web:PROXY' };
    const plan = reconcile(view(data, { ...web, services }), settings);
    assert.deepEqual(
      plan.diagnoses.map(({ object, reason }) => `${object.name} ${reason}`),
      ['no ServiceMissing', 'out ExternalName', 'web NoProxy'],
    );
    assert.equal(plan.instances[0]?.addresses.length, 1, 'the address is held all the same');
  });

  test('PROXY and the rest of TCP are the proxy’s where there is one', () => {
    const both = service('both', [
      http,
      { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
    ]);
    const parts = {
      services: new Map([...web.services, ['default/both', both] as const]),
      slices: new Map([
        ...web.slices,
        [
          'default/both',
          [
            slice(
              'both',
              [
                { name: 'http', port: 80 },
                { name: 'dns', port: 53, protocol: 'UDP' },
              ],
              [on('bs-02', '10.1.9.1')],
            ),
          ],
        ] as const,
      ]),
    };
    const data = { '172.16.40.33': 'default/web:PROXY', '172.16.40.34': 'default/both' };
    const plan = reconcile(view(data, parts), { ...settings, proxyMode: 'on' });
    assert.deepEqual(plan.diagnoses, []);
    const text = confOf(plan);
    assert.match(text, /@holdfast track_proxy holdfast-stats/);
    assert.deepEqual(text.match(/^virtual_server .*$/gm), ['virtual_server 172.16.40.34 53 {']);
    const [, ...listens] = renderProxy(assignSlots(plan.servers, new Map())).split('\nlisten ');
    assert.deepEqual(listens.slice(1), [
      `default-web-172.16.40.33-80
  bind 172.16.40.33:80 transparent
  server 1 10.1.1.1:8080 check inter 5000 send-proxy
  server 2 10.1.2.1:8080 check inter 5000 send-proxy
  server 3 127.0.0.1:9 check inter 5000 send-proxy disabled
  server 4 127.0.0.1:9 check inter 5000 send-proxy disabled

# default/both`,
      `default-both-172.16.40.34-80
  bind 172.16.40.34:80 transparent
  server 1 10.1.9.1:80 check inter 5000
  server 2 127.0.0.1:9 check inter 5000 disabled
  server 3 127.0.0.1:9 check inter 5000 disabled
  server 4 127.0.0.1:9 check inter 5000 disabled
`,
    ]);
  });

  test('an endpoint that ends keeps its connections: weight 0, but not for persistent clients of nftables', () => {
    const ending = { conditions: { ready: false, serving: true, terminating: true } };
    const endpoints = [on('bs-02', '10.1.2.1'), { ...on('bs-01', '10.1.1.1'), ...ending }];
    const slices = new Map([
      ['default/web', [slice('web', [{ name: 'http', port: 80 }], endpoints)]],
    ]);
    const weights = (value: string, annotations: object): (string | undefined)[] => {
      const services = new Map([['default/web', service('web', [http], {}, annotations)]]);
      const text = confOf(
        reconcile(view({ '172.16.40.33': value }, { services, slices }), settings),
      );
      return [...text.matchAll(/real_server (\S+) 80 \{\n {4}weight (\d)/g)].map(
        ([, address, weight]) => `${address} ${weight}`,
      );
    };
    const none = { 'holdfast/persistence': 'none' };
    assert.deepEqual(weights('default/web', none), ['10.1.1.1 0', '10.1.2.1 1']);
    assert.deepEqual(weights('default/web', {}), ['10.1.2.1 1']);
    assert.deepEqual(weights('default/web:DR', {}), ['10.1.1.1 0', '10.1.2.1 1']);
  });

  test('two Services of one port: the first has it', () => {
    const other = service('other', [{ ...http, targetPort: 1 }]);
    const services = new Map([...web.services, ['default/other', other] as const]);
    const plan = reconcile(
      view({ '172.16.40.33': 'default/web default/other' }, { ...web, services }),
      settings,
    );
    assert.deepEqual(told(plan), [
      "Service PortTaken: 172.16.40.33 TCP 80 is default/web's already; its own does not count",
    ]);
  });

  test('annotations that mean nothing do not count', () => {
    const odd = {
      'holdfast/scheduler': 'best',
      'holdfast/check': 'http:/a"b',
      'holdfast/persistence': '-1',
    };
    const services = new Map([['default/web', service('web', [http], {}, odd)]]);
    const plan = reconcile(view({ '172.16.40.33': 'default/web' }, { ...web, services }), settings);
    assert.equal(plan.diagnoses.length, 3);
    assert.equal(plan.servers[0]?.scheduler, 'wlc');
    confOf(plan);
  });

  test('a Service without endpoints keeps its address, unless told otherwise', () => {
    const empty = { ...web, slices: new Map() };
    const plan = reconcile(view({ '172.16.40.33': 'default/web' }, empty), settings);
    assert.equal(plan.instances.length, 1);
    confOf(plan);
    const withdraw = { ...settings, emptyVips: 'withdraw' } as const;
    const gone = reconcile(view({ '172.16.40.33': 'default/web' }, empty), withdraw);
    assert.deepEqual([gone.instances, gone.servers], [[], []]);
  });

  test('whatever stands in a ConfigMap, a Service and its endpoints, the text is read without a word', () => {
    const nasty = fc.oneof(
      fc.string(),
      fc.constantFrom(
        ...['default/web', 'default/web:DR', '}\nvrrp_instance x {', '"', '!', '#', 'vrid=7'],
        ...[
          'follow=default/web',
          'interface=eth1',
          'prefix=8',
          'include /etc/passwd',
          '$X',
          '@holdfast',
        ],
      ),
    );
    const key = fc.oneof(
      nasty,
      fc.ipV4(),
      fc.ipV6().map((text) => text.replaceAll(':', '-')),
    );
    const value = fc.array(nasty, { maxLength: 4 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.dictionary(key, value), nasty, nasty, (data, name, annotation) => {
        const annotations = { 'holdfast/check': annotation, 'holdfast/scheduler': annotation };
        const services = new Map([
          ['default/web', service('web', [{ name, port: 80, targetPort: name }], {}, annotations)],
        ]);
        const slices = new Map([
          ['default/web', [slice('web', [{ name, port: 8080 }], [on(name, '10.1.1.1')])]],
        ]);
        const cluster = view(data, { services, slices, lastGood: data });
        const plan = reconcile(cluster, settings);
        const { model, diagnostics } = readBack(renderPlan(plan));
        const serious = diagnostics.filter(
          ({ severity }) => severity === 'error' || severity === 'fatal',
        );
        assert.deepEqual(serious, []);
        assert.equal(model.instances.length, plan.instances.length);
        assert.deepEqual(
          reconcile({ ...cluster, lastGood: plan.good }, settings).instances,
          plan.instances,
        );
      }),
    );
  });
});

describe('kubernetes: which node is wanted', () => {
  const priorityOf = (plan: Plan): number => plan.instances[0]?.priority ?? 0;
  const at = (ownNode: string, parts: Partial<ClusterView>, data = { '172.16.40.33': '' }) => {
    const local = [
      { interfaceName: 'eth0', address: ip(`172.16.40.${34 + Number(ownNode.at(-1))}`) },
    ];
    return reconcile(view(data, { ...parts, local }), { ...settings, ownNode });
  };

  test('a node that comes changes no priority, one that is cordoned or not ready comes after the others', () => {
    const usual = priorityOf(at('bs-01', {}));
    assert.equal(
      priorityOf(at('bs-01', { nodes: [1, 2, 3, 4].map((number) => node(number)) })),
      usual,
    );
    const all = ['bs-01', 'bs-02', 'bs-03'];
    for (const options of [{ unschedulable: true }, { ready: 'Unknown' }] as const) {
      const nodes = [node(1, options), node(2), node(3)];
      const [first = 0, ...others] = all.map((name) => priorityOf(at(name, { nodes })));
      assert(others.every((other) => other > first));
      assert.equal(at('bs-01', { nodes }).instances[0]?.yields, true);
      assert.equal(at('bs-02', { nodes }).instances[0]?.yields, false);
    }
    const nodes = all.map((_, index) => node(index + 1, { ready: 'Unknown' }));
    assert.equal(at('bs-01', { nodes }).instances[0]?.yields, false, 'nobody is better off');
  });

  test('follow: only where the Service has a ready endpoint', () => {
    const data = { '172.16.40.33': 'follow=default/web' };
    const slices = new Map([
      ['default/web', [slice('web', [{ port: 1 }], [on('bs-02', '10.1.2.1')])]],
    ]);
    const yields = ['bs-01', 'bs-02', 'bs-03'].map(
      (name) => at(name, { slices }, data).instances[0]?.yields,
    );
    assert.deepEqual(yields, [true, false, true]);
    assert.equal(at('bs-01', {}, data).instances[0]?.yields, false, 'nobody has one');
  });

  test('externalTrafficPolicy Local follows its Service, and balances on the node', () => {
    const local = service('web', [http], { externalTrafficPolicy: 'Local' });
    const parts = { ...web, services: new Map([['default/web', local]]) };
    const data = { '172.16.40.33': 'default/web' };
    const plan = at('bs-02', parts, data);
    assert.deepEqual(plan.servers[0]?.backends, [{ address: '10.1.2.1', port: 8080 }]);
    assert.equal(at('bs-03', parts, data).instances[0]?.yields, true);
    const shared = at('bs-02', parts, { ...data, '172.16.40.34': '' } as typeof data);
    assert.match(told(shared).join(), /CannotFollow: .*a group of its own, say vrid=51/);
    assert.equal(shared.servers[0]?.backends.length, 2);
    const own = at('bs-02', parts, { ...data, '172.16.40.34': 'vrid=51' } as typeof data);
    assert.deepEqual(told(own), []);
  });
});
