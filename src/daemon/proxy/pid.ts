import { writePidFile } from '../../linux/pid-file.ts';
import { complain } from './load-config.ts';

/** A file that somebody else holds is no reason not to serve. */
export function writePid(path: string): { remove(): void } | undefined {
  const file = writePidFile(path);
  if (!('kind' in file)) return file;
  complain(`the pid file ${path} is not written`);
  return undefined;
}
