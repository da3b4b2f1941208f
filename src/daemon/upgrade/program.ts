import { accessSync, constants } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * How the program that is on disk now is run with the arguments of this one. By way of bin/holdfast,
 * whose flags for node may be new too; a bundle that stands alone is run as it was.
 */
export function programOnDisk(): Program {
  const { argv, execPath, execArgv } = process;
  const [, bundle = '', ...args] = argv;
  const launcher = join(dirname(dirname(bundle)), 'bin', 'holdfast');
  return isExecutable(launcher)
    ? { file: launcher, args }
    : { file: execPath, args: [...execArgv, bundle, ...args] };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
