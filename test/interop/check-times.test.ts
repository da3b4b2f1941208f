/**
 * When a server's state changes: keepalived and holdfast watch the same servers, and take them out and put
 * them back within one check interval of each other. Where the kernel has no IPVS it is their logs that
 * tell (test/vm/times.vm.ts asks the kernel).
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LineSplitter } from '../../src/base/line-splitter.ts';
import { testPath } from '../../tools/sweep.ts';
import { type Comparison, calm, compare, until, type Watched } from '../check-times/compare.ts';
import { environmentWithoutIpvs } from '../check-times/no-ipvs.ts';
import {
  addressOf,
  configuration,
  KINDS,
  type Kind,
  MOODS,
  Servers,
} from '../check-times/servers.ts';
import { createTestNamespace, skipKernelTests, type TestNamespace } from '../linux/namespaces.ts';

const PACE = { intervalSeconds: 2, timeoutSeconds: 1, retrySeconds: 1 } as const;
const SLACK_MS = 1000;
const LOOK_MS = 20;
const LINE_CHARACTERS_MAX = 10_000;
const FLAPS = 10;
/** Shorter than what a retry waits for, and well for longer than that. */
const FLAP_WRONG_MS = 400;
const FLAP_WELL_MS = 1300;

const FOLDER = testPath('check-times');
const COMMANDS = {
  keepalived: ['keepalived'],
  holdfast: [resolve('bin/holdfast')],
} as const;

const missing = ['keepalived', 'cc', 'nft', 'openssl'].filter(
  (program) => spawnSync('which', [program]).status !== 0,
);
const skip = skipKernelTests || (missing.length > 0 ? `needs ${missing.join(', ')}` : false);

class Watcher implements Watched {
  readonly changedMs = new Map<Kind, number>();
  readonly present = new Set<Kind>(KINDS);
  readonly #namespace: TestNamespace;
  readonly #process: ChildProcess;
  #output = '';

  constructor(name: keyof typeof COMMANDS, servers: Servers, number: number) {
    this.#namespace = createTestNamespace(`times-${name}`);
    servers.link(this.#namespace.name, number);
    this.#namespace.ip(`addr add 10.7.${number}.2/24 dev eth0`);
    this.#namespace.ip('link set eth0 up');
    this.#namespace.ip(`route add default via 10.7.${number}.1`);
    const folder = `${FOLDER}/${name}`;
    mkdirSync(folder);
    const file = (ending: string): string => `${folder}/${ending}`;
    writeFileSync(file('conf'), configuration(FOLDER, PACE));
    const files = ['-f', file('conf'), '-p', file('pid'), '-c', file('c.pid'), '-r', file('v.pid')];
    const inside = ['netns', 'exec', this.#namespace.name, ...COMMANDS[name]];
    this.#process = spawn('ip', [...inside, '-n', '-l', '-D', '-C', ...files], {
      env: { ...process.env, ...(name === 'keepalived' && environmentWithoutIpvs(FOLDER)) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
      stream?.on('data', (data: Buffer) => {
        for (const line of splitter.push(data.toString())) this.#take(line);
      });
    }
  }

  get output(): string {
    return this.#output;
  }

  look(): void {
    assert.equal(this.#process.exitCode, null, this.#output);
  }

  async close(): Promise<void> {
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await exit;
    this.#namespace.remove();
  }

  #take(line: string): void {
    this.#output += `${line}\n`;
    const moved = /(Adding|Removing) service \[([\d.]+)\]/.exec(line);
    // What a FILE_CHECK takes out stays with weight 0.
    const weighed = /Changing weight from \d+ to (\d+) .*?\[([\d.]+)\]/.exec(line);
    const [, how, address] = moved ?? weighed ?? [];
    const kind = KINDS.find((each) => addressOf(each) === address);
    if (kind === undefined) return;
    this.changedMs.set(kind, performance.now());
    if (how === 'Removing' || how === '0') this.present.delete(kind);
    else this.present.add(kind);
  }
}

describe('state changes beside keepalived', { skip }, () => {
  let servers: Servers;
  let watched: readonly [Watcher, Watcher];
  let comparison: Comparison;
  before(async () => {
    mkdirSync(FOLDER);
    servers = new Servers(FOLDER, PACE.timeoutSeconds * 300);
    servers.open();
    watched = [new Watcher('keepalived', servers, 1), new Watcher('holdfast', servers, 2)];
    comparison = { servers, watched, pace: PACE, slackMs: SLACK_MS, lookMs: LOOK_MS };
    // The first check of each, before which a failure is final at once: all are asked, and answer.
    for (let count = 0; count < 3; count++) await calm(comparison);
    await until(comparison, KINDS);
  });
  after(async () => {
    for (const each of watched ?? []) await each.close();
    servers?.close();
    rmSync(FOLDER, { recursive: true, force: true });
  });

  for (const mood of ['gone', 'silent', 'wrong'] as const) {
    test(`${mood}: out, and back`, () => compare(comparison, mood));
  }

  const movedAt = (kinds: readonly Kind[]): unknown =>
    watched.map(({ changedMs }) => kinds.map((kind) => changedMs.get(kind)));

  test('slow, but in time: nobody moves', async () => {
    const before = movedAt(KINDS);
    servers.set('slow');
    // Each of the two, each kind, twice.
    const endMs = Date.now() + 60_000;
    while (servers.answeredSlowly < 4 * MOODS.slow.length) {
      assert(Date.now() < endMs, `only ${servers.answeredSlowly} slow answers`);
      await sleep(LOOK_MS);
    }
    servers.set('well');
    await calm(comparison);
    assert.deepEqual(movedAt(KINDS), before);
  });

  test('flapping faster than the retry: nobody moves, though both have failures', async () => {
    const before = movedAt(KINDS);
    servers.answeredWrongly.clear();
    for (let count = 0; count < FLAPS || servers.answeredWrongly.size < 2; count++) {
      assert(count < 10 * FLAPS, `wrong for ${[...servers.answeredWrongly].join()} alone`);
      servers.turn('wrong');
      await sleep(FLAP_WRONG_MS);
      servers.turn('well');
      await sleep(FLAP_WELL_MS);
    }
    await calm(comparison);
    assert.deepEqual(movedAt(KINDS), before);
  });
});
