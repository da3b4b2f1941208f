/** `holdfast kubernetes`: in the place of kube-keepalived-vip. */
import { type KubernetesSettings, runKubernetes } from '../daemon/run-kubernetes.ts';
import type { Command } from './command.ts';
import { DEFAULT_FILE } from './default-file.ts';
import { type FlagRow, readFlags } from './pflag.ts';

const USAGE = `Usage: holdfast kubernetes --services-configmap=NAMESPACE/NAME [FLAG...]

Holds the virtual addresses that a ConfigMap lists, on one node of those that run this, and balances
connections to the endpoints of the Services that it names. Takes kube-keepalived-vip's flags and
environment (POD_NAME and POD_NAMESPACE are needed), and is that when called by its name.

      --services-configmap NS/NAME  the ConfigMap: address -> NAMESPACE/SERVICE[:NAT|:DR|:PROXY]
      --use-unicast                 adverts go to the other nodes' addresses, not to the multicast group
      --vrid N                      of the VRRP group, 1 to 255 (default 50)
      --iface NAME                  default: the interface that has this node's address
      --watch-namespace NAME        look at Services of this namespace alone
      --http-port N                 of the health server (default 8080): /health, /livez, /readyz
      --apiserver-host URL          default: the cluster that this pod is in
      --kubeconfig FILE
      --empty-vips keep|withdraw    what becomes of an address whose Services have no endpoint (default keep)
      --state-file FILE             where the last good state is kept
                                    (default /var/lib/holdfast/kubernetes-NAMESPACE-NAME.json)
      --config-file FILE            what the daemon reads (default /etc/keepalived/keepalived.conf)
      --pid-file FILE               (default /run/keepalived.pid)
      --release-vips                accepted: addresses are always given up at the end
      --proxy-protocol-mode         the proxy carries TCP, and tells servers of :PROXY who the client is
      --proxy-config-file FILE      what the proxy reads (default /etc/haproxy/haproxy.cfg)
      --v, --vmodule, --logtostderr, --alsologtostderr, --stderrthreshold, --log_dir, --log_backtrace_at
                                    accepted; from --v=2 on the log has more
  -h, --help                        print this text
`;

type Flag =
  | 'services-configmap'
  | 'use-unicast'
  | 'vrid'
  | 'iface'
  | 'watch-namespace'
  | 'proxy-protocol-mode'
  | 'proxy-config-file'
  | 'http-port'
  | 'release-vips'
  | 'apiserver-host'
  | 'kubeconfig'
  | 'empty-vips'
  | 'state-file'
  | 'config-file'
  | 'pid-file'
  | 'v'
  | 'vmodule'
  | 'logtostderr'
  | 'alsologtostderr'
  | 'stderrthreshold'
  | 'log_dir'
  | 'log_backtrace_at'
  | 'help';

const FLAGS: readonly FlagRow<Flag>[] = [
  { id: 'services-configmap', type: 'string' },
  { id: 'use-unicast', type: 'bool' },
  { id: 'vrid', type: 'int' },
  { id: 'iface', type: 'string' },
  { id: 'watch-namespace', type: 'string' },
  { id: 'proxy-protocol-mode', type: 'bool' },
  { id: 'proxy-config-file', type: 'string' },
  { id: 'http-port', type: 'int' },
  { id: 'release-vips', type: 'bool' },
  { id: 'apiserver-host', type: 'string' },
  { id: 'kubeconfig', type: 'string' },
  { id: 'empty-vips', type: 'string' },
  { id: 'state-file', type: 'string' },
  { id: 'config-file', type: 'string' },
  { id: 'pid-file', type: 'string' },
  { id: 'v', type: 'int', short: 'v' },
  { id: 'vmodule', type: 'string' },
  { id: 'logtostderr', type: 'bool' },
  { id: 'alsologtostderr', type: 'bool' },
  { id: 'stderrthreshold', type: 'string' },
  { id: 'log_dir', type: 'string' },
  { id: 'log_backtrace_at', type: 'string' },
  { id: 'help', type: 'bool', short: 'h' },
];

const USAGE_ERROR = 2;
const FATAL = 1;
/** From glog's level 2 on. */
const DETAIL_LEVEL = 2;
const OBJECT = /^([a-z0-9][-a-z0-9]{0,62})\/([a-z0-9][-a-z0-9.]{0,252})$/;

export const kubernetesCommand: Command = {
  name: 'kubernetes',
  summary: "hold the VIPs of a cluster's ConfigMap (also when called kube-keepalived-vip)",
  usage: USAGE,
  run: (argv) => runAsKubernetes('holdfast kubernetes', argv),
};

export async function runAsKubernetes(program: string, argv: readonly string[]): Promise<number> {
  const flags = readFlags(FLAGS, argv);
  if (!flags.ok) {
    process.stderr.write(`${program}: ${flags.message}\n${USAGE}`);
    return USAGE_ERROR;
  }
  const { values } = flags;
  if (values.get('help') === 'true') {
    process.stdout.write(USAGE);
    return 0;
  }
  const settings = readSettings(values, process.env);
  if (typeof settings === 'string') {
    process.stderr.write(`${program}: ${settings}\n`);
    return FATAL;
  }
  const complaints = flags.words.length > 0 ? [`unexpected words: ${flags.words.join(' ')}`] : [];
  return runKubernetes({
    settings,
    complaints,
    verbosity: Number(values.get('v') ?? 0) >= DETAIL_LEVEL ? 'detail' : 'normal',
    pidFiles: [values.get('pid-file') ?? '/run/keepalived.pid'],
  });
}

/** Or what is wrong. */
function readSettings(
  values: ReadonlyMap<Flag, string>,
  env: NodeJS.ProcessEnv,
): KubernetesSettings | string {
  const wanted = values.get('services-configmap') ?? '';
  const [, namespace, name] = OBJECT.exec(wanted) ?? [];
  if (namespace === undefined || name === undefined) {
    return `--services-configmap is needed: NAMESPACE/NAME, not '${wanted}'`;
  }
  const { POD_NAME: podName = '', POD_NAMESPACE: podNamespace = '' } = env;
  if (podName === '' || podNamespace === '') {
    return 'POD_NAME and POD_NAMESPACE are needed: set them from metadata.name and metadata.namespace';
  }
  const vrid = Number(values.get('vrid') ?? 50);
  if (vrid < 1 || vrid > 255) return `--vrid is 1 to 255, not ${vrid}`;
  const httpPort = Number(values.get('http-port') ?? 8080);
  if (httpPort < 1 || httpPort > 65_535) return `--http-port is 1 to 65535, not ${httpPort}`;
  const emptyVips = values.get('empty-vips') ?? 'keep';
  if (emptyVips !== 'keep' && emptyVips !== 'withdraw') {
    return `--empty-vips is keep or withdraw, not '${emptyVips}'`;
  }
  const text = (flag: Flag): string | undefined => values.get(flag) || undefined;
  const given = {
    interfaceName: text('iface'),
    watchNamespace: text('watch-namespace'),
    apiServer: text('apiserver-host'),
    kubeconfig: text('kubeconfig'),
    proxyFile:
      values.get('proxy-protocol-mode') === 'true'
        ? (text('proxy-config-file') ?? '/etc/haproxy/haproxy.cfg')
        : undefined,
    notify: env.KEEPALIVED_NOTIFY || undefined,
  };
  return {
    configMap: { namespace, name },
    pod: { namespace: podNamespace, name: podName },
    vrid,
    casting: values.get('use-unicast') === 'true' ? 'unicast' : 'multicast',
    emptyVips,
    httpPort,
    configFile: text('config-file') ?? DEFAULT_FILE,
    stateFile: text('state-file') ?? `/var/lib/holdfast/kubernetes-${namespace}-${name}.json`,
    ...definedOnly(given),
  };
}

function definedOnly<Fields extends Record<string, unknown>>(fields: Fields) {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: NonNullable<Fields[Key]> };
}
