import type { PlannedHolder } from '../site.ts';
import { type ControlPlane, clientPort } from './settings.ts';

/** Where the pod has its check. */
export const READYZ = '/etc/keepalived/readyz';
/** A name that every certificate of kubeadm holds for. */
const SERVER_NAME = 'kubernetes';

/**
 * One keepalived.conf for all masters: what differs stands in lines for one of them, `@NAME`. Only forms that
 * keepalived takes too.
 */
export function controlPlaneConf(plane: ControlPlane): string {
  const { cluster, holders, secrets, vips, vrid, checkWeight } = plane.site;
  const key = plane.peerKey === 'shared' ? secrets.peerKey.reveal() : undefined;
  return `# The control plane's VIP: made by holdfast manifest. The same on every master.
global_defs {
    router_id ${cluster.name}
    vrrp_version 3
    script_user root
    enable_script_security
${key === undefined ? '' : `    @holdfast peer_key ${key}\n`}}

# Where nobody is ready all lose the same, and the best of them holds the VIP all the same.
vrrp_script readyz {
    script ${READYZ}
    interval 1
    timeout 1
    fall 3
    rise 2
    weight ${checkWeight}
    init_fail
}

vrrp_instance VI_${cluster.name} {
    state BACKUP
    interface ${cluster.interface ?? ''}
    virtual_router_id ${vrid}
    advert_int ${cluster.advertIntervalS}
${holders.map(linesOf).join('')}    virtual_ipaddress {
${vips.map(({ address, prefixLength }) => `        ${address}/${prefixLength}\n`).join('')}    }
    track_script {
        readyz
    }
}
`;
}

function linesOf({ host, priority, peers }: PlannedHolder): string {
  const lines = [
    `priority ${priority}`,
    `unicast_src_ip ${host.address}`,
    ...(peers.length === 0 ? [] : ['unicast_peer {', ...peers.map((peer) => `    ${peer}`), '}']),
  ];
  return lines.map((line) => `@${host.name}    ${line}\n`).join('');
}

/** The check, for bash: what clients of the VIP would get on this master. No secret is an argument. */
export function readyzScript(plane: ControlPlane): string {
  const { identity, authority } = plane;
  const port = clientPort(plane);
  const words = [
    'curl --silent --fail --max-time 1 --output /dev/null',
    ...(identity.kind === 'token' ? ['--config -'] : []),
    ...(identity.kind === 'certificate'
      ? [`--cert ${identity.certificate} --key ${identity.key}`]
      : []),
    ...(authority === undefined
      ? [`--insecure https://127.0.0.1:${port}/readyz`]
      : [
          `--cacert ${authority} --connect-to ${SERVER_NAME}:${port}:127.0.0.1:${port}`,
          `https://${SERVER_NAME}:${port}/readyz`,
        ]),
  ];
  const command = words.join(' ');
  const run =
    identity.kind === 'token'
      ? `printf 'header = "Authorization: Bearer %s"\\n' "$(<${identity.file})" | ${command}`
      : `exec ${command}`;
  const failure =
    plane.balancing === 'proxy'
      ? 'the proxy of this master leads to no API server that is ready'
      : 'the API server of this master is not ready';
  return `#!/bin/bash
# Fails while ${failure}.
${run}
`;
}
