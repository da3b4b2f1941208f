import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import type { ScriptCommand } from './vrrp.ts';

/** One check of a real server. */
export type HealthCheck =
  | (PolledCheck & { readonly kind: 'tcp' | 'ping'; readonly target: CheckTarget })
  | (PolledCheck & HttpCheck)
  | (PolledCheck & {
      readonly kind: 'smtp';
      readonly heloName: string;
      /** All of them must answer. */
      readonly targets: readonly CheckTarget[];
    })
  | (PolledCheck & {
      readonly kind: 'dns';
      readonly target: CheckTarget;
      readonly recordType: DnsRecordType;
      readonly name: string;
    })
  | (PolledCheck & UdpCheck)
  | (PolledCheck & {
      readonly kind: 'script';
      readonly command: ScriptCommand;
      readonly timeout: Micros;
      /** The exit code sets the weight. */
      readonly setsWeight: boolean;
    })
  | { readonly kind: 'bfd'; readonly instance: string; readonly alpha: boolean }
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly weight: number;
      readonly sense: 'normal' | 'reverse';
    };

export interface PolledCheck {
  readonly interval: Micros;
  /** Further attempts before a server that was up is down. */
  readonly retries: number;
  readonly retryDelay: Micros;
  /** The first check comes within this time, at random. */
  readonly warmup: Micros;
  /** Down until the first success. */
  readonly alpha: boolean;
  readonly logAllFailures: boolean;
}

export interface CheckTarget {
  readonly address: IpAddress;
  /** 0: that of the protocol. */
  readonly port: number;
  readonly source?: IpAddress;
  readonly sourcePort?: number;
  readonly interface?: string;
  readonly connectTimeout: Micros;
  /** 0: none. */
  readonly firewallMark: number;
}

export interface HttpCheck {
  readonly kind: 'http' | 'https';
  readonly target: CheckTarget;
  /** `1.0-close` is 1.0 with `Connection: close`. */
  readonly version: '1.0' | '1.0-close' | '1.1';
  readonly sendServerName: boolean;
  readonly serverName?: string;
  readonly fastRecovery: boolean;
  /** The end of data without close_notify is a failure. */
  readonly strictTls: boolean;
  /** At least one; all must pass. */
  readonly urls: readonly HttpUrl[];
}

export interface HttpUrl {
  readonly path: string;
  /** Host that is asked for; the address where absent. */
  readonly virtualHost?: string;
  /** MD5 of the body, 32 lower case hex digits. */
  readonly digest?: string;
  /** Both ends belong to each range. */
  readonly statusCodes: readonly { readonly first: number; readonly last: number }[];
  readonly regex?: HttpRegex;
  readonly strictTls: boolean;
}

export interface HttpRegex {
  /** PCRE2. */
  readonly pattern: string;
  readonly expected: 'match' | 'no-match';
  readonly options: readonly string[];
  readonly minOffset: number;
  /** No limit where absent. */
  readonly maxOffset?: number;
}

export type DnsRecordType =
  | 'A'
  | 'NS'
  | 'CNAME'
  | 'SOA'
  | 'MX'
  | 'TXT'
  | 'AAAA'
  | 'RRSIG'
  | 'DNSKEY';

export interface UdpCheck {
  readonly kind: 'udp';
  readonly target: CheckTarget;
  /** Hex digits, two a byte; random bytes where absent. */
  readonly payload?: string;
  /** `required`: any answer; a pattern: hex digits, of which `x` may be anything. */
  readonly reply: 'unneeded' | 'required' | { readonly pattern: string };
  readonly minReplyLength: number;
  readonly maxReplyLength: number;
}
