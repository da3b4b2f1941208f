/**
 * What is known of proxies and servers while they run: one graph, read by the balancer, the stats
 * page, the socket and the log. Each part of it is changed by whoever is named there, nobody else.
 */
import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import type { ListenAddress, ProxyConfig, ProxySection, Server } from '../../config/model/proxy.ts';
import type { SideCounters } from './counters.ts';
import type { RateMeter } from './rate-meter.ts';
import type { Place } from './workers/place.ts';

export interface LiveConfig {
  readonly config: ProxyConfig;
  readonly proxies: readonly LiveProxy[];
  readonly byName: ReadonlyMap<string, readonly LiveProxy[]>;
  readonly startedAt: Micros;
  /** Of whose limit of connections this process has its share. */
  readonly place: Place;
  /** Connections from clients, now and so far, of the whole process. */
  current: number;
  connections: number;
  requests: number;
}

export interface LiveProxy {
  readonly config: ProxySection;
  /** Present where it has this side. */
  readonly front?: LiveFront;
  readonly back?: LiveBack;
  /** With whom it shares its limits: with nobody where one process alone serves it. */
  readonly place: Place;
  /** `elsewhere`: another process has its listening sockets for itself. */
  readonly accepts: 'here' | 'elsewhere';
  /** Soft stop: no new connections. */
  state: 'open' | 'paused' | 'stopped';
}

export interface LiveFront {
  readonly counters: SideCounters;
  readonly sessionRate: RateMeter;
  readonly connectionRate: RateMeter;
  readonly requestRate: RateMeter;
  /** Changed by the socket. */
  maxconn: number;
  /** With `option socket-stats`: one for each address. */
  readonly listeners: readonly LiveListener[];
}

export interface LiveListener {
  /** From 1 within its proxy. */
  readonly id: number;
  readonly name: string;
  readonly address: ListenAddress;
  readonly maxconn: number;
  readonly counters: SideCounters;
}

export interface LiveBack {
  readonly counters: SideCounters;
  readonly sessionRate: RateMeter;
  readonly averages: Averages;
  readonly servers: readonly LiveServer[];
  /** When it last went from no server to some, or back; and how long it had none until then. */
  lastChange: Micros;
  downtime: Micros;
  /** Times it went from some servers to none [chkdown]. */
  downs: number;
}

export interface LiveServer {
  readonly config: Server;
  readonly proxy: LiveProxy;
  readonly counters: SideCounters;
  readonly sessionRate: RateMeter;
  readonly averages: Averages;
  /** By the health engine: whether it may have traffic, and why not. */
  readonly health: ServerHealth;
  /** By the socket and the agent; the initial one is the configured. */
  userWeight: number;
  maxconn: number;
  /** By resolver or socket; undefined while a name is not resolved, or for `client`. */
  ip: IpAddress | undefined;
  port: number | undefined;
}

/** Changed by the health engine alone (`ServerWatch`). */
export interface ServerHealth {
  /** `starting` is slow start, `stopping` no new traffic but by persistence. */
  operational: 'stopped' | 'starting' | 'running' | 'stopping';
  readonly admin: Set<AdminReason>;
  /** 0 .. rise + fall - 1; at `rise` and above it is up. */
  health: number;
  rise: number;
  fall: number;
  /** Checks that go on now [`* ` before the status]. */
  isChecking: boolean;
  last: CheckOutcome;
  agent?: CheckOutcome & { health: number; rise: number; fall: number };
  lastChange: Micros;
  /** Time down until the last change. */
  downtime: Micros;
  /** Failed checks [chkfail], transitions to down [chkdown], failures seen in traffic [hanafail]. */
  failures: number;
  downs: number;
  observedErrors: number;
  /** 0..100: how much of its weight it has, while it starts slowly. */
  throttle: number;
}

/** `config`: the file says `disabled`; `inherited`: whom it tracks; `name`: not resolved. */
export type AdminReason =
  | 'maint'
  | 'inherited-maint'
  | 'config-maint'
  | 'drain'
  | 'inherited-drain'
  | 'name';

export interface CheckOutcome {
  status: CheckStatus;
  /** Status code of HTTP or SMTP, number of a step, exit code; -1: none. */
  code: number;
  /** Milliseconds; -1: none. */
  durationMs: number;
  description: string;
}

/**
 * `UNK`: nobody checks it, or no longer; `INI`: not checked yet; `CHECKED`: an agent that said nothing
 * about up or down; `HANA`: seen in traffic.
 */
export type CheckStatus =
  | 'UNK'
  | 'INI'
  | 'CHECKED'
  | 'HANA'
  | 'SOCKERR'
  | 'L4OK'
  | 'L4TOUT'
  | 'L4CON'
  | 'L6OK'
  | 'L6TOUT'
  | 'L6RSP'
  | 'L7OK'
  | 'L7OKC'
  | 'L7TOUT'
  | 'L7RSP'
  | 'L7STS';

/** Milliseconds, over the last 1024 sessions, and the longest of each. */
export interface Averages {
  queue: number;
  connect: number;
  response: number;
  total: number;
  maxQueue: number;
  maxConnect: number;
  maxResponse: number;
  maxTotal: number;
}
