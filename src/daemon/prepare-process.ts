/** What makes a process fit to keep time: its name, real-time scheduling, code that stays in memory. */
import type { Model } from '../config/model/model.ts';
import {
  lockFileBackedMemory,
  requestRealtime,
  setAffinity,
  setNice,
  setProcessName,
  setRealtimeLimit,
} from '../linux/process.ts';
import type { LogSink } from '../ports/log.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import type { DaemonOptions } from './options.ts';

const REALTIME_PRIORITY = 50;

/** All but the scheduling, with which a process comes before others. */
export function prepareProcess(options: DaemonOptions, model: Model, log: LogSink): void {
  const warn = warnings(log);
  const { global } = model;
  warn('process name', setProcessName(global.processName ?? options.programName));
  const mask = options.umask ?? global.umask;
  if (mask !== undefined) process.umask(mask);
  if (global.nice !== undefined) warn('nice', setNice(global.nice));
  if (global.cpuAffinity !== undefined) warn('CPU affinity', setAffinity(global.cpuAffinity));
  // Not a warning: without it a host that swaps is slower, no more.
  const locked = lockFileBackedMemory();
  if (isSysError(locked)) {
    log.write({
      level: 'debug',
      text: `program pages are not locked in memory: ${locked.message}`,
    });
  }
}

export function prepareScheduling({ global }: Model, log: LogSink): void {
  const warn = warnings(log);
  warn(
    'no real-time scheduling, adverts may be late on a busy host',
    requestRealtime(global.realtimePriority ?? REALTIME_PRIORITY),
    ' (CAP_SYS_NICE is needed; in a container also a budget in cpu.rt_runtime_us of its cgroup)',
  );
  if (global.realtimeLimit !== undefined) {
    warn('RLIMIT_RTTIME', setRealtimeLimit(global.realtimeLimit));
  }
}

function warnings(log: LogSink) {
  return (what: string, error: SysError | undefined, remedy = ''): void => {
    if (error !== undefined) {
      log.write({ level: 'warning', text: `${what}: ${error.message}${remedy}` });
    }
  };
}
