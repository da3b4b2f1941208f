/** How the proxy's own program is started, whatever its role. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ProxyRunOptions } from './run-options.ts';

/**
 * A young generation that holds what thousands of sessions need for a moment, and never less than lets most
 * connections end before it is collected: what is over by then costs nothing. No object begins old: V8 would
 * decide so where once many have survived, as in a crowd of new connections; what such a request leaves behind
 * then keeps the next ones' from being collected, and a request costs twice as much until the process ends.
 */
export const NODE_FLAGS = [
  '--max-semi-space-size=16',
  '--min-semi-space-size=4',
  '--no-allocation-site-pretenuring',
];

/** What stands behind `node`. */
export function programArguments(settings: ProxyRunOptions): readonly string[] {
  const bundle = fileURLToPath(new URL('proxy.cjs', import.meta.url));
  return [...NODE_FLAGS, bundle, JSON.stringify(settings)];
}

/** By the name that the settings have. */
export function startProgram(settings: ProxyRunOptions, stdio: StdioOptions): ChildProcess {
  const argv0 = settings.programName;
  return spawn(process.execPath, programArguments(settings), { argv0, stdio });
}
