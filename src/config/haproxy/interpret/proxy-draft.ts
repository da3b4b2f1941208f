/** A proxy, or a defaults section, while it is read. */
import type { Micros } from '../../../base/time.ts';
import type {
  Balance,
  Bind,
  ForwardFor,
  LogFormat,
  ProxyOption,
  ProxyTimeouts,
  StatsPage,
} from '../../model/proxy.ts';
import type { HttpCheckStep, ProxyCheck, TcpCheckStep } from '../../model/proxy-check.ts';
import type { Acl, Condition, HttpRule, TcpRule } from '../../model/proxy-rules.ts';
import type { Position } from '../report.ts';
import type { LogDraft } from './log-target.ts';
import type { ServerDraft, ServerSettings } from './server-draft.ts';

export type ProxyKind = 'defaults' | 'frontend' | 'backend' | 'listen';

export type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** What a proxy inherits from its defaults. */
export interface Settings {
  mode?: 'tcp' | 'http';
  disabled: boolean;
  readonly timeouts: Mutable<ProxyTimeouts>;
  /** What was said and could not be read: what follows from its absence is not told. */
  readonly unread: Set<string>;
  maxconn?: number;
  backlog?: number;
  algorithm?: Omit<Balance, 'hash'>;
  hash: 'map-based' | 'consistent';
  retries?: number;
  redispatch: number;
  fullconn?: number;
  /** `global` stands for those of the global section. */
  readonly logs: (LogDraft | 'global')[];
  logFormat?: LogFormat;
  logTag?: string;
  /** Where a log format is told of again: its line. */
  logFormatAt?: Position;
  readonly options: Map<ProxyOption, boolean>;
  /** A variable of HTTP that the log format has. */
  logOfHttp?: string | undefined;
  forwardFor?: ForwardFor;
  forwardForAt?: Position;
  httpConnection: 'keep-alive' | 'server-close' | 'close';
  readonly check: CheckDraft;
  readonly errorFiles: Map<number, string>;
  monitorUri?: string;
  readonly stats: StatsDraft;
  defaultBackend?: Named;
  readonly server: ServerSettings;
  source?: ServerSettings['source'];
  inspectDelay?: Micros;
  cookie?: string;
}

export interface Named {
  readonly name: string;
  readonly at: Position;
}

export interface CheckDraft {
  kind: ProxyCheck['kind'];
  method?: string;
  uri?: string;
  version?: string;
  headers: (readonly [name: string, value: string])[];
  body?: string;
  disableOn404: boolean;
  httpSteps: HttpCheckStep[];
  tcpSteps: TcpCheckStep[];
  comment?: string;
  user?: string;
  mysqlVersion: 'pre-41' | 'post-41';
  greeting: string;
}

export interface StatsDraft extends Mutable<Omit<StatsPage, 'uri' | 'realm' | 'users' | 'scope'>> {
  /** By any line of stats. */
  enabled: boolean;
  uri?: string;
  realm?: string;
  users: StatsPage['users'][number][];
  scope: string[];
}

export interface ProxyDraft {
  readonly kind: ProxyKind;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly at: Position;
  readonly settings: Settings;
  id?: number;
  description?: string;
  readonly binds: Bind[];
  readonly switching: { readonly backend: Named; readonly when?: Condition }[];
  readonly servers: ServerDraft[];
  readonly serverNames: Map<string, ServerDraft>;
  /** Names of those that could not be read. */
  readonly unreadServers: Set<string>;
  /** By name; what is added later holds for conditions that were read before. */
  readonly acls: Map<string, Acl[]>;
  readonly tcpRules: TcpRule[];
  readonly httpRequestRules: HttpRule[];
  /** Carried out behind those, wherever they stand. */
  readonly redirectRules: HttpRule[];
  readonly httpResponseRules: HttpRule[];
  monitorFail?: Condition;
  /** Options of one side that the section does not have, for a warning. */
  readonly sides: Set<string>;
  /** The first line of each keyword that is told of when all is known. */
  readonly lines: Map<string, Position>;
}

export function createSettings(): Settings {
  return {
    disabled: false,
    timeouts: {},
    unread: new Set(),
    hash: 'map-based',
    redispatch: 0,
    logs: [],
    options: new Map(),
    httpConnection: 'keep-alive',
    check: {
      kind: 'connect',
      headers: [],
      disableOn404: false,
      httpSteps: [],
      tcpSteps: [],
      mysqlVersion: 'post-41',
      greeting: 'HELO localhost',
    },
    errorFiles: new Map(),
    stats: {
      enabled: false,
      users: [],
      scope: [],
      hideVersion: false,
      showLegends: false,
    },
    server: {},
  };
}

export function copySettings(from: Settings): Settings {
  return {
    ...from,
    timeouts: { ...from.timeouts },
    unread: new Set(from.unread),
    logs: [...from.logs],
    options: new Map(from.options),
    check: {
      ...from.check,
      headers: [...from.check.headers],
      httpSteps: [...from.check.httpSteps],
      tcpSteps: [...from.check.tcpSteps],
    },
    errorFiles: new Map(from.errorFiles),
    stats: { ...from.stats, users: [...from.stats.users], scope: [...from.stats.scope] },
    server: { ...from.server },
  };
}

export function createProxyDraft(
  kind: ProxyKind,
  name: string,
  at: Position,
  defaults: ProxyDraft | undefined,
): ProxyDraft {
  return {
    kind,
    name,
    file: at.file,
    line: at.line,
    at,
    settings: defaults === undefined ? createSettings() : copySettings(defaults.settings),
    binds: [],
    switching: [],
    servers: [],
    serverNames: new Map(),
    unreadServers: new Set(),
    acls: new Map(),
    tcpRules: [...(defaults?.tcpRules ?? [])],
    httpRequestRules: [...(defaults?.httpRequestRules ?? [])],
    redirectRules: [],
    httpResponseRules: [...(defaults?.httpResponseRules ?? [])],
    sides: new Set(),
    lines: new Map(),
  };
}

export function hasFrontSide({ kind }: ProxyDraft): boolean {
  return kind === 'frontend' || kind === 'listen';
}

export function hasBackSide({ kind }: ProxyDraft): boolean {
  return kind === 'backend' || kind === 'listen';
}
