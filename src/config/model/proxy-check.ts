/** How the servers of one backend are asked whether they live. */
import type { IpAddress } from '../../base/ip.ts';

export type ProxyCheck =
  | { readonly kind: 'connect' }
  | HttpCheckScript
  | { readonly kind: 'tcp'; readonly steps: readonly TcpCheckStep[] }
  | { readonly kind: 'mysql'; readonly user?: string; readonly version: 'pre-41' | 'post-41' }
  | { readonly kind: 'pgsql'; readonly user: string }
  | { readonly kind: 'smtp'; readonly greeting: string }
  | { readonly kind: 'redis' | 'ldap' | 'ssl-hello' };

export interface HttpCheckScript {
  readonly kind: 'http';
  /** At least one `send` is among them. */
  readonly steps: readonly HttpCheckStep[];
  /** 404: no new traffic, but not down. */
  readonly disableOn404: boolean;
}

export type HttpCheckStep =
  | CheckConnect
  | {
      readonly kind: 'send';
      readonly method: string;
      readonly uri: string;
      /** `HTTP/1.0`. */
      readonly version: string;
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly body?: string;
    }
  | HttpExpect;

export type HttpExpect = { readonly kind: 'expect'; readonly negated: boolean } & (
  | { readonly match: 'status'; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly match: 'rstatus' | 'string' | 'rstring'; readonly pattern: string }
  | { readonly match: 'hdr'; readonly name: string; readonly value?: string }
);

export type TcpCheckStep =
  | CheckConnect
  /** One character a byte. */
  | { readonly kind: 'send'; readonly data: string }
  | {
      readonly kind: 'expect';
      readonly negated: boolean;
      readonly match: 'string' | 'rstring' | 'binary' | 'rbinary';
      /** One character a byte, or a regular expression. */
      readonly pattern: string;
      readonly comment?: string;
    };

export interface CheckConnect {
  readonly kind: 'connect';
  readonly ip?: IpAddress;
  readonly port?: number;
  readonly tls: boolean;
  readonly sni?: string;
  readonly sendProxy: boolean;
  /** TLS and PROXY header as the server's own check has them, besides what is said here. */
  readonly asServer?: true;
  readonly comment?: string;
}
