import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { executeOrThrow } from './execute.ts';

export type Program = 'holdfast' | 'keepalived';

export interface StartOptions {
  readonly program: Program;
  /** The text of keepalived.conf, or the file that holds it. */
  readonly config: string | { readonly file: string };
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

let built: Promise<unknown> | undefined;

/** Lets bin/holdfast build what is not built, once, before several hosts start it at a time. */
export async function prepareProgram(program: Program): Promise<void> {
  if (program !== 'holdfast') return;
  built ??= executeOrThrow([join(projectRoot(), 'bin', 'holdfast'), '--version']);
  await built;
}

/** keepalived's own command line, which holdfast has too: foreground, log to the console in detail. */
export function programArguments(
  options: StartOptions,
  files: { readonly file: string; readonly folder: string },
): string[] {
  const { program, args = [] } = options;
  const command = program === 'holdfast' ? join(projectRoot(), 'bin', 'holdfast') : 'keepalived';
  const pidFiles = Object.entries({ '-p': 'pid', '-r': 'vrrp.pid', '-c': 'checkers.pid' });
  return [
    ...[command, '-n', '-l', '-D', '-f', files.file],
    ...pidFiles.flatMap(([option, name]) => [option, join(files.folder, name)]),
    ...args,
  ];
}
