/** Which of the files of `-f` is the keepalived.conf, and which the haproxy.cfg. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type KindFinding, kindOfFile, kindOfName } from '../config/file-kind.ts';
import { DEFAULT_FILE } from './default-file.ts';

export type RunFiles =
  | { readonly ok: true; readonly configFile: string; readonly proxyFiles?: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** What stands in the help of each command that takes both. */
export const KINDS_USAGE = `\
Give -f once for the keepalived.conf and once for each haproxy.cfg, or folder of such. They are told
apart by their words: a file with blocks such as vrrp_instance is a keepalived.conf, one with
sections such as frontend a haproxy.cfg; one that has neither is what its name ends in, .conf or .cfg.
`;

const PATTERN = /[*?[{]/;

export function sortRunFiles(paths: readonly string[] | undefined): RunFiles {
  const [only = DEFAULT_FILE, ...others] = paths ?? [];
  const all = [only, ...others];
  const own: string[] = [];
  const proxy: string[] = [];
  for (const path of all) {
    const found = kindAt(path);
    // One that is alone is what it always was; what is wrong with it is told when it is read.
    if (found.kind === 'unclear' && all.length > 1)
      return failure(`${path}:${found.line}: it is not clear what this is: ${found.reason}`);
    (found.kind === 'haproxy' ? proxy : own).push(path);
  }
  const [configFile, second] = own;
  if (configFile === undefined) {
    const text = `${proxy[0]} is a haproxy.cfg: give a keepalived.conf as well`;
    return failure(`${text}, or use 'holdfast haproxy -f' for the proxy alone`);
  }
  if (second !== undefined)
    return failure(
      `${configFile} and ${second} are both a keepalived.conf: one can include others`,
    );
  if (proxy.length === 0) return { ok: true, configFile };
  return { ok: true, configFile, proxyFiles: proxy.map((path) => resolve(path)) };
}

function failure(message: string): RunFiles {
  return { ok: false, message };
}

function kindAt(path: string): KindFinding {
  if (PATTERN.test(path)) return { kind: 'keepalived' };
  try {
    return statSync(path).isDirectory()
      ? { kind: 'haproxy' }
      : kindOfFile(path, readFileSync(path, 'utf8'));
  } catch {
    return kindOfName(path);
  }
}
