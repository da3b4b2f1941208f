import { ipFamily } from '../base/ip.ts';
import { type HostFile, PATHS } from './files.ts';
import { type Site, withPort } from './site.ts';

/** The haproxy.cfg, the same on every holder. `ready`: what an API server says that may be sent clients. */
export function haproxyCfg({ cluster, servers }: Site, ready = '200'): HostFile {
  const isKubernetes = cluster.purpose === 'kubernetes';
  const name = isKubernetes ? 'kube-apiserver' : cluster.name;
  const isIpv6 = servers.some(({ address }) => ipFamily(address) === 6);
  const check = isKubernetes
    ? `    option httpchk GET /readyz
    http-check expect status ${ready}
    default-server check check-ssl verify none inter 1500 rise 2 fall 3`
    : '    default-server check inter 1500 rise 2 fall 3';
  const text = `# ${cluster.name}: made by holdfast plan.
global
    log stdout format raw local0
    maxconn 4096

defaults
    log global
    mode tcp
    option tcplog
    option dontlognull
    retries 3
    option redispatch
    maxconn 2000
    timeout connect 5s
    timeout client 50s
    timeout server 50s
    # Watches, logs -f and exec are silent for long.
    timeout tunnel 4h

frontend ${name}-front
    bind ${isIpv6 ? `:::${cluster.frontPort} v4v6` : `*:${cluster.frontPort}`}
    default_backend ${name}

backend ${name}
    balance roundrobin
${check}
${servers.map(({ name: server, address }) => `    server ${server} ${withPort(address, cluster.backPort)}`).join('\n')}
`;
  return { path: PATHS.haproxy, text, mode: 0o644 };
}
