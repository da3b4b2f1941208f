/** The options of every command that asks a running daemon. */
import { existsSync } from 'node:fs';
import type { ParseArgsConfig } from 'node:util';

export const DAEMON_OPTIONS = {
  socket: { type: 'string', short: 's' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

export const DAEMON_USAGE = `\
  -s, --socket PATH   control socket of the daemon (default HOLDFAST_SOCKET, or the first of
                      /run/holdfast.sock and /run/keepalived.sock that is there)
      --json          print the daemon's answer as JSON
  -h, --help          print this text
`;

export const EXIT_USAGE = `\
Exit status: 0 done, 1 not done (the message says why), 3 no daemon answers, or it hangs, 4 not
permitted.
`;

const DEFAULT_PATHS = ['/run/holdfast.sock', '/run/keepalived.sock'] as const;

export function socketPath(given: string | undefined): string {
  const path = given ?? process.env.HOLDFAST_SOCKET;
  if (path !== undefined && path !== '') return path;
  return DEFAULT_PATHS.find((one) => existsSync(one)) ?? DEFAULT_PATHS[0];
}
