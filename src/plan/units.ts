/** systemd units: the two programs by their own names, as packages have them, hardened. */
import { type HostFile, PATHS } from './files.ts';
import type { Site } from './site.ts';

/** Raw sockets, addresses, real-time scheduling, memory that stays, the users of check scripts. */
const CAPABILITIES = [
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_NICE',
  'CAP_IPC_LOCK',
  'CAP_SETUID',
  'CAP_SETGID',
  'CAP_KILL',
  'CAP_DAC_OVERRIDE',
  'CAP_CHOWN',
  'CAP_FOWNER',
  'CAP_SYS_RESOURCE',
];
const HARDENED = `ProtectSystem=full
ProtectHome=yes
PrivateTmp=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectClock=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
LockPersonality=yes
Restart=always
RestartSec=1`;

/** What a unit conflicts with also stands in `After`: systemd would start the one while the other still ends. */
export function systemdUnits({ cluster }: Site): readonly HostFile[] {
  const haproxy = `[Unit]
Description=${cluster.name}: the proxy before its servers
Wants=network-online.target
After=network-online.target haproxy.service
Conflicts=haproxy.service

[Service]
Type=notify
ExecStartPre=haproxy -c -q -f ${PATHS.haproxy}
ExecStart=haproxy -Ws -f ${PATHS.haproxy}
ExecReload=haproxy -c -q -f ${PATHS.haproxy}
ExecReload=/bin/kill -USR2 $MAINPID
KillMode=mixed
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_SYS_CHROOT CAP_KILL
${HARDENED}

[Install]
WantedBy=multi-user.target
`;
  const keepalived = `[Unit]
Description=${cluster.name}: holds the virtual address
Wants=network-online.target
After=network-online.target keepalived.service holdfast.service ${unitName(cluster.name, 'haproxy')}
Conflicts=keepalived.service holdfast.service

[Service]
Type=notify
NotifyAccess=all
ExecStart=keepalived --dont-fork -f ${PATHS.keepalived}
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
TimeoutStopSec=15
LimitMEMLOCK=infinity
LimitRTPRIO=50
OOMScoreAdjust=-900
CapabilityBoundingSet=${CAPABILITIES.join(' ')}
${HARDENED}

[Install]
WantedBy=multi-user.target
`;
  return [
    {
      path: `/etc/systemd/system/${unitName(cluster.name, 'haproxy')}`,
      text: haproxy,
      mode: 0o644,
    },
    { path: `/etc/systemd/system/${unitName(cluster.name, 'vip')}`, text: keepalived, mode: 0o644 },
  ];
}

/** Not `keepalived.service`: that is the package's, and the two must not run at once. */
export function unitName(cluster: string, part: 'haproxy' | 'vip'): string {
  return `${cluster}-${part}.service`;
}
