import { closeSync, constants, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { complain } from './load-config.ts';

const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;
const HOW = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;

/**
 * The file is that of whoever began last: with `-sf $(cat FILE)` the one before still runs, and must not take it
 * away when it ends. One that cannot be written is no reason not to serve.
 */
export function writePid(path: string): { remove(): void } | undefined {
  const text = `${process.pid}\n`;
  try {
    const fd = openSync(path, HOW, 0o644);
    writeSync(fd, text);
    closeSync(fd);
  } catch (error) {
    complain(`the pid file ${path} is not written: ${(error as Error).message}`);
    return undefined;
  }
  return {
    remove: () => {
      // In a chroot there is no such path, and without rights nothing can be removed.
      try {
        if (readFileSync(path, 'utf8') === text) unlinkSync(path);
      } catch {
        return;
      }
    },
  };
}
