/** Prints what a daemon answers anew each second. */
import { type ControlClient, ControlError, connectControl } from '../../api/client.ts';
import { describeControlError } from './with-daemon.ts';

const PERIOD_MS = 1000;
const CLEAR = '\x1b[H\x1b[2J';

/** Goes on through restarts of the daemon. */
export async function watchDaemon(
  path: string,
  render: (client: ControlClient) => Promise<string>,
): Promise<number> {
  let client: ControlClient | undefined;
  for (;;) {
    let text: string;
    try {
      client ??= await connectControl(path);
      text = await render(client);
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      client?.close();
      client = undefined;
      text = `${describeControlError(error, path)}\n`;
    }
    process.stdout.write(`${process.stdout.isTTY ? CLEAR : ''}${text}`);
    await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
  }
}
