import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Diagnostic } from '../../base/diagnostics.ts';
import { parseIp } from '../../base/ip.ts';
import { failed, ok } from '../../base/result.ts';
import type { HaproxyFiles, ReadFailure } from '../../config/haproxy/files.ts';
import { type HaproxyReading, readHaproxy } from '../../config/haproxy/index.ts';
import { lookUpNow } from './look-up.ts';

/** The files of this host. */
export function hostFiles(): HaproxyFiles {
  return {
    read: (path, as) => {
      try {
        return ok(readFileSync(path, as === 'text' ? 'utf8' : 'latin1'));
      } catch (error) {
        return failed(failureOf(error));
      }
    },
    list: (path) => {
      try {
        return readdirSync(path).sort();
      } catch {
        return undefined;
      }
    },
  };
}

/** haproxy.cfg as this host has it now; names are resolved once. */
export function readProxyConfig(paths: readonly string[]): HaproxyReading {
  return readHaproxy({
    paths,
    files: hostFiles(),
    environment: process.env,
    hostName: hostname(),
    resolve: (host, prefer) => parseIp(lookUpNow(host, prefer) ?? ''),
  });
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error' || severity === 'fatal');
}

function failureOf(error: unknown): ReadFailure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'missing';
  return code === 'EISDIR' ? 'not-a-file' : 'unreadable';
}
