/** Connects a command to a daemon, and turns what goes wrong into words and an exit code. */
import { type ControlClient, ControlError, connectControl } from '../../api/client.ts';
import { describeSilence } from '../../daemon/control/silence.ts';

const EXIT = { failed: 1, noDaemon: 3, notPermitted: 4 } as const;

export async function withDaemon(
  command: string,
  path: string,
  act: (client: ControlClient) => Promise<number>,
): Promise<number> {
  // `holdfast events | head`: who has read enough goes.
  process.stdout.on('error', () => process.exit(0));
  try {
    const client = await connectControl(path);
    try {
      return await act(client);
    } finally {
      client.close();
    }
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    process.stderr.write(`holdfast ${command}: ${describeControlError(error, path)}\n`);
    return exitCodeOf(error);
  }
}

export function describeControlError(error: ControlError, path: string): string {
  const lines = (error.diagnostics ?? []).map(({ text }) => `\n  ${text}`).join('');
  if (error.code !== 'silent') return `${error.message}${lines}`;
  const why = describeSilence(path);
  return `the daemon hangs: ${error.message}${why === undefined ? '' : `; ${why}`}`;
}

export function exitCodeOf({ code }: ControlError): number {
  if (code === 'no-daemon' || code === 'silent' || code === 'gone') return EXIT.noDaemon;
  return code === 'not-permitted' || code === 'forbidden' ? EXIT.notPermitted : EXIT.failed;
}
