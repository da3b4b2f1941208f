/** A Debian with what manages networks and firewalls, for the doctor to find: each is started on a host of its own. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bootstrap, CACHE, type Ran, run } from './machine.ts';

const ROOT = join(CACHE, 'managed');
const PACKAGES = [
  ...['network-manager', 'dhcpcd-base', 'firewalld', 'ufw'],
  // firewalld wants polkitd, and that a logind; none of them is started.
  ...['dbus', 'libpam-systemd', 'systemd-sysv'],
  ...['iproute2', 'iptables', 'nftables', 'procps', 'nodejs', 'libatomic1'],
];
const SCRIPT = resolve('tools/containers/managed.sh');
const TIMEOUT_MS = 180_000;

/** Makes it where it is not there yet. */
export function makeManaged(say: (text: string) => void): void {
  if (existsSync(ROOT)) return;
  say('making a Debian 13 with what manages networks');
  bootstrap(ROOT, PACKAGES);
}

/** A script on it, as the host that a network namespace is; this checkout is at /mnt. Nothing of it is left. */
export function onManaged(namespace: string, script: string): Ran {
  return run(['bash', SCRIPT, ROOT, script], { namespace, timeoutMs: TIMEOUT_MS });
}
