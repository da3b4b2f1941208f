/** For which host a request is: headers and target name one, or the request is none. */
import type { Header, RequestHead } from '../../../wire/http1/head.ts';

const ABSOLUTE = /^([a-z][a-z0-9+.-]*):\/\/([^/?]*)(.*)$/i;
const DEFAULT_PORTS: Readonly<Record<string, readonly string[]>> = {
  http: [':80'],
  https: [':443'],
};
const CONNECT_PORTS = [':80', ':443'];

/**
 * The request with one host at most, without a port that goes without saying; undefined: two readers
 * could find two hosts in it.
 */
export function withOneHost(request: RequestHead): RequestHead | undefined {
  const { method, target, headers } = request;
  const isPlain = (target.startsWith('/') || target.startsWith('*')) && method !== 'CONNECT';
  if (isPlain && countHosts(headers) <= 1) return request;
  if (method === 'CONNECT')
    return /^[^/:?@]+:\d+$|^\[[^\]]+\]:\d+$/.test(target)
      ? settled(request, target, { authority: target, ports: CONNECT_PORTS })
      : undefined;
  if (isPlain) return settled(request, target, undefined);
  const [, scheme = '', authority, rest = ''] = ABSOLUTE.exec(target) ?? [];
  if (authority === undefined) return undefined;
  const ports = DEFAULT_PORTS[scheme.toLowerCase()] ?? [];
  const plain = withoutPort(authority, ports);
  return settled(request, `${scheme}://${plain}${rest}`, { authority: plain, ports });
}

/** The target for the host that rules have left: where it names one, it names that. */
export function withHost({ target, headers }: Pick<RequestHead, 'target' | 'headers'>): string {
  if (target.startsWith('/')) return target;
  const [, scheme, , rest = ''] = ABSOLUTE.exec(target) ?? [];
  const host = headers.find(([name]) => name === 'host')?.[1];
  return scheme === undefined || host === undefined ? target : `${scheme}://${host}${rest}`;
}

interface Named {
  readonly authority: string;
  readonly ports: readonly string[];
}

function settled(
  request: RequestHead,
  target: string,
  named: Named | undefined,
): RequestHead | undefined {
  const ports = named?.ports ?? [];
  let host = named && withoutPort(named.authority, ports).toLowerCase();
  let isKnown = false;
  const headers: Header[] = [];
  for (const header of request.headers) {
    if (header[0] !== 'host') {
      headers.push(header);
      continue;
    }
    const value = withoutPort(header[1], ports);
    host ??= value.toLowerCase();
    if (value.toLowerCase() !== host) return undefined;
    if (!isKnown) headers.push(['host', value]);
    isKnown = true;
  }
  return { ...request, target, headers };
}

function withoutPort(authority: string, ports: readonly string[]): string {
  const port = ports.find((each) => authority.endsWith(each));
  return port === undefined ? authority : authority.slice(0, -port.length);
}

function countHosts(headers: readonly Header[]): number {
  let count = 0;
  for (const [name] of headers) if (name === 'host') count += 1;
  return count;
}
