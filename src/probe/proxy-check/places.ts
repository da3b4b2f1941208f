/** Where a check goes, and how. */

import type { ServerTls } from '../../config/model/proxy.ts';
import type { CheckConnect } from '../../config/model/proxy-check.ts';
import type { LiveServer } from '../../core/proxy/live.ts';
import type { ConnectStep, Place } from './steps.ts';

type Way = Omit<ConnectStep, 'kind' | 'number' | 'place' | 'passed'>;

/** As the server's own check has it: where no connection is written down. */
export function ownWay(server: LiveServer): Way | undefined {
  const { check } = server.config;
  const to = placeOf(server, check ?? {});
  if (to === undefined) return undefined;
  return {
    ...common(server),
    to,
    ...(check?.tls !== undefined && withTls(check.tls, undefined)),
    sendProxy: check?.sendProxy ?? 'none',
  };
}

/** What a script says of a connection counts, and only that, unless it wants the rest as well. */
export function writtenWay(server: LiveServer, connect: CheckConnect): Way | undefined {
  const { check, tls } = server.config;
  const to = placeOf(server, {
    ...(check?.ip !== undefined && { ip: check.ip }),
    ...(check?.port !== undefined && { port: check.port }),
    ...(connect.ip !== undefined && { ip: connect.ip }),
    ...(connect.port !== undefined && { port: connect.port }),
  });
  if (to === undefined) return undefined;
  const own = connect.asServer === true ? check : undefined;
  const version = check?.sendProxy === 'v2' ? 'v2' : 'v1';
  const settings = connect.tls ? (check?.tls ?? tls ?? TRUSTING) : own?.tls;
  return {
    ...common(server),
    to,
    ...(settings !== undefined && withTls(settings, connect.sni)),
    sendProxy: connect.sendProxy ? version : (own?.sendProxy ?? 'none'),
  };
}

export function agentWay(server: LiveServer): Way | undefined {
  const { agent } = server.config;
  const to = agent === undefined ? undefined : placeOf(server, agent);
  return to === undefined ? undefined : { ...common(server), to, sendProxy: 'none' };
}

const TRUSTING: ServerTls = { verify: 'none', alpn: [] };

function common({ config }: LiveServer): Pick<Way, 'source'> {
  return config.source === undefined ? {} : { source: config.source };
}

/** A name that depends on no request. */
function withTls(tls: ServerTls, named: string | undefined): Pick<Way, 'tls' | 'serverName'> {
  const constant = tls.sni?.fetch === 'str' ? tls.sni.args[0] : undefined;
  const serverName = named ?? constant;
  return { tls, ...(serverName !== undefined && { serverName }) };
}

function placeOf(
  server: LiveServer,
  other: { readonly ip?: string; readonly port?: number },
): Place | undefined {
  const { address } = server.config;
  const isLocal = address.kind === 'unix' || address.kind === 'abstract';
  if (isLocal && other.ip === undefined)
    return { kind: 'unix', path: address.kind === 'abstract' ? `\0${address.path}` : address.path };
  const port = other.port ?? server.port;
  // Whoever serves "the address of the client's connection" is asked on this host.
  const host = other.ip ?? server.ip ?? (address.kind === 'client' ? '0.0.0.0' : undefined);
  return host === undefined || port === undefined ? undefined : { kind: 'tcp', host, port };
}
