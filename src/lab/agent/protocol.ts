import type { IpAddress } from '../../base/ip.ts';

/**
 * What the lab and its agents (the programs that it starts on the hosts and on the client) say to
 * one another: one JSON text a line. Instants are milliseconds on the axis of `monotonicMs`, which
 * is the same for all of them.
 */
export interface ServiceOptions {
  readonly host: string;
  /** What the host's backend says it is. */
  readonly version: string;
  /** Virtual addresses for which probes are answered, whether the host holds them or not. */
  readonly vips: readonly string[];
  readonly probePort: number;
  readonly httpPorts: readonly number[];
  /** Files of a certificate and its key, where the backends speak TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export type ServiceEvent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string };

export interface ProbeOptions {
  readonly vip: IpAddress;
  readonly probePort: number;
  /** Of the client, through which the question who has the address goes out. */
  readonly interfaceName: string;
  readonly periodMs: number;
  /** How often all hosts are asked who has the address. */
  readonly askPeriodMs: number;
  /** Hardware address → name of the host. */
  readonly hostNames: Readonly<Record<string, string>>;
}

export type ProberCommand = {
  readonly kind: 'report';
  readonly request: number;
  readonly fromMs: number;
  readonly toMs: number;
};

export type ProberEvent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  /** Another host answers the probes than the one that answered last. */
  | { readonly kind: 'serving'; readonly host: string; readonly atMs: number }
  /** No probe has been answered for a while; `atMs` is the last answer. */
  | { readonly kind: 'silent'; readonly atMs: number }
  /** The set of hosts that say that they have the address is another one since `atMs`. */
  | { readonly kind: 'holding'; readonly hosts: readonly string[]; readonly atMs: number }
  | { readonly kind: 'report'; readonly request: number; readonly report: ProbeReport };

/** What the client saw of a virtual address between two instants. */
export interface ProbeReport {
  readonly fromMs: number;
  readonly toMs: number;
  /** The longest time without service, which began with the last answered probe before it. */
  readonly gapMs: number;
  readonly gapFromMs: number;
  /** The host that answered the last probe before the gap, and the first one after it. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly sent: number;
  readonly answered: number;
  /** The longest time in which the prober itself sent nothing: no gap can be told more finely. */
  readonly stallMs: number;
  /** The most hosts that said in one round that they have the address. */
  readonly holdersMax: number;
  /** How long two or more said so. */
  readonly overlapMs: number;
}
