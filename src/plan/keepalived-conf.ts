import { type HostFile, PATHS } from './files.ts';
import { type PlannedHolder, type Site, withPort } from './site.ts';

/** Seconds between two runs of the check. */
const CHECK_INTERVAL_S = 2;

/** The keepalived.conf of one holder: only forms that keepalived takes too. */
export function keepalivedConf(site: Site, holder: PlannedHolder): HostFile {
  const { cluster, secrets, vrid, vips } = site;
  const isShort = cluster.advertIntervalS < 1;
  const text = `# ${holder.host.name} of ${cluster.name}: made by holdfast plan.
global_defs {
    router_id ${holder.host.name}
    vrrp_version ${site.vrrpVersion}
    script_user root
    enable_script_security
    @holdfast peer_key ${secrets.peerKey.reveal()}
${metrics(site, holder)}}

# Whether the proxy here answers${cluster.purpose === 'kubernetes' ? ', with an API server behind it' : ''}.
vrrp_script check_haproxy {
    script ${PATHS.check}
    interval ${isShort ? 1 : CHECK_INTERVAL_S}
    timeout ${isShort ? 1 : CHECK_INTERVAL_S}
    fall 2
    rise 2
    weight ${site.checkWeight}
}

vrrp_instance ${instanceName(site)} {
    state ${holder.state}
    interface ${holder.interface}
    virtual_router_id ${vrid}
    priority ${holder.priority}
    advert_int ${cluster.advertIntervalS}
    unicast_src_ip ${holder.host.address}
${block('unicast_peer', holder.peers)}${authentication(site)}${block(
  'virtual_ipaddress',
  vips.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
)}    track_script {
        check_haproxy
    }
}
`;
  return { path: PATHS.keepalived, text, mode: 0o600 };
}

/** At the host's own address: whoever scrapes comes from another one. */
function metrics({ cluster }: Site, { host }: PlannedHolder): string {
  const port = cluster.metricsPort;
  return port === undefined ? '' : `    @holdfast metrics_listen ${withPort(host.address, port)}\n`;
}

export function instanceName({ cluster }: Site): string {
  return `VI_${cluster.name}`;
}

/** Version 3 has none. */
function authentication({ vrrpVersion, secrets }: Site): string {
  if (vrrpVersion === 3) return '';
  return `    authentication {
        auth_type PASS
        auth_pass ${secrets.authPass.reveal()}
    }
`;
}

function block(keyword: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `    ${keyword} {\n${lines.map((line) => `        ${line}\n`).join('')}    }\n`;
}

/** The check: a request through the proxy, as clients make it. */
export function checkScript({ cluster }: Site): HostFile {
  const port = cluster.frontPort;
  const command =
    cluster.purpose === 'kubernetes'
      ? `exec curl --silent --fail --insecure --max-time 1 --output /dev/null https://127.0.0.1:${port}/readyz`
      : `exec timeout 1 bash -c '</dev/tcp/127.0.0.1/${port}'`;
  const text = `#!/bin/bash
# Fails while the proxy of this host does not answer within a second: this host's priority is then
# lower than that of every other, and the VIP moves.
${command}
`;
  return { path: PATHS.check, text, mode: 0o755 };
}
