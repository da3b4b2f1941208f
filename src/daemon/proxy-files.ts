/** The proxy's configuration as the VRRP process needs it: what is wrong with it, and what can be tracked. */
import type { Diagnostic } from '../base/diagnostics.ts';
import type { KnownProxy } from '../config/keepalived/proxy-check.ts';
import type { ProxyConfig } from '../config/model/proxy.ts';
import { readHaproxyFiles } from './haproxy-host.ts';
import { missingParts } from './proxy/missing-parts.ts';

export interface ProxyFilesReading {
  readonly diagnostics: readonly Diagnostic[];
  readonly proxies: readonly KnownProxy[];
}

export function readProxyFiles(paths: readonly string[]): ProxyFilesReading {
  const { config, diagnostics } = readHaproxyFiles(paths);
  const missing = missingParts(config).map(
    ({ what, ...at }): Diagnostic => ({
      ...{ code: 'not-carried-out', severity: 'error', ...at, column: 1 },
      message: what,
    }),
  );
  return { diagnostics: [...diagnostics.map(asFatal), ...missing], proxies: knownProxies(config) };
}

/** A proxy of its own may wait for its first listener; beside virtual routers that is a mistake. */
function asFatal(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.code === 'no-listener' ? { ...diagnostic, severity: 'error' } : diagnostic;
}

function knownProxies({ proxies }: ProxyConfig): readonly KnownProxy[] {
  const names = [...new Set(proxies.map(({ name }) => name))];
  return names.map((name) => {
    const named = proxies.filter((proxy) => proxy.name === name);
    const servers = named.reduce((sum, proxy) => sum + proxy.servers.length, 0);
    return { name, kinds: named.map(({ kind }) => kind), servers };
  });
}
