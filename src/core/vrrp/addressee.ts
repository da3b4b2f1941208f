import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';
import type { VirtualRouter } from './machine.ts';

/** Several routers may share a VRID as long as their groups or their unicast peers differ. */
export function chooseRouter(
  routers: readonly VirtualRouter[] | undefined,
  advert: ReceivedAdvert,
): VirtualRouter | undefined {
  if (routers === undefined || routers.length < 2) return routers?.[0];
  const addressee = routers.find(({ model: { transport } }) =>
    transport.kind === 'unicast'
      ? transport.peers.some(({ address }) => address === advert.source)
      : transport.group === advert.destination,
  );
  return addressee ?? routers[0];
}
