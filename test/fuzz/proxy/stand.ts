/** A proxy in this process, with everything on that reads what others send. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryFiles } from '../../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../../src/config/haproxy/index.ts';
import { type RunningProxy, startProxy } from '../../../src/daemon/proxy/process.ts';
import { testPath } from '../../../tools/sweep.ts';

export interface Stand {
  readonly proxy: RunningProxy;
  path(name: string): string;
  close(): void;
}

/** Sockets `web.sock`, `accept.sock` and `tcp.sock`; both servers listen at `server.sock`. */
export async function openStand(name: string): Promise<Stand> {
  const folder = testPath(name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const path = (file: string): string => join(folder, file);
  const files = createMemoryFiles({ f: configuration(path) });
  const { config, diagnostics } = readHaproxy({ paths: ['f'], files });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  const proxy = await startProxy(config);
  if (!('worker' in proxy)) throw new Error(JSON.stringify(proxy));
  const close = (): void => {
    proxy.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { proxy, path, close };
}

function configuration(path: (file: string) => string): string {
  return `global
  maxconn 200
defaults
  timeout connect 5s
  timeout client 10s
  timeout server 10s
  log 127.0.0.1:9 local0
frontend web
  mode http
  bind ${path('web.sock')} name plain
  bind ${path('accept.sock')} name accept accept-proxy
  maxconn 100
  option httplog
  option forwardfor
  stats enable
  stats uri /stats
  stats auth u:p
  stats admin if TRUE
  acl old hdr(x-old) -m found
  acl up path_beg -i /up
  http-request use-service prometheus-exporter if { path /metrics }
  http-request deny if { path /deny }
  http-request redirect location /elsewhere?%[query] if { path -m reg ^/r[0-9]+$ }
  http-request set-header X-Seen "%[src] %[path,lower] %[hdr(host)]" if old || up
  http-request del-header X-Old if old
  http-response set-header X-Answered %[status]
  http-response deny if { status 418 }
  use_backend app if up || old
  default_backend app
backend app
  mode http
  balance uri
  retries 1
  option redispatch
  server s ${path('server.sock')} maxconn 40 weight 10
  server spare ${path('server.sock')} backup
listen tcp
  mode tcp
  bind ${path('tcp.sock')} accept-proxy
  option tcplog
  tcp-request inspect-delay 10ms
  tcp-request content reject if { req.len gt 4000 }
  server t ${path('server.sock')} send-proxy-v2
`;
}
