/**
 * What Debian's keepalived makes of a configuration in IPVS is what holdfast makes of it: after the
 * start, when a server fails, when it returns, after a reload, and at the end.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { testPath } from '../../tools/sweep.ts';
import { createTestNamespace, type TestNamespace } from '../linux/namespaces.ts';
import { type CorpusEntry, corpus } from './corpus.ts';

const PHASES = ['start', 'failure', 'return', 'reload', 'end'] as const;
type Phase = (typeof PHASES)[number];

/** Longer than a check, its retry and the next check. */
const FIRST_LOOK_MS = 4000;
const LIMIT_MS = 60_000;
/** holdfast processes side by side. */
const LANES = 6;
/** With direct routing keepalived gives a server the port of its virtual server. */
const PORTS = [80, 81, 8080];
const FAILING = ['10.9.0.2/32', 'fd09::2/128'];
const SHOWN = 'ipvsadm -Ln; ipvsadm -Sn; ipvsadm -Ln --thresholds';

const PROGRAMS = {
  keepalived: 'exec keepalived "$@"',
  holdfast: `exec -a keepalived '${process.execPath}' '${resolve('dist/holdfast.cjs')}' "$@"`,
} as const;

class Site {
  readonly entry: CorpusEntry;
  readonly namespace: TestNamespace;
  readonly #folder: string;
  readonly #listeners: readonly Server[];
  #process: ChildProcess | undefined;
  #output = '';

  constructor(entry: CorpusEntry, number: number) {
    this.entry = entry;
    this.namespace = createTestNamespace(`k${number}`);
    this.#folder = testPath(`corpus-${number}`);
    mkdirSync(this.#folder);
    this.namespace.exec(
      'bash',
      '-c',
      `for n in 1 2 3 4; do
        ip addr add 10.9.0.$n/32 dev lo; ip -6 addr add fd09::$n/128 dev lo nodad; done`,
    );
    this.#listeners = PORTS.map((port) =>
      this.namespace.inside(() => createServer((one) => one.end()).listen(port)),
    );
  }

  start(program: keyof typeof PROGRAMS): void {
    this.#write(this.entry.text);
    this.#output = '';
    const files = ['-p', this.#path('all'), '-c', this.#path('checker'), '-r', this.#path('vrrp')];
    const options = ['-n', '-l', '-D', '-C', '-f', this.#path('conf'), ...files];
    const inside = ['netns', 'exec', this.namespace.name, 'bash', '-c', PROGRAMS[program], '-'];
    const child = spawn('ip', [...inside, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        this.#output += data;
      });
    }
    this.#process = child;
  }

  async enter(phase: Phase, program: keyof typeof PROGRAMS): Promise<void> {
    if (phase === 'start') this.start(program);
    else if (phase === 'failure') for (const each of FAILING) this.#address('del', each);
    else if (phase === 'return') for (const each of FAILING) this.#address('add', each);
    else if (phase === 'reload') {
      this.#write(this.entry.reloaded);
      this.#process?.kill('SIGHUP');
    } else await this.stop();
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }

  /** What ipvsadm shows, without the columns of connections. */
  shown(): string {
    const inside = [`--net=/run/netns/${this.namespace.name}`, 'sh', '-c', SHOWN];
    return execFileSync('nsenter', inside, { encoding: 'utf8' });
  }

  get output(): string {
    return this.#output;
  }

  close(): void {
    this.#process?.kill('SIGKILL');
    for (const each of this.#listeners) each.close();
    this.namespace.remove();
    rmSync(this.#folder, { recursive: true });
  }

  #address(verb: 'add' | 'del', address: string): void {
    const last = verb === 'add' && address.includes(':') ? ' nodad' : '';
    this.namespace.ip(`addr ${verb} ${address} dev lo${last}`);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #write(text: string): void {
    writeFileSync(this.#path('conf'), `global_defs {\nchecker_log_all_failures\n}\n${text}\n`);
  }
}

describe('virtual servers in IPVS beside keepalived', () => {
  let sites: readonly Site[] = [];
  const expected = new Map<Site, Map<Phase, string>>();
  before(async () => {
    sites = corpus.map((entry, number) => new Site(entry, number));
    for (const site of sites) expected.set(site, new Map());
    // A program of little weight: all at once.
    for (const phase of PHASES) {
      await Promise.all(sites.map((site) => site.enter(phase, 'keepalived')));
      await sleep(FIRST_LOOK_MS);
      let unsettled: readonly Site[] = sites;
      while (unsettled.length > 0) {
        unsettled = unsettled.filter((site) => {
          const shown = site.shown();
          const isSettled = expected.get(site)?.get(phase) === shown;
          expected.get(site)?.set(phase, shown);
          return !isSettled;
        });
        await sleep(500);
      }
    }
  });
  after(() => {
    for (const site of sites) site.close();
  });

  test('keepalived balances every configuration, and leaves nothing', () => {
    for (const site of sites) {
      const at = (phase: Phase): string => expected.get(site)?.get(phase) ?? '';
      assert.match(at('start'), /^-A /m, `${site.entry.name}: ${site.output}`);
      assert.doesNotMatch(at('end'), /^-A /m, site.entry.name);
    }
  });

  describe('holdfast', { concurrency: LANES }, () => {
    for (const [number, { name }] of corpus.entries()) {
      test(name, async () => {
        const site = sites[number];
        assert.ok(site);
        try {
          for (const phase of PHASES) {
            await site.enter(phase, 'holdfast');
            await equals(site, phase, expected.get(site)?.get(phase) ?? '');
          }
        } finally {
          await site.stop();
        }
      });
    }
  });
});

async function equals(site: Site, phase: Phase, wanted: string): Promise<void> {
  let shown = '';
  for (const endMs = Date.now() + LIMIT_MS; Date.now() < endMs; await sleep(400)) {
    shown = site.shown();
    if (shown === wanted) return;
  }
  assert.equal(shown, wanted, `${site.entry.name}, ${phase}: ${site.output}`);
}
