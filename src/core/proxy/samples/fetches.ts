/** What each sample takes; undefined: there is no such thing here. */
import { ipFamily, parseIp } from '../../../base/ip.ts';
import { findSide } from '../build-live.ts';
import type { LiveBack, LiveProxy, LiveServer } from '../live.ts';
import { effectiveWeight, isUsable, WEIGHT_SCALE } from '../usable.ts';
import { readClientHello } from './client-hello.ts';
import type { RequestFacts, SampleFacts } from './facts.ts';
import { cookieValue, type HeaderQuery, headerCount, headerValue } from './headers.ts';

export type SampleValue = string | number | boolean;
export type Fetch = (facts: SampleFacts, args: readonly string[]) => SampleValue | undefined;

const connection: Readonly<Record<string, Fetch>> = {
  src: ({ source }) => source?.ip,
  src_port: ({ source }) => source?.port,
  dst: ({ destination }) => destination?.ip,
  dst_port: ({ destination }) => destination?.port,
  fc_src: ({ connection: it }) => it?.source?.ip,
  fc_src_port: ({ connection: it }) => it?.source?.port,
  fc_dst: ({ connection: it }) => it?.destination?.ip,
  fc_dst_port: ({ connection: it }) => it?.destination?.port,
  fc_rcvd_proxy: ({ isProxied }) => isProxied === true,
  fc_http_major: ({ request }) => (request === undefined ? undefined : 1),
  src_is_local: ({ source }) => isLoopback(source?.ip),
  dst_is_local: ({ destination }) => isLoopback(destination?.ip),
  ssl_fc: ({ tls }) => tls !== undefined,
  ssl_fc_sni: ({ tls }) => tls?.serverName,
  ssl_fc_has_sni: ({ tls }) => tls?.serverName !== undefined,
  ssl_fc_alpn: ({ tls }) => tls?.alpn,
  ssl_fc_cipher: ({ tls }) => tls?.cipher,
  ssl_fc_protocol: ({ tls }) => tls?.protocol,
  ssl_fc_has_crt: ({ tls }) => tls?.hasClientCertificate === true,
  ssl_c_used: ({ tls }) => tls?.hasClientCertificate === true,
  ssl_c_verify: ({ tls }) => tls?.verifyResult,
};

/** This machine's own addresses that need no table: what else is local the caller knows better. */
function isLoopback(ip: string | undefined): boolean {
  return ip !== undefined && (ip.startsWith('127.') || ip === '::1');
}

const preview: Readonly<Record<string, Fetch>> = {
  'req.len': ({ preview: bytes }) => bytes?.length ?? 0,
  'req.ssl_sni': ({ preview: bytes }) => bytes && readClientHello(bytes)?.serverName,
  'req.ssl_ver': ({ preview: bytes }) => bytes && readClientHello(bytes)?.version,
  'req.ssl_alpn': ({ preview: bytes }) => bytes && readClientHello(bytes)?.alpn,
  'req.ssl_hello_type': ({ preview: bytes }) =>
    bytes === undefined || readClientHello(bytes) === undefined ? undefined : 1,
  'req.proto_http': ({ request }) => request !== undefined,
  wait_end: () => true,
};

const request: Readonly<Record<string, Fetch>> = {
  method: ({ request: it }) => it?.method,
  url: ({ request: it }) => it?.target,
  path: ({ request: it }) => it && pathOf(it),
  pathq: ({ request: it }) => it && afterAuthority(it.target),
  query: ({ request: it }) => it && queryOf(it),
  base: ({ request: it }) => it && `${hostOf(it)}${pathOf(it)}`,
  url_ip: ({ request: it }) => it && parseIp(authorityOf(it.target).split(':')[0] ?? ''),
  url_port: ({ request: it }) => it && Number(authorityOf(it.target).split(':')[1] ?? 0),
  'req.ver': ({ request: it }) => it?.version,
  'res.ver': ({ response }) => response?.version,
  status: ({ response }) => response?.status,
  http_first_req: ({ request: it }) => it?.isFirst,
  url_param: ({ request: it }, [name = '']) => it && parameterOf(queryOf(it), name),
  urlp_val: ({ request: it }, [name = '']) => it && leadingNumber(parameterOf(queryOf(it), name)),
};

export function pathOf({ target }: RequestFacts): string {
  return afterAuthority(target).split('?')[0] ?? '';
}

function queryOf({ target }: RequestFacts): string {
  const at = target.indexOf('?');
  return at < 0 ? '' : target.slice(at + 1);
}

/** Of the absolute form the authority is left out. */
function afterAuthority(target: string): string {
  const match = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i.exec(target);
  return match === null ? target : target.slice(match[0].length) || '/';
}

function authorityOf(target: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?]*)/i.exec(target)?.[1] ?? '';
}

function hostOf({ headers }: RequestFacts): string {
  return headers.find(([name]) => name === 'host')?.[1] ?? '';
}

function parameterOf(query: string, name: string): string | undefined {
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=');
    if ((at < 0 ? pair : pair.slice(0, at)) === name) return at < 0 ? '' : pair.slice(at + 1);
  }
  return undefined;
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text);
}

/** As far as there are digits; 0 where there are none. */
function leadingNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(/^-?\d+/.exec(text)?.[0] ?? 0);
}

function headerFetch(from: 'request' | 'response', split: HeaderQuery['split']): Fetch {
  return (facts, [name = '', at]) => {
    const headers = facts[from]?.headers;
    const occurrence = at === undefined ? -1 : Number(at);
    return headers && headerValue(headers, { name: name.toLowerCase(), occurrence, split });
  };
}

function countFetch(from: 'request' | 'response', split: HeaderQuery['split']): Fetch {
  return (facts, [name = '']) => {
    const headers = facts[from]?.headers;
    return headers && headerCount(headers, name.toLowerCase(), split);
  };
}

const numberOf =
  (fetch: Fetch): Fetch =>
  (facts, args) =>
    leadingNumber(fetch(facts, args)?.toString());

const ipOf =
  (fetch: Fetch): Fetch =>
  (facts, args) =>
    parseIp(fetch(facts, args)?.toString() ?? '');

const header = headerFetch('request', 'commas');
const responseHeader = headerFetch('response', 'commas');
const cookie: Fetch = (facts, [name]) =>
  facts.request && cookieValue(facts.request.headers, 'cookie', name);
const setCookie: Fetch = (facts, [name]) =>
  facts.response && cookieValue(facts.response.headers, 'set-cookie', name);

const headers: Readonly<Record<string, Fetch>> = {
  'req.hdr': header,
  'req.fhdr': headerFetch('request', 'whole'),
  'req.hdr_cnt': countFetch('request', 'commas'),
  'req.fhdr_cnt': countFetch('request', 'whole'),
  'req.hdr_val': numberOf(header),
  'req.hdr_ip': ipOf(header),
  'res.hdr': responseHeader,
  'res.fhdr': headerFetch('response', 'whole'),
  'res.hdr_cnt': countFetch('response', 'commas'),
  'res.hdr_val': numberOf(responseHeader),
  'res.hdr_ip': ipOf(responseHeader),
  'req.cook': cookie,
  'req.cook_cnt': (facts, args) => (cookie(facts, args) === undefined ? 0 : 1),
  'req.cook_val': numberOf(cookie),
  'res.cook': setCookie,
};

type OfProxy = (proxy: LiveProxy, facts: SampleFacts) => number | undefined;

function ofProxy(side: 'front' | 'back', read: OfProxy): Fetch {
  return (facts, [name = '']) => {
    const proxy = name === '' ? facts[side] : findSide(facts.live, name, side);
    return proxy && read(proxy, facts);
  };
}

function ofServer(read: (server: LiveServer) => number | boolean): Fetch {
  return ({ live, back }, [name = '']) => {
    const [proxy, server] = name.includes('/') ? name.split('/') : [undefined, name];
    const owner = proxy === undefined ? back : findSide(live, proxy, 'back');
    const found = owner?.back?.servers.find(({ config }) => config.name === server);
    return found && read(found);
  };
}

const slots = ({ maxconn, counters }: LiveServer): number =>
  maxconn === 0 ? Number.POSITIVE_INFINITY : Math.max(0, maxconn - counters.current);
const usable = (proxy: LiveProxy): readonly LiveServer[] =>
  (proxy.back?.servers ?? []).filter(isUsable);
/** For anybody's slot, and for those of its servers. */
const queuedOf = ({ counters, servers }: LiveBack): number =>
  servers.reduce((sum, server) => sum + server.counters.queued, counters.queued);
/** Without a limit: -1. */
const finite = (value: number): number => (Number.isFinite(value) ? value : -1);

const state: Readonly<Record<string, Fetch>> = {
  nbsrv: ofProxy('back', (proxy) => usable(proxy).length),
  connslots: ofProxy('back', (proxy) =>
    finite(usable(proxy).reduce((sum, server) => sum + slots(server), 0)),
  ),
  queue: ofProxy('back', ({ back }) => back && queuedOf(back)),
  be_conn: ofProxy('back', (proxy) => proxy.back?.counters.current),
  be_conn_free: ofProxy('back', (proxy) =>
    finite(usable(proxy).reduce((sum, server) => sum + slots(server), 0)),
  ),
  be_sess_rate: ofProxy('back', (proxy, { now }) => proxy.back?.sessionRate.rate(now)),
  fe_conn: ofProxy('front', (proxy) => proxy.front?.counters.current),
  fe_sess_rate: ofProxy('front', (proxy, { now }) => proxy.front?.sessionRate.rate(now)),
  fe_req_rate: ofProxy('front', (proxy, { now }) => proxy.front?.requestRate.rate(now)),
  srv_is_up: ofServer(isUsable),
  srv_conn: ofServer(({ counters }) => counters.current),
  srv_conn_free: ofServer((server) => finite(slots(server))),
  srv_queue: ofServer(({ counters }) => counters.queued),
  srv_weight: ofServer((server) => effectiveWeight(server) / WEIGHT_SCALE),
  srv_uweight: ofServer(({ userWeight }) => userWeight),
  srv_iweight: ofServer(({ config }) => config.weight),
  be_name: ({ back }) => back?.config.name,
  be_id: ({ back }) => back?.config.id,
  fe_name: ({ front }) => front.config.name,
  fe_id: ({ front }) => front.config.id,
  fe_defbe: ({ front }) => front.config.defaultBackend,
  srv_name: ({ server }) => server?.config.name,
  srv_id: ({ server }) => server?.config.id,
};

const constants: Readonly<Record<string, Fetch>> = {
  always_true: () => true,
  always_false: () => false,
  str: (_facts, [text]) => text,
  int: (_facts, [text]) => toNumber(text),
  bool: (_facts, [text = '']) => /^(?:true|yes|on|[1-9]\d*)$/i.test(text),
  meth: (_facts, [text]) => text,
  ipv4: (_facts, [text = '']) => addressOf(text, 4),
  ipv6: (_facts, [text = '']) => addressOf(text, 6),
  env: ({ environment }, [name = '']) => environment[name],
  hostname: ({ hostName }) => hostName,
  date: ({ wallSeconds }, [offset]) => wallSeconds + Number(offset ?? 0),
  rand: ({ random }, [range]) => Math.floor(random() * Number(range ?? 0x1_0000_0000)),
  stopping: ({ front }) => front.state === 'stopped',
};

function addressOf(text: string, family: 4 | 6): string | undefined {
  const ip = parseIp(text);
  return ip !== undefined && ipFamily(ip) === family ? ip : undefined;
}

/** Older names of the same. */
const ALIASES: Readonly<Record<string, string>> = {
  hdr: 'req.hdr',
  hdr_cnt: 'req.hdr_cnt',
  hdr_val: 'req.hdr_val',
  hdr_ip: 'req.hdr_ip',
  shdr: 'res.hdr',
  shdr_cnt: 'res.hdr_cnt',
  shdr_val: 'res.hdr_val',
  shdr_ip: 'res.hdr_ip',
  cook: 'req.cook',
  cookie: 'req.cook',
  cook_cnt: 'req.cook_cnt',
  cook_val: 'req.cook_val',
  scook: 'res.cook',
  urlp: 'url_param',
  req_ssl_sni: 'req.ssl_sni',
  req_ssl_ver: 'req.ssl_ver',
  req_ssl_hello_type: 'req.ssl_hello_type',
  req_len: 'req.len',
  req_ver: 'req.ver',
  resp_ver: 'res.ver',
  req_proto_http: 'req.proto_http',
};

const FETCHES: Readonly<Record<string, Fetch>> = {
  ...connection,
  ...preview,
  ...request,
  ...headers,
  ...state,
  ...constants,
};

export function findFetch(name: string): Fetch | undefined {
  return FETCHES[ALIASES[name] ?? name];
}
