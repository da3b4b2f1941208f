/** Single virtual servers are changed past the file (ADR 0014), and IPVS has what a reload would give it. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServersLink } from '../../src/daemon/kubernetes/servers-link.ts';
import { testPath } from '../../tools/sweep.ts';
import { addressOf, type BalanceStage, openBalanceStage, VIPS } from '../balance/stage.ts';
import { Program } from './program.ts';

const LIMIT_MS = 60_000;
const LOOK_MS = 100;
const VIP = VIPS[4];
const FOLDER = testPath('changes');
const CHANGES = 300;
const PORTS = [9100, 9101, 9102, 9103];

/** Weights of s1, s2, s3 by the port of the VIP; undefined: it is not there. */
type Services = ReadonlyMap<number, readonly (number | undefined)[]>;

function textOf(services: Services): string {
  const blocks = [...services].map(([port, weights]) => {
    const servers = weights.map((weight, index) =>
      weight === undefined
        ? ''
        : `real_server ${addressOf(index, 4)} 8080 {\nweight ${weight}\n}\n`,
    );
    const head = `virtual_server ${VIP} ${port} {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\n`;
    return `${head}${servers.join('')}}\n`;
  });
  return blocks.join('');
}

/** The same numbers each time. */
function createChance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor(state / 65_536) % below;
  };
}

describe('single changes on a director with IPVS', () => {
  let stage: BalanceStage;
  let holdfast: Program;
  let services: Services = new Map(PORTS.slice(0, 3).map((port) => [port, [1, 1, undefined]]));
  const link = new ServersLink(`${FOLDER}/all.sock`);
  const ipvsadm = (...words: readonly string[]): readonly string[] =>
    stage.director
      .exec('ipvsadm', ...words)
      .trim()
      .split('\n')
      .sort();
  const rules = (): readonly string[] => ipvsadm('-Sn');
  /** Connections that the service has had: a service that is made anew begins with none. */
  const connectionsOf = (port: number): number => {
    const line = ipvsadm('-Ln', '--stats', '--exact').find((one) =>
      one.includes(`${VIP}:${port} `),
    );
    return Number(line?.trim().split(/ +/)[2]);
  };
  const readings = new Set<string>();
  async function readingNow(): Promise<string> {
    for (const endMs = Date.now() + LIMIT_MS; ; await sleep(LOOK_MS)) {
      try {
        return (await link.change({ reading: '', text: '', removed: [] })).reading;
      } catch (error) {
        if (Date.now() > endMs) throw error;
      }
    }
  }
  /** What is new in `next`, as the controller of a cluster says it. */
  async function changeTo(next: Services): Promise<void> {
    const changed = new Map([...next].filter(([port, each]) => services.get(port) !== each));
    const gone = [...services.keys()].filter((port) => !next.has(port));
    const [reading = ''] = readings;
    const { outcome } = await link.change({
      ...{ reading, text: textOf(changed) },
      removed: gone.map((port) => `tcp ${VIP}:${port}`),
    });
    assert.equal(outcome, 'changed', holdfast.output);
    services = next;
  }
  const wanted = (): readonly string[] =>
    [...services]
      .flatMap(([port, weights]) => [
        `-A -t ${VIP}:${port} -s rr`,
        ...weights.flatMap((weight, index) =>
          weight === undefined
            ? []
            : [`-a -t ${VIP}:${port} -r ${addressOf(index, 4)}:8080 -m -w ${weight}`],
        ),
      ])
      .sort();

  before(async () => {
    stage = await openBalanceStage('vmc');
    mkdirSync(FOLDER);
    writeFileSync(`${FOLDER}/conf`, textOf(services));
    holdfast = new Program('holdfast', stage.director, FOLDER);
    readings.add(await readingNow());
  });
  after(async () => {
    await holdfast?.end('SIGTERM');
    await stage?.close();
    rmSync(FOLDER, { recursive: true });
  });

  test('endpoints of one service come and go, and connections of all others stay', async () => {
    assert.deepEqual(rules(), wanted());
    const [first = 0, second = 0] = PORTS;
    const streams = [];
    for (const port of [first, first, second, second]) {
      streams.push(await stage.client.open(VIP, port));
    }
    const before = [2, 2];
    // The kernel adds its figures up every two seconds.
    for (const endMs = Date.now() + LIMIT_MS; ; await sleep(LOOK_MS)) {
      if ([first, second].map(connectionsOf).join() === before.join()) break;
      assert.ok(Date.now() < endMs, ipvsadm('-Ln', '--stats').join('\n'));
    }
    const others = services;
    await changeTo(new Map([...others, [first, [1, undefined, 3]]]));
    assert.deepEqual(rules(), wanted());
    assert.deepEqual([connectionsOf(first), connectionsOf(second)], before);
    const left = streams.filter(({ server }, index) => index > 1 || server !== 's2');
    assert.equal(left.length, 3);
    for (const stream of left) assert.equal(await stream.talk(), stream.server);
    const answers = new Set(await stage.client.askMany(VIP, first, 8));
    assert.deepEqual([...answers].sort(), ['s1', 's3']);
    for (const stream of streams) await stream.close();
  });

  test('services come and go', async () => {
    const [first = 0, second = 0, third = 0, fourth = 0] = PORTS;
    const [kept = []] = [services.get(second)];
    await changeTo(
      new Map([
        [second, kept],
        [fourth, [undefined, 1, undefined]],
      ]),
    );
    assert.deepEqual(rules(), wanted());
    assert.match(await stage.client.ask(VIP, fourth), /^s2 /);
    for (const port of [first, third]) assert.equal(Number.isNaN(connectionsOf(port)), true);
  });

  test(`${CHANGES} changes come to what a reload comes to, without one`, async () => {
    const chance = createChance(1);
    for (let round = 0; round < CHANGES; round++) {
      const next = new Map(services);
      const port = PORTS[chance(PORTS.length)] ?? 0;
      const weights = [0, 1, 2].map(() => (chance(3) === 0 ? undefined : 1 + chance(5)));
      if (weights.every((one) => one === undefined)) next.delete(port);
      else next.set(port, weights);
      // The last service stays: without any there is no checker process.
      if (next.size > 0) await changeTo(next);
      if (round % 20 === 0) assert.deepEqual(rules(), wanted());
    }
    assert.deepEqual(rules(), wanted());
    assert.deepEqual([await readingNow()], [...readings]);
    writeFileSync(`${FOLDER}/conf`, textOf(services));
    holdfast.kill('SIGHUP');
    for (const endMs = Date.now() + LIMIT_MS; ; await sleep(LOOK_MS)) {
      if (!readings.has(await readingNow())) break;
      assert.ok(Date.now() < endMs, holdfast.output);
    }
    assert.deepEqual(rules(), wanted());
  });

  test('what follows another reading changes nothing', async () => {
    const [reading = ''] = readings;
    const text = textOf(new Map([[9109, [1, 1, 1]]]));
    const { outcome } = await link.change({ reading, text, removed: [] });
    assert.equal(outcome, 'other-reading');
    assert.deepEqual(rules(), wanted());
  });
});
