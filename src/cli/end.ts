/** The end of a program that has done what it was called for. */
import { allTaken } from './write-out.ts';

const LOG_READ_WITHIN_MS = 2000;

/** `daemon`: it ends when it is told to, also where nobody reads its log any more. */
export async function runToEnd(
  kind: 'daemon' | 'command',
  run: () => Promise<number>,
): Promise<never> {
  let code: number;
  try {
    code = await run();
  } catch (error) {
    process.stderr.write(`holdfast: ${error instanceof Error ? error.stack : String(error)}\n`);
    code = 70;
  }
  await allTaken(kind === 'daemon' ? LOG_READ_WITHIN_MS : undefined);
  process.exit(code);
}
