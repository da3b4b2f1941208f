/** Writes down what signals and reloads ask for, each in a file of its own. */
import { chmodSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../../config/model/model.ts';
import type { VrrpSnapshot } from '../../core/vrrp/snapshot.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogSink } from '../../ports/log.ts';
import { wallMsAt } from '../control/status-result.ts';
import { dumpSuffix } from '../instance-names.ts';
import type { DaemonOptions } from '../options.ts';
import { umaskOf } from '../prepare-process.ts';
import type { ReloadKeeper } from '../reloader.ts';
import type { Dump } from '../signals.ts';
import type { VrrpProcess } from '../vrrp-process.ts';
import { dataLines } from './data-text.ts';
import { dumpPath, writeDump } from './dump-file.ts';
import type { DumpFacts } from './facts.ts';
import { globalLines } from './global-text.ts';
import { jsonText } from './json-text.ts';
import { statisticsText } from './statistics-text.ts';

export interface DumperParts {
  readonly options: Pick<DaemonOptions, 'configFile' | 'identity' | 'umask'>;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly vrrp: VrrpProcess;
}

/** What the log says of it, as keepalived does. */
const TITLES: Readonly<Record<Exclude<Dump, 'timers'>, string>> = {
  data: 'Printing VRRP data',
  statistics: 'Printing VRRP stats',
  'statistics-and-clear': 'Printing and clearing VRRP stats',
  json: 'Printing VRRP as json',
};

const FOLDER_MODE = 0o700;

export class Dumper implements ReloadKeeper {
  readonly #parts: DumperParts;
  /** Asked for, and not written yet: however often that is, one file comes of it. */
  readonly #wanted = new Set<Dump>();
  /** Configurations that have been kept. */
  #kept = 0;
  /** Where the one is kept that is about to come into force. */
  #directory: string | undefined;

  constructor(parts: DumperParts) {
    this.#parts = parts;
  }

  /** Right after adverts went out: text of a thousand instances takes some milliseconds. */
  request(what: Dump): void {
    if (this.#wanted.has(what)) return;
    this.#wanted.add(what);
    this.#parts.vrrp.whenCalm(() => {
      this.#wanted.delete(what);
      this.#dump(what);
    });
  }

  #dump(what: Dump): void {
    if (what === 'timers') {
      this.#logTimers();
      return;
    }
    const text = `${TITLES[what]} for process(${process.pid}) on signal`;
    this.#parts.log.write({ level: 'info', text });
    const { vrrp } = this.#parts;
    switch (what) {
      case 'data':
        this.#dumpData();
        return;
      case 'json':
        this.#write(dumpPath('keepalived.json'), jsonText(this.#facts()));
        return;
      case 'statistics':
      case 'statistics-and-clear':
        this.#write(dumpPath('keepalived.stats'), statisticsText(this.#snapshots()));
        if (what === 'statistics-and-clear') vrrp.metrics.cleared.clear(vrrp.node.snapshots());
    }
  }

  /** keepalived's parent has a file of its own for what is the same for all its children. */
  #dumpData(): void {
    const facts = this.#facts();
    const { dumps } = facts.model.global;
    const suffix = dumps?.names === 'with-instance' ? dumpSuffix(this.#parts.options.identity) : '';
    const path = dumps?.stateFile ?? dumpPath(`keepalived${suffix}.data`);
    this.#write(path, asText(dataLines(facts)));
    const parent = `Printing parent data for process(${process.pid}) on signal`;
    this.#parts.log.write({ level: 'info', text: parent });
    this.#write(dumpPath(`keepalived_parent${suffix}.data`), asText(globalLines(facts)));
  }

  // --- copies of configurations (config_save_dir) ---

  /** The first configuration is in force. */
  begun({ global }: Model, text: () => string): void {
    const directory = global.dumps?.saveDirectory;
    if (directory !== undefined) this.#keepConfiguration(directory, text());
  }

  /** Where the next configuration does not say, it is kept with the one before. */
  before(next: Model, text: () => string): void {
    const old = this.#parts.vrrp.node.model.global.dumps?.saveDirectory;
    this.#directory = next.global.dumps?.saveDirectory ?? old;
    if (old !== undefined) this.#keepState(old, this.#kept, 'pre');
    if (this.#directory !== undefined) this.#keepConfiguration(this.#directory, text());
  }

  after(): void {
    if (this.#directory !== undefined) this.#keepState(this.#directory, this.#kept - 1, 'post');
    this.#directory = undefined;
  }

  #keepConfiguration(directory: string, text: string): void {
    const name = `keepalived.conf.${process.pid}.${this.#kept}`;
    this.#keep(directory, name, `# ${this.#parts.options.configFile}\n${text}`);
    this.#kept++;
  }

  #keepState(directory: string, number: number, when: 'pre' | 'post'): void {
    const name = `keepalived_vrrp.${process.pid}.${number}.${when}`;
    this.#keep(directory, name, asText(dataLines(this.#facts())));
  }

  #keep(directory: string, name: string, text: string): void {
    try {
      mkdirSync(directory, { mode: FOLDER_MODE });
      chmodSync(directory, FOLDER_MODE);
    } catch {
      // It is there already; or writing tells what is wrong.
    }
    this.#write(join(directory, name), text);
  }

  // --- what they are made of ---

  #snapshots(): readonly VrrpSnapshot[] {
    const { cleared } = this.#parts.vrrp.metrics;
    return this.#parts.vrrp.node
      .snapshots()
      .map((one) => ({ ...one, statistics: cleared.since(one) }));
  }

  #facts(): DumpFacts {
    const { vrrp, clock, options } = this.#parts;
    const snapshots = new Map(this.#snapshots().map((one) => [one.name, one]));
    return {
      ...configurationFacts(vrrp.node.model, options),
      links: vrrp.monitor.links(),
      addresses: vrrp.monitor.addresses(),
      wallMs: (at) => wallMsAt(clock, at),
      snapshot: (name) => snapshots.get(name),
      held: (instance) => vrrp.holdings.heldBy(instance),
    };
  }

  /** keepalived dumps its threads, which are what it waits for. */
  #logTimers(): void {
    const { vrrp, clock, log } = this.#parts;
    const now = clock.now();
    for (const { name, state, due } of vrrp.node.snapshots()) {
      const when = due === undefined ? 'nothing' : `due in ${(due - now) / 1000} ms`;
      log.write({ level: 'info', text: `(${name}) ${state}: ${when}` });
    }
  }

  #write(path: string, text: string): void {
    const { options, vrrp, log } = this.#parts;
    const error = writeDump(path, text, umaskOf(options, vrrp.node.model));
    if (error !== undefined) log.write({ level: 'error', text: error.message });
  }
}

/** What is known before anything runs. */
export function configurationFacts(
  model: Model,
  options: Pick<DaemonOptions, 'identity' | 'umask'>,
): DumpFacts {
  return {
    model,
    hostName: hostname(),
    identity: options.identity,
    umask: umaskOf(options, model),
    links: [],
    addresses: [],
    wallMs: () => 0,
    snapshot: () => undefined,
    held: () => [],
  };
}

function asText(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
