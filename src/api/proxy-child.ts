/**
 * What the VRRP process and the proxy beside it say to each other: settings on the command line, orders
 * as JSON lines on the master's standard input, reports as JSON lines on a descriptor that the master and
 * its workers share. The end of that input is the end of the parent.
 */

export type ProxyOrder =
  /** The files are right: read them and begin, and say how these are. */
  | { readonly kind: 'serve'; readonly follow: readonly string[] }
  /** The same again, in the place of what serves. */
  | { readonly kind: 'reload'; readonly follow: readonly string[] }
  /** `leave`: the parent makes way for its next program, whose proxy will take this one's place. */
  | { readonly kind: 'stop' | 'leave' };

/** All proxies of one name. */
export interface ProxyState {
  readonly proxy: string;
  /** Absent where nobody connects to it. */
  readonly front?: 'open' | 'closed';
  /** Absent where it has none. `unjudged`: their first check is under way; not among those up. */
  readonly servers?: { readonly all: number; readonly up: number; readonly unjudged: number };
}

export type ProxyReport =
  /** Of a worker that serves: all that is followed, when it changes and every `BEAT_MS`. */
  | { readonly kind: 'state'; readonly proxies: readonly ProxyState[] }
  /** Of the master: nobody serves any more. */
  | { readonly kind: 'lost'; readonly detail: string }
  /** Of the master, once for each order to serve or to reload. */
  | { readonly kind: 'loaded'; readonly outcome: 'serving' | 'refused' };

/** A worker that has not said anything for so long has missed one beat. */
export const BEAT_MS = 100;

export function parseProxyOrder(line: string): ProxyOrder | undefined {
  const order = parseObject(line);
  switch (order?.kind) {
    case 'serve':
    case 'reload':
      return { kind: order.kind, follow: texts(order.follow) };
    case 'stop':
    case 'leave':
      return { kind: order.kind };
    default:
      return undefined;
  }
}

export function parseProxyReport(line: string): ProxyReport | undefined {
  const report = parseObject(line);
  switch (report?.kind) {
    case 'state':
      if (!Array.isArray(report.proxies)) return undefined;
      return { kind: 'state', proxies: report.proxies.flatMap((one) => parseState(one) ?? []) };
    case 'lost':
      return { kind: 'lost', detail: String(report.detail) };
    case 'loaded':
      return { kind: 'loaded', outcome: report.outcome === 'serving' ? 'serving' : 'refused' };
    default:
      return undefined;
  }
}

function parseState(value: unknown): ProxyState | undefined {
  if (!isObject(value) || typeof value.proxy !== 'string') return undefined;
  const { proxy, front, servers } = value;
  return {
    proxy,
    ...((front === 'open' || front === 'closed') && { front }),
    ...(isObject(servers) && {
      servers: {
        all: count(servers.all),
        up: count(servers.up),
        unjudged: count(servers.unjudged),
      },
    }),
  };
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) ? Math.max(0, Number(value)) : 0;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
