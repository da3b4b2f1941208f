/** A namespace in which keepalived or holdfast balances, with servers that can be taken away from it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { serverId, serviceId } from '../../src/core/balance/plane.ts';
import { type IpvsSocket, openIpvsSocket } from '../../src/linux/ipvs/ipvs-socket.ts';
import { destinationsOr, readServices } from '../../src/linux/ipvs/read-kernel.ts';
import { testPath } from '../../tools/sweep.ts';
import { createTestNamespace, succeeded, type TestNamespace } from '../linux/namespaces.ts';
import { Program, type ProgramName } from './program.ts';

/** `eth0` is there for the synchronisation of connections, which wants a link with multicast. */
const LINKS = `link add eth0 type dummy
link set eth0 up
${[1, 2, 3, 4]
  .flatMap((n) => [`addr add 10.9.0.${n}/32 dev lo`, `addr add fd09::${n}/128 dev lo nodad`])
  .join('\n')}`;
const PORT = 8080;
const FAILING = [
  ['10.9.0.2/32', ''],
  ['fd09::2/128', ' nodad'],
] as const;

/** What the engine calls them. */
const NAMES = { serviceId, serverId };

export class Site {
  readonly #program: ProgramName;
  readonly #namespace: TestNamespace;
  readonly #folder: string;
  readonly #listener: Server;
  readonly #kernel: IpvsSocket;
  #running: Program | undefined;

  constructor(program: ProgramName, name: string) {
    this.#program = program;
    this.#namespace = createTestNamespace(name);
    this.#folder = testPath(`corpus-${name}`);
    mkdirSync(this.#folder);
    this.#ip(LINKS);
    this.#kernel = this.#namespace.inside(openIpvsSocket);
    this.#listener = this.#namespace.inside(() => createServer((one) => one.end()).listen(PORT));
  }

  start(text: string): void {
    writeFileSync(join(this.#folder, 'conf'), `${text}\n`);
    this.#running = new Program(this.#program, this.#namespace, this.#folder);
  }

  reload(text: string): void {
    writeFileSync(join(this.#folder, 'conf'), `${text}\n`);
    this.#running?.kill('SIGHUP');
  }

  /** The servers whose addresses end in 2. */
  fail(): void {
    this.#ip(FAILING.map(([address]) => `addr del ${address} dev lo`).join('\n'));
  }

  mend(): void {
    this.#ip(FAILING.map(([address, last]) => `addr replace ${address} dev lo${last}`).join('\n'));
  }

  async stop(): Promise<void> {
    await this.#running?.end('SIGTERM');
    this.#running = undefined;
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

  /** What `ipvsadm -ln` prints, and then with each of these options. */
  ipvsadm(...options: readonly string[]): string {
    return this.#namespace.inside(() =>
      [[], ...options.map((option) => [option])]
        .map((more) => execFileSync('ipvsadm', ['-ln', ...more], { encoding: 'utf8' }))
        .join('\n'),
    );
  }

  /** The log of what runs here. */
  get output(): string {
    return this.#running?.output ?? '';
  }

  async close(): Promise<void> {
    await this.#running?.end('SIGKILL');
    this.#kernel.close();
    this.#listener.close();
    this.#namespace.remove();
    rmSync(this.#folder, { recursive: true });
  }

  #ip(batch: string): void {
    const { name } = this.#namespace;
    execFileSync('ip', ['-n', name, '-batch', '-'], { input: batch });
  }
}
