import { stringify } from 'yaml';
import { PATHS } from '../files.ts';
import { haproxyCfg } from '../haproxy-cfg.ts';
import { imagesOf } from '../images.ts';
import { podLabels } from '../labels.ts';
import { controlPlaneConf, READYZ, readyzScript } from './conf.ts';
import { type ControlPlane, clientPort } from './settings.ts';

const NODE_NAME = { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } };
/** Each with a folder of its own, in memory: the root is read-only. */
const WRITABLE = { run: '/run', tmp: '/tmp' } as const;

interface Volume {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: true;
  /** A file of the host; absent: an empty folder of the pod. */
  readonly hostPath?: string;
}

/**
 * One static pod that is the same on every master, and needs no API server: what it has to know is in it, and
 * an init container writes it down.
 */
export function controlPlanePod(plane: ControlPlane): string {
  const { cluster } = plane.site;
  const secret = plane.peerKey === 'shared' ? ' It holds a key: mode 0600.' : '';
  const port = clientPort(plane);
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'control-plane-vip',
      namespace: 'kube-system',
      labels: podLabels('control-plane-vip', cluster.name),
    },
    spec: {
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      enableServiceLinks: false,
      initContainers: [...sysctls(plane), writer(plane)],
      containers: [keepalived(plane), ...proxy(plane)],
      volumes: volumesOf(plane).map(({ name, hostPath }) =>
        hostPath === undefined
          ? { name, emptyDir: { medium: 'Memory' } }
          : { name, hostPath: { path: hostPath, type: 'File' } },
      ),
    },
  };
  // Long lines are one word of a configuration each.
  return `# Made by holdfast manifest control-plane, for /etc/kubernetes/manifests of every master.${secret}
# Clients, kubeadm's controlPlaneEndpoint too, come to port ${port} of the VIP.
${stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

/** Writes the files down, where this node is one that they know: a stranger would have no peers. */
function writer(plane: ControlPlane): unknown {
  const names = plane.site.holders.map(({ host }) => host.name);
  const texts = {
    KEEPALIVED_CONF: controlPlaneConf(plane),
    READYZ: readyzScript(plane),
    ...(plane.balancing === 'proxy' && {
      HAPROXY_CFG: haproxyCfg(plane.site, accepted(plane)).text,
    }),
  };
  const lines = [
    `case "$NODE_NAME" in ${names.join('|')}) ;; *)`,
    `  echo "the node $NODE_NAME is none of ${names.join(', ')}: name it with --master" >&2; exit 1`,
    'esac',
    'umask 077',
    `printf %s "$KEEPALIVED_CONF" > ${PATHS.keepalived}`,
    `printf %s "$READYZ" > ${READYZ}; chmod 700 ${READYZ}`,
    ...(plane.balancing === 'proxy' ? [`printf %s "$HAPROXY_CFG" > ${PATHS.haproxy}`] : []),
  ];
  return {
    name: 'configuration',
    image: imagesOf(plane.site.cluster).keepalived,
    command: ['bash', '-ec', `${lines.join('\n')}\n`],
    // A dollar sign would begin a reference to a variable.
    env: [
      NODE_NAME,
      ...Object.entries(texts).map(([name, text]) => ({
        name,
        value: text.replaceAll('$', '$$$$'),
      })),
    ],
    securityContext: limits([]),
    volumeMounts: mounts(configFolders(plane)),
  };
}

/** Where the proxy may not ask, that it is told so is all that can be known. */
function accepted({ identity }: ControlPlane): string {
  return identity.kind === 'anonymous' ? '200' : '200,401,403';
}

/** The one container with more rights, where settings of the host are asked for; it ends before the others start. */
function sysctls({ site, sysctls: wanted }: ControlPlane): readonly unknown[] {
  if (wanted.length === 0) return [];
  const words = wanted.map(({ name, value }) => `${name}=${value}`);
  return [
    {
      name: 'sysctls',
      image: imagesOf(site.cluster).keepalived,
      command: ['sysctl', '-w', ...words],
      securityContext: { privileged: true, readOnlyRootFilesystem: true },
    },
  ];
}

function keepalived(plane: ControlPlane): unknown {
  const options = ['--dont-fork', '--log-console', '--log-detail', '--config-id', '$(NODE_NAME)'];
  return {
    name: 'keepalived',
    image: imagesOf(plane.site.cluster).keepalived,
    args: ['keepalived', ...options, '-f', PATHS.keepalived],
    env: [NODE_NAME],
    securityContext: limits(['NET_ADMIN', 'NET_RAW', 'NET_BIND_SERVICE']),
    volumeMounts: mounts(volumesOf(plane).filter(({ name }) => name !== 'haproxy')),
  };
}

function proxy(plane: ControlPlane): readonly unknown[] {
  const { cluster } = plane.site;
  if (plane.balancing === 'none') return [];
  return [
    {
      name: 'haproxy',
      image: imagesOf(cluster).haproxy,
      args: ['haproxy', '-W', '-db', '-f', PATHS.haproxy],
      securityContext: limits(['NET_BIND_SERVICE']),
      livenessProbe: {
        tcpSocket: { host: '127.0.0.1', port: cluster.frontPort },
        initialDelaySeconds: 10,
        periodSeconds: 10,
        failureThreshold: 6,
      },
      volumeMounts: mounts([
        { name: 'haproxy', mountPath: '/etc/haproxy', readOnly: true },
        ...writable(),
      ]),
    },
  ];
}

function limits(add: readonly string[]): unknown {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], ...(add.length > 0 && { add }) },
  };
}

function volumesOf(plane: ControlPlane): readonly Volume[] {
  return [...configFolders(plane), ...writable(), ...credentials(plane)];
}

function configFolders({ balancing }: ControlPlane): readonly Volume[] {
  return [
    { name: 'keepalived', mountPath: '/etc/keepalived' },
    ...(balancing === 'proxy' ? [{ name: 'haproxy', mountPath: '/etc/haproxy' }] : []),
  ];
}

function writable(): readonly Volume[] {
  return Object.entries(WRITABLE).map(([name, mountPath]) => ({ name, mountPath }));
}

/** Files, not their folders: beside them lie the keys of the cluster. */
function credentials({ identity, authority }: ControlPlane): readonly Volume[] {
  const files = [
    ...(authority === undefined ? [] : [authority]),
    ...(identity.kind === 'token' ? [identity.file] : []),
    ...(identity.kind === 'certificate' ? [identity.certificate, identity.key] : []),
  ];
  return files.map((hostPath, index) => {
    return { name: `credentials-${index}`, mountPath: hostPath, readOnly: true, hostPath };
  });
}

function mounts(volumes: readonly Volume[]): unknown {
  return volumes.map(({ hostPath: _, ...mount }) => mount);
}
