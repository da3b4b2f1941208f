/**
 * What this daemon has made in IPVS, whose entries carry no mark: a list beside the pid file, a line for
 * each change, written before the change is made. What no line names is somebody else's.
 */
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { ServerId, ServiceId } from '../../core/balance/plane.ts';

/** Lines of which so many tell of nothing that is left are written anew. */
const SURPLUS_MAX = 5000;
const SEPARATOR = '\t';

interface Named {
  readonly id: ServerId;
}

/** Nothing is written before `keep`. */
export class OwnedList {
  readonly #path: string;
  readonly #owned = new Map<ServiceId, Set<ServerId>>();
  #fd: number | undefined;
  #lines = 0;
  #unwritten = '';

  constructor(path: string) {
    this.#path = path;
    this.#read();
  }

  /** These and no others: what is not there any more is somebody else's when it comes back. */
  keep(there: Iterable<readonly [ServiceId, { readonly servers: readonly Named[] }]>): void {
    this.#owned.clear();
    for (const [service, { servers }] of there) {
      this.#owned.set(service, new Set(servers.map(({ id }) => id)));
    }
    this.#unwritten = '';
    this.#rewrite();
  }

  services(): readonly ServiceId[] {
    return [...this.#owned.keys()];
  }

  has(service: ServiceId): boolean {
    return this.#owned.has(service);
  }

  hasServer(service: ServiceId, server: ServerId): boolean {
    return this.#owned.get(service)?.has(server) ?? false;
  }

  /** In the list with the next `write`, before they are made. */
  add(service: ServiceId, added: readonly Named[]): void {
    if (!this.#owned.has(service)) this.#tell('+', service, undefined);
    const servers = this.#serversOf(service);
    for (const { id } of added) {
      const before = servers.size;
      if (servers.add(id).size > before) this.#tell('+', service, id);
    }
  }

  /** Out of the list with the next `write`, after it is gone. */
  remove(service: ServiceId, server?: ServerId): void {
    this.#forget(service, server);
    this.#tell('-', service, server);
  }

  /** Without it a later process finds what it does not know; that is no reason not to balance. */
  write(): void {
    const text = this.#unwritten;
    this.#unwritten = '';
    if (text === '' || this.#fd === undefined) return;
    try {
      writeSync(this.#fd, text);
    } catch {
      // A full disk.
    }
    if (this.#lines > this.#size() + SURPLUS_MAX) this.#rewrite();
  }

  /** `remove`: nothing of ours is left. */
  close(fate: 'keep' | 'remove'): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    if (fate === 'remove') rmSync(this.#path, { force: true });
  }

  #read(): void {
    let text: string;
    try {
      text = readFileSync(this.#path, 'latin1');
    } catch {
      return;
    }
    // A last line without its end was cut off.
    for (const one of text.split('\n').slice(0, -1)) {
      const [sign, service, server] = one.split(SEPARATOR);
      if (service === undefined) continue;
      if (sign === '+') {
        const servers = this.#serversOf(service as ServiceId);
        if (server !== undefined) servers.add(server as ServerId);
      } else this.#forget(service as ServiceId, server as ServerId | undefined);
    }
  }

  #tell(sign: '+' | '-', service: ServiceId, server: ServerId | undefined): void {
    this.#lines++;
    this.#unwritten += line(sign, service, server);
  }

  #serversOf(service: ServiceId): Set<ServerId> {
    const known = this.#owned.get(service);
    if (known !== undefined) return known;
    const servers = new Set<ServerId>();
    this.#owned.set(service, servers);
    return servers;
  }

  #forget(service: ServiceId, server: ServerId | undefined): void {
    if (server === undefined) this.#owned.delete(service);
    else this.#owned.get(service)?.delete(server);
  }

  #size(): number {
    let size = this.#owned.size;
    for (const servers of this.#owned.values()) size += servers.size;
    return size;
  }

  #rewrite(): void {
    const lines = [...this.#owned].flatMap(([service, servers]) => [
      line('+', service, undefined),
      ...[...servers].map((server) => line('+', service, server)),
    ]);
    const temporary = `${this.#path}.new`;
    try {
      const fd = openSync(temporary, 'w', 0o600);
      writeSync(fd, lines.join(''));
      renameSync(temporary, this.#path);
      if (this.#fd !== undefined) closeSync(this.#fd);
      this.#fd = fd;
      this.#lines = lines.length;
    } catch {
      // As above.
    }
  }
}

function line(sign: '+' | '-', service: ServiceId, server: ServerId | undefined): string {
  const name = sign + SEPARATOR + service;
  return server === undefined ? `${name}\n` : `${name}${SEPARATOR}${server}\n`;
}
