import type { IpFamily } from '../base/ip.ts';
import type { NodeInput } from '../core/node.ts';
import type { LateFacts, ReceivedDatagram } from '../ports/network.ts';
import { decodeAdvert } from '../wire/vrrp.ts';

/** Of datagrams that come again and again. */
const known = new WeakMap<ReceivedDatagram, NodeInput>();

/** What came in on a socket for adverts, as the engine is told of it. */
export function advertInput(
  name: string,
  family: IpFamily,
  datagram: ReceivedDatagram,
  late?: LateFacts,
): NodeInput {
  const input = known.get(datagram) ?? decodeAndKeep(name, family, datagram);
  if (late === undefined || input.kind !== 'advertReceived') return input;
  const { advert } = input;
  const { heardAt, times } = late;
  if (heardAt === undefined)
    return { kind: 'advertReceived', interface: name, family, advert, times };
  return { kind: 'advertReceived', interface: name, family, advert, heardAt, times };
}

function decodeAndKeep(name: string, family: IpFamily, datagram: ReceivedDatagram): NodeInput {
  const input = decode(name, family, datagram);
  if (datagram.constancy === 'kept') known.set(datagram, input);
  return input;
}

function decode(
  name: string,
  family: IpFamily,
  { payload, source, destination, ttl }: ReceivedDatagram,
): NodeInput {
  const decoded = decodeAdvert(payload, { source, destination, ttl });
  return decoded.ok
    ? { kind: 'advertReceived', interface: name, family, advert: decoded.value }
    : { kind: 'advertUndecodable', interface: name, reason: decoded.reason };
}
