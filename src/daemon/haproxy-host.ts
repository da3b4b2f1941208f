/** What a haproxy.cfg is read with on this host: files, accounts, names. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { type IpAddress, ipFamily, parseIp } from '../base/ip.ts';
import { failed, ok } from '../base/result.ts';
import type { HaproxyFiles } from '../config/haproxy/files.ts';
import { type HaproxyReading, readHaproxy } from '../config/haproxy/index.ts';

export const haproxyFiles: HaproxyFiles = {
  read: (path, as) => {
    try {
      if (statSync(path).isDirectory()) return failed('not-a-file');
      return ok(readFileSync(path, as === 'bytes' ? 'latin1' : 'utf8'));
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      return failed(isMissing ? 'missing' : 'unreadable');
    }
  },
  list: (path) => {
    try {
      return statSync(path).isDirectory() ? readdirSync(path).sort() : undefined;
    } catch {
      return undefined;
    }
  },
};

/** Reads them with this process's variables; names are looked for in the host's own table. */
export function readHaproxyFiles(paths: readonly string[]): HaproxyReading {
  const users = namesIn('/etc/passwd');
  const groups = namesIn('/etc/group');
  const hosts = readHosts();
  return readHaproxy({
    paths,
    files: haproxyFiles,
    environment: process.env,
    hostName: hostname(),
    accounts: { hasUser: (name) => users.has(name), hasGroup: (name) => groups.has(name) },
    resolve: (host, prefer) => {
      const found = hosts.get(host.toLowerCase()) ?? [];
      return found.find((ip) => ipFamily(ip) === (prefer === 'ipv4' ? 4 : 6)) ?? found[0];
    },
  });
}

/** What stands before the first colon of each line. */
function namesIn(path: string): ReadonlySet<string> {
  const read = haproxyFiles.read(path, 'text');
  return new Set(read.ok ? read.value.split('\n').map((line) => line.split(':')[0] ?? '') : []);
}

/** /etc/hosts: addresses by name. */
function readHosts(): ReadonlyMap<string, readonly IpAddress[]> {
  const hosts = new Map<string, IpAddress[]>();
  const read = haproxyFiles.read('/etc/hosts', 'text');
  for (const line of read.ok ? read.value.split('\n') : []) {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    const ip = parseIp(address);
    if (ip === undefined) continue;
    for (const name of names) {
      const known = hosts.get(name.toLowerCase());
      if (known === undefined) hosts.set(name.toLowerCase(), [ip]);
      else known.push(ip);
    }
  }
  return hosts;
}
