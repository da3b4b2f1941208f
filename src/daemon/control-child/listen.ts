/** Where the control child listens, and what to do where it cannot. */
import { chmodSync, chownSync, lstatSync, rmSync, type Stats } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlChildSettings } from '../../api/control-child.ts';

/** The child of an earlier process may take so long to end. */
const PATIENCE_MS = 3000;
const AGAIN_MS = 100;
/** Nobody may connect before the file has its owner and its mode. */
const PRIVATE_UMASK = 0o177;
const GROUP_MODE = 0o660;

export type Listened = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Listens on an address; tries for a while where another process still has it. */
export function listenTcp(
  server: Server,
  { address, port }: NonNullable<ControlChildSettings['metricsListen']>,
): Promise<Listened> {
  return patiently(() => listenOn(server, { host: address, port }));
}

/** Listens at a path that only root and a group may connect to; returns the file that it made. */
export async function listenUnix(
  server: Server,
  { path, gid }: NonNullable<ControlChildSettings['httpSocket']>,
): Promise<(Listened & { readonly ok: false }) | { readonly ok: true; readonly file: Stats }> {
  const listened = await patiently(async () => {
    const occupied = await clearPath(path);
    if (occupied !== undefined) return { ok: false, reason: occupied, code: 'EADDRINUSE' };
    const before = process.umask(PRIVATE_UMASK);
    const listening = listenOn(server, { path });
    // The file is made before the call returns.
    process.umask(before);
    return listening;
  });
  if (!listened.ok) return listened;
  try {
    chownSync(path, process.getuid?.() ?? 0, gid ?? 0);
    chmodSync(path, GROUP_MODE);
    return { ok: true, file: lstatSync(path) };
  } catch (error) {
    server.close();
    return { ok: false, reason: (error as Error).message };
  }
}

type Attempt = { readonly ok: true } | { readonly ok: false; reason: string; code: string };

async function patiently(attempt: () => Promise<Attempt>): Promise<Listened> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const result = await attempt();
    if (result.ok || result.code !== 'EADDRINUSE' || performance.now() > end) return result;
    await sleep(AGAIN_MS);
  }
}

export function listenOn(
  server: Server,
  where: { readonly path: string } | { readonly host: string; readonly port: number },
): Promise<Attempt> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening);
      resolve({ ok: false, reason: describe(error), code: error.code ?? '' });
    };
    const onListening = (): void => {
      server.off('error', onError);
      resolve({ ok: true });
    };
    server.once('error', onError);
    server.once('listening', onListening);
    server.listen({ ...where, backlog: 64 });
  });
}

function describe({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'another process listens there';
  if (code === 'EADDRNOTAVAIL') return 'this host does not have the address';
  if (code === 'EACCES') return 'not permitted';
  if (code === 'ENOENT') return 'its folder does not exist';
  return message;
}

/** Removes a socket that nobody serves; says why where something else is in the way. */
async function clearPath(path: string): Promise<string | undefined> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return undefined;
  if (!there.isSocket()) return 'something else than a socket is there';
  if (await isServed(path)) return 'another process listens there';
  rmSync(path, { force: true });
  return undefined;
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const end = (served: boolean) => () => {
      probe.destroy();
      resolve(served);
    };
    probe.once('connect', end(true));
    // Also where its queue is full, which somebody must have.
    probe.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'EAGAIN')());
  });
}
