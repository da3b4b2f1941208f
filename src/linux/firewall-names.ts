import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { EADDRINUSE } from './ffi/errno.ts';
import { bind, close } from './ffi/libc.ts';
import { openSocket } from './ffi/open-socket.ts';
import { AF_UNIX, encodeSockaddrAbstract } from './ffi/sockaddr.ts';
import { SOCK_STREAM } from './ffi/socket-numbers.ts';

const ATTEMPTS = 100;
const DIGITS = 8;

/** The name of a daemon's tables, which is taken as long as the name is held. */
export interface HeldName {
  readonly name: string;
  release(): void;
}

/**
 * Tables are named `holdfast_OWNER_PID`. Whether somebody lives who has made them tells a socket in the
 * abstract namespace of the same name: like the tables it belongs to the network namespace, and it goes
 * with its process. A process id would not do, as containers that share a network count them anew.
 */
export function holdFirewallName(owner: string): HeldName | SysError {
  return holdFirst(`${prefixOf(owner)}${process.pid}`);
}

/**
 * The name of the table that balances, `holdfast_balance_OWNER`. It is the same for every process of an
 * owner, one after the other, so that the next one finds what the last one has left.
 */
export function holdBalanceName(owner: string): HeldName | SysError {
  return holdFirst(`holdfast_balance_${digestOf(owner)}`);
}

/** The name, or the first with a number behind it that nobody holds. */
function holdFirst(plain: string): HeldName | SysError {
  for (let attempt = 0; ; attempt++) {
    const held = holdName(attempt === 0 ? plain : `${plain}_${attempt}`);
    if (!isSysError(held) || held.errno !== EADDRINUSE || attempt === ATTEMPTS) return held;
  }
}

export function holdName(name: string): HeldName | SysError {
  const address = encodeSockaddrAbstract(name);
  const fd = openSocket({ domain: AF_UNIX, type: SOCK_STREAM, protocol: 0, mode: 'non-blocking' }, [
    { call: 'bind', need: 'required', run: (each) => bind(each, address, address.length) },
  ]);
  if (isSysError(fd)) return fd;
  return { name, release: () => void close(fd) };
}

/** Of the names of this owner, those that nobody holds, neither a daemon nor its watchdog. */
export function abandonedNames(owner: string, names: Iterable<string>): readonly string[] {
  const prefix = prefixOf(owner);
  const held = heldNames();
  // Better none than those of a living one.
  if (held === undefined) return [];
  return [...new Set(names)].filter(
    (name) => name.startsWith(prefix) && !held.has(name) && !held.has(watchdogName(name)),
  );
}

/** What the watchdog holds while it has something to remove. */
export function watchdogName(name: string): string {
  return `${name}.watchdog`;
}

/** The owner is the path of a pid file: as long, and as unlike others. */
function prefixOf(owner: string): string {
  return `holdfast_${digestOf(owner)}_`;
}

function digestOf(owner: string): string {
  return createHash('sha256').update(owner).digest('hex').slice(0, DIGITS);
}

function heldNames(): ReadonlySet<string> | undefined {
  try {
    const lines = readFileSync('/proc/self/net/unix', 'latin1').split('\n');
    return new Set(lines.map((line) => /@(\S+)$/.exec(line)?.[1] ?? ''));
  } catch {
    return undefined;
  }
}
