/** Whom the arguments of a command mean; a text says what is wrong with them. */
import { findSide } from '../../build-live.ts';
import type { LiveConfig, LiveProxy, LiveServer } from '../../live.ts';

type Side = 'front' | 'back';

/** By name, or `#` and number. */
export function findProxy(live: LiveConfig, name: string, side: Side): LiveProxy | undefined {
  const id = /^#(\d+)$/.exec(name)?.[1];
  if (id === undefined) return findSide(live, name, side);
  return live.proxies.find((proxy) => proxy.config.id === Number(id) && proxy[side] !== undefined);
}

export function findServer(live: LiveConfig, path: string | undefined): LiveServer | string {
  const slash = path?.indexOf('/') ?? -1;
  if (path === undefined || slash < 1 || slash === path.length - 1)
    return "Require 'backend/server'.\n";
  const backend = findProxy(live, path.slice(0, slash), 'back');
  if (backend === undefined) return 'No such backend.\n';
  const name = path.slice(slash + 1);
  const id = /^#(\d+)$/.exec(name)?.[1];
  const server = backend.back?.servers.find(({ config }) =>
    id === undefined ? config.name === name : config.id === Number(id),
  );
  return server ?? 'No such server.\n';
}

export function findFrontend(live: LiveConfig, name: string | undefined): LiveProxy | string {
  if (name === undefined) return 'A frontend name is expected.\n';
  return findProxy(live, name, 'front') ?? 'No such frontend.\n';
}

/** A whole number, or undefined. */
export function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
}
