/** The composition root of the VRRP daemon: builds the adapters, wires them to the engine, obeys signals. */

import { uptime } from 'node:os';
import { type Micros, micros, seconds } from '../base/time.ts';
import type { KeepalivedConfig } from '../config/keepalived/index.ts';
import { KnownBlocks } from '../config/keepalived/known-blocks.ts';
import type { Model } from '../config/model/model.ts';
import { detectAddressProtocol } from '../linux/address-protocol.ts';
import { createClock } from '../linux/clock.ts';
import { enterNetworkNamespace } from '../linux/ffi/netns.ts';
import { removeAbandonedFirewalls } from '../linux/firewall-guard.ts';
import { ownMemory } from '../linux/own-memory.ts';
import { type PidFile, writePidFile } from '../linux/pid-file.ts';
import type { Clock } from '../ports/clock.ts';
import type { LogSink } from '../ports/log.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { runShutdownScript, runStartupScript } from './bracket-scripts.ts';
import { type CheckerAhead, hasGoneAhead, startCheckerAhead } from './checker-program.ts';
import type { CheckerSideParts } from './checker-side.ts';
import { type Composition, composeVrrp } from './compose.ts';
import { hasErrors, isUnreadable, readConfiguration } from './configuration.ts';
import { wallMsAt } from './control/status-result.ts';
import { arrangeCoreDumps, type CoreDumps } from './core-dumps.ts';
import { dataLines } from './dumps/data-text.ts';
import { configurationFacts, Dumper } from './dumps/dumper.ts';
import { EventHistory } from './events/history.ts';
import {
  holdAgainstHost,
  type LoadedConfiguration,
  loadConfiguration,
} from './held-configuration.ts';
import { logSuffix } from './instance-names.ts';
import { AddressList, configuredAddresses, planLeftoverRemoval } from './leftovers.ts';
import { openLog } from './open-log.ts';
import type { DaemonOptions, DaemonRequest } from './options.ts';
import { Outside } from './outside.ts';
import { prepareProcess, prepareScheduling } from './prepare-process.ts';
import { openRecorder } from './recorder/open-recorder.ts';
import { ReloadTimer } from './reload-timer.ts';
import { type Reloadable, Reloader, type ReloadOutcome } from './reloader.ts';
import { reportDiagnostics } from './report-diagnostics.ts';
import { settle, settledOptions } from './settle.ts';
import { Signals } from './signals.ts';
import { SpareMemory } from './spare-memory.ts';
import { Successor } from './upgrade/successor.ts';
import { Upgrades } from './upgrade/upgrades.ts';
import { VERSION } from './version.ts';

/** Exit codes as keepalived has them. */
export const EXIT = {
  ok: 0,
  fatal: 1,
  config: 2,
  permission: 4,
  noConfig: 6,
  program: 70,
} as const;

/** Runs until it is told to stop; resolves with the exit code. `onReady` runs once it serves. */
export async function runDaemon(request: DaemonRequest, onReady: () => void): Promise<number> {
  const successor = Successor.ofThisProcess();
  // Told to stop while it still starts: an ordinary start and a bridge hold nothing yet. The process
  // that an heir is of does, by way of the bridge, and a checker process that went ahead.
  const holdsAny = successor?.role === 'heir' || hasGoneAhead();
  const stopEarly = holdsAny ? 'wait' : () => process.exit(EXIT.ok);
  const signals = new Signals(request, stopEarly);
  const clock = createClock();
  const early = openLog(request, clock, successor?.settlement?.identity);
  const as = successor === undefined ? '' : ` as ${successor.role} of the running one`;
  const { programName } = request;
  early.write({ level: 'notice', text: `Starting ${programName} (holdfast v${VERSION})${as}` });
  for (const text of request.complaints ?? []) early.write({ level: 'warning', text });
  early.write({ level: 'info', text: `Opening file '${request.configFile}'.` });
  const checkerAhead = successor === undefined ? startCheckerAhead(request) : undefined;
  // Which daemon this is stands in the configuration; another program in its place knows it already.
  const reading: Reading = { known: new KnownBlocks() };
  const isShared = successor === undefined && request.checkers !== 'off';
  const sharing = isShared ? ({ plainServers: 'left out' } as const) : {};
  if (successor?.settlement === undefined) {
    reading.config = readConfiguration({ ...request, ...sharing }, reading.known);
  }
  if (reading.config !== undefined && successor === undefined && isUnreadable(reading.config)) {
    reportDiagnostics(reading.config.diagnostics, early);
    checkerAhead?.dismiss('remove');
    early.close();
    return EXIT.noConfig;
  }
  const settlement = successor?.settlement ?? settle(request, reading.config?.model.global.process);
  const options = settledOptions(request, settlement);
  const log = successor === undefined ? renameLog(early, options, clock) : early;
  const coreDumps = arrangeCoreDumps(options, log);
  // Who acts while this program only prepares itself sees to the host.
  if (successor !== undefined) coreDumps.atEnd('left');
  try {
    const mistakes: Basics['mistakes'] = isShared ? 'untold' : 'told';
    const basics = { clock, log, signals, successor, reading, coreDumps, checkerAhead, mistakes };
    return await takeNames(basics, options, onReady);
  } finally {
    checkerAhead?.dismiss('remove');
    coreDumps.restore();
    log.write({ level: 'notice', text: `Stopped ${programName} (holdfast v${VERSION})` });
    log.close();
  }
}

/** Enters the network namespace and takes the pid files: there is one such daemon. */
async function takeNames(
  basics: Omit<Basics, 'pidFiles'>,
  options: DaemonOptions,
  onReady: () => void,
): Promise<number> {
  const { log, successor } = basics;
  const { networkNamespace } = options.identity;
  if (networkNamespace !== undefined) {
    const error = enterNetworkNamespace(`/run/netns/${networkNamespace}`);
    if (error !== undefined) return refuse(error, log);
  }
  const pidFiles = successor?.pidFiles(options.pidFiles) ?? takePidFiles(options, log);
  if (pidFiles === undefined) {
    // What is in the kernel is the other one's.
    basics.checkerAhead?.dismiss('keep');
    return EXIT.fatal;
  }
  const removeAll = (): void => {
    for (const file of pidFiles) file.remove();
  };
  // Also where the process ends in the middle of something.
  process.once('exit', removeAll);
  try {
    return await serve(options, { ...basics, pidFiles }, onReady);
  } finally {
    removeAll();
  }
}

/** The log under the name that tells this daemon from others. */
function renameLog(early: LogSink, options: DaemonOptions, clock: Clock): LogSink {
  const suffix = logSuffix(options.identity);
  if (suffix === '') return early;
  const text = `From here on the log is that of ${options.programName}${suffix}`;
  early.write({ level: 'info', text });
  early.close();
  return openLog(options, clock, options.identity);
}

interface Basics {
  readonly clock: ReturnType<typeof createClock>;
  readonly log: LogSink;
  readonly signals: Signals;
  readonly pidFiles: readonly PidFile[];
  /** Where this start is part of an upgrade. */
  readonly successor: Successor | undefined;
  readonly coreDumps: CoreDumps;
  readonly reading: Reading;
  readonly checkerAhead: CheckerAhead | undefined;
  readonly mistakes: CheckerSideParts['mistakes'];
}

interface Reading {
  readonly known: KnownBlocks;
  /**
   * What was read to begin with; absent where the process was that daemon before, and taken away once
   * it is in force, since the words of many instances are megabytes.
   */
  config?: KeepalivedConfig | undefined;
}

/** The configuration, and a process that is fit for it; undefined where nothing can run. */
async function prepare(options: DaemonOptions, basics: Basics): Promise<Model | undefined> {
  const { log, successor } = basics;
  const { config, known } = basics.reading;
  const read = (): LoadedConfiguration =>
    config === undefined ? loadConfiguration(options, known) : holdAgainstHost(config, options);
  const { model, diagnostics, proxyDiagnostics } = (await successor?.configuration(read)) ?? read();
  reportDiagnostics(diagnostics, log);
  const isBroken = hasErrors(proxyDiagnostics ?? []);
  if (isBroken)
    log.write({ level: 'error', text: 'the proxy cannot run: nothing is started without it' });
  if (model === undefined || isBroken) {
    successor?.discard();
    return undefined;
  }
  prepareProcess(options, model, log);
  if (successor === undefined) await runStartupScript(model, log);
  // Who takes over has time, and lets the one that acts go first.
  if (successor === undefined) prepareScheduling(model, log);
  if (options.dumpConfiguration === 'at-start') {
    for (const text of dataLines(configurationFacts(model, options)))
      log.write({ level: 'info', text });
  }
  return model;
}

async function serve(options: DaemonOptions, basics: Basics, onReady: () => void): Promise<number> {
  const { clock, log, signals, successor, checkerAhead, mistakes } = basics;
  const model = await prepare(options, basics);
  if (model === undefined) return EXIT.config;
  const recorder = openRecorder(
    options.record,
    basics,
    successor === undefined ? 'anew' : 'continue',
  );
  const history = new EventHistory((at) => wallMsAt(clock, at));
  const composition = await composeVrrp(options, model, { ...basics, recorder, history });
  if (composition === 'nothing to take over') {
    successor?.discard();
    return EXIT.ok;
  }
  if (isSysError(composition)) return refuse(composition, log);
  const { vrrp, watcher, mail } = composition;
  const list = new AddressList(options.pidFiles[0] ?? '');
  const dumper = new Dumper({ options, clock, log, vrrp });
  const running: Reloadable = { log, vrrp, list, keeper: dumper, known: basics.reading.known };
  endOnBugs(running);
  if (successor === undefined) {
    removeLeftovers(composition, model, list, log);
    removeLeftFirewalls(options.pidFiles[0] ?? '', log);
    list.write(configuredAddresses(model.instances));
  }
  const others = (): Others => ({ outside, reloadTimer });
  const reloader = createReloader(options, running, others);
  const outside = new Outside({
    ...{ clock, log, watcher, vrrp, history, options, reloader, mail },
    ...{ checkerAhead, mistakes },
    upgrade: (reply) => upgrades.answer(reply),
  });
  const upgrades = new Upgrades({
    ...{
      log,
      vrrp,
      pidFiles: basics.pidFiles,
      settlement: { ...options, ...basics.coreDumps },
      successor,
      outside,
    },
    applyOwn: () => reloader.apply(model),
    reload: () => reloader.request(),
    stop: (done) => {
      log.write({ level: 'notice', text: 'Stopping' });
      vrrp.stop({ addresses: options.atStop }, done);
    },
  });
  const reloadTimer = new ReloadTimer({
    ...{ log, wallMs: () => clock.wallMs() },
    reload: () => upgrades.reload(),
  });
  reloadTimer.configure(vrrp.node.model.global.process);
  outside.configure(model);
  if (successor === undefined) {
    outside.restoreDrain();
    vrrp.start(listenFrom(model, clock.now()));
    outside.takeCharge(model);
    if (basics.reading.config !== undefined) dumper.begun(model, basics.reading.config.text);
    onReady();
  }
  basics.reading.config = undefined;
  const ended = upgrades.begin();
  signals.serve({
    stop: () => upgrades.stop(),
    reload: () => upgrades.reload(),
    dump: (what) => dumper.request(what),
  });
  const later = (ms: number, act: () => void): void => void setTimeout(act, ms).unref();
  new SpareMemory({ vrrp, memory: ownMemory, later }).begin();
  const outcome = await ended;
  basics.coreDumps.atEnd(outcome === 'stopped' ? 'restored' : 'left');
  reloadTimer.close();
  await outside.close(outcome === 'stopped' ? (options.balancingAtStop ?? 'remove') : 'keep');
  if (options.atStop === 'release' && outcome === 'stopped') list.remove();
  watcher.close();
  recorder?.close();
  if (outcome === 'stopped') await runShutdownScript(vrrp.node.model, log);
  return EXIT.ok;
}

/** What does not exist yet when the reloader is made. */
interface Others {
  readonly outside: Outside;
  readonly reloadTimer: ReloadTimer;
}

function createReloader(
  options: DaemonOptions,
  running: Reloadable,
  others: () => Others,
): Reloader {
  const onReloaded = (outcome: ReloadOutcome): void => {
    const { outside, reloadTimer } = others();
    outside.reloaded(outcome);
    reloadTimer.configure(outcome.after.global.process);
  };
  return new Reloader(options, running, onReloaded, (model, onLoaded) =>
    others().outside.reloadProxy(model, onLoaded),
  );
}

function removeLeftovers(
  { vrrp, table }: Composition,
  model: Model,
  list: AddressList,
  log: LogSink,
): void {
  const addresses = vrrp.monitor.addresses();
  const leftovers = planLeftoverRemoval({
    listed: list.read(),
    configured: configuredAddresses(model.instances),
    marks: detectAddressProtocol(addresses),
    links: vrrp.monitor.links(),
    addresses,
  });
  for (const { address } of leftovers) {
    log.write({ level: 'warning', text: `removing ${address}, left behind by an earlier run` });
  }
  if (leftovers.length > 0) table.apply(leftovers);
}

/** They kept packets away from the addresses that are gone now. */
function removeLeftFirewalls(owner: string, log: LogSink): void {
  const names = removeAbandonedFirewalls(owner);
  // A kernel without nftables has none.
  if (isSysError(names)) return;
  for (const name of names) {
    const text = `removed the nftables tables ${name}, left behind by an earlier run`;
    log.write({ level: 'warning', text });
  }
}

function endOnBugs({ log, vrrp, list }: Reloadable): void {
  process.on('uncaughtException', (error) => {
    log.write({
      level: 'error',
      text: `internal error, ending: ${error.stack ?? error.message}`,
    });
    vrrp.abandon();
    list.remove();
    process.exit(EXIT.program);
  });
}

function takePidFiles(options: DaemonOptions, log: LogSink): readonly PidFile[] | undefined {
  const taken: PidFile[] = [];
  for (const path of options.pidFiles) {
    const file = writePidFile(path);
    if (!('kind' in file)) {
      taken.push(file);
      continue;
    }
    const whose = file.pid === undefined ? '' : ` (process ${file.pid})`;
    log.write({ level: 'error', text: `daemon is already running${whose}: ${file.reason}` });
    for (const other of taken) other.remove();
    return undefined;
  }
  return taken;
}

function refuse(error: SysError, log: LogSink): number {
  log.write({ level: 'error', text: `${error.call}: ${error.message}` });
  return error.code === 'EPERM' || error.code === 'EACCES' ? EXIT.permission : EXIT.fatal;
}

/** vrrp_startup_delay from now, vrrp_delay_after_boot from the boot; the later counts. */
function listenFrom({ global }: Model, now: Micros): Micros {
  const untilBooted = Math.max(0, global.delayAfterBoot - seconds(uptime()));
  return micros(now + Math.max(global.startupDelay, untilBooted));
}
