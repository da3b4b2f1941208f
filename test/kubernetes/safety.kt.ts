import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { projectRoot } from '../../src/lab/programs.ts';
import { testPath } from '../../tools/sweep.ts';
import { eventually } from '../daemon/support.ts';
import { type Manifest, NODES, readManifests } from './nodes.ts';
import { RowLab } from './row-lab.ts';
import { skipKubernetes } from './server.ts';

// real 1.20: its authorizer and its audit log judge what is asked for.

const VIP = '172.16.40.33';
const ACCOUNT = 'system:serviceaccount:default:kube-keepalived-vip';
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', users: [ACCOUNT] }, { level: 'None' }],
};

interface Audited {
  readonly verb: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly apiGroup?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestURI: string;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

describe('safety in a cluster', { skip: skipKubernetes, concurrency: false }, () => {
  const folder = testPath('audit');
  const log = join(folder, 'audit.log');
  let lab: RowLab;
  before(async () => {
    mkdirSync(folder, { recursive: true });
    const policy = join(folder, 'policy.json');
    writeFileSync(policy, JSON.stringify(AUDIT_POLICY));
    const serverFlags = [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`];
    lab = await RowLab.create({ serverFlags });
  });
  after(async () => {
    await lab?.nodes.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  const audited = (): Audited[] =>
    (existsSync(log) ? readFileSync(log, 'utf8') : '')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line));

  /** Each right that the manifests give, one by one. */
  const rights = readManifests('kube-keepalived-vip.yaml')
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
    .flatMap((role) => (role as Manifest & { rules: readonly Rule[] }).rules)
    .flatMap(({ apiGroups, resources, verbs, resourceNames = [undefined] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) => resourceNames.map((name) => ({ group, resource, verb, name }))),
        ),
      ),
    );

  const isUsed = ({ group, resource, verb, name }: (typeof rights)[number]): boolean =>
    audited().some(({ verb: asked, objectRef = {}, responseStatus = {}, requestURI }) => {
      const { code = 0 } = responseStatus;
      const isName =
        name === undefined ||
        objectRef.name === name ||
        decodeURIComponent(requestURI).includes(`metadata.name=${name}`);
      return (
        asked === verb &&
        objectRef.resource === resource &&
        (objectRef.apiGroup ?? '') === group &&
        (code < 300 || code === 409) &&
        isName
      );
    });

  test('every right of the account is used, and none is missing', async () => {
    assert(rights.length >= 11, JSON.stringify(rights));
    await lab.setVips({ [VIP]: 'default/missing' });
    await lab.nodes.lab.waitForHolder(VIP);
    // A watch is in the log when it has ended.
    await lab.restartPods();
    await eventually(
      () => (rights.every(isUsed) ? true : undefined),
      () => {
        const unused = rights.filter((right) => !isUsed(right));
        const asked = audited().map(({ verb, requestURI, responseStatus }) => {
          return `${verb} ${requestURI} ${responseStatus?.code}`;
        });
        return `unused: ${JSON.stringify(unused)}\n${asked.join('\n')}`;
      },
      60_000,
    );
    const refused = audited().filter(({ responseStatus }) => responseStatus?.code === 403);
    assert.deepEqual(refused, []);
  });

  test('what is hostile is refused with an Event, and nothing else', async () => {
    await lab.setVips({ [VIP]: '' });
    await lab.nodes.lab.waitForHolder(VIP);
    for (const name of NODES)
      await lab.until(() =>
        lab.nodes.conf(name).endsWith(`# VIP Service with no pods: ${VIP}\n`) ? true : undefined,
      );
    const before = NODES.map((name) => lab.nodes.conf(name));
    const hostile: Readonly<Record<string, string>> = {
      '172.16.40.101': 'default/web\n}\nvrrp_script x {\n script "/bin/touch /tmp/x"\n}',
      '172.16.40.102': 'default/$(id)',
      '172.16.40.103': '../../etc/passwd',
      '172.16.40.104': 'interface="eth0\n}"',
      '172.16.40.105': 'interface=../eth0',
      '172.16.40.106': 'vrid=60\u0000priority 1',
      '172.16.40.107': 'prefix=24;script',
      '172.16.40.108': 'follow=a/b/../c',
      '172.16.40.109': 'advert=1\u2028}',
      '172.16.40.110': 'notify=/bin/sh',
      '172.16.40.111': 'x'.repeat(5000),
      '172.16.40.112': 'default/web:NATO',
      '172.16.40.113': '__proto__=1',
      '172.16.40.35': '',
      '127.0.0.1': '',
      '224.0.0.18': '',
      ['a'.repeat(253)]: '',
      '.-.': '',
    };
    await lab.setVips({ [VIP]: '', ...hostile });
    for (const key of Object.keys(hostile)) {
      const start = `${key.slice(0, 60)}`.replace(/[.]/g, '\\.');
      await lab.event(new RegExp(`^${start}.{0,3}: `));
    }
    assert.deepEqual(
      NODES.map((name) => lab.nodes.conf(name)),
      before,
    );
    assert.equal(lab.nodes.lab.holdersOf(VIP).length, 1);
    // Of these a host has two all the same.
    const own = ['172.16.40.35', '127.0.0.1'];
    for (const key of Object.keys(hostile).filter((one) => !own.includes(one)))
      assert.deepEqual(lab.nodes.lab.holdersOf(key), [], key);
  });

  test('annotations that are hostile are refused alike, and their Service is served', async () => {
    for (const name of NODES) await lab.backend(name, 9090);
    const annotations = {
      'holdfast/scheduler': 'rr\n}',
      'holdfast/persistence': '-1',
      'holdfast/check': 'http:/" }\n misc_path /bin/sh',
      'holdfast/weights': 'bs-01=1\n}',
    };
    await lab.service('web', annotations, { ports: [{ name: 'http', port: 80 }] });
    await lab.endpoints('web', { name: 'http', port: 9090 });
    await lab.nodes.kubectl('annotate node bs-01 holdfast/priority=250}');
    await lab.setVips({ [VIP]: 'default/web' });
    for (const name of ['scheduler', 'persistence', 'check', 'weights'])
      await lab.event(new RegExp(`^holdfast/${name} is none of`));
    await lab.until(async () =>
      NODES.some((name) => lab.nodes.conf(name).includes('TCP_CHECK')) &&
      (await lab.curl(`http://${VIP}/`)) !== ''
        ? true
        : undefined,
    );
    for (const name of NODES)
      assert.doesNotMatch(lab.nodes.conf(name), /misc_path|priority 250|\/bin\/sh/);
  });

  test('a control-plane pod and the DaemonSet leave each other alone', async () => {
    const host = lab.nodes.host('bs-01');
    for (const name of ['bs-02', 'bs-03']) await lab.nodes.pod(name).stop();
    await lab.nodes.lab.waitForHolder(VIP, 'bs-01', { timeoutMs: 60_000 });
    await lab.nodes.pod('bs-01').stop();
    const vip = '172.16.40.40';
    const holds = (address: string) => lab.nodes.lab.waitForHolder(address, 'bs-01', LONG);
    const answers = (url: string, pattern: RegExp) =>
      lab.until(async () => (pattern.test(await lab.curl(url)) ? true : undefined));
    // Both in pods: of each other's files they see none, and their pid files have the same path.
    const inPod = (name: string, prepare: string, words: readonly string[]) =>
      host.spawn(
        [
          'unshare',
          '-m',
          'sh',
          '-ec',
          `mount -t tmpfs run /run; ${prepare}; exec "$0" "$@"`,
          ...words,
        ],
        { name, env: { POD_NAME: 'kube-keepalived-vip-bs-01', POD_NAMESPACE: 'default' } },
      );
    const holdfast = join(projectRoot(), 'bin/holdfast');
    const daemonSet = () =>
      inPod('kubernetes', ':', [
        ...[holdfast, 'kubernetes', '--services-configmap=default/vip-configmap'],
        ...[`--kubeconfig=${host.path('kubeconfig')}`, `--config-file=${host.path('k.conf')}`],
        ...[`--state-file=${host.path('k.json')}`, '--pid-file=/run/keepalived.pid'],
      ]);
    const text = execFileSync(
      holdfast,
      [
        ...['manifest', 'control-plane', '--vip', vip, '--interface', 'eth0'],
        ...['--master', 'bs-01=172.16.40.35', '--master', 'bs-02=172.16.40.36'],
      ],
      { encoding: 'utf8' },
    );
    // With a virtual server of its own, which the manifest has not: as much as can collide.
    const conf = `${confOf(text)}
virtual_server ${vip} 81 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server 172.16.40.35 9090 {
  }
}
`;
    const file = host.write(
      'control-plane.conf',
      conf.replace('global_defs {', 'global_defs {\n@holdfast data_plane nftables'),
    );
    const controlPlane = () =>
      inPod('control plane', 'mkdir -p /run/x', [
        ...[holdfast, 'run', '-f', file, '--config-id', 'bs-01', '--pid', '/run/keepalived.pid'],
      ]);
    const both = async (): Promise<void> => {
      await Promise.all([holds(VIP), holds(vip)]);
      await answers(`http://${VIP}/`, /^bs-/);
      await answers(`http://${vip}:81/`, /^bs-01/);
    };
    let first = await daemonSet();
    let second = await controlPlane();
    await both();
    await first.stop();
    await lab.nodes.lab.waitForNoHolder(VIP);
    assert(host.holds(vip));
    await answers(`http://${vip}:81/`, /^bs-01/);
    first = await daemonSet();
    await both();
    await second.stop();
    await lab.nodes.lab.waitForNoHolder(vip);
    assert(host.holds(VIP));
    await answers(`http://${VIP}/`, /^bs-/);
    second = await controlPlane();
    await both();
    // And where one is killed: what its kernel guard takes away is its own.
    first.signal('SIGKILL');
    await lab.nodes.lab.waitForNoHolder(VIP, LONG);
    assert(host.holds(vip));
    await answers(`http://${vip}:81/`, /^bs-01/);
    first = await daemonSet();
    await both();
    await Promise.all([first.stop(), second.stop()]);
  });
});

const LONG = { timeoutMs: 60_000 } as const;

/** The keepalived.conf that is in the manifest, without the script of the API server's check. */
function confOf(manifest: string): string {
  const { spec } = parse(manifest) as {
    spec: { initContainers: { env: { name: string; value?: string }[] }[] };
  };
  const [init] = spec.initContainers;
  const conf = init?.env.find(({ name }) => name === 'KEEPALIVED_CONF')?.value;
  assert(conf !== undefined);
  return conf.replace('/etc/keepalived/readyz', '/bin/true');
}
