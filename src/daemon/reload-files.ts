/** Files that others follow a reload by (reload_file, reload_check_config). */
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Diagnostic, formatDiagnostic } from '../base/diagnostics.ts';
import type { ProcessModel } from '../config/model/process.ts';
import type { LogSink } from '../ports/log.ts';
import type { DaemonOptions } from './options.ts';

/** Reads the configuration while the file of `reload_file` is there, empty. */
export function whileMarked<Read>(
  { reloadMarker }: ProcessModel,
  { pidFiles }: Pick<DaemonOptions, 'pidFiles'>,
  log: LogSink,
  read: () => Read,
): Read {
  if (reloadMarker === undefined) return read();
  const path =
    reloadMarker === '' ? join(dirname(pidFiles[0] ?? ''), 'keepalived.reload') : reloadMarker;
  attempt(`reload_file ${path}`, log, () => writeFileSync(path, ''));
  try {
    return read();
  } finally {
    attempt(`reload_file ${path}`, log, () => rmSync(path, { force: true }));
  }
}

/** What is wrong with what was read; an empty file where nothing is. */
export function writeReport(
  { reloadReport }: ProcessModel,
  diagnostics: readonly Diagnostic[],
  log: LogSink,
): void {
  if (reloadReport === undefined) return;
  const text = diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`).join('');
  const write = (): void => writeFileSync(reloadReport, text, { mode: 0o600 });
  attempt(`reload_check_config ${reloadReport}`, log, write);
}

/** A disk that is full is no reason not to reload. */
function attempt(what: string, log: LogSink, action: () => void): void {
  try {
    action();
  } catch (error) {
    log.write({ level: 'warning', text: `${what}: ${(error as Error).message}` });
  }
}
