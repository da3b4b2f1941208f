/** Proxies for tests, from the text of a haproxy.cfg. */
import { ZERO } from '../../src/base/time.ts';
import { createMemoryFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import { buildLive } from '../../src/core/proxy/build-live.ts';
import type { LiveBack, LiveConfig, LiveProxy, LiveServer } from '../../src/core/proxy/live.ts';

export function liveOf(text: string): LiveConfig {
  const files = createMemoryFiles({ 'haproxy.cfg': text });
  const { config, diagnostics } = readHaproxy({ paths: ['haproxy.cfg'], files });
  const errors = diagnostics.filter(({ severity }) => severity === 'error' || severity === 'fatal');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  return buildLive(config, ZERO);
}

export interface LiveBackend {
  readonly proxy: LiveProxy;
  readonly back: LiveBack;
  server(name: string): LiveServer;
}

/** One backend `b` with these lines. */
export function backendOf(lines: string): LiveBackend {
  const defaults = 'defaults\ntimeout connect 2s\ntimeout client 5s\ntimeout server 5s\n';
  const front = 'frontend f\nbind 127.0.0.1:80\ndefault_backend b\n';
  const [, proxy] = liveOf(`${defaults}${front}backend b\n${lines}\n`).proxies;
  if (proxy?.back === undefined) throw new Error('there is no backend');
  const { back } = proxy;
  return {
    proxy,
    back,
    server: (name) => {
      const found = back.servers.find(({ config }) => config.name === name);
      if (found === undefined) throw new Error(`there is no server ${name}`);
      return found;
    },
  };
}

export function serverLines(count: number, each = ''): string {
  const name = (index: number): string => String.fromCharCode(97 + index);
  return Array.from(
    { length: count },
    (_, index) => `server ${name(index)} 10.0.0.${index + 1}:80 ${each}`,
  ).join('\n');
}
