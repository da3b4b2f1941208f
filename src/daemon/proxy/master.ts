/** Keeps a worker; holds the sockets that listen, so that nobody is refused while workers change. */
import type { ChildProcess } from 'node:child_process';
import { writeSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import type { ProxyConfig } from '../../config/model/proxy.ts';
import type { MasterView, ProcessView } from '../../core/proxy/stats/socket/master-commands.ts';
import { openFdWatcher } from '../../linux/fd-watcher.ts';
import { type ServiceNews, tellServiceManager } from '../../linux/service-manager.ts';
import { openStreams } from '../../linux/streams/streams.ts';
import type { Streams } from '../../ports/streams.ts';
import { isSysError } from '../../ports/sys-error.ts';
import { finishOthers } from './finish-others.ts';
import { DescriptorTable, givenDescriptors } from './given-descriptors.ts';
import { HeldSockets } from './held-sockets.ts';
import { complain, loadConfig } from './load-config.ts';
import { openMasterSocket, readMasterSocket } from './master-socket.ts';
import { PROXY_VERSION } from './moment.ts';
import { ParentLink, readOrders } from './parent-link.ts';
import { writePid } from './pid.ts';
import { describeListenFailure } from './process.ts';
import { startProgram } from './program.ts';
import type { ProxyRunOptions } from './run-options.ts';
import { WorkerLine } from './worker-line.ts';

/** A worker that ends without being asked is replaced after this; one that does so again at once, later. */
const AGAIN_AFTER_MS = 100;
const AGAIN_MAX_MS = 10_000;
const HEALTHY_MS = 2000;
const END_WITHIN_MS = 2000;

interface Worker {
  readonly process: ChildProcess;
  readonly startedMs: number;
  /** Says when it serves. */
  readonly ready: Readable | undefined;
  readonly line: WorkerLine;
  /** Reloads before it. */
  readonly generation: number;
  state: 'starting' | 'serving' | 'leaving';
}

type Exit = (status: number) => void;

export async function runMaster(options: ProxyRunOptions): Promise<void> {
  const watcher = await openFdWatcher();
  const streams = openStreams(watcher);
  if (isSysError(streams)) throw new Error(streams.message);
  if (options.reportFd !== undefined) {
    serveParent(options, streams, new ParentLink(options.reportFd));
    return;
  }
  const config = loadConfig(options);
  const master = new Master(options, streams);
  if (config === undefined || !(await master.openSocket())) process.exit(1);
  if (!master.load(config)) process.exit(1);
  master.obeySignals(holdPidFile(options, config));
}

function holdPidFile(options: ProxyRunOptions, { global }: ProxyConfig): Exit {
  const pidFile = options.pidFile ?? global.pidFile;
  const held = pidFile === undefined ? undefined : writePid(pidFile);
  return (status) => {
    held?.remove();
    process.exit(status);
  };
}

/** A child of the VRRP process does as it is told, and ends with it. */
function serveParent(options: ProxyRunOptions, streams: Streams, link: ParentLink): void {
  const master = new Master(options, streams, link);
  // The parent's is for its own files.
  process.umask(0o022);
  // Where the parent has made way, nobody reads what is said.
  process.stderr.on('error', () => {});
  let parent: 'there' | 'leaving' = 'there';
  let exit: Exit = process.exit;
  const stop = (): void => master.end('SIGTERM', () => exit(0));
  const begin = (): void => {
    const config = loadConfig(options);
    if (config === undefined || !master.load(config)) {
      // The parent tries again, later each time.
      process.exit(1);
    }
    exit = holdPidFile(options, config);
    master.obeySignals(exit);
  };
  readOrders(
    (order) => {
      if ('follow' in order) {
        master.follow = order.follow;
        if (order.kind === 'serve') begin();
        else master.reload();
      } else if (order.kind === 'leave') parent = 'leaving';
      else stop();
    },
    () => {
      if (parent === 'there') stop();
    },
  );
}

class Master {
  /** What workers are to report of. */
  follow: readonly string[] = [];
  readonly #options: ProxyRunOptions;
  readonly #sockets: HeldSockets;
  readonly #link: ParentLink | undefined;
  readonly #workers = new Set<Worker>();
  /** Whom the first worker that serves is to end. */
  #finish: ProxyRunOptions['finish'];
  #againMs = AGAIN_AFTER_MS;
  /** Open since the start, and named in the configuration. */
  #given: readonly number[] = [];
  #generation = 0;
  #failures = 0;
  #socket: { close(): void } | undefined;
  #reloadsLater = false;
  #ending: (() => void) | undefined;

  constructor(options: ProxyRunOptions, streams: Streams, link?: ParentLink) {
    this.#options = options;
    this.#sockets = new HeldSockets(streams);
    this.#link = link;
    this.#finish = options.finish;
  }

  /** False: the sockets cannot be had; what serves goes on as it was. */
  load(config: ProxyConfig): boolean {
    const failures = this.#sockets.prepare(config);
    for (const failure of failures) complain(describeListenFailure(failure));
    if (failures.length > 0) return false;
    this.#given = givenDescriptors(config);
    this.#start();
    return true;
  }

  obeySignals(exit: Exit): void {
    process.on('SIGUSR2', () => this.reload());
    process.on('SIGHUP', () => this.reload());
    process.on('SIGTERM', () => this.end('SIGTERM', () => exit(0)));
    process.on('SIGINT', () => this.end('SIGTERM', () => exit(130)));
    process.on('SIGUSR1', () => this.end('SIGUSR1', () => exit(0)));
    process.on('SIGPIPE', () => {});
    for (const signal of ['SIGTTOU', 'SIGTTIN'] as const)
      process.on(signal, () => this.#tell(signal));
  }

  /** Where commands are taken, if anywhere. False: it cannot listen; why was said. */
  async openSocket(): Promise<boolean> {
    const { masterSocket } = this.#options;
    if (masterSocket === undefined) return true;
    const socket = readMasterSocket(masterSocket);
    try {
      if (typeof socket === 'string') throw new Error(socket);
      this.#socket = await openMasterSocket(socket, {
        view: () => this.#view(),
        reload: () => this.reload(),
        lineOf: (pid) => [...this.#workers].find((each) => each.process.pid === pid)?.line,
      });
      return true;
    } catch (error) {
      complain(`-S ${masterSocket}: ${(error as Error).message}`);
      return false;
    }
  }

  #view(): MasterView {
    const workers = [...this.#workers].map(
      ({ process: { pid }, ...each }): ProcessView => ({
        pid: pid ?? 0,
        kind: each.state === 'leaving' ? 'old worker' : 'worker',
        reloads: this.#generation - each.generation,
        uptimeSeconds: Math.floor((performance.now() - each.startedMs) / 1000),
      }),
    );
    const { pid } = process;
    const reloads = this.#generation;
    const uptimeSeconds = Math.floor(process.uptime());
    return {
      version: PROXY_VERSION,
      failedReloads: this.#failures,
      processes: [{ pid, kind: 'master', reloads, uptimeSeconds }, ...workers],
    };
  }

  #notify(news: ServiceNews): void {
    if (this.#options.notifies) tellServiceManager(news);
  }

  /** One worker starts at a time: what is asked for meanwhile is done once, when that one serves. */
  reload(): void {
    if (this.#ending !== undefined) return;
    this.#reloadsLater = [...this.#workers].some(({ state }) => state === 'starting');
    if (this.#reloadsLater) return;
    const { told: _told, ...options } = this.#options;
    this.#notify({ kind: 'reloading', atUs: Number(process.hrtime.bigint() / 1000n) });
    // A parent has read them itself, and said what there is to say.
    const config = loadConfig(this.#link === undefined ? options : this.#options);
    this.#generation += 1;
    if (config === undefined || !this.load(config)) this.#tellOfFailure();
  }

  #tellOfFailure(): void {
    this.#failures += 1;
    this.#notify({ kind: 'ready', mainPid: process.pid });
    complain('Loading failure!');
    this.#link?.tell({ kind: 'loaded', outcome: 'refused' });
  }

  #start(): void {
    const sockets = this.#sockets.list();
    const startedMs = performance.now();
    const generation = this.#generation;
    const worker: Worker = { ...this.#spawn(sockets), state: 'starting', startedMs, generation };
    this.#workers.add(worker);
    worker.ready?.once('data', () => this.#serves(worker));
    worker.process.once('exit', (code, signal) => this.#ended(worker, code, signal));
  }

  #spawn(sockets: ReturnType<HeldSockets['list']>): Pick<Worker, 'process' | 'ready' | 'line'> {
    const { programName, paths, maxconn, reportFd } = this.#options;
    // Those that the configuration names by number keep it.
    const table = new DescriptorTable(this.#given);
    const readyFd = table.add('pipe');
    const lineFd = table.add('pipe');
    const settings: ProxyRunOptions = {
      ...{ programName, paths, role: 'worker', readyFd, lineFd, told: true },
      sockets: sockets.map(({ key, fd }) => [key, table.add(fd)] as const),
      ...(maxconn !== undefined && { maxconn }),
      ...(reportFd !== undefined && {
        ...{ reportFd: table.add(reportFd), follow: this.follow },
      }),
    };
    const child = startProgram(settings, ['ignore', 'inherit', 'inherit', ...table.list()]);
    return {
      process: child,
      ready: child.stdio[readyFd] as Readable | undefined,
      line: new WorkerLine(child.stdio[lineFd] as Duplex),
    };
  }

  #serves(worker: Worker): void {
    worker.state = 'serving';
    this.#sockets.dropUnused();
    for (const other of this.#workers) {
      if (other === worker || other.state === 'leaving') continue;
      other.state = 'leaving';
      other.process.kill('SIGUSR1');
    }
    if (this.#finish !== undefined) finishOthers({ finish: this.#finish });
    this.#finish = undefined;
    this.#link?.tell({ kind: 'loaded', outcome: 'serving' });
    const { readyFd } = this.#options;
    if (readyFd !== undefined) writeSync(readyFd, 'ready\n');
    this.#notify({ kind: 'ready', mainPid: process.pid });
    if (this.#reloadsLater) this.reload();
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
    const why = signal === null ? `exit status ${code}` : `signal ${signal}`;
    if (!others) this.#link?.tell({ kind: 'lost', detail: `its process ended (${why})` });
    if (worker.state === 'starting') this.#tellOfFailure();
    if (worker.state === 'starting' && others) {
      if (this.#reloadsLater) this.reload();
    } else this.#startAgain(worker);
  }

  /** Later each time that one has not lived for long. */
  #startAgain({ startedMs }: Worker): void {
    if (performance.now() - startedMs > HEALTHY_MS) this.#againMs = AGAIN_AFTER_MS;
    setTimeout(() => this.#ending ?? this.#start(), this.#againMs);
    this.#againMs = Math.min(AGAIN_MAX_MS, this.#againMs * 2);
  }

  end(signal: 'SIGTERM' | 'SIGUSR1', onEnd: () => void): void {
    this.#ending = onEnd;
    // Nobody is to wait at a socket where none comes any more.
    this.#sockets.close();
    this.#socket?.close();
    this.#notify({ kind: 'stopping' });
    this.#tell(signal);
    // One that hangs hears nothing.
    if (signal === 'SIGTERM') setTimeout(() => this.#tell('SIGKILL'), END_WITHIN_MS).unref();
    if (this.#workers.size === 0) onEnd();
  }

  /** One that starts has nothing to finish, and may not know the signal yet. */
  #tell(signal: NodeJS.Signals): void {
    for (const { process: child, state } of this.#workers)
      child.kill(signal === 'SIGUSR1' && state === 'starting' ? 'SIGTERM' : signal);
  }
}
