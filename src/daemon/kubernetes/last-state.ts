/** What was in force last, on disk: a start without the API server holds the same. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LastGood } from '../../kubernetes/reconcile/read-entries.ts';

export interface LastState {
  /** NAMESPACE/NAME. */
  readonly configMap: string;
  readonly good: LastGood;
  /** The keepalived.conf. */
  readonly text: string;
  /** The haproxy.cfg; '' where there was none. */
  readonly proxyText: string;
}

const SCHEMA = 1;

/** Undefined where there is none, or one of something else. */
export function readLastState(path: string, configMap: string): LastState | undefined {
  try {
    const state = JSON.parse(readFileSync(path, 'utf8'));
    const isOurs = state?.schema === SCHEMA && state.configMap === configMap;
    if (!isOurs || typeof state.text !== 'string' || typeof state.good !== 'object')
      return undefined;
    const good = Object.entries(state.good ?? {}).filter(([, value]) => typeof value === 'string');
    const proxyText = typeof state.proxyText === 'string' ? state.proxyText : '';
    return { configMap, text: state.text, proxyText, good: Object.fromEntries(good) as LastGood };
  } catch {
    return undefined;
  }
}

export function writeLastState(path: string, state: LastState): void {
  writeWhole(path, JSON.stringify({ schema: SCHEMA, ...state }), 'durable');
}

/** The same, while other things go on; rejects where it cannot be written. */
export async function writeLastStateLater(path: string, state: LastState): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Not that of the other way: both may be under way when the process ends.
  const draft = `${path}.later`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify({ schema: SCHEMA, ...state }));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** The file is the old one or the new one, whoever reads it when. */
export function writeWhole(path: string, text: string, how: 'durable' | 'quick'): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  const fd = openSync(draft, 'w', 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    if (how === 'durable') fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
}
