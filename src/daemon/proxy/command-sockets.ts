/** Sockets at which commands are taken. */
import { chmodSync, chownSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import type { StatsSocket } from '../../config/model/proxy.ts';
import { findIdentity } from '../../linux/accounts.ts';

/** Clients may end their side and wait for the answer. Throws where it cannot listen. */
export async function openCommandSocket(
  socket: StatsSocket,
  onClient: (client: Socket) => void,
): Promise<{ close(): void }> {
  const server = createServer({ allowHalfOpen: true }, onClient);
  const { address } = socket;
  const remove =
    address.kind === 'unix' ? await listenAtPath(server, address.path, socket) : undefined;
  if (address.kind !== 'unix') await listen(server, listenOptions(address));
  return {
    close: () => {
      remove?.();
      server.close();
    },
  };
}

/**
 * The socket gets its rights under another name, and then its own, in place of a predecessor's: Node removes
 * the name that it was made under, and the predecessor that ends later must not take ours.
 */
async function listenAtPath(
  server: Server,
  path: string,
  { mode, user, group }: StatsSocket,
): Promise<() => void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await listen(server, { path: temporary });
  const identity = findIdentity(user, group);
  if (identity.ok && (identity.value.uid ?? identity.value.gid) !== undefined)
    chownSync(temporary, identity.value.uid ?? -1, identity.value.gid ?? -1);
  if (mode !== undefined) chmodSync(temporary, mode);
  const { ino } = lstatSync(temporary);
  renameSync(temporary, path);
  return () => {
    // In a chroot there is no such path, and without rights nothing can be removed.
    try {
      if (lstatSync(path).ino === ino) unlinkSync(path);
    } catch {
      return;
    }
  };
}

async function listen(server: Server, options: ListenOptions & { fd?: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, resolve);
  });
  // Whoever comes too fast, or goes away at once, is none of our business.
  server.on('error', () => {});
}

function listenOptions(address: StatsSocket['address']): ListenOptions & { fd?: number } {
  switch (address.kind) {
    case 'ip':
      return { host: address.ip, port: address.port };
    case 'descriptor':
      return { fd: address.fd };
    case 'abstract':
      return { path: `\0${address.path}` };
    case 'unix':
      return { path: address.path };
  }
}
