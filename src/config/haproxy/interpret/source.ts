import { type IpAddress, parseIp } from '../../../base/ip.ts';
import { readAddress } from './address.ts';
import type { Line } from './context.ts';
import type { ServerSettings } from './server-draft.ts';

/** `source ADDRESS[:PORT] [interface NAME]` of a backend. */
export function readSource(line: Line, at: number): ServerSettings['source'] | undefined {
  const word = line.args[at];
  const read = readAddress(word?.text ?? '');
  if (!read.ok || read.address.kind !== 'host') {
    line.tell('invalid-address', word, `'${word?.text ?? ''}' is no address to come from`);
    return undefined;
  }
  const { host, port } = read.address;
  const ip: IpAddress | undefined =
    host.kind === 'ip'
      ? host.ip
      : host.kind === 'any'
        ? parseIp('0.0.0.0')
        : line.context.resolve(host.name, 'ipv4');
  if (ip === undefined) {
    line.tell('invalid-address', word, `'${word?.text ?? ''}' has no address to come from`);
    return undefined;
  }
  return port.kind === 'ports' && port.from > 0 ? { ip, port: port.from } : { ip };
}
