import { spawnSync } from 'node:child_process';

export interface ToolOptions {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end and returns what it printed; throws with what it said where it fails. */
export function runTool(command: readonly string[], options: ToolOptions = {}): string {
  const [program = '', ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 100_000_000,
    env: { ...process.env, ...options.env },
    ...(options.folder !== undefined && { cwd: options.folder }),
  });
  if (status === 0) return stdout;
  throw new Error(
    `${command.join(' ')}: ${error?.message ?? `status ${status}`}\n${stdout}${stderr}`,
  );
}
