/** Where `bind` and `stats socket` listen. */
import { type IpAddress, parseIp } from '../../../base/ip.ts';
import type { ListenAddress } from '../../model/proxy.ts';
import { addressText, type HostPart, readAddress, shellMistake } from './address.ts';
import type { Line } from './context.ts';

/** Several behind commas, ranges of ports as one address each. */
export function readListenAddresses(line: Line): ListenAddress[] | undefined {
  const word = line.args[0];
  if (word === undefined || word.text === '') {
    line.tell('missing-argument', word, `'${line.name}' is followed by [ADDRESS]:PORT or a path`);
    return undefined;
  }
  const found: ListenAddress[] = [];
  for (const text of addressText(word).split(',')) {
    const addresses = readOne(line, text);
    if (addresses === undefined) return undefined;
    found.push(...addresses);
  }
  return found;
}

function readOne(line: Line, text: string): readonly ListenAddress[] | undefined {
  const word = line.args[0];
  const mistake = word === undefined ? undefined : shellMistake(word);
  const read = readAddress(text);
  const fail = (message: string, hint?: string): undefined => {
    if (mistake === undefined) line.tell('invalid-address', word, message, hint);
    else line.tell('literal-variable', word, mistake.message, mistake.hint);
    return undefined;
  };
  if (!read.ok) return fail(read.message);
  const { address } = read;
  if (address.kind !== 'host') return [address];
  const { port } = address;
  if (port.kind !== 'ports') {
    return fail(
      `a port is missing in '${text}'`,
      'write ADDRESS:PORT, or *:PORT for all addresses',
    );
  }
  if (port.from === 0) return fail('port 0 is no port to listen at');
  if (mistake !== undefined && word?.literalVariable !== undefined) return fail('');
  const ip = resolveHost(line, address.host);
  if (ip === undefined) return undefined;
  const count = port.to - port.from + 1;
  const { left } = line.context;
  if (left.addresses < count) {
    line.tell('too-much', word, 'there are more than 100000 addresses to listen at');
    return undefined;
  }
  left.addresses -= count;
  return Array.from({ length: count }, (_, index) => ({ kind: 'ip', ip, port: port.from + index }));
}

function resolveHost(line: Line, host: HostPart): IpAddress | undefined {
  if (host.kind === 'ip') return host.ip;
  if (host.kind === 'any') return parseIp(host.family === 6 ? '::' : '0.0.0.0');
  const ip = line.context.resolve(host.name, host.family === 6 ? 'ipv6' : 'ipv4');
  if (ip === undefined) {
    const hint = 'write an address of this host, or * for all of them';
    line.tell('unresolved-bind', line.args[0], `'${host.name}' has no address`, hint);
  }
  return ip;
}
