import type { Site } from '../site.ts';

/** As whom the check asks for `/readyz`; files are those of the host. */
export type Identity =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'token'; readonly file: string }
  | { readonly kind: 'certificate'; readonly certificate: string; readonly key: string };

/** What one static pod for all masters is made from. */
export interface ControlPlane {
  /** Masters as holders and servers; `frontPort` counts where the proxy balances. */
  readonly site: Site;
  /** Whether a proxy at `frontPort` spreads clients over all masters. */
  readonly balancing: 'proxy' | 'none';
  readonly identity: Identity;
  /** Who signed the API servers' certificates; absent: they are not verified. */
  readonly authority?: string;
  /** Whether the masters share a key for what they say beside VRRP; it is then in the manifest. */
  readonly peerKey: 'shared' | 'none';
  /** Of the host, set by an init container before anything starts. */
  readonly sysctls: readonly Sysctl[];
}

export interface Sysctl {
  readonly name: string;
  readonly value: string;
}

/** The port by which clients come to the VIP. */
export function clientPort({ site: { cluster }, balancing }: ControlPlane): number {
  return balancing === 'proxy' ? cluster.frontPort : cluster.backPort;
}
