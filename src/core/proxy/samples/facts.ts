import type { IpAddress } from '../../../base/ip.ts';
import type { Micros } from '../../../base/time.ts';
import type { Header } from '../../../wire/http1/head.ts';
import type { LiveConfig, LiveProxy, LiveServer } from '../live.ts';

export interface Peer {
  readonly ip: IpAddress;
  readonly port: number;
}

export interface TlsFacts {
  readonly serverName?: string;
  readonly alpn?: string;
  readonly cipher: string;
  readonly protocol: string;
  /** 0: fine, or no certificate was asked for. */
  readonly verifyResult: number;
  readonly hasClientCertificate: boolean;
}

export interface RequestFacts {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly headers: readonly Header[];
  readonly isFirst: boolean;
}

export interface ResponseFacts {
  readonly status: number;
  readonly version: '1.0' | '1.1';
  readonly headers: readonly Header[];
}

/** What samples are taken from; what is not known yet is absent. */
export interface SampleFacts {
  readonly live: LiveConfig;
  readonly front: LiveProxy;
  readonly back?: LiveProxy;
  readonly server?: LiveServer;
  readonly now: Micros;
  /** Seconds since 1970. */
  readonly wallSeconds: number;
  /** As a PROXY header has told it, if there was one. */
  readonly source?: Peer;
  readonly destination?: Peer;
  /** The connection itself. */
  readonly connection?: { readonly source?: Peer; readonly destination?: Peer };
  readonly isProxied?: boolean;
  readonly tls?: TlsFacts;
  readonly request?: RequestFacts;
  readonly response?: ResponseFacts;
  /** What has come and was not carried on yet. */
  readonly preview?: Uint8Array;
  readonly hostName: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** 0 <= x < 1. */
  readonly random: () => number;
}
