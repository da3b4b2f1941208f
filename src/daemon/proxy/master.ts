/** Keeps a worker; holds the sockets that listen, so that nobody is refused while workers change. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ProxyConfig } from '../../config/model/proxy.ts';
import { openFdWatcher } from '../../linux/fd-watcher.ts';
import { openStreams } from '../../linux/streams/streams.ts';
import type { Streams } from '../../ports/streams.ts';
import { isSysError } from '../../ports/sys-error.ts';
import { HeldSockets } from './held-sockets.ts';
import { complain, loadConfig } from './load-config.ts';
import { NODE_FLAGS } from './node-flags.ts';
import { writePid } from './pid.ts';
import { describeListenFailure } from './process.ts';
import type { ProxyRunOptions } from './run-options.ts';

/** The first descriptors of a worker after its standard streams. */
const READY_FD = 3;
const FIRST_SOCKET_FD = 4;
/** A worker that ends without being asked is replaced after this. */
const AGAIN_AFTER_MS = 100;

interface Worker {
  readonly process: ChildProcess;
  state: 'starting' | 'serving' | 'leaving';
}

export async function runMaster(options: ProxyRunOptions): Promise<void> {
  const config = loadConfig(options);
  if (config === undefined) process.exit(1);
  const watcher = await openFdWatcher();
  const streams = openStreams(watcher);
  if (isSysError(streams)) throw new Error(streams.message);
  const master = new Master(options, streams);
  if (!master.load(config)) process.exit(1);
  const pidFile = options.pidFile ?? config.global.pidFile;
  const held = pidFile === undefined ? undefined : writePid(pidFile);
  master.obeySignals((status) => {
    held?.remove();
    process.exit(status);
  });
}

class Master {
  readonly #options: ProxyRunOptions;
  readonly #sockets: HeldSockets;
  readonly #workers = new Set<Worker>();
  #isFirst = true;
  #reloadsLater = false;
  #ending: (() => void) | undefined;

  constructor(options: ProxyRunOptions, streams: Streams) {
    this.#options = options;
    this.#sockets = new HeldSockets(streams);
  }

  /** False: the sockets cannot be had; what serves goes on as it was. */
  load(config: ProxyConfig): boolean {
    const failures = this.#sockets.prepare(config);
    for (const failure of failures) complain(describeListenFailure(failure));
    if (failures.length > 0) return false;
    this.#start();
    return true;
  }

  obeySignals(exit: (status: number) => void): void {
    process.on('SIGUSR2', () => this.#reload());
    process.on('SIGHUP', () => this.#reload());
    process.on('SIGTERM', () => this.#end('SIGTERM', () => exit(0)));
    process.on('SIGINT', () => this.#end('SIGTERM', () => exit(130)));
    process.on('SIGUSR1', () => this.#end('SIGUSR1', () => exit(0)));
    process.on('SIGPIPE', () => {});
    for (const signal of ['SIGTTOU', 'SIGTTIN'] as const)
      process.on(signal, () => this.#tell(signal));
  }

  /** One worker starts at a time: what is asked for meanwhile is done once, when that one serves. */
  #reload(): void {
    if (this.#ending !== undefined) return;
    this.#reloadsLater = [...this.#workers].some(({ state }) => state === 'starting');
    if (this.#reloadsLater) return;
    const { told: _told, ...options } = this.#options;
    const config = loadConfig(options);
    if (config === undefined || !this.load(config)) complain('Loading failure!');
  }

  #start(): void {
    const sockets = this.#sockets.list();
    const worker: Worker = { process: this.#spawn(sockets), state: 'starting' };
    this.#workers.add(worker);
    worker.process.stdio[READY_FD]?.once('data', () => this.#serves(worker));
    worker.process.once('exit', (code, signal) => this.#ended(worker, code, signal));
  }

  #spawn(sockets: ReturnType<HeldSockets['list']>): ChildProcess {
    const { programName, paths, maxconn, finish } = this.#options;
    const settings: ProxyRunOptions = {
      ...{ programName, paths, role: 'worker', readyFd: READY_FD, told: true },
      sockets: sockets.map(({ key }, index) => [key, FIRST_SOCKET_FD + index] as const),
      ...(maxconn !== undefined && { maxconn }),
      ...(this.#isFirst && finish !== undefined && { finish }),
    };
    this.#isFirst = false;
    const bundle = fileURLToPath(new URL('proxy.cjs', import.meta.url));
    return spawn(process.execPath, [...NODE_FLAGS, bundle, JSON.stringify(settings)], {
      argv0: programName,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', ...sockets.map(({ fd }) => fd)],
    });
  }

  #serves(worker: Worker): void {
    worker.state = 'serving';
    this.#sockets.dropUnused();
    for (const other of this.#workers) {
      if (other === worker || other.state === 'leaving') continue;
      other.state = 'leaving';
      other.process.kill('SIGUSR1');
    }
    const { readyFd } = this.#options;
    if (readyFd !== undefined) writeSync(readyFd, 'ready\n');
    if (this.#reloadsLater) this.#reload();
  }

  #ended(worker: Worker, code: number | null, signal: string | null): void {
    this.#workers.delete(worker);
    if (this.#ending !== undefined) {
      if (this.#workers.size === 0) this.#ending();
      return;
    }
    if (worker.state === 'leaving') return;
    const others = [...this.#workers].some(({ state }) => state === 'serving');
    complain(`the worker ${worker.process.pid} ended with ${signal ?? code}`);
    if (worker.state === 'starting' && others) {
      complain('Loading failure!');
      if (this.#reloadsLater) this.#reload();
    } else setTimeout(() => this.#ending ?? this.#start(), AGAIN_AFTER_MS);
  }

  #end(signal: 'SIGTERM' | 'SIGUSR1', onEnd: () => void): void {
    this.#ending = onEnd;
    // Nobody is to wait at a socket where none comes any more.
    this.#sockets.close();
    this.#tell(signal);
    if (this.#workers.size === 0) onEnd();
  }

  /** One that starts has nothing to finish, and may not know the signal yet. */
  #tell(signal: NodeJS.Signals): void {
    for (const { process: child, state } of this.#workers)
      child.kill(signal === 'SIGUSR1' && state === 'starting' ? 'SIGTERM' : signal);
  }
}
