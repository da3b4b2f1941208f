/** What makes a process fit to keep time: its name, real-time scheduling, code that stays in memory. */
import type { GlobalModel, Model } from '../config/model/model.ts';
import {
  lockFileBackedMemory,
  requestRealtime,
  setAffinity,
  setNice,
  setProcessName,
  setRealtimeLimit,
} from '../linux/process.ts';
import { canSetGroups, type ScriptGroups } from '../linux/script-runner.ts';
import type { LogSink } from '../ports/log.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import type { DaemonOptions } from './options.ts';

/** keepalived's: what the daemon and its scripts make is for root alone. */
const UMASK = 0o177;
const REALTIME_PRIORITY = 50;
/** Longer than anything that the process does at one go. */
const LEAST_LIMIT_US = 2_000_000;

/** For files and FIFOs of other programs, and for scripts. */
export function umaskOf(options: Pick<DaemonOptions, 'umask'>, { global }: Model): number {
  return options.umask ?? global.umask ?? UMASK;
}

/** All but the scheduling, with which a process comes before others. */
export function prepareProcess(options: DaemonOptions, model: Model, log: LogSink): void {
  const warn = warnings(log);
  const { global } = model;
  warn('process name', setProcessName(global.processName ?? options.programName));
  process.umask(umaskOf(options, model));
  if (global.nice !== undefined) warn('nice', setNice(global.nice));
  if (global.cpuAffinity !== undefined) warn('CPU affinity', setAffinity(global.cpuAffinity));
  if (scriptGroups(global) === 'supplementary' && !canSetGroups()) {
    const text = 'set_supplementary_groups needs the program setpriv: scripts get one group only';
    log.write({ level: 'warning', text });
  }
  // Not a warning: without it a host that swaps is slower, no more.
  const locked = lockFileBackedMemory();
  if (isSysError(locked)) {
    log.write({
      level: 'debug',
      text: `program pages are not locked in memory: ${locked.message}`,
    });
  }
}

/** Whether scripts have all groups of their user. */
export function scriptGroups({ process }: GlobalModel): ScriptGroups {
  return process?.supplementaryGroups === true ? 'supplementary' : 'own';
}

export function prepareScheduling({ global }: Model, log: LogSink): void {
  const warn = warnings(log);
  const priority = realtimePriority(global);
  if (priority === undefined) return;
  warn(
    'no real-time scheduling, adverts may be late on a busy host',
    requestRealtime(priority),
    ' (CAP_SYS_NICE is needed; in a container also a budget in cpu.rt_runtime_us of its cgroup)',
  );
  if (global.realtimeLimit === undefined) return;
  // keepalived's halves. A limit that is right for its small program would end this one, and with it
  // its addresses, at a reload of a large file.
  const warningUs = Math.floor(global.realtimeLimit / 2);
  // Whoever does not listen is ended by the warning.
  process.on('SIGXCPU', () => {});
  warn(
    'RLIMIT_RTTIME',
    setRealtimeLimit({ warningUs, endUs: Math.max(global.realtimeLimit, LEAST_LIMIT_US) }),
  );
}

/**
 * keepalived becomes real-time step by step after it was late, up to max_auto_priority; we are it from
 * the start, within the same bound. Undefined where the operator wants none.
 */
function realtimePriority({ realtimePriority: asked, process }: GlobalModel): number | undefined {
  if (asked !== undefined) return asked;
  const bound = process?.maxAutoPriority;
  if (bound === undefined) return REALTIME_PRIORITY;
  return bound === 0 ? undefined : Math.min(bound, REALTIME_PRIORITY);
}

function warnings(log: LogSink) {
  return (what: string, error: SysError | undefined, remedy = ''): void => {
    if (error !== undefined) {
      log.write({ level: 'warning', text: `${what}: ${error.message}${remedy}` });
    }
  };
}
