/** What a container is started with, and what becomes of it. */
import type { Diagnostic } from '../../base/diagnostics.ts';

/** The images whose variables, arguments and mounts are understood. */
export const IMAGES = [
  'holdfast',
  'keepalived',
  'haproxy',
  'osixia-keepalived',
  'arcts-keepalived',
  'vip-keepalived',
  'kube-keepalived-vip',
] as const;
export type ImageName = (typeof IMAGES)[number];

/** An image, or one that has two languages with the one that is meant. */
export type ImageChoice = ImageName | 'osixia-keepalived-classic' | 'osixia-keepalived-2026';

export const IMAGE_CHOICES: readonly ImageChoice[] = [
  ...IMAGES,
  'osixia-keepalived-classic',
  'osixia-keepalived-2026',
];

export interface ContainerFiles {
  /** The text of a file; undefined where there is none that can be read. */
  read(path: string): string | undefined;
  /** The paths of all files below a folder, sorted; empty where there is no such folder. */
  list(folder: string): readonly string[];
}

export interface ContainerSetup {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What stands behind the image's name. */
  readonly argv: readonly string[];
  readonly files: ContainerFiles;
  /** The first IPv4 address of an interface of this host. */
  firstAddress(interfaceName: string): string | undefined;
  /** Addresses of this host with their prefixes; absent where the host is not known. */
  readonly networks?: readonly string[];
}

/** What one variable has become. */
export interface VariableUse {
  readonly name: string;
  /** `environment`, `default`, or the file that defines it. */
  readonly origin: string;
  /** As it was written; of secrets nothing. */
  readonly value: string;
  /** The statement that it is now; of secrets only its keyword. */
  readonly became: string;
}

export interface Configuration {
  /** Where the old image had it. */
  readonly path: string;
  /** Holds secrets. */
  readonly text: string;
  /** Another name of it, unless something lies there. */
  readonly link?: string;
}

export interface Translation {
  readonly image: ImageName;
  /** Where one image has changed its language. */
  readonly dialect?: 'classic' | '2026';
  /** Absent where a file that was mounted is taken as it is. */
  readonly configuration?: Configuration;
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly uses: readonly VariableUse[];
  /** A file after whose change the old image reloaded. */
  readonly watched?: string;
  /** Files that the old image made executable. */
  readonly scripts: readonly string[];
  /** A `fatal` one: the old image would have stopped as well. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What begins every file that is written, by which it is known at the next start. */
export const MARK =
  '# Made by holdfast from the variables of a container; edits are lost at its next start.\n';

/** Whether a file that somebody else has written lies there. */
export function isMounted(files: ContainerFiles, path: string): boolean {
  const text = files.read(path);
  return text !== undefined && !text.startsWith(MARK);
}
