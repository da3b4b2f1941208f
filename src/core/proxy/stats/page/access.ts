/** Who may see the page, and who may change something. */
import type { StatsPage } from '../../../../config/model/proxy.ts';
import type { PageRequest } from './request.ts';

export function isWelcome(request: PageRequest, { users }: StatsPage): boolean {
  if (users.length === 0) return true;
  const credentials = readBasic(request.header('authorization'));
  if (credentials === undefined) return false;
  const { name, password } = credentials;
  return users.some((user) => user.name === name && isSame(user.password.reveal(), password));
}

/** Takes as long wherever the difference is. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < b.length; at++)
    difference |= a.charCodeAt(at % a.length) ^ b.charCodeAt(at);
  return difference === 0;
}

function readBasic(
  header: string | undefined,
): { readonly name: string; readonly password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})\s*$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = new TextDecoder().decode(decodeBase64(encoded));
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function decodeBase64(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (const char of text.replace(/=+$/, '')) {
    bits = ((bits << 6) | base64.indexOf(char)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push((bits >> count) & 0xff);
  }
  return Uint8Array.from(bytes);
}

/**
 * Whether a form came from a page of this host: browsers send a password along with whatever a page elsewhere makes
 * them send. Programs tell no origin.
 */
export function isOwnForm(request: PageRequest): boolean {
  const site = request.header('sec-fetch-site');
  if (site === 'cross-site') return false;
  const origin = request.header('origin');
  if (origin === undefined) return true;
  return origin.replace(/^[a-z]+:\/\//, '') === request.header('host');
}
