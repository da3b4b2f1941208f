/** A group of hosts that hold one or more VIPs, as an inventory or a cluster.yaml describes it. */
import type { IpAddress } from '../../base/ip.ts';

/** How the programs are started on each host. */
export type Deployment = 'static-pod' | 'compose' | 'docker' | 'systemd';
export const DEPLOYMENTS: readonly Deployment[] = ['static-pod', 'compose', 'docker', 'systemd'];

/** What stands behind the VIP: the API servers of Kubernetes, or any servers that speak TCP. */
export type Purpose = 'kubernetes' | 'tcp';
export const PURPOSES: readonly Purpose[] = ['kubernetes', 'tcp'];

export interface Vip {
  readonly address: IpAddress;
  /** Bits of the network; absent: the address alone (32 or 128). */
  readonly prefixLength?: number;
}

/** A host that may hold the VIPs and runs the proxy before the servers. */
export interface Holder {
  /** 2 to 254; the highest of those that are well holds the VIPs. Absent: derived from the order. */
  readonly priority?: number;
  /** As `state` of keepalived has it; without, every holder begins as backup and the election decides. */
  readonly state?: 'MASTER' | 'BACKUP';
}

export interface ClusterHost {
  /** Unique; a word without blanks. */
  readonly name: string;
  readonly address: IpAddress;
  /** The link that carries the VIPs; absent: the cluster's. */
  readonly interface?: string;
  /** Absent: never holds a VIP. */
  readonly holder?: Holder;
  /** Whether a server that the proxy balances runs here. */
  readonly isServer: boolean;
}

export interface Cluster {
  /** A word that may be part of a host name. */
  readonly name: string;
  readonly purpose: Purpose;
  readonly deployment: Deployment;
  /** At least one; clients come by the first. */
  readonly vips: readonly Vip[];
  /** 1 to 65535: where the proxy listens. */
  readonly frontPort: number;
  /** 1 to 65535: where the servers listen. */
  readonly backPort: number;
  readonly interface?: string;
  /** 1 to 255; absent: derived from the name and the first VIP. */
  readonly vrid?: number;
  /** Seconds between two adverts, 0.01 to 40.95; below 1 and between whole numbers VRRP version 3. */
  readonly advertIntervalS: number;
  /** 1 to 65535: where the holdfast of each holder serves its metrics, at the host's address; absent: nowhere. */
  readonly metricsPort?: number;
  /** Names of the images, with tag; absent: those that come with the program. */
  readonly images: {
    readonly keepalived?: string | undefined;
    readonly haproxy?: string | undefined;
  };
  /** In the order of preference: the first holder without a priority gets the highest. */
  readonly hosts: readonly ClusterHost[];
}
