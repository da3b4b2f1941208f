/**
 * When a server's state changes: keepalived and holdfast watch the same servers, each in a namespace with a
 * table of IPVS of its own, and take them out and put them back within one check interval of each other.
 * (test/interop/check-times.test.ts has the same by the logs of both, outside, where nothing is slow.)
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { testPath } from '../../tools/sweep.ts';
import { type Comparison, calm, compare, until, type Watched } from '../check-times/compare.ts';
import { addressOf, configuration, KINDS, type Kind, Servers } from '../check-times/servers.ts';
import { createTestNamespace, type TestNamespace } from '../linux/namespaces.ts';
import { Program, type ProgramName } from './program.ts';

const PACE = { intervalSeconds: 4, timeoutSeconds: 2, retrySeconds: 1 } as const;
/** The guest is slow. */
const SLACK_MS = 1500;
const LOOK_MS = 100;
/** A process that has to wait for its processor sees a time-out later by as much, twice. */
const SILENT_MORE_MS = PACE.timeoutSeconds * 1000;
const FOLDER = testPath('times');

class Watcher implements Watched {
  readonly #namespace: TestNamespace;
  readonly #program: Program;
  readonly changedMs = new Map<Kind, number>();
  present: ReadonlySet<Kind> = new Set();

  constructor(name: ProgramName, servers: Servers, number: number) {
    this.#namespace = createTestNamespace(`times-${name}`);
    servers.link(this.#namespace.name, number);
    this.#namespace.ip(`addr add 10.7.${number}.2/24 dev eth0`);
    this.#namespace.ip('link set eth0 up');
    this.#namespace.ip(`route add default via 10.7.${number}.1`);
    const folder = `${FOLDER}/${name}`;
    mkdirSync(folder);
    writeFileSync(`${folder}/conf`, configuration(FOLDER, PACE));
    this.#program = new Program(name, this.#namespace, folder);
  }

  get output(): string {
    return this.#program.output;
  }

  look(): void {
    const text = this.#namespace.inside(() =>
      readFileSync('/proc/thread-self/net/ip_vs', 'latin1'),
    );
    // Address and port, method, weight: what a FILE_CHECK takes out stays with weight 0.
    const present = new Set(
      KINDS.filter((kind) => new RegExp(`-> ${hex(addressOf(kind))}:\\S+ +\\w+ +[1-9]`).test(text)),
    );
    const nowMs = performance.now();
    for (const kind of KINDS) {
      if (present.has(kind) !== this.present.has(kind)) this.changedMs.set(kind, nowMs);
    }
    this.present = present;
  }

  async close(): Promise<void> {
    await this.#program.end('SIGTERM');
    this.#namespace.remove();
  }
}

function hex(address: string): string {
  const bytes = address.split('.').map((each) => Number(each).toString(16).padStart(2, '0'));
  return bytes.join('').toUpperCase();
}

describe('state changes beside keepalived', () => {
  let servers: Servers;
  let watched: readonly [Watcher, Watcher];
  let comparison: Comparison;
  before(async () => {
    mkdirSync(FOLDER);
    servers = new Servers(FOLDER, PACE.timeoutSeconds * 500);
    servers.open();
    watched = [new Watcher('keepalived', servers, 1), new Watcher('holdfast', servers, 2)];
    comparison = { servers, watched, pace: PACE, slackMs: SLACK_MS, lookMs: LOOK_MS };
    await until(comparison, KINDS);
    // The first check of each, before which a failure is final at once.
    for (let count = 0; count < 3; count++) await calm(comparison);
  });
  after(async () => {
    for (const each of watched) await each.close();
    servers.close();
    rmSync(FOLDER, { recursive: true });
  });

  for (const mood of ['gone', 'silent', 'wrong'] as const) {
    test(`${mood}: out, and back`, () =>
      compare(comparison, mood, mood === 'silent' ? SILENT_MORE_MS : 0));
  }
});
