import { type ChildProcess, spawn } from 'node:child_process';
import type { RunningScript, ScriptOutcome, ScriptRunner } from '../ports/scripts.ts';
import { findIdentity } from './accounts.ts';

/** They would change how a program of another user runs. */
const droppedVariables = ['IFS', 'LD_PRELOAD', 'LD_LIBRARY_PATH'];

/** Runs programs without a shell, each in a session of its own. */
export function createScriptRunner(): ScriptRunner {
  return {
    run: (command, { extraArguments = [] }, onEnd) => {
      const end = once(onEnd);
      const [program = '', ...args] = command.argv;
      const identity = findIdentity(command.user, command.group);
      if (!identity.ok) return notStarted(identity.reason, end);
      let child: ChildProcess;
      try {
        child = spawn(program, [...args, ...extraArguments], {
          ...identity.value,
          detached: true,
          stdio: 'ignore',
          env: scriptEnvironment(),
        });
      } catch (error) {
        return notStarted(reasonOf(error), end);
      }
      return follow(child, end);
    },
  };
}

function follow(child: ChildProcess, end: (outcome: ScriptOutcome) => void): RunningScript {
  let phase: 'running' | 'ended' = 'running';
  child.on('error', (error) => {
    // Also where a signal could not be sent; then it still runs.
    if (child.pid !== undefined) return;
    phase = 'ended';
    end({ kind: 'not-started', reason: reasonOf(error) });
  });
  child.on('exit', (status, signal) => {
    phase = 'ended';
    end(signal === null ? { kind: 'exited', status: status ?? 0 } : { kind: 'signalled', signal });
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
  const kept = Object.entries(process.env).filter(([name]) => !droppedVariables.includes(name));
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
