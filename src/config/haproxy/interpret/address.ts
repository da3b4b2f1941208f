/** Addresses as haproxy.cfg writes them: `[KIND@]ADDRESS[:PORT[-PORT]]`, a path, a descriptor. */
import { type IpAddress, parseIp } from '../../../base/ip.ts';
import type { Word } from '../text/words.ts';

export type Address =
  | { readonly kind: 'host'; readonly host: HostPart; readonly port: PortPart }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'abstract'; readonly path: string }
  | { readonly kind: 'descriptor'; readonly fd: number };

/** `any`: nothing or `*`. */
export type HostPart =
  | { readonly kind: 'ip'; readonly ip: IpAddress }
  | { readonly kind: 'any'; readonly family: 4 | 6 | undefined }
  | { readonly kind: 'name'; readonly name: string; readonly family: 4 | 6 | undefined };

export type PortPart =
  | { readonly kind: 'none' }
  | { readonly kind: 'ports'; readonly from: number; readonly to: number }
  /** Written with a sign. */
  | { readonly kind: 'offset'; readonly offset: number };

export type ReadAddress =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly message: string; readonly isShort?: boolean };

const PREFIX =
  /^(ipv4|ipv6|udp4|udp6|udp|unix|uxdg|uxst|abns|fd|sockpair|tcp4|tcp6|tcp|stream\+|dgram\+)@/;

/** `folder`: before paths of sockets. */
export function readAddress(text: string): ReadAddress {
  let rest = text;
  let family: 4 | 6 | undefined;
  let isUnix = false;
  for (let found = PREFIX.exec(rest); found !== null; found = PREFIX.exec(rest)) {
    const [whole, prefix = ''] = found;
    rest = rest.slice(whole.length);
    if (prefix.endsWith('4')) family = 4;
    else if (prefix.endsWith('6')) family = 6;
    else if (prefix === 'fd' || prefix === 'sockpair') return descriptor(rest);
    else if (prefix === 'abns') return { ok: true, address: { kind: 'abstract', path: rest } };
    else if (prefix === 'unix' || prefix === 'uxst' || prefix === 'uxdg') isUnix = true;
  }
  if (isUnix || rest.startsWith('/')) {
    if (rest === '') return { ok: false, message: 'the path of the socket is missing' };
    if (rest.length > 100)
      return { ok: false, message: `the path '${rest}' is too long for a socket` };
    return { ok: true, address: { kind: 'unix', path: rest } };
  }
  return hostAndPort(rest, family);
}

function descriptor(text: string): ReadAddress {
  if (!/^\d+$/.test(text)) {
    return { ok: false, message: `'fd@' is followed by the number of a descriptor, not '${text}'` };
  }
  return { ok: true, address: { kind: 'descriptor', fd: Number(text) } };
}

function hostAndPort(text: string, family: 4 | 6 | undefined): ReadAddress {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  const colon = text.lastIndexOf(':');
  const host = bracketed?.[1] ?? (colon === -1 ? text : text.slice(0, colon));
  const portText =
    bracketed === null ? (colon === -1 ? undefined : text.slice(colon + 1)) : bracketed[2];
  const port = readPort(portText);
  if (port === undefined) {
    return { ok: false, message: `'${portText ?? ''}' is no port, of which there are 65535` };
  }
  const hostPart = readHost(host, family);
  if (hostPart === undefined) {
    const isShort = /^\d+(?:\.\d+){0,2}$/.test(host);
    const message = isShort
      ? `an IPv4 address has four numbers, '${host}' has not`
      : `'${host}' is no address and no name`;
    return { ok: false, message, isShort };
  }
  return { ok: true, address: { kind: 'host', host: hostPart, port } };
}

function readHost(text: string, family: 4 | 6 | undefined): HostPart | undefined {
  if (text === '' || text === '*') return { kind: 'any', family };
  const ip = parseIp(text);
  if (ip !== undefined) {
    return { kind: 'ip', ip };
  }
  if (/^[\d.]+$/.test(text) || text.includes(':')) return undefined;
  return { kind: 'name', name: text, family };
}

function readPort(text: string | undefined): PortPart | undefined {
  if (text === undefined || text === '') return { kind: 'none' };
  if (/^[+-]\d+$/.test(text)) {
    const offset = Number(text);
    return Math.abs(offset) <= 65535 ? { kind: 'offset', offset } : undefined;
  }
  const found = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (found === null) return undefined;
  const from = Number(found[1]);
  const to = Number(found[2] ?? found[1]);
  return from <= 65535 && to <= 65535 && from <= to ? { kind: 'ports', from, to } : undefined;
}

/** Variables count in addresses also outside double quotes. */
export function addressText(word: Word): string {
  return word.asAddress ?? word.text;
}

/**
 * Why an address cannot be what was meant: a variable of a shell that is not put in there, or that
 * was empty. Nothing where all is well.
 */
export function shellMistake(word: Word): { message: string; hint: string } | undefined {
  if (word.literalVariable !== undefined && word.asAddress === undefined) {
    const name = word.literalVariable;
    return {
      message: `the variable ${name} is not set, so an address is missing in '${word.text}'`,
      hint: `set ${name}, or write "\${${name}-ADDRESS}", with the double quotes`,
    };
  }
  const [name] = word.unset ?? [];
  if (name === undefined) return undefined;
  return {
    message: `the variable ${name} is not set, so an address is missing in '${word.text}'`,
    hint: `set ${name}, or write "\${${name}-ADDRESS}" with what holds where it is not`,
  };
}
