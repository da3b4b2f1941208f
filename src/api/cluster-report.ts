/**
 * What stands behind the addresses of a pod, for `holdfast status`: the VRRP process knows addresses alone. The process
 * that speaks with the cluster writes it beside the control socket.
 */
import { readFileSync } from 'node:fs';

export interface ClusterReport {
  /** Of the VRRP process for which it holds. */
  readonly daemonPid: number;
  /** NAMESPACE/NAME. */
  readonly configMap: string;
  readonly node: string;
  /** Since when it is so, ISO 8601. */
  readonly at: string;
  /** In the order of instances. */
  readonly vips: readonly ClusterVip[];
  /** What is wrong with the ConfigMap and the Services, in words. */
  readonly problems: readonly string[];
}

export interface ClusterVip {
  readonly address: string;
  /** Of VRRP. */
  readonly instance: string;
  readonly interface: string;
  /** Empty: the address is held, nothing is balanced. */
  readonly ports: readonly ClusterPort[];
}

export interface ClusterPort {
  /** NAMESPACE/NAME. */
  readonly service: string;
  readonly port: number;
  readonly protocol: string;
  readonly endpoints: number;
}

/** Beside the control socket of the daemon. */
export function clusterReportPath(controlSocket: string): string {
  return `${controlSocket.replace(/\.sock$/, '')}.cluster`;
}

/** Undefined where there is none, or one of a daemon before this one. */
export function readClusterReport(
  controlSocket: string,
  daemonPid: number,
): ClusterReport | undefined {
  try {
    const report = JSON.parse(readFileSync(clusterReportPath(controlSocket), 'utf8'));
    const isWhole = Array.isArray(report?.vips) && Array.isArray(report.problems);
    return isWhole && report.daemonPid === daemonPid ? (report as ClusterReport) : undefined;
  } catch {
    return undefined;
  }
}
