/**
 * Numbers our side messages and remembers when each went out, so that the echo of a number in another
 * host's message proves on our own clock that it was written later. For adapters and the simulator.
 */
import { type Micros, micros, seconds } from '../../base/time.ts';
import type { PeerMessage, ReceivedPeerMessage } from '../../wire/peer-types.ts';

/** A little longer than a proof is good for. */
const REMEMBERED = seconds(4);
const REMEMBERED_MAX = 64;

interface Sent {
  readonly counter: number;
  readonly at: Micros;
}

export class PeerProof {
  readonly #session: string;
  #counter = 0;
  readonly #sent = new Map<string, Sent[]>();

  /** `session`: 16 hexadecimal digits that were never drawn before. */
  constructor(session: string) {
    this.#session = session;
  }

  get session(): string {
    return this.#session;
  }

  /** For one message of `instance` that goes out now. */
  stamp(now: Micros, instance: string): Pick<PeerMessage, 'session' | 'counter'> {
    const counter = ++this.#counter;
    const sent = (this.#sent.get(instance) ?? []).filter(({ at }) => now - at <= REMEMBERED);
    sent.push({ counter, at: now });
    if (sent.length > REMEMBERED_MAX) sent.shift();
    this.#sent.set(instance, sent);
    return { session: this.#session, counter };
  }

  /** What the message proves to `instance`. Our own, thrown back at us, proves nothing. */
  examine(instance: string, message: PeerMessage): ReceivedPeerMessage {
    if (message.session === this.#session) return { ...message, provenSince: undefined };
    const sent = this.#sent.get(instance) ?? [];
    let latest: Micros | undefined;
    for (const { session, counter } of message.heard) {
      if (session !== this.#session) continue;
      const at = sent.find((one) => one.counter === counter)?.at;
      if (at !== undefined) latest = micros(Math.max(at, latest ?? at));
    }
    return { ...message, provenSince: latest };
  }

  forget(instance: string): void {
    this.#sent.delete(instance);
  }
}
