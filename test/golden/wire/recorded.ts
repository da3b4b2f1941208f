import { readFileSync } from 'node:fs';

/** The frames of a file of `name hex` lines, by name. */
export function readRecorded(file: string): ReadonlyMap<string, Uint8Array> {
  const frames = new Map<string, Uint8Array>();
  for (const line of readFileSync(new URL(file, import.meta.url), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [name = '', hex = ''] = line.split(' ');
    frames.set(name, Uint8Array.from(Buffer.from(hex, 'hex')));
  }
  return frames;
}
