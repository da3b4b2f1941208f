import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { ScriptCommand } from '../config/model/vrrp.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { RunningScript, ScriptOutcome, ScriptRunner } from '../ports/scripts.ts';
import { isSysError } from '../ports/sys-error.ts';
import { findIdentity, findSupplementaryGroups, type Identity } from './accounts.ts';
import { ScriptOutput } from './script-output.ts';

/** They would change how a program of another user runs; `_` is what bash calls the program by. */
const droppedVariables = ['IFS', 'LD_PRELOAD', 'LD_LIBRARY_PATH', '_'];

/** Of util-linux. Node itself takes all supplementary groups from a child with another user. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'];

export type ScriptGroups = 'own' | 'supplementary';

/** Whether scripts can have more groups than one here. */
export function canSetGroups(): boolean {
  return SETPRIV.some((path) => existsSync(path));
}

/** Runs programs without a shell, each in a session of its own. */
export function createScriptRunner(
  watcher: FdWatcher,
  groups: () => ScriptGroups = () => 'own',
): ScriptRunner {
  return {
    run: (command, { extraArguments = [], output: wanted }, onEnd) => {
      const end = once(onEnd);
      const [program = '', ...args] = command.argv;
      const identity = findIdentity(command.user, command.group);
      if (!identity.ok) return notStarted(identity.reason, end);
      const { uid } = identity.value;
      const pipe = wanted === 'last-line' ? ScriptOutput.open(watcher, uid) : undefined;
      // Better without its words than not at all.
      const output = pipe === undefined || isSysError(pipe) ? undefined : pipe;
      const stream = output?.writeFd ?? 'ignore';
      let child: ChildProcess;
      try {
        const started = launch([program, ...args, ...extraArguments], command, {
          identity: identity.value,
          groups: groups(),
        });
        child = spawn(started.program, started.args, {
          ...started.identity,
          detached: true,
          stdio: ['ignore', stream, stream],
          env: scriptEnvironment(),
        });
      } catch (error) {
        output?.close();
        return notStarted(reasonOf(error), end);
      }
      output?.closeWriteEnd();
      return follow(child, output, end);
    },
  };
}

interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly identity: Identity;
}

/** What is started so that the program runs as who it should. */
function launch(
  [program = '', ...args]: readonly string[],
  { user }: ScriptCommand,
  { identity, groups }: { readonly identity: Identity; readonly groups: ScriptGroups },
): Launch {
  const setpriv = SETPRIV.find((path) => existsSync(path));
  const { uid, gid } = identity;
  const isPlain = groups === 'own' || user === undefined || uid === undefined;
  if (isPlain || gid === undefined || setpriv === undefined) return { program, args, identity };
  const all = [gid, ...findSupplementaryGroups(user)];
  const options = [`--reuid=${uid}`, `--regid=${gid}`, `--groups=${all.join(',')}`];
  return { program: setpriv, args: [...options, '--', program, ...args], identity: {} };
}

function follow(
  child: ChildProcess,
  output: ScriptOutput | undefined,
  end: (outcome: ScriptOutcome) => void,
): RunningScript {
  let phase: 'running' | 'ended' = 'running';
  child.on('error', (error) => {
    // Also where a signal could not be sent; then it still runs.
    if (child.pid !== undefined) return;
    phase = 'ended';
    output?.close();
    end({ kind: 'not-started', reason: reasonOf(error) });
  });
  child.on('exit', (status, signal) => {
    phase = 'ended';
    const lastLine = output?.finish();
    const said = lastLine === undefined ? {} : { lastLine };
    end(
      signal === null
        ? { kind: 'exited', status: status ?? 0, ...said }
        : { kind: 'signalled', signal, ...said },
    );
  });
  return {
    pid: child.pid,
    kill: (signal) => {
      if (phase === 'ended' || child.pid === undefined) return;
      try {
        process.kill(-child.pid, signal);
      } catch {
        // The group has ended; its exit is on the way.
      }
    },
  };
}

function notStarted(reason: string, end: (outcome: ScriptOutcome) => void): RunningScript {
  process.nextTick(() => end({ kind: 'not-started', reason }));
  return { pid: undefined, kill: () => {} };
}

function scriptEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    // A shell level of 0 is what bash leaves where there was none before it.
    ([name, value]) => !droppedVariables.includes(name) && !(name === 'SHLVL' && value === '0'),
  );
  return Object.fromEntries(kept);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES') return 'not executable';
  if (code === 'EPERM') return 'not permitted (user or group)';
  return message;
}

function once(onEnd: (outcome: ScriptOutcome) => void): (outcome: ScriptOutcome) => void {
  let phase: 'waiting' | 'ended' = 'waiting';
  return (outcome) => {
    if (phase === 'ended') return;
    phase = 'ended';
    onEnd(outcome);
  };
}
