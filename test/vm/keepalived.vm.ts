/**
 * What Debian's keepalived makes of a configuration in IPVS is what holdfast makes of it: after the
 * start, when a server fails, when it returns, after a reload, and at the end. keepalived is started for
 * each configuration; holdfast, whose start costs ten seconds there, for the first of each pair, and reads
 * the others one after the other, with nothing to balance in between.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
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
const LIMIT_MS = 150_000;
const LOOK_MS = 800;
/** Configurations side by side. */
const LANES = 9;
/** So that holdfast's checker process stays where there is no virtual server: it starts in ten seconds. */
const ALWAYS = `track_check always {
  TCP_CHECK {
    connect_ip 10.9.0.1
    connect_port 8080
  }
}`;
const PORT = 8080;
const FAILING = [
  ['10.9.0.2/32', ''],
  ['fd09::2/128', ' nodad'],
] as const;

/** What the engine calls them. */
const NAMES = { serviceId, serverId };

class Site {
  readonly namespace: TestNamespace;
  readonly #folder: string;
  readonly #listener: Server;
  readonly #kernel: IpvsSocket;
  #program: Program | undefined;

  constructor(name: string) {
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
    this.#listener = this.namespace.inside(() => createServer((one) => one.end()).listen(PORT));
  }

  /** keepalived begins and ends with each configuration; holdfast reads one after the other. */
  async enter(
    phase: Phase,
    name: ProgramName,
    { text, reloaded, leaves }: CorpusEntry,
  ): Promise<void> {
    if (phase === 'start') this.#run(name, text);
    else if (phase === 'failure') this.#fail();
    else if (phase === 'return') this.mend();
    else if (name === 'holdfast') this.#run(name, phase === 'reload' ? reloaded : '');
    else if (phase === 'end') await this.stop();
    else {
      if (leaves === 'at reload') await this.stop();
      this.#run(name, reloaded);
    }
  }

  mend(): void {
    for (const [each, last] of FAILING) this.namespace.ip(`addr replace ${each} dev lo${last}`);
  }

  async stop(): Promise<void> {
    await this.#program?.end('SIGTERM');
    this.#program = undefined;
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
    this.#listener.close();
    this.namespace.remove();
    rmSync(this.#folder, { recursive: true });
  }

  #fail(): void {
    for (const [each] of FAILING) this.namespace.ip(`addr del ${each} dev lo`);
  }

  #run(name: ProgramName, text: string): void {
    const more = name === 'holdfast' ? ALWAYS : 'global_defs {\nchecker_log_all_failures\n}';
    writeFileSync(join(this.#folder, 'conf'), `${more}\n${text}\n`);
    if (this.#program === undefined) {
      this.#program = new Program(name, this.namespace, this.#folder);
    } else this.#program.kill('SIGHUP');
  }
}

describe('virtual servers in IPVS beside keepalived', { concurrency: LANES }, () => {
  for (let lane = 0; lane < LANES; lane++) {
    describe(`pair ${lane + 1}`, { concurrency: 1 }, () => {
      let theirs: Site;
      let ours: Site;
      before(() => {
        theirs = new Site(`k${lane}`);
        ours = new Site(`h${lane}`);
      });
      after(async () => {
        for (const site of [theirs, ours]) {
          await site.stop();
          site.close();
        }
      });
      for (const entry of corpus.filter((_, index) => index % LANES === lane)) {
        test(entry.name, async () => {
          try {
            for (const phase of PHASES) await compare(theirs, ours, phase, entry);
          } finally {
            for (const site of [theirs, ours]) site.mend();
            await theirs.stop();
          }
        });
      }
      test('nothing is left at the end', async () => {
        await ours.stop();
        assert.equal(ours.state(), '');
      });
    });
  }
});

async function compare(theirs: Site, ours: Site, phase: Phase, entry: CorpusEntry): Promise<void> {
  await Promise.all([
    theirs.enter(phase, 'keepalived', entry),
    ours.enter(phase, 'holdfast', entry),
  ]);
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
