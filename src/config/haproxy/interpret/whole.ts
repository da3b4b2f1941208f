/** What can only be judged and put together when all lines are read. */
import { Secret } from '../../../base/secret.ts';
import { millis } from '../../../base/time.ts';
import type {
  LogFormat,
  LogTarget,
  ProxyConfig,
  ProxyGlobal,
  ProxySection,
  Server,
  ServerCheck,
  ServerTls,
  StatsPage,
} from '../../model/proxy.ts';
import type { HttpCheckStep, ProxyCheck } from '../../model/proxy-check.ts';
import type { Context } from './context.ts';
import type { GlobalDraft } from './global-draft.ts';
import {
  type CheckDraft,
  hasBackSide,
  hasFrontSide,
  type ProxyDraft,
  type StatsDraft,
} from './proxy-draft.ts';
import type { ServerDraft, ServerSettings } from './server-draft.ts';

const INTER = millis(2000);
const RISE = 2;
const FALL = 3;
const RETRIES = 3;
const ERROR_LIMIT = 10;
/** 1 is never given, for a reason that is history. */
const FIRST_ID = 2;

export function assemble(context: Context, drafts: readonly ProxyDraft[]): ProxyConfig {
  const ids = proxyIds(drafts);
  const global = assembleGlobal(context);
  const proxies = drafts.map((draft) => assembleProxy(context, draft, ids.get(draft) ?? 0));
  const userLists = [...context.userLists].map(([name, { users, groups }]) => ({
    name,
    users: [...users].map(([user, { password, isPlain }]) => ({
      name: user,
      password: new Secret(password),
      isPlain,
      groups: [...groups].flatMap(([group, members]) => (members.includes(user) ? [group] : [])),
    })),
  }));
  return { global, proxies, userLists };
}

/** Those that are given, and the lowest that are free. */
function proxyIds(drafts: readonly ProxyDraft[]): ReadonlyMap<ProxyDraft, number> {
  const taken = new Set(drafts.flatMap(({ id }) => (id === undefined ? [] : [id])));
  const ids = new Map<ProxyDraft, number>();
  let next = FIRST_ID;
  for (const draft of drafts) {
    if (draft.id === undefined) while (taken.has(next)) next++;
    ids.set(draft, draft.id ?? next++);
  }
  return ids;
}

function assembleGlobal({ global }: Context): ProxyGlobal {
  const { maxconn, pidFile, chroot, user, group, node, description, hardStopAfter } = global;
  return {
    workers: global.workers ?? 1,
    daemon: global.daemon,
    masterWorker: global.masterWorker,
    statsSockets: global.statsSockets,
    statsTimeout: global.statsTimeout,
    spreadChecks: global.spreadChecks,
    bufferSize: global.bufferSize,
    rewriteReserve: global.rewriteReserve,
    ...(maxconn !== undefined && maxconn > 0 && { maxconn }),
    ...(pidFile !== undefined && { pidFile }),
    ...(chroot !== undefined && { chroot }),
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    ...(node !== undefined && { node }),
    ...(description !== undefined && { description }),
    ...(hardStopAfter !== undefined && hardStopAfter > 0 && { hardStopAfter }),
  };
}

function assembleProxy(context: Context, draft: ProxyDraft, id: number): ProxySection {
  const { settings } = draft;
  const isFront = hasFrontSide(draft);
  const isBack = hasBackSide(draft);
  const mode = settings.mode ?? 'tcp';
  const { description, monitorFail } = draft;
  const { fullconn, backlog, inspectDelay, defaultBackend, monitorUri } = settings;
  const stats =
    settings.stats.enabled && mode === 'http' ? assembleStats(settings.stats) : undefined;
  const forwardFor = mode === 'http' ? settings.forwardFor : undefined;
  return {
    name: draft.name,
    kind: draft.kind === 'defaults' ? 'backend' : draft.kind,
    id,
    file: draft.file,
    line: draft.line,
    mode,
    disabled: settings.disabled,
    timeouts: settings.timeouts,
    maxconn: isFront ? (settings.maxconn ?? 0) : 0,
    binds: draft.binds,
    switching: draft.switching.map(({ backend, when }) =>
      when === undefined ? { backend: backend.name } : { backend: backend.name, when },
    ),
    servers: isBack ? assembleServers(context, draft) : [],
    balance: {
      kind: 'roundrobin',
      ...(fitsMode(settings.algorithm, mode) && settings.algorithm),
      hash: settings.hash,
    } as ProxySection['balance'],
    check: assembleCheck(settings.check),
    retries: settings.retries ?? RETRIES,
    redispatch: settings.redispatch,
    logs: assembleLogs(context.global, draft),
    logFormat: logFormatOf(draft),
    options: new Set([...settings.options].flatMap(([name, isOn]) => (isOn ? [name] : []))),
    httpConnection: settings.httpConnection,
    tcpRules: draft.tcpRules,
    httpRequestRules: mode === 'http' ? [...draft.httpRequestRules, ...draft.redirectRules] : [],
    httpResponseRules: mode === 'http' ? draft.httpResponseRules : [],
    errorFiles: settings.errorFiles,
    ...(description !== undefined && { description }),
    ...(isFront && backlog !== undefined && backlog > 0 && { backlog }),
    ...(isFront && defaultBackend !== undefined && { defaultBackend: defaultBackend.name }),
    ...(isBack && fullconn !== undefined && fullconn > 0 && { fullconn }),
    ...(forwardFor !== undefined && { forwardFor }),
    ...(inspectDelay !== undefined && inspectDelay > 0 && { inspectDelay }),
    ...(isFront &&
      mode === 'http' &&
      monitorUri !== undefined && {
        monitor: { uri: monitorUri, ...(monitorFail !== undefined && { failWhen: monitorFail }) },
      }),
    ...(stats !== undefined && { stats }),
  };
}

/** Whether what is hashed is known in that mode. */
function fitsMode(algorithm: ProxyDraft['settings']['algorithm'], mode: 'tcp' | 'http'): boolean {
  return mode === 'http' || !['uri', 'url_param', 'hdr'].includes(algorithm?.kind ?? '');
}

/** What fits the mode. */
function logFormatOf({ settings }: ProxyDraft): LogFormat {
  const format = settings.logFormat ?? { kind: 'none' };
  const isHttp = format.kind === 'httplog' || format.kind === 'clf';
  return isHttp && settings.mode !== 'http' ? { kind: 'tcplog' } : format;
}

function assembleLogs(global: GlobalDraft, { settings }: ProxyDraft): readonly LogTarget[] {
  const tag = settings.logTag ?? global.logTag;
  const { logHostName } = global;
  const usual = logHostName === undefined ? 'local' : 'rfc3164';
  const targets = settings.logs.flatMap((target) => (target === 'global' ? global.logs : [target]));
  return targets.map((target) => ({
    ...target,
    format: target.format ?? usual,
    tag,
    ...(logHostName !== undefined && { hostName: logHostName }),
  }));
}

function assembleStats(stats: StatsDraft): StatsPage {
  const { enabled: _, uri, realm, ...rest } = stats;
  return { uri: uri ?? '/haproxy?stats', realm: realm ?? 'HAProxy Statistics', ...rest };
}

function assembleCheck(check: CheckDraft): ProxyCheck {
  switch (check.kind) {
    case 'http':
      return { kind: 'http', steps: httpSteps(check), disableOn404: check.disableOn404 };
    case 'tcp':
      return { kind: 'tcp', steps: check.tcpSteps };
    case 'mysql': {
      const { user, mysqlVersion: version } = check;
      return user === undefined ? { kind: 'mysql', version } : { kind: 'mysql', version, user };
    }
    case 'pgsql':
      return { kind: 'pgsql', user: check.user ?? '' };
    case 'smtp':
      return { kind: 'smtp', greeting: check.greeting };
    default:
      return { kind: check.kind };
  }
}

/** What `option httpchk` says is the first request, or what a first `send` leaves open. */
function httpSteps(check: CheckDraft): readonly HttpCheckStep[] {
  const { method = 'OPTIONS', uri = '/', version = 'HTTP/1.0', headers, body } = check;
  let isFirst = true;
  const steps = check.httpSteps.map((step): HttpCheckStep => {
    if (step.kind !== 'send') return step;
    const preset = isFirst
      ? { method, uri, version }
      : { method: 'OPTIONS', uri: '/', version: 'HTTP/1.0' };
    const more = isFirst ? headers : [];
    isFirst = false;
    return {
      ...step,
      method: step.method || preset.method,
      uri: step.uri || preset.uri,
      version: step.version || preset.version,
      headers: [...more, ...step.headers],
    };
  });
  if (!isFirst) return steps;
  const send = {
    kind: 'send',
    method,
    uri,
    version,
    headers,
    ...(body !== undefined && { body }),
  } as const;
  const connects = steps.findLastIndex(({ kind }) => kind === 'connect') + 1;
  return [...steps.slice(0, connects), send, ...steps.slice(connects)];
}

function assembleServers(context: Context, draft: ProxyDraft): readonly Server[] {
  const taken = new Set(
    draft.servers.flatMap(({ settings: { id } }) => (id === undefined ? [] : [id])),
  );
  let next = 1;
  return draft.servers.map((server) => {
    if (server.settings.id === undefined) while (taken.has(next)) next++;
    return assembleServer(context, draft, server, server.settings.id ?? next++);
  });
}

function assembleServer(
  context: Context,
  { name: proxy, settings: backend }: ProxyDraft,
  { name, at, address, port, settings }: ServerDraft,
  id: number,
): Server {
  const tls = assembleTls(context, settings);
  const { slowstart, cookie } = settings;
  const source = settings.source ?? backend.source;
  const check = settings.check === true && settings.track === undefined;
  const [trackProxy, trackServer] = splitTrack(settings.track, proxy);
  return {
    name,
    id,
    line: at.line,
    address,
    port,
    weight: settings.weight ?? 1,
    backup: settings.backup ?? false,
    disabled: settings.disabled ?? false,
    maxconn: settings.maxconn ?? 0,
    minconn: settings.minconn ?? 0,
    maxqueue: settings.maxqueue ?? 0,
    sendProxy: settings.sendProxy ?? 'none',
    onMarkedDown: settings.onMarkedDown ?? 'keep',
    onMarkedUp: settings.onMarkedUp ?? 'keep',
    observe: settings.observe ?? 'none',
    errorLimit: settings.errorLimit ?? ERROR_LIMIT,
    onError: settings.onError ?? 'fail-check',
    initState: settings.initState ?? 'up',
    ...(slowstart !== undefined && slowstart > 0 && { slowstart }),
    ...(check && { check: assembleServerCheck(context, settings) }),
    ...(settings.agent === true &&
      settings.agentPort !== undefined && {
        agent: {
          port: settings.agentPort,
          inter: settings.agentInter ?? settings.inter ?? INTER,
          ...(settings.agentIp !== undefined && { ip: settings.agentIp }),
          ...(settings.agentSend !== undefined && { send: settings.agentSend }),
        },
      }),
    ...(settings.tls === true && { tls }),
    ...(source !== undefined && { source }),
    ...(cookie !== undefined && { cookie }),
    ...(trackServer !== undefined && { track: { proxy: trackProxy, server: trackServer } }),
  };
}

/** `[BACKEND/]SERVER`. */
export function splitTrack(
  track: string | undefined,
  proxy: string,
): readonly [proxy: string, server: string | undefined] {
  if (track === undefined) return [proxy, undefined];
  const slash = track.indexOf('/');
  return slash === -1 ? [proxy, track] : [track.slice(0, slash), track.slice(slash + 1)];
}

function assembleServerCheck(context: Context, settings: ServerSettings): ServerCheck {
  const inter = settings.inter ?? INTER;
  const { checkIp, checkPort } = settings;
  // A check that goes elsewhere does not speak TLS or PROXY unless it is told to.
  const isElsewhere = checkIp !== undefined || (checkPort !== undefined && checkPort > 0);
  const isTls = settings.checkTls ?? (settings.tls === true && !isElsewhere);
  const inherited = isElsewhere ? 'none' : (settings.sendProxy ?? 'none');
  const own =
    settings.sendProxy === undefined || settings.sendProxy === 'none' ? 'v1' : settings.sendProxy;
  return {
    inter,
    fastinter: settings.fastinter ?? inter,
    downinter: settings.downinter ?? inter,
    rise: settings.rise ?? RISE,
    fall: settings.fall ?? FALL,
    sendProxy: settings.checkSendProxy === true ? own : inherited,
    ...(checkIp !== undefined && { ip: checkIp }),
    ...(checkPort !== undefined && checkPort > 0 && { port: checkPort }),
    ...(isTls && { tls: assembleCheckTls(context, settings) }),
  };
}

function assembleCheckTls(context: Context, settings: ServerSettings): ServerTls {
  const { checkSni, checkAlpn } = settings;
  return {
    ...assembleTls(context, settings),
    alpn: checkAlpn ?? [],
    ...(checkSni !== undefined && { sni: { fetch: 'str', args: [checkSni], converters: [] } }),
  };
}

function assembleTls({ global }: Context, settings: ServerSettings): ServerTls {
  const { ca, certificate, sni, verifyHost } = settings;
  return {
    verify: settings.verify ?? global.serverVerify,
    alpn: settings.alpn ?? [],
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { certificate: new Secret(certificate) }),
    ...(sni !== undefined && { sni }),
    ...(verifyHost !== undefined && { verifyHost }),
  };
}
