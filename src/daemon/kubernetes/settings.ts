/** What the command line says to the process that speaks with the cluster; as JSON in its arguments. */
import type { ObjectName } from '../../kubernetes/reconcile/objects.ts';

export interface KubernetesSettings {
  readonly configMap: ObjectName;
  readonly pod: ObjectName;
  readonly vrid: number;
  readonly casting: 'unicast' | 'multicast';
  readonly interfaceName?: string;
  /** Services of other namespaces are not looked at. */
  readonly watchNamespace?: string;
  readonly emptyVips: 'keep' | 'withdraw';
  /** Of the health server, on all addresses. */
  readonly httpPort: number;
  readonly apiServer?: string;
  readonly kubeconfig?: string;
  /** The haproxy.cfg of `--proxy-protocol-mode`; absent: no proxy runs. */
  readonly proxyFile?: string;
  /** KEEPALIVED_NOTIFY. */
  readonly notify?: string;
  readonly configFile: string;
  /** What was in force last. */
  readonly stateFile: string;
}

/** With what only the VRRP process knows. */
export interface KubernetesChildSettings extends KubernetesSettings {
  readonly controlSocket: string;
}
