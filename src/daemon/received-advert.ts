import type { IpFamily } from '../base/ip.ts';
import type { NodeInput } from '../core/node.ts';
import type { ReceivedDatagram } from '../ports/network.ts';
import { decodeAdvert } from '../wire/vrrp.ts';

/** What came in on a socket for adverts, as the engine is told of it. */
export function advertInput(
  name: string,
  family: IpFamily,
  { payload, ...context }: ReceivedDatagram,
): NodeInput {
  const decoded = decodeAdvert(payload, context);
  return decoded.ok
    ? { kind: 'advertReceived', interface: name, family, advert: decoded.value }
    : { kind: 'advertUndecodable', interface: name, reason: decoded.reason };
}
