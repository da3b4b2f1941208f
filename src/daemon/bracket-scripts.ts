/** The scripts around a daemon's life: one before anything is served, one when all is given up. */
import { type Micros, seconds } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { ScriptCommand } from '../config/model/vrrp.ts';
import { openFdWatcher } from '../linux/fd-watcher.ts';
import { createScriptRunner, type ScriptGroups } from '../linux/script-runner.ts';
import type { LogSink } from '../ports/log.ts';
import type { RunningScript, ScriptOutcome } from '../ports/scripts.ts';
import { scriptGroups } from './prepare-process.ts';

const PATIENCE = seconds(10);

/** Resolves when it has ended, well or not: the daemon starts all the same, as keepalived does. */
export async function runStartupScript({ global }: Model, log: LogSink): Promise<void> {
  const { startupScript: command, process } = global;
  const settings = { limit: process?.startupTimeout, groups: scriptGroups(global) };
  if (command !== undefined) await run('startup', command, settings, log);
}

export async function runShutdownScript({ global }: Model, log: LogSink): Promise<void> {
  const { shutdownScript: command, process } = global;
  const settings = { limit: process?.shutdownTimeout, groups: scriptGroups(global) };
  if (command !== undefined) await run('shutdown', command, settings, log);
}

async function run(
  which: 'startup' | 'shutdown',
  command: ScriptCommand,
  {
    limit = PATIENCE,
    groups,
  }: { readonly limit: Micros | undefined; readonly groups: ScriptGroups },
  log: LogSink,
): Promise<void> {
  log.write({ level: 'info', text: `Running ${which} script ${command.argv.join(' ')}` });
  const watcher = await openFdWatcher();
  const verdict = await new Promise<string | undefined>((resolve) => {
    let script: RunningScript | undefined;
    const kill = (): void => script?.kill('SIGKILL');
    const timer = setTimeout(() => {
      kill();
      resolve(`timed out after ${limit / seconds(1)} s and was killed`);
    }, limit / 1000);
    // A daemon that is told to stop meanwhile does not leave it behind.
    process.once('exit', kill);
    const runner = createScriptRunner(watcher, () => groups);
    script = runner.run(command, { output: 'last-line' }, (outcome) => {
      clearTimeout(timer);
      process.off('exit', kill);
      resolve(troubleOf(outcome));
    });
  });
  watcher.close();
  if (verdict === undefined) log.write({ level: 'info', text: `${which} script succeeded` });
  else log.write({ level: 'warning', text: `${which} script ${verdict}` });
}

function troubleOf(outcome: ScriptOutcome): string | undefined {
  if (outcome.kind === 'not-started') return `could not be run: ${outcome.reason}`;
  const said = outcome.lastLine === undefined ? '' : `: ${outcome.lastLine}`;
  if (outcome.kind === 'signalled') return `was ended by ${outcome.signal}${said}`;
  return outcome.status === 0 ? undefined : `failed with status ${outcome.status}${said}`;
}
