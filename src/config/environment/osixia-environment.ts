/** Files of variables below /container/environment, as osixia's run tool reads them. */

import type { Notes } from './notes.ts';
import type { ContainerFiles } from './setup.ts';
import { parseYamlVariables } from './yaml-variables.ts';

export interface Definition {
  /** Lists with their prefix. */
  readonly value: string;
  /** `environment` or the file. */
  readonly origin: string;
}

const FOLDER = '/container/environment';

/** What is set for the container wins, then the first file in the order of folders and names. */
export function readDefinitions(
  env: Readonly<Record<string, string | undefined>>,
  files: ContainerFiles,
  notes: Notes,
): ReadonlyMap<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined) definitions.set(name, { value, origin: 'environment' });
  }
  const paths = files.list(FOLDER);
  const sorted = [...paths].sort((a, b) => compare(folderOf(a), folderOf(b)) || compare(a, b));
  for (const path of sorted) {
    for (const [name, value] of readFile(path, files, notes)) {
      if (!definitions.has(name)) definitions.set(name, { value, origin: path });
    }
  }
  return definitions;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function readFile(
  path: string,
  files: ContainerFiles,
  notes: Notes,
): readonly (readonly [string, string])[] {
  const text = files.read(path);
  if (text === undefined) return [];
  if (path.endsWith('.yaml')) {
    const read = parseYamlVariables(text);
    if (read.ok) return [...read.value].map(([name, value]) => [name, written(value)]);
    tell(path, `line ${read.reason} cannot be read as YAML`, notes);
    return [];
  }
  if (path.endsWith('.json')) return readJson(path, text, notes);
  // A file without a suffix is one variable by its name.
  const name = path.slice(FOLDER.length + 1);
  return /^\w+$/.test(name) ? [[name, text.replace(/\n$/, '')]] : [];
}

function readJson(
  path: string,
  text: string,
  notes: Notes,
): readonly (readonly [string, string])[] {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return Object.entries(value).map(([name, one]) => [name, written(one)]);
    }
  } catch {
    // Told below.
  }
  tell(path, 'it is no object of JSON', notes);
  return [];
}

function written(value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'object') return `#JSON2BASH:${JSON.stringify(value)}`;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}

function tell(path: string, message: string, notes: Notes): void {
  notes.add({
    code: 'image-environment-file',
    about: path,
    message: `${message}; nothing of the file is taken`,
    hint: 'write NAME: VALUE, or NAME: and below it lines of - VALUE',
  });
}
