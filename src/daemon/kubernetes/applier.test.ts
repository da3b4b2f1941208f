import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlError } from '../../api/client.ts';
import type { ReloadResult } from '../../api/protocol.ts';
import type { ServersChangeResult } from '../../api/servers.ts';
import { parseIp } from '../../base/ip.ts';
import type { VirtualServer as VirtualServerModel } from '../../config/model/virtual-server.ts';
import type { Instance, Plan, VirtualServer } from '../../kubernetes/reconcile/plan.ts';
import { renderPlan } from '../../kubernetes/reconcile/render.ts';
import { Readings } from '../checker-child/readings.ts';
import { diskFiles } from '../config-files.ts';
import { readConfiguration } from '../configuration.ts';
import { Applier } from './applier.ts';
import { readLastState } from './last-state.ts';
import type { ServersChangeQuery } from './servers-link.ts';

function planOf(last: number): Plan {
  const address = parseIp(`10.0.0.${last}`);
  assert(address !== undefined);
  const instance: Instance = {
    ...{ name: 'vips', vrid: 50, family: 4, interfaceName: 'eth0', priority: 100 },
    ...{ addresses: [{ address, prefixLength: 32 }], excluded: [], yields: false },
  };
  return {
    ...{ instances: [instance], servers: [], diagnoses: [], hasProxy: false },
    bare: [address],
    good: { [address]: '' },
  };
}

/** One address; a virtual server for each port that is named, before servers with these last bytes. */
function balancing(ports: Readonly<Record<number, readonly number[]>>): Plan {
  const plan = planOf(1);
  const [address] = plan.bare;
  assert(address !== undefined);
  const servers = Object.entries(ports).map(([port, lasts]): VirtualServer => {
    const backends = lasts.flatMap((last) => {
      const found = parseIp(`10.0.1.${last}`);
      return found === undefined ? [] : [{ address: found, port: 80 }];
    });
    return {
      ...{ address, port: Number(port), protocol: 'TCP', method: 'NAT', scheduler: 'rr' },
      ...{ persistenceSeconds: 0, check: { kind: 'none' }, backends, portName: '' },
      service: { namespace: 'default', name: `s${port}` },
    };
  });
  return { ...plan, bare: [], servers };
}

/** What a checker process makes of files and changes, without the kernel. */
class Checker {
  readonly #file: string;
  readonly #readings = new Readings();
  readonly #servers = new Map<string, VirtualServerModel>();
  changes = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** At a reload, or as the next process. */
  readFile(): void {
    const files = this.#readings.watched(this.#file, diskFiles);
    const { loadBalancing } = readConfiguration({ configFile: this.#file }, undefined, files);
    this.#servers.clear();
    for (const server of loadBalancing.virtualServers) this.#servers.set(nameOf(server), server);
    this.#readings.begin(loadBalancing);
  }

  async change(query: ServersChangeQuery): Promise<ServersChangeResult> {
    const done = this.#readings.change(query, ({ changed, removed }) => {
      this.changes++;
      for (const id of removed) assert(this.#servers.delete(id), id);
      for (const server of changed) this.#servers.set(nameOf(server), server);
    });
    if (!done.ok) throw new ControlError('failed', done.reason);
    return done.value;
  }

  get servers(): readonly VirtualServerModel[] {
    return [...this.#servers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, server]) => server);
  }
}

function nameOf({ key, protocol }: VirtualServerModel): string {
  assert(key.kind === 'address');
  return `${protocol} ${key.address}:${key.port}`;
}

const NOTHING: ReloadResult = {
  ...{ diagnostics: [], added: [], removed: [], changed: [], settings: [], unchanged: 0 },
};

/** A daemon that answers when, and as, it is told to. */
class Daemon {
  readonly asked: ((outcome: 'taken' | 'refused' | 'gone') => void)[] = [];
  #onAsk: (() => void) | undefined;

  reload(): Promise<ReloadResult> {
    return new Promise((resolve, reject) => {
      this.asked.push((outcome) => {
        if (outcome === 'taken') resolve(NOTHING);
        else if (outcome === 'gone') reject(new ControlError('no-daemon', 'nobody there'));
        else reject(new ControlError('failed', 'line 3 is wrong'));
      });
      this.#onAsk?.();
    });
  }

  /** Answers the next question, when it comes. */
  async answer(outcome: 'taken' | 'refused' | 'gone'): Promise<void> {
    while (this.asked.length === 0) {
      await new Promise<void>((resolve) => {
        this.#onAsk = resolve;
      });
    }
    this.asked.shift()?.(outcome);
  }
}

describe('kubernetes: bringing plans into force', () => {
  const folder = mkdtempSync(join(tmpdir(), `hft-${process.pid}-applier-`));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function create(name: string, nowMs = () => performance.now()) {
    const daemon = new Daemon();
    const applied: Plan[] = [];
    const refusals: (string | undefined)[] = [];
    let onApplied: (() => void) | undefined;
    const settings = {
      configMap: { namespace: 'default', name: 'vips' },
      configFile: join(folder, `${name}.conf`),
      stateFile: join(folder, `${name}.json`),
    };
    const checker = new Checker(settings.configFile);
    const applier = new Applier({
      ...{ settings, daemon, checker, nowMs, tell: () => {} },
      applied: (plan) => {
        applied.push(plan);
        onApplied?.();
      },
      refused: (why) => refusals.push(why),
    });
    const isApplied = async (plan: Plan): Promise<void> => {
      while (applied.at(-1) !== plan) {
        await new Promise<void>((resolve) => {
          onApplied = resolve;
        });
      }
    };
    const text = (): string => readFileSync(settings.configFile, 'utf8');
    const state = () => readLastState(settings.stateFile, 'default/vips');
    return { daemon, checker, applier, applied, refusals, isApplied, text, state };
  }

  test('the file, the daemon, and then the disk', async () => {
    const { daemon, applier, isApplied, text, state } = create('order');
    const plan = planOf(1);
    applier.apply(plan);
    await daemon.answer('taken');
    await isApplied(plan);
    assert.match(text(), /10\.0\.0\.1\n$/);
    assert.deepEqual(state()?.good, { '10.0.0.1': '' });
    assert.equal(state()?.text, text());
    assert.equal(readLastState(join(folder, 'order.json'), 'default/other'), undefined);
  });

  test('of what comes meanwhile only the last counts', async () => {
    const { daemon, applier, applied, isApplied, text } = create('last');
    const plans = [1, 2, 3, 4].map(planOf);
    for (const plan of plans) applier.apply(plan);
    await daemon.answer('taken');
    await daemon.answer('taken');
    const [first, , , last] = plans;
    assert(first !== undefined && last !== undefined);
    await isApplied(last);
    assert.deepEqual(applied, [first, last]);
    assert.match(text(), /10\.0\.0\.4\n$/);
  });

  test('what is refused is taken back, told, and not asked again', async () => {
    const { daemon, applier, applied, refusals, isApplied, text, state } = create('refused');
    const [good, bad, next] = [1, 2, 3].map(planOf);
    assert(good !== undefined && bad !== undefined && next !== undefined);
    applier.apply(good);
    await daemon.answer('taken');
    await isApplied(good);
    applier.apply(bad);
    await daemon.answer('refused');
    applier.apply(bad);
    while (refusals.at(-1) !== 'line 3 is wrong') await new Promise(setImmediate);
    assert.match(text(), /10\.0\.0\.1\n$/);
    assert.deepEqual(state()?.good, { '10.0.0.1': '' });
    applier.apply(next);
    await daemon.answer('taken');
    await isApplied(next);
    assert.deepEqual(applied, [good, next]);
    assert.equal(refusals.at(-1), undefined);
  });

  /** A daemon and a checker process that have the plan. */
  async function begin(name: string, plan: Plan) {
    const created = create(name);
    created.applier.apply(plan);
    await created.daemon.answer('taken');
    await created.isApplied(plan);
    created.checker.readFile();
    return created;
  }

  const eventually = async (isSo: () => boolean): Promise<void> => {
    const untilMs = performance.now() + 30_000;
    while (!isSo()) {
      assert(performance.now() < untilMs, `not within 30 s: ${isSo}`);
      await sleep(10);
    }
  };

  test('virtual servers alone are told to the checker process, and the files follow', async () => {
    const { daemon, checker, applier, isApplied, text, state } = await begin(
      'quick',
      balancing({ 80: [2, 3], 81: [4], 82: [5] }),
    );
    const before = text();
    const plan = balancing({ 80: [3, 6], 82: [], 83: [4], 84: [] });
    applier.apply(plan);
    await isApplied(plan);
    assert.equal(daemon.asked.length, 0);
    assert.equal(checker.changes, 1);
    assert.equal(text(), before);
    const { servers } = checker;
    await eventually(() => text() === renderPlan(plan) && state()?.text === text());
    checker.readFile();
    assert.deepEqual(servers, checker.servers);
    assert.equal(servers.length, 2);
    applier.close();
  });

  test('what another reading of the files has undone is found, and done again', async () => {
    const { daemon, checker, applier, isApplied } = await begin('undone', balancing({ 80: [2] }));
    const plan = balancing({ 80: [3] });
    applier.apply(plan);
    await isApplied(plan);
    const { servers } = checker;
    // As the next process, or by SIGHUP: before the file has followed.
    checker.readFile();
    assert.notDeepEqual(checker.servers, servers);
    await daemon.answer('taken');
    checker.readFile();
    assert.deepEqual(checker.servers, servers);
    const next = balancing({ 80: [4] });
    applier.apply(next);
    await isApplied(next);
    assert.equal(daemon.asked.length, 0);
    assert.equal(checker.changes, 2);
    applier.close();
  });

  test('a change waits for a checker process that has not read the file yet', async () => {
    const { daemon, checker, applier, isApplied } = create('late');
    const first = balancing({ 80: [2] });
    applier.apply(first);
    await daemon.answer('taken');
    await isApplied(first);
    const plan = balancing({ 80: [3] });
    applier.apply(plan);
    await sleep(100);
    assert.equal(checker.changes, 0);
    checker.readFile();
    await isApplied(plan);
    assert.equal(checker.changes, 1);
    assert.equal(daemon.asked.length, 0);
    applier.close();
  });

  test('endpoints do not wait while a reload has to rest', async () => {
    let nowMs = 0;
    const { daemon, checker, applier, applied, isApplied, text } = create('rest', () => nowMs);
    const first = balancing({ 80: [2], 81: [4] });
    applier.apply(first);
    await eventually(() => daemon.asked.length > 0);
    checker.readFile();
    // A daemon that takes long is given as long a rest, twice over.
    nowMs += 1000;
    await daemon.answer('taken');
    await isApplied(first);
    // One more address takes a reload, and so does one server less: of port 82 nothing is said before.
    const more = { ...balancing({ 80: [3], 82: [6] }), instances: planOf(2).instances };
    applier.apply(more);
    await eventually(() => checker.changes === 1);
    assert.equal(daemon.asked.length, 0);
    assert.deepEqual(
      checker.servers.map(({ realServers }) => realServers.map(({ address }) => address)),
      [['10.0.1.3'], ['10.0.1.4']],
    );
    assert.deepEqual(applied, [first]);
    const last = { ...balancing({ 80: [5], 82: [6] }), instances: planOf(2).instances };
    applier.apply(last);
    await eventually(() => checker.changes === 2);
    assert.equal(daemon.asked.length, 0);
    nowMs += 2000;
    await daemon.answer('taken');
    await isApplied(last);
    assert.equal(text(), renderPlan(last));
    assert.deepEqual(applied, [first, last]);
    applier.close();
  });

  test('the end writes what is in force', async () => {
    const { applier, isApplied, text } = await begin('end', balancing({ 80: [2] }));
    const plan = balancing({ 80: [3] });
    applier.apply(plan);
    await isApplied(plan);
    applier.close();
    assert.equal(text(), renderPlan(plan));
  });

  test('a daemon that is not there is asked until it is', async () => {
    const { daemon, applier, isApplied } = create('gone');
    const plan = planOf(1);
    applier.apply(plan);
    await daemon.answer('gone');
    await daemon.answer('taken');
    await isApplied(plan);
  });
});
