/**
 * The checker process (ADR 0008): health checks, notify scripts of virtual servers, and what the kernel
 * balances. It is a child of the VRRP process, reads the same files, and ends with its parent; the kernel
 * goes on balancing unless it is told to stop.
 */
import { setPriority } from 'node:os';
import { type CheckerOrder, type CheckerReport, parseOrder } from '../../api/checker-child.ts';
import type { Diagnostic } from '../../base/diagnostics.ts';
import type { IpAddress } from '../../base/ip.ts';
import { createRng } from '../../base/rng.ts';
import { KnownBlocks } from '../../config/keepalived/known-blocks.ts';
import type { Model } from '../../config/model/model.ts';
import type { LoadBalancing } from '../../config/model/virtual-server.ts';
import { Director } from '../../core/balance/director.ts';
import type { CarriedState } from '../../core/balance/director-types.ts';
import { createClock } from '../../linux/clock.ts';
import { readDescriptorLimit } from '../../linux/descriptor-limit.ts';
import { openFdWatcher } from '../../linux/fd-watcher.ts';
import { openNetworkMonitor } from '../../linux/network-monitor.ts';
import { openNotificationPipe } from '../../linux/notification-pipe.ts';
import { createPatternCompiler } from '../../linux/patterns.ts';
import { createProbeSockets } from '../../linux/probe-sockets.ts';
import { createScriptRunner } from '../../linux/script-runner.ts';
import type { FdWatcher } from '../../ports/fd-watcher.ts';
import type { LogSink } from '../../ports/log.ts';
import { isSysError } from '../../ports/sys-error.ts';
import { probesUnderWay } from '../../probe/bounds.ts';
import { createProber } from '../../probe/prober.ts';
import { openDataPlane } from '../balance/open-plane.ts';
import { diskFiles } from '../config-files.ts';
import {
  type ConfigurationSource,
  checkOnHost,
  isUnreadable,
  readConfiguration,
} from '../configuration.ts';
import { wallMsAt } from '../control/status-result.ts';
import { HeldLog } from '../held-log.ts';
import { besidePidFile } from '../instance-names.ts';
import { MailSide } from '../mail/mail-side.ts';
import { openLog } from '../open-log.ts';
import type { DaemonOptions, DaemonRequest } from '../options.ts';
import { scriptGroups, umaskOf } from '../prepare-process.ts';
import { reportDiagnostics } from '../report-diagnostics.ts';
import { mainThreadTimes, StandStill } from '../stand-still.ts';
import { Checker, type CheckerConfiguration } from './checker.ts';
import { FileNumbers } from './file-numbers.ts';
import { Notices } from './notices.ts';
import { optionsAhead } from './options-ahead.ts';
import { OrdersInput } from './orders-input.ts';
import { PlaneSide } from './plane-side.ts';
import { Readings } from './readings.ts';
import { ServersSocket } from './servers-socket.ts';
import { StateFile } from './state-file.ts';

const NAME = 'holdfast-checker';
const CLOCK = createClock();

let output: NodeJS.WriteStream | undefined;

/** Nothing is said before the kernel balances: what Node needs for it takes as long as a hundred servers. */
function report(line: CheckerReport): void {
  output ??= process.stdout.on('error', () => {});
  output.write(`${JSON.stringify(line)}\n`);
}

const KNOWN = new KnownBlocks();
const READINGS = new Readings();

interface Read extends CheckerConfiguration {
  readonly diagnostics: readonly Diagnostic[];
  /** What is wrong in plain virtual_server blocks, here on this host. */
  mistakes(options: DaemonOptions): readonly Diagnostic[];
}

/** What the files say now; undefined where they cannot be read at all. */
function readFiles(source: ConfigurationSource): Read | undefined {
  const read = readConfiguration(source, KNOWN, READINGS.watched(source.configFile, diskFiles));
  if (isUnreadable(read)) return undefined;
  return {
    model: read.model,
    diagnostics: read.diagnostics,
    balancing: withSyncId(read.loadBalancing, read.model),
    mistakes: ({ vrrp }) =>
      read.ofPlainServers([...read.diagnostics, ...checkOnHost(read, vrrp).diagnostics]),
  };
}

/** Directors that synchronise connections know each other by the VRID of the instance that they follow. */
function withSyncId(balancing: LoadBalancing, { instances }: Model): LoadBalancing {
  const { settings } = balancing;
  const { syncDaemon } = settings;
  const vrid = instances.find(({ name }) => name === syncDaemon?.instance)?.vrid;
  if (syncDaemon === undefined || syncDaemon.id !== undefined || vrid === undefined)
    return balancing;
  return { ...balancing, settings: { ...settings, syncDaemon: { ...syncDaemon, id: vrid } } };
}

async function main(): Promise<void> {
  process.title = NAME;
  // Those of the terminal are for the parent; what it decides comes as an order.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGTERM'] as const) {
    process.on(signal, () => {});
  }
  const source: ConfigurationSource = JSON.parse(process.argv[2] ?? '{}');
  let first = readFiles(source);
  const watcher = await openFdWatcher();
  const orders = new OrdersInput();
  const waiting: CheckerOrder[] = [];
  let running: Running | undefined;
  const read = (): CheckerConfiguration | undefined => readFiles(source);
  const take = (line: string): void => {
    const order = parseOrder(line);
    if (order?.kind === 'ahead') {
      const options = first && optionsAhead(order.request as DaemonRequest, first);
      if (options === undefined) report({ kind: 'ahead', outcome: 'waiting' });
      else running = begin(options, { first, read, watcher, log: logOf(options), isAhead: true });
    } else if (order?.kind === 'begin') {
      const options = order.options as DaemonOptions;
      const log = running?.log ?? logOf(options);
      log.release();
      running ??= begin(options, { first, read, watcher, log, isAhead: false });
      if (order.mistakes === 'untold') reportDiagnostics(first?.mistakes(options) ?? [], log);
      first = undefined;
      report({ kind: 'ready' });
      for (const one of waiting.splice(0)) obey(running, one);
    } else if (order !== undefined) {
      if (running === undefined) waiting.push(order);
      else obey(running, order);
    }
  };
  const lines = orders.first();
  if (lines === 'end') process.exit(0);
  for (const line of lines) take(line);
  orders.follow(take, () => {
    if (running === undefined) process.exit(0);
    void running.end('keep');
  });
}

/** What is there before it is known which daemon this process belongs to. */
interface Beginning {
  readonly first: Read | undefined;
  readonly watcher: FdWatcher;
  readonly log: HeldLog;
  /** Of its parent, which waits until the kernel is told. */
  readonly isAhead: boolean;
  /** Reads the files anew. */
  read(): CheckerConfiguration | undefined;
}

/** From now on it is known which daemon this process belongs to. */
function begin(options: DaemonOptions, beginning: Beginning): Running {
  const { first, log } = beginning;
  // Also what is held.
  process.once('exit', () => log.release());
  process.on('uncaughtException', (error) => {
    log.write({ level: 'error', text: `internal error, ending: ${error.stack ?? error.message}` });
    process.exit(70);
  });
  if (first === undefined) {
    log.write({ level: 'error', text: `${options.configFile} cannot be read any more` });
    process.exit(1);
  }
  process.umask(umaskOf(options, first.model));
  likeOthers();
  const running = compose(options, first, beginning);
  // From the next turn on: a start of thousands of servers takes as long as it takes.
  setImmediate(
    () => new StandStill({ log, nowMs: () => performance.now(), times: mainThreadTimes }),
  );
  return running;
}

function obey(running: Running, order: CheckerOrder): void {
  if (order.kind === 'instance') running.checker.instanceChanged(order.state);
  else if (order.kind === 'stop') void running.end(order.kernel);
  else if (order.kind === 'reload') running.reload();
}

interface Running {
  readonly checker: Checker;
  /** Held until the parent has begun its own. */
  readonly log: HeldLog;
  reload(): void;
  /** Ends the process. */
  end(kernel: 'remove' | 'keep'): Promise<void>;
}

function compose(
  options: DaemonOptions,
  first: CheckerConfiguration,
  { log, read, watcher, isAhead }: Beginning,
): Running {
  const clock = CLOCK;
  const director = new Director(createRng(Number(process.hrtime.bigint() % 0x1_0000_0000n)));
  const pidFile = options.pidFiles[0] ?? '';
  const state = new StateFile(besidePidFile(pidFile, 'checks'), () => director.exportState());
  let { model, balancing } = first;
  let toTell = isAhead;
  const tellParent = (): void => {
    if (toTell) report({ kind: 'ahead', outcome: 'balancing' });
    toTell = false;
  };
  const scripts = createScriptRunner(watcher, () => scriptGroups(model.global));
  const plane = new PlaneSide({
    log,
    balances: tellParent,
    open: (kind, settings) =>
      openDataPlane(kind, settings, {
        ...{ owner: pidFile, log },
        // Pods answer by way of their own nodes.
        ...(options.kubernetes !== undefined && { masquerading: 'always' }),
      }),
  });
  const umask = umaskOf(options, model);
  const mail = new MailSide({ log, whenCalm: (act) => act() });
  const checker = new Checker({
    ...{ clock, log, director, plane, report },
    prober: createProber({
      ...{ clock, scripts, sockets: createProbeSockets(watcher) },
      most: probesUnderWay(readDescriptorLimit()),
      patterns: createPatternCompiler(),
      tlsClient: () => balancing.tlsClient,
    }),
    notices: new Notices({ scripts, log, openPipe: openNotificationPipe, umask, mail }),
    changed: () => state.changed(),
  });
  const files = new FileNumbers((file, value) =>
    checker.feed({ kind: 'fileRead', file, ...(value !== undefined && { value }) }),
  );
  const socket = new ServersSocket({
    ...{ clock, log, watcher, options, director, plane },
    wallMsAt: (at) => wallMsAt(clock, at),
    order: (order) => checker.feed({ kind: 'ordered', order }),
    change: (request) =>
      READINGS.change(request, (change) => {
        checker.feed({ kind: 'serversChanged', ...change });
        state.changed();
      }),
  });
  let addresses: { close(): void } | undefined;
  const configure = (configuration: CheckerConfiguration, carried?: CarriedState): void => {
    ({ model, balancing } = configuration);
    checker.configure(configuration, carried);
    READINGS.begin(balancing);
    files.configure(configuration.balancing.trackedFiles);
    socket.configure(model);
    if (!configuration.balancing.virtualServers.some((one) => one.suspendWithoutAddress)) return;
    addresses ??= followAddresses(watcher, log, (present) =>
      checker.feed({ kind: 'addressesChanged', present }),
    );
  };
  let isEnding = false;
  const end = async (kernel: 'remove' | 'keep'): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    socket.close();
    files.close();
    addresses?.close();
    await checker.stop(kernel);
    state.close(kernel);
    log.close();
    process.exit(0);
  };
  const reload = (): void => {
    const configuration = read();
    if (configuration !== undefined) configure(configuration);
  };
  configure(first, state.read());
  // Where there is nothing to balance.
  tellParent();
  return { checker, log, reload, end };
}

/** The start was hurried; scripts must not inherit that. */
function likeOthers(): void {
  try {
    setPriority(0);
  } catch {
    // Then it was not hurried either.
  }
}

/** Opened when its parent has begun its own, where that is later. */
function logOf(options: DaemonOptions): HeldLog {
  const named = { ...options, programName: logName(options) };
  return new HeldLog(() => openLog(named, CLOCK, options.identity));
}

/** keepalived's users look for its name. */
function logName({ programName }: DaemonOptions): string {
  return programName === 'keepalived' ? 'Keepalived_healthcheckers' : `${programName}-checker`;
}

/** All addresses of this host, at first and whenever one comes or goes. */
function followAddresses(
  watcher: FdWatcher,
  log: LogSink,
  onChange: (present: ReadonlySet<IpAddress>) => void,
): { close(): void } | undefined {
  const present = (): ReadonlySet<IpAddress> =>
    isSysError(monitor) ? new Set() : new Set(monitor.addresses().map(({ address }) => address));
  const monitor = openNetworkMonitor(watcher, { onEvents: () => onChange(present()) });
  if (isSysError(monitor)) {
    log.write({ level: 'error', text: `cannot follow the network: ${monitor.message}` });
    return undefined;
  }
  onChange(present());
  return monitor;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
