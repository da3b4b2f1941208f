/**
 * The same packets that came again and again while they lay unread: each is told of once, with when it
 * came last and how often.
 */
import type { DatagramListener, ReceivedDatagram } from '../ports/network.ts';
import { type Arrivals, createArrivals } from './arrivals.ts';

interface Repeated {
  times: number;
  stampUs: number;
}

export class Repetitions {
  readonly #tell: DatagramListener;
  readonly #arrivals: Arrivals;
  /** In the order in which they came first. */
  readonly #repeated = new Map<ReceivedDatagram, Repeated>();

  constructor(tell: DatagramListener, arrivals = createArrivals()) {
    this.#tell = tell;
    this.#arrivals = arrivals;
  }

  /** Before what lies in a socket is taken out. */
  begin(): void {
    this.#arrivals.begin();
  }

  /** One that is known already, with the kernel's stamp. */
  note(datagram: ReceivedDatagram, stampUs: number): void {
    const repeated = this.#repeated.get(datagram);
    if (repeated === undefined) {
      this.#repeated.set(datagram, { times: 1, stampUs });
    } else {
      repeated.times++;
      repeated.stampUs = stampUs;
    }
  }

  /** Tells of all that was noted, as before anything else that comes. */
  flush(): void {
    if (this.#repeated.size === 0) return;
    for (const [datagram, { times, stampUs }] of this.#repeated) {
      this.#tell(datagram, { heardAt: this.#arrivals.at(stampUs), times });
    }
    this.#repeated.clear();
  }

  /** Tells of one that is not known, after all that came before it. */
  pass(datagram: ReceivedDatagram, stampUs: number): void {
    this.flush();
    this.#tell(datagram, { heardAt: this.#arrivals.at(stampUs), times: 1 });
  }
}
