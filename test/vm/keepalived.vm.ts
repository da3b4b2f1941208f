/**
 * What Debian's keepalived makes of a configuration in IPVS is what holdfast makes of it: after the
 * start, when a server fails, when it returns, after a reload, and at the end.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverId, serviceId } from '../../src/core/balance/plane.ts';
import { type IpvsSocket, openIpvsSocket } from '../../src/linux/ipvs/ipvs-socket.ts';
import { destinationsOr, readServices } from '../../src/linux/ipvs/read-kernel.ts';
import { testPath } from '../../tools/sweep.ts';
import { createTestNamespace, succeeded, type TestNamespace } from '../linux/namespaces.ts';
import { type CorpusEntry, corpus } from './corpus.ts';
import { Program, type ProgramName } from './program.ts';

const PHASES = ['start', 'failure', 'return', 'reload', 'end'] as const;
type Phase = (typeof PHASES)[number];

/** Longer than a check, its retry and the next check. */
const FIRST_LOOK_MS = 4000;
const LIMIT_MS = 40_000;
const LOOK_MS = 800;
/** Configurations side by side. */
const LANES = 8;
/** With direct routing keepalived gives a server the port of its virtual server. */
const PORTS = [80, 81, 8080];
const FAILING = ['10.9.0.2/32', 'fd09::2/128'];

/** What the engine calls them. */
const NAMES = { serviceId, serverId };

class Site {
  readonly entry: CorpusEntry;
  readonly namespace: TestNamespace;
  readonly #folder: string;
  readonly #listeners: readonly Server[];
  readonly #kernel: IpvsSocket;
  #program: Program | undefined;

  constructor(entry: CorpusEntry, name: string) {
    this.entry = entry;
    this.namespace = createTestNamespace(name);
    this.#folder = testPath(`corpus-${name}`);
    mkdirSync(this.#folder);
    this.namespace.exec(
      'bash',
      '-c',
      `for n in 1 2 3 4; do
        ip addr add 10.9.0.$n/32 dev lo; ip -6 addr add fd09::$n/128 dev lo nodad; done`,
    );
    this.#kernel = this.namespace.inside(openIpvsSocket);
    this.#listeners = PORTS.map((port) =>
      this.namespace.inside(() => createServer((one) => one.end()).listen(port)),
    );
  }

  start(name: ProgramName, text = this.entry.text): void {
    this.#write(text);
    this.#program = new Program(name, this.namespace, this.#folder);
  }

  async enter(phase: Phase, program: ProgramName): Promise<void> {
    if (phase === 'start') this.start(program);
    else if (phase === 'failure') for (const each of FAILING) this.#address('del', each);
    else if (phase === 'return') for (const each of FAILING) this.#address('add', each);
    else if (phase === 'end') await this.stop();
    else if (program === 'keepalived' && this.entry.leaves === 'at reload') {
      await this.stop();
      this.start(program, this.entry.reloaded);
    } else {
      this.#write(this.entry.reloaded);
      this.#program?.kill('SIGHUP');
    }
  }

  async stop(): Promise<void> {
    await this.#program?.end('SIGTERM');
  }

  /** All that the kernel knows of each service and server, without what it counts. */
  state(): string {
    const lines: string[] = [];
    for (const [id, { counters: _, ...service }] of succeeded(readServices(this.#kernel, NAMES))) {
      lines.push(`${id} ${JSON.stringify(service)}`);
      for (const [server, found] of destinationsOr(this.#kernel, service.key, NAMES)) {
        const { counters: _, ...destination } = found;
        lines.push(`${id} -> ${server} ${JSON.stringify(destination)}`);
      }
    }
    return lines.sort().join('\n');
  }

  ipvsadm(): string {
    const inside = [`--net=/run/netns/${this.namespace.name}`, 'ipvsadm', '-Ln'];
    return execFileSync('nsenter', inside, { encoding: 'utf8' });
  }

  get output(): string {
    return this.#program?.output ?? '';
  }

  close(): void {
    this.#program?.kill('SIGKILL');
    this.#kernel.close();
    for (const each of this.#listeners) each.close();
    this.namespace.remove();
    rmSync(this.#folder, { recursive: true });
  }

  #address(verb: 'add' | 'del', address: string): void {
    const last = verb === 'add' && address.includes(':') ? ' nodad' : '';
    this.namespace.ip(`addr ${verb} ${address} dev lo${last}`);
  }

  #write(text: string): void {
    writeFileSync(
      join(this.#folder, 'conf'),
      `global_defs {\nchecker_log_all_failures\n}\n${text}\n`,
    );
  }
}

describe('virtual servers in IPVS beside keepalived', { concurrency: LANES }, () => {
  for (const [number, entry] of corpus.entries()) {
    test(entry.name, async () => {
      const theirs = new Site(entry, `k${number}`);
      const ours = new Site(entry, `h${number}`);
      try {
        for (const phase of PHASES) await compare(theirs, ours, phase);
      } finally {
        await ours.stop();
        for (const site of [theirs, ours]) site.close();
      }
    });
  }
});

async function compare(theirs: Site, ours: Site, phase: Phase): Promise<void> {
  await Promise.all([theirs.enter(phase, 'keepalived'), ours.enter(phase, 'holdfast')]);
  await sleep(FIRST_LOOK_MS);
  let [wanted, shown] = ['', 'nothing'];
  let looks = 0;
  for (const endMs = Date.now() + LIMIT_MS; Date.now() < endMs; await sleep(LOOK_MS)) {
    wanted = theirs.state();
    shown = ours.state();
    const isDone = shown === wanted && (wanted === '') === (phase === 'end');
    looks = isDone ? looks + 1 : 0;
    if (looks < 2) continue;
    assert.equal(ours.ipvsadm(), theirs.ipvsadm());
    return;
  }
  assert.equal(shown, wanted, `${phase}:\n${ours.output}`);
  assert.fail(`${phase}: nothing is balanced, or something is left:\n${shown}\n${theirs.output}`);
}
