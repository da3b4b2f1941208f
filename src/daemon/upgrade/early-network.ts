import type { Micros } from '../../base/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  AdvertLink,
  AdvertLinkOptions,
  AdvertNetwork,
  AdvertUrgency,
  DatagramListener,
  ReceivedDatagram,
} from '../../ports/network.ts';
import { isSysError } from '../../ports/sys-error.ts';

/** A datagram that the one before us may have read in its last moment is taken again: that is harmless. */
const OVERLAP_US = 2000;
/** Nobody is ready for so long. */
const KEPT_MAX = 10_000;

interface Early {
  readonly link: AdvertLink;
  readonly kept: { readonly at: Micros; readonly datagram: ReceivedDatagram }[];
  take: DatagramListener | undefined;
  urgency?: (() => AdvertUrgency) | undefined;
}

/**
 * Sockets that are open before the engine is there. What comes in is kept, so that an advert that
 * falls into the hand-over is not lost.
 */
export class EarlyNetwork implements AdvertNetwork {
  readonly #network: AdvertNetwork;
  readonly #clock: Clock;
  readonly #early = new Map<string, Early>();

  constructor(network: AdvertNetwork, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  prepare(links: readonly AdvertLinkOptions[]): void {
    for (const options of links) {
      const key = keyOf(options);
      if (this.#early.has(key)) continue;
      const kept: Early['kept'] = [];
      const onDatagram: DatagramListener = (datagram, late) => {
        const early = this.#early.get(key);
        if (early?.take !== undefined) {
          early.take(datagram, late);
          return;
        }
        // The payload lies in a buffer that the next datagram overwrites.
        const copy = { ...datagram, payload: datagram.payload.slice() };
        if (kept.push({ at: this.#clock.now(), datagram: copy }) > KEPT_MAX) kept.shift();
      };
      const urgency = (): AdvertUrgency => this.#early.get(key)?.urgency?.() ?? 'promptly';
      const link = this.#network.open(options, onDatagram, urgency);
      // What cannot be opened now is opened, or complained about, when it is needed.
      if (!isSysError(link)) this.#early.set(key, { link, kept, take: undefined });
    }
  }

  open(
    options: AdvertLinkOptions,
    onDatagram: DatagramListener,
    urgency?: () => AdvertUrgency,
  ): ReturnType<AdvertNetwork['open']> {
    const early = this.#early.get(keyOf(options));
    if (early === undefined || early.take !== undefined)
      return this.#network.open(options, onDatagram, urgency);
    early.take = onDatagram;
    early.urgency = urgency;
    return early.link;
  }

  /** Gives out what came since the one before us stopped, and closes what nobody needs. */
  release({ since }: { readonly since: Micros }): void {
    for (const [key, { link, kept, take }] of this.#early) {
      if (take === undefined) {
        link.close();
        this.#early.delete(key);
        continue;
      }
      for (const { at, datagram } of kept.splice(0)) {
        if (at >= since - OVERLAP_US) take(datagram);
      }
    }
  }
}

function keyOf({ interfaceIndex, family, transport }: AdvertLinkOptions): string {
  const end = transport.kind === 'multicast' ? transport.group : `from ${transport.source}`;
  return `${interfaceIndex} ${family} ${end}`;
}
