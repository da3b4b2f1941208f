/** What haproxy.cfg means. Absent times are infinite; absent limits are none. */
import type { IpAddress } from '../../base/ip.ts';
import type { Secret } from '../../base/secret.ts';
import type { Micros } from '../../base/time.ts';
import type { ProxyCheck } from './proxy-check.ts';
import type { Condition, HttpRule, Sample, TcpRule } from './proxy-rules.ts';

export interface ProxyConfig {
  readonly global: ProxyGlobal;
  /** In the order of the files; a `listen` is one entry with both sides. */
  readonly proxies: readonly ProxySection[];
  /** Whom `http_auth(NAME)` knows. */
  readonly userLists?: readonly UserList[];
}

export interface UserList {
  readonly name: string;
  readonly users: readonly {
    readonly name: string;
    /** As crypt(3) has it, unless it is plain. */
    readonly password: Secret;
    readonly isPlain: boolean;
    readonly groups: readonly string[];
  }[];
}

export interface ProxyGlobal {
  /** Of the whole process; absent: from the limit of descriptors. */
  readonly maxconn?: number;
  readonly workers: number;
  readonly daemon: boolean;
  readonly masterWorker: boolean;
  readonly pidFile?: string;
  readonly chroot?: string;
  readonly user?: string;
  readonly group?: string;
  readonly node?: string;
  readonly description?: string;
  readonly statsSockets: readonly StatsSocket[];
  readonly statsTimeout: Micros;
  /** Old processes are ended this long after a soft stop. */
  readonly hardStopAfter?: Micros;
  /** 0..50: checks are moved at random by up to so many percent. */
  readonly spreadChecks: number;
  /** Bytes of one buffer: how much of a request must fit (`tune.bufsize`, `tune.maxrewrite`). */
  readonly bufferSize: number;
  readonly rewriteReserve: number;
}

export interface StatsSocket {
  readonly address: ListenAddress;
  /** Of a Unix socket, as an octal number. */
  readonly mode?: number;
  readonly user?: string;
  readonly group?: string;
  readonly level: 'user' | 'operator' | 'admin';
}

export interface ProxySection {
  readonly name: string;
  readonly kind: 'frontend' | 'backend' | 'listen';
  /** From 2, in the order of the file, unless `id` says otherwise; unique. */
  readonly id: number;
  readonly file: string;
  readonly line: number;
  readonly mode: 'tcp' | 'http';
  readonly disabled: boolean;
  readonly description?: string;
  readonly timeouts: ProxyTimeouts;
  /** 0: that of the process. */
  readonly maxconn: number;
  readonly backlog?: number;
  readonly binds: readonly Bind[];
  /** The first whose condition holds; then `defaultBackend`. */
  readonly switching: readonly { readonly backend: string; readonly when?: Condition }[];
  readonly defaultBackend?: string;
  readonly servers: readonly Server[];
  readonly balance: Balance;
  readonly check: ProxyCheck;
  /** Tries after the first to connect. */
  readonly retries: number;
  /** Every so many tries another server may be taken; -1: the last one; 0: never. */
  readonly redispatch: number;
  readonly fullconn?: number;
  /** `log global` is resolved. */
  readonly logs: readonly LogTarget[];
  readonly logFormat: LogFormat;
  readonly options: ReadonlySet<ProxyOption>;
  readonly forwardFor?: ForwardFor;
  /** What becomes of the connections after each response. */
  readonly httpConnection: 'keep-alive' | 'server-close' | 'close';
  readonly tcpRules: readonly TcpRule[];
  /** How long content rules may wait for bytes. */
  readonly inspectDelay?: Micros;
  readonly httpRequestRules: readonly HttpRule[];
  readonly httpResponseRules: readonly HttpRule[];
  /** By status: a whole response, as it goes over the wire, one character a byte. */
  readonly errorFiles: ReadonlyMap<number, string>;
  readonly monitor?: { readonly uri: string; readonly failWhen?: Condition };
  readonly stats?: StatsPage;
}

export type ProxyOption =
  | 'allbackups'
  | 'dontlognull'
  | 'dontlog-normal'
  | 'log-separate-errors'
  | 'log-health-checks'
  | 'logasap'
  | 'clitcpka'
  | 'srvtcpka'
  | 'persist'
  | 'nolinger'
  | 'abortonclose'
  | 'http-ignore-probes'
  | 'socket-stats'
  | 'holdfast-offload';

export interface ProxyTimeouts {
  readonly connect?: Micros;
  readonly client?: Micros;
  readonly server?: Micros;
  /** For a slot of a server. */
  readonly queue?: Micros;
  readonly check?: Micros;
  readonly httpRequest?: Micros;
  readonly httpKeepAlive?: Micros;
  /** Takes the place of `client` and `server` once bytes flow both ways. */
  readonly tunnel?: Micros;
  readonly clientFin?: Micros;
  readonly serverFin?: Micros;
  readonly tarpit?: Micros;
}

/** Where to listen: an address of this host, a path, or a descriptor that was inherited. */
export type ListenAddress =
  | { readonly kind: 'ip'; readonly ip: IpAddress; readonly port: number }
  | { readonly kind: 'unix' | 'abstract'; readonly path: string }
  | { readonly kind: 'descriptor'; readonly fd: number };

export interface Bind {
  /** One for each port of a range; names of hosts are resolved. */
  readonly addresses: readonly ListenAddress[];
  readonly line: number;
  readonly name?: string;
  readonly acceptProxy: boolean;
  readonly transparent: boolean;
  /** An IPv6 socket: for IPv4 as well, or not. */
  readonly v4v6: boolean;
  readonly interface?: string;
  readonly maxconn?: number;
  readonly backlog?: number;
  /** Of a Unix socket. */
  readonly mode?: number;
  readonly user?: string;
  readonly group?: string;
  readonly tls?: BindTls;
}

export interface BindTls {
  /** PEM text with chain and key, in order; the first serves whoever names nobody. */
  readonly certificates: readonly { readonly file: string; readonly pem: Secret }[];
  readonly alpn: readonly string[];
  readonly ciphers?: string;
  readonly ciphersuites?: string;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly clientCa?: string;
  readonly verify: 'none' | 'optional' | 'required';
  readonly strictSni: boolean;
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export interface Server {
  readonly name: string;
  /** From 1 within its backend, unless `id` says otherwise. */
  readonly id: number;
  readonly line: number;
  readonly address: ServerAddress;
  readonly port: ServerPort;
  /** 0..256; 0: no new traffic. */
  readonly weight: number;
  readonly backup: boolean;
  readonly disabled: boolean;
  /** 0: none. With `minconn` the limit follows the load of the backend. */
  readonly maxconn: number;
  readonly minconn: number;
  readonly maxqueue: number;
  /** Absent or 0: full weight at once. */
  readonly slowstart?: Micros;
  readonly check?: ServerCheck;
  readonly agent?: AgentCheck;
  readonly tls?: ServerTls;
  readonly sendProxy: 'none' | 'v1' | 'v2';
  readonly source?: { readonly ip: IpAddress; readonly port?: number };
  readonly onMarkedDown: 'keep' | 'shutdown-sessions';
  readonly onMarkedUp: 'keep' | 'shutdown-backup-sessions';
  readonly observe: 'none' | 'layer4' | 'layer7';
  readonly errorLimit: number;
  readonly onError: 'fastinter' | 'fail-check' | 'sudden-death' | 'mark-down';
  readonly cookie?: string;
  /** Backend and server whose state it has. */
  readonly track?: { readonly proxy: string; readonly server: string };
  readonly initState: 'fully-up' | 'up' | 'down' | 'fully-down';
}

/** `client`: the address that the client connected to. */
export type ServerAddress =
  | { readonly kind: 'ip'; readonly ip: IpAddress }
  /** Not resolved yet, or resolved again; down until it is. */
  | { readonly kind: 'name'; readonly host: string; readonly prefer: 'ipv4' | 'ipv6' }
  | { readonly kind: 'unix' | 'abstract'; readonly path: string }
  | { readonly kind: 'client' };

/** `offset`: relative to the port that the client connected to. */
export type ServerPort =
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'offset'; readonly offset: number };

export interface ServerCheck {
  readonly inter: Micros;
  readonly fastinter: Micros;
  readonly downinter: Micros;
  readonly rise: number;
  readonly fall: number;
  readonly ip?: IpAddress;
  readonly port?: number;
  readonly tls?: ServerTls;
  readonly sendProxy: 'none' | 'v1' | 'v2';
}

export interface AgentCheck {
  readonly ip?: IpAddress;
  readonly port: number;
  readonly inter: Micros;
  readonly send?: string;
}

export interface ServerTls {
  readonly verify: 'none' | 'required';
  /** PEM text. */
  readonly ca?: string;
  readonly certificate?: Secret;
  readonly sni?: Sample;
  readonly verifyHost?: string;
  readonly alpn: readonly string[];
}

export type Balance = (
  | { readonly kind: 'roundrobin' | 'static-rr' | 'leastconn' | 'first' | 'source' }
  | { readonly kind: 'random'; readonly draws: number }
  | {
      readonly kind: 'uri';
      readonly len?: number;
      readonly depth?: number;
      readonly whole: boolean;
    }
  | { readonly kind: 'url_param' | 'hdr'; readonly name: string }
  | { readonly kind: 'hash'; readonly sample: Sample }
) & { readonly hash: 'map-based' | 'consistent' };

export interface LogTarget {
  readonly to:
    | { readonly kind: 'udp'; readonly ip: IpAddress; readonly port: number }
    | { readonly kind: 'unix'; readonly path: string }
    | { readonly kind: 'descriptor'; readonly fd: number };
  readonly format: 'rfc3164' | 'rfc5424' | 'local' | 'priority' | 'short' | 'timed' | 'iso' | 'raw';
  /** 0..23. */
  readonly facility: number;
  /** 0 (emerg) .. 7 (debug): nothing less grave is sent. */
  readonly maxLevel: number;
  /** Nothing is sent as graver than this. */
  readonly minLevel: number;
  /** Bytes of one line. */
  readonly length: number;
  readonly tag: string;
  /** The host's name in each line, where sent. */
  readonly hostName?: string;
}

/** `none`: one line `Connect from …` a connection. */
export type LogFormat =
  | { readonly kind: 'none' | 'tcplog' | 'httplog' | 'clf' }
  | { readonly kind: 'custom'; readonly format: string };

export interface ForwardFor {
  readonly header: string;
  readonly except?: { readonly ip: IpAddress; readonly length: number };
  readonly ifNone: boolean;
}

export interface StatsPage {
  /** What the path of a request begins with. */
  readonly uri: string;
  readonly realm: string;
  /** None: open to everybody. */
  readonly users: readonly { readonly name: string; readonly password: Secret }[];
  readonly refreshSeconds?: number;
  readonly adminWhen?: Condition | 'always';
  readonly hideVersion: boolean;
  readonly node?: string;
  readonly showDescription?: string;
  readonly showLegends: boolean;
  /** Names of proxies; `.`: its own. Empty: all. */
  readonly scope: readonly string[];
}
