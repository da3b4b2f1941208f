import { join } from 'node:path';
import type { HostProcess } from '../../../src/lab/host-process.ts';
import { projectRoot } from '../../../src/lab/programs.ts';
import type { Credentials } from '../credentials.ts';
import { type ApiServer, serverVersion } from '../server.ts';
import type { Fault } from './faults.ts';
import type { ShimSettings } from './main.ts';
import type { Played } from './relay.ts';

const PORT = 7443;
const LIMIT_MS = 120_000;

/** Since which minor version of Kubernetes 1 a server has it by itself, switched on. */
const SINCE: Readonly<Record<Played, number>> = { discovery: 21, services: 30, 'watch-list': 34 };

/** What the results of a row are obtained with: `real 1.20`, or `shim`. */
export function playedOrReal(what: Played): string {
  return plays(what) ? 'shim' : `real ${serverVersion.join('.')}`;
}

function plays(what: Played): boolean {
  const [major, minor] = serverVersion;
  return major === 1 && minor < SINCE[what];
}

export interface Write {
  /** User-Agent. */
  readonly agent: string;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** test/kubernetes/shim/main.ts before an API server, on its host. */
export class Shim {
  readonly url: string;
  readonly process: HostProcess;
  #orders = 0;

  private constructor(url: string, process: HostProcess) {
    this.url = url;
    this.process = process;
  }

  static async start(server: ApiServer, credentials: Credentials): Promise<Shim> {
    const all: readonly Played[] = ['discovery', 'services', 'watch-list'];
    const settings: ShimSettings = {
      port: PORT,
      upstream: server.url,
      ca: credentials.path('ca.crt'),
      cert: credentials.path('server.crt'),
      key: credentials.path('server.key'),
      plays: all.filter(plays),
    };
    const { host } = server;
    const process = await host.spawn(
      [
        ...['node', '--import', join(projectRoot(), 'node_modules/tsx/dist/esm/index.mjs')],
        ...[join(projectRoot(), 'test/kubernetes/shim/main.ts'), JSON.stringify(settings)],
      ],
      { name: 'shim' },
    );
    await process.logContains('listening', { timeoutMs: LIMIT_MS });
    return new Shim(`https://${host.address(4)}:${PORT}`, process);
  }

  /** In the place of those before. */
  faults(...faults: readonly Fault[]): Promise<void> {
    return this.#order({ faults });
  }

  /** Watches whose path matches break off. */
  cut(match: string): Promise<void> {
    return this.#order({ cut: match });
  }

  /** Watches whose path matches are told that their version is too old. */
  gone(match: string): Promise<void> {
    return this.#order({ gone: match });
  }

  /** How often it has said so. */
  count(pattern: RegExp): number {
    return this.process.log.filter(({ text }) => pattern.test(text)).length;
  }

  /** What anybody has written by way of it. */
  writes(): Write[] {
    return this.process.log.flatMap(({ text }) =>
      text.startsWith('write ') ? [JSON.parse(text.slice('write '.length)) as Write] : [],
    );
  }

  async #order(order: object): Promise<void> {
    const wanted = ++this.#orders;
    this.process.write(`${JSON.stringify(order)}\n`);
    for (const untilMs = Date.now() + LIMIT_MS; this.count(/^ordered$/) < wanted; ) {
      if (Date.now() > untilMs) throw new Error(`the shim does not obey\n${this.process.tail()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
