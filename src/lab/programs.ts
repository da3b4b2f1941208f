import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Program = 'holdfast' | 'keepalived';

export interface StartOptions {
  readonly program: Program;
  /** The text of keepalived.conf. */
  readonly config: string;
  /** Further command line arguments. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Names the folder of its files in the host's directory. */
  readonly name?: string;
}

/** The folder that has bin/holdfast: of the sources, or of the bundle that this is part of. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'bin', 'holdfast'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('cannot find bin/holdfast');
    folder = parent;
  }
  return folder;
}

/** keepalived's own command line, which holdfast has too: foreground, log to the console in detail. */
export function programArguments(
  options: StartOptions,
  files: { readonly file: string; readonly folder: string },
): string[] {
  const isHoldfast = options.program === 'holdfast';
  const command = isHoldfast ? [join(projectRoot(), 'bin', 'holdfast'), 'run'] : ['keepalived'];
  const pidFiles = ['-p', join(files.folder, 'pid'), '-r', join(files.folder, 'vrrp.pid')];
  if (!isHoldfast) pidFiles.push('-c', join(files.folder, 'checkers.pid'));
  return [...command, '-n', '-l', '-D', '-f', files.file, ...pidFiles, ...(options.args ?? [])];
}
