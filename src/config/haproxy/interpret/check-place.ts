import { type IpAddress, parseIp } from '../../../base/ip.ts';
import type { Word } from '../text/words.ts';
import { addressText, readAddress } from './address.ts';
import type { Line } from './context.ts';

export interface CheckPlace {
  readonly ip: IpAddress;
  /** Absent: where the check itself says. */
  readonly port?: number;
}

/** Whom a check asks instead of the server: `ADDRESS[:PORT]`. Undefined: what is wrong was told. */
export function readCheckPlace(line: Line, word: Word): CheckPlace | undefined {
  const text = addressText(word);
  // An IPv6 address without brackets, of which the last colon is no beginning of a port.
  const plain = parseIp(text);
  if (plain !== undefined) return { ip: plain };
  const read = readAddress(text);
  const address = read.ok && read.address.kind === 'host' ? read.address : undefined;
  const host = address?.host;
  const name = host?.kind === 'name' ? line.context.resolve(host.name, 'ipv4') : undefined;
  const ip = host?.kind === 'ip' ? host.ip : name;
  const port = address?.port;
  if (
    ip === undefined ||
    (port?.kind === 'ports' && port.from !== port.to) ||
    port?.kind === 'offset'
  ) {
    line.tell('invalid-address', word, `'${word.text}' is no address to be checked`);
    return undefined;
  }
  return port?.kind === 'ports' ? { ip, port: port.from } : { ip };
}
