import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../src/lab/programs.ts';
import { eventually } from '../daemon/support.ts';
import { ECHO_SERVER, LongConnection } from './long-connection.ts';
import { NODES, type NodeName, Nodes } from './nodes.ts';
import { serverLabel, skipKubernetes } from './server.ts';

const VIP = '172.16.40.33';
const EXTRA = '172.16.40.34';
const LIMIT_MS = 120_000;
const BINDING = 'clusterrolebinding/kube-keepalived-vip';

/** All of it with what `serverLabel` says: nothing here is played but kubelet and controllers. */
describe(`the API server is lost: ${serverLabel}`, {
  skip: skipKubernetes,
  concurrency: false,
}, () => {
  let nodes: Nodes;
  let connection: LongConnection;
  before(async () => {
    nodes = await Nodes.create();
    const folder = join(projectRoot(), 'deploy/kubernetes');
    await nodes.kubectl(`create -f ${folder}/kube-keepalived-vip.yaml`);
    for (const name of NODES) await nodes.host(name).spawn(['node', '-e', ECHO_SERVER, name]);
    await nodes.apply({
      ...{ apiVersion: 'v1', kind: 'Service' },
      metadata: {
        ...{ name: 'echo', namespace: 'default' },
        annotations: { 'holdfast/persistence': 'none', 'holdfast/scheduler': 'rr' },
      },
      spec: { ports: [{ name: 'echo', port: 7, targetPort: 'echo' }] },
    });
    await setEndpoints(['bs-01', 'bs-02']);
    await setVips({ [VIP]: 'default/echo' });
    await nodes.runDaemonSet('kube-keepalived-vip');
    await nodes.lab.waitForHolder(VIP, undefined, { timeoutMs: LIMIT_MS });
    await everyConf(/real_server 172\.16\.40\.35 9090/);
    connection = await eventually(
      open,
      () => `no connection through the address: ${lastError}\n${nodes.logs('bs-01')}`,
      LIMIT_MS,
    );
  });
  after(() => nodes?.destroy());

  let lastError = '';
  const open = () =>
    LongConnection.open(nodes.lab.client, VIP, 7).catch((error: Error) => {
      lastError = error.message;
      return undefined;
    });

  const setVips = (data: object) =>
    nodes.apply({
      ...{ apiVersion: 'v1', kind: 'ConfigMap' },
      metadata: { name: 'vip-configmap', namespace: 'default' },
      data,
    });

  const setEndpoints = (names: readonly NodeName[]) =>
    nodes.setEndpoints('echo', { name: 'echo', port: 9090 }, names);

  /** On each node, in the end. */
  const everyConf = (pattern: RegExp, absent?: RegExp) =>
    eventually(
      () => {
        const texts = NODES.map((name) => nodes.conf(name));
        const isDone = texts.every((text) => pattern.test(text) && absent?.test(text) !== true);
        return isDone ? true : undefined;
      },
      () => `${pattern}\n${NODES.map((name) => `${nodes.conf(name)}\n${nodes.logs(name)}`)}`,
      LIMIT_MS,
    );

  /** How often the address came or went, on any node. */
  const moves = () =>
    NODES.flatMap((name) => nodes.host(name).addressEvents).filter(({ address }) => address === VIP)
      .length;

  /** Whatever is done, the address stays where it is, and the connection goes on. */
  async function undisturbed(work: () => Promise<unknown>): Promise<void> {
    const movesBefore = moves();
    await connection.lives();
    await work();
    await connection.lives();
    assert.equal(moves(), movesBefore, 'the address has moved');
    assert.equal(nodes.lab.holdersOf(VIP).length, 1);
  }

  /** A change of the ConfigMap and one of the endpoints reach every node. */
  async function inStep(): Promise<void> {
    await setVips({ [VIP]: 'default/echo', [EXTRA]: '' });
    await setEndpoints(['bs-01', 'bs-02', 'bs-03']);
    await everyConf(/^ {4}172\.16\.40\.34$[\s\S]*real_server 172\.16\.40\.37 9090/m);
    await nodes.lab.waitForHolder(EXTRA, undefined, { timeoutMs: LIMIT_MS });
    await setVips({ [VIP]: 'default/echo' });
    await setEndpoints(['bs-01', 'bs-02']);
    await everyConf(/real_server 172\.16\.40\.35 9090/, /172\.16\.40\.3[47]/);
  }

  test('stopped for a minute', () =>
    undisturbed(async () => {
      await nodes.server.process.stop({ timeoutMs: LIMIT_MS });
      await sleep(60_000);
      assert.equal(connection.isLost, false);
      await nodes.restartServer();
      await inStep();
    }));

  test('it hangs for half a minute', () =>
    undisturbed(async () => {
      nodes.server.process.signal('SIGSTOP');
      await sleep(30_000);
      nodes.server.process.signal('SIGCONT');
      await nodes.server.ready();
      await inStep();
    }));

  test('killed in mid-watch, while objects change', () =>
    undisturbed(async () => {
      const changes: Promise<unknown>[] = [];
      for (let count = 0; count < 6; count++) {
        const names: NodeName[] =
          count % 2 === 0 ? ['bs-01', 'bs-02', 'bs-03'] : ['bs-01', 'bs-02'];
        changes.push(setEndpoints(names).catch(() => undefined));
        if (count === 3) await nodes.server.process.stop({ signal: 'SIGKILL' });
      }
      await Promise.all(changes);
      await nodes.restartServer();
      await inStep();
    }));

  test('restarted with an older state', () =>
    undisturbed(async () => {
      const data = join(nodes.lab.network.directory, 'kubernetes/etcd');
      const copy = `${data}-older`;
      const stopAll = async () => {
        await nodes.server.process.stop({ signal: 'SIGKILL' });
        await nodes.kubernetes.etcd.stop({ timeoutMs: LIMIT_MS });
      };
      await stopAll();
      cpSync(data, copy, { recursive: true });
      await nodes.kubernetes.startEtcd();
      await nodes.restartServer();
      await setVips({ [VIP]: 'default/echo', [EXTRA]: '' });
      await setEndpoints(['bs-01', 'bs-02', 'bs-03']);
      await everyConf(/^ {4}172\.16\.40\.34$[\s\S]*real_server 172\.16\.40\.37 9090/m);
      await stopAll();
      rmSync(data, { recursive: true });
      cpSync(copy, data, { recursive: true });
      await nodes.kubernetes.startEtcd();
      await nodes.restartServer();
      await everyConf(/real_server 172\.16\.40\.35 9090/, /172\.16\.40\.3[47]/);
      await nodes.lab.waitForNoHolder(EXTRA);
      await inStep();
    }));

  test('slow: nine tenths of the time it does not run', () =>
    undisturbed(async () => {
      let isOver = false;
      const halting = (async () => {
        while (!isOver) {
          nodes.server.process.signal('SIGSTOP');
          await sleep(900);
          nodes.server.process.signal('SIGCONT');
          await sleep(100);
        }
      })();
      await inStep().finally(() => {
        isOver = true;
      });
      await halting;
    }));

  test('it refuses: the rights are gone, and come back', () =>
    undisturbed(async () => {
      const binding = await nodes.get(BINDING);
      await nodes.kubectl(`delete ${BINDING}`);
      // What is watched already goes on: only who asks anew is refused.
      await nodes.server.process.stop({ signal: 'SIGKILL' });
      await nodes.restartServer();
      for (const name of NODES) {
        const pattern = /what was known stays: .*403/;
        await nodes.pod(name).logContains(pattern, { timeoutMs: LIMIT_MS });
      }
      await setEndpoints(['bs-03']);
      await connection.lives();
      const { metadata: _, ...rest } = binding;
      await nodes.apply({ ...rest, metadata: { name: 'kube-keepalived-vip' } });
      await setEndpoints(['bs-01', 'bs-02']);
      await inStep();
    }));

  test('row 29: a start without it holds the address of the last good state, and balances', async () => {
    const holder = await nodes.lab.waitForHolder(VIP);
    await nodes.server.process.stop({ signal: 'SIGKILL' });
    await connection.close();
    for (const name of NODES) await nodes.pod(name).stop({ timeoutMs: LIMIT_MS });
    await nodes.lab.waitForNoHolder(VIP);
    const spec = {
      serviceAccountName: '',
      containers: [{ args: ['--services-configmap=default/vip-configmap'] }],
    };
    await nodes.runPod(holder as NodeName, `kube-keepalived-vip-${holder}`, spec);
    await nodes.pod(holder).logContains('begins with what default/vip-configmap came to last');
    await nodes.lab.waitForHolder(VIP, holder, { timeoutMs: LIMIT_MS });
    connection = await eventually(open, () => `${lastError}\n${nodes.logs(holder)}`, LIMIT_MS);
    assert(['bs-01', 'bs-02'].includes(connection.server), connection.server);
    await nodes.restartServer();
    await nodes.pod(holder).logContains('in step with default/vip-configmap', {
      timeoutMs: LIMIT_MS,
    });
    await connection.lives();
  });
});
