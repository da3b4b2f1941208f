import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { projectRoot } from '../../src/lab/programs.ts';
import { NODES, Nodes } from '../kubernetes/nodes.ts';
import { skipKubernetes } from '../kubernetes/server.ts';
import { PlayedPod } from './played-pod.ts';
import { until } from './site.ts';

// The image in the place of kube-keepalived-vip, as the DaemonSet of deploy/kubernetes runs it: arguments, rights,
// read-only root and volumes, against a real API server. test/kubernetes/seed-004.kt.ts has the rest of the seed.

const VIP = '172.16.40.33';
const DAEMON_SET = 'kube-keepalived-vip';
/** NET_ADMIN, NET_RAW, SYS_NICE. */
const CAPABILITIES = (1 << 12) | (1 << 13) | (1 << 23);

describe('kube-keepalived-vip as a DaemonSet', { skip: skipKubernetes }, () => {
  let nodes: Nodes;
  const pods = new Map<string, PlayedPod>();
  const pod = (node: string): PlayedPod => {
    const found = pods.get(node);
    assert(found !== undefined, node);
    return found;
  };
  const logged = (node: string, pattern: RegExp, from = 0): Promise<void> =>
    until(`${node} to log ${pattern}`, () => {
      const logs = pod(node).logs().slice(from);
      return pattern.test(logs) ? undefined : logs;
    });
  /** Until another node, and no other, holds the address. */
  const moved = async (from: string): Promise<string> => {
    await until(`another node than ${from} to hold the address`, () => {
      const holders = nodes.lab.holdersOf(VIP);
      return holders.length === 1 && holders[0] !== from
        ? undefined
        : `${holders.join(' and ')}\n${pod(from).logs()}`;
    });
    return nodes.lab.holdersOf(VIP)[0] ?? '';
  };

  before(async () => {
    nodes = await Nodes.create();
    const folder = join(projectRoot(), 'deploy/kubernetes');
    for (const file of ['kube-keepalived-vip.yaml', 'vip-configmap.yaml'])
      await nodes.kubectl(`create -f ${folder}/${file}`);
    for (const name of NODES) pods.set(name, new PlayedPod(nodes, DAEMON_SET, name));
  });
  after(async () => {
    for (const each of pods.values()) each.remove();
    await nodes?.destroy();
  });

  test('its pods follow the ConfigMap, and one node holds the address', async () => {
    for (const name of NODES) await pod(name).start(DAEMON_SET);
    for (const name of NODES) await logged(name, /in step with default\/vip-configmap/);
    const holder = await nodes.lab.waitForHolder(VIP, undefined, { timeoutMs: 60_000 });
    const conf = pod(holder).exec('cat', '/etc/keepalived/keepalived.conf');
    assert.match(conf, /virtual_ipaddress \{\n {4}172\.16\.40\.33\n {2}\}/);
    const { stdout } = await nodes.lab.client.run(['ping', VIP, '-c', '4', '-i', '0.2']);
    assert.match(stdout, /4 packets transmitted, 4 received, 0% packet loss/);
  });

  test('a pod has the rights of the manifest and no others, and is live and ready', async () => {
    const [node] = NODES;
    assert.match(pod(node).tryExec('touch', '/opt/file').stderr, /Read-only file system/);
    const status = pod(node).exec('sh', '-c', 'cat /proc/$(pgrep -o -f kube-keepalived)/status');
    const effective = Number.parseInt(/^CapEff:\s*(\S+)$/m.exec(status)?.[1] ?? '', 16);
    assert.equal(effective, CAPABILITIES, status);
    assert.match(status, /^NoNewPrivs:\s*1$/m);
    for (const name of ['livenessProbe', 'readinessProbe'] as const)
      assert.equal(await pod(node).probe(name), 200, name);
    assert.match(pod(node).exec('holdfast', 'status'), /172\.16\.40\.33/);
  });

  test('the address survives the end of its pod, its death, and a cut cable', async () => {
    const first = await nodes.lab.waitForHolder(VIP);
    pod(first).stop();
    const second = await moved(first);
    const { length } = pod(first).logs();
    pod(first).again();
    await logged(first, /Entering BACKUP STATE/, length);
    pod(second).kill();
    const third = await moved(second);
    pod(second).again();
    await nodes.host(third).setCable('pulled');
    await until('another node to hold the address', () => {
      const others = nodes.lab.holdersOf(VIP).filter((name) => name !== third);
      return others.length === 1 ? undefined : others.join(' and ');
    });
    await nodes.host(third).setCable('plugged');
    await nodes.lab.waitForHolder(VIP);
  });

  test('a pod that starts without the API server holds what its volume says', async () => {
    await nodes.server.process.stop({ signal: 'SIGKILL' });
    for (const name of NODES) pod(name).stop();
    await nodes.lab.waitForNoHolder(VIP);
    const { length } = pod(NODES[0]).logs();
    for (const name of NODES) pod(name).again();
    await nodes.lab.waitForHolder(VIP, undefined, { timeoutMs: 60_000 });
    await logged(NODES[0], /begins with what default\/vip-configmap came to last/, length);
  });
});
