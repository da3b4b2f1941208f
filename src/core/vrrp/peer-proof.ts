/**
 * Numbers our side messages and remembers when each went out, so that the echo of a number in another
 * host's message proves on our own clock that it was written later. For adapters and the simulator.
 */
import { type Micros, micros, seconds } from '../../base/time.ts';
import type { PeerMessage, ReceivedPeerMessage } from '../../wire/peer-types.ts';

/** A little longer than a proof is good for. */
const REMEMBERED = seconds(4);
const REMEMBERED_MAX = 64;
/** More messages than another program sends before it fails. */
const SKIPPED = 1_000_000;

interface Sent {
  readonly counter: number;
  readonly at: Micros;
}

/** The state for one that goes on after another one has, for a while, with the same. */
export function skipNumbers(state: PeerProofState): PeerProofState {
  return { ...state, counter: state.counter + SKIPPED };
}

/** One that cannot be a recording. */
export interface ProvenMessage extends ReceivedPeerMessage {
  readonly provenSince: Micros;
}

export function isProvenMessage(message: ReceivedPeerMessage): message is ProvenMessage {
  return message.provenSince !== undefined;
}

/** For the program that takes over from this one. */
export interface PeerProofState {
  readonly session: string;
  readonly counter: number;
  readonly sent: readonly (readonly [instance: string, readonly Sent[]])[];
}

export class PeerProof {
  #session: string;
  #counter = 0;
  readonly #sent = new Map<string, Sent[]>();

  /** `session`: 16 hexadecimal digits that were never drawn before. */
  constructor(session: string) {
    this.#session = session;
  }

  get session(): string {
    return this.#session;
  }

  exportState(): PeerProofState {
    return { session: this.#session, counter: this.#counter, sent: [...this.#sent] };
  }

  importState({ session, counter, sent }: PeerProofState): void {
    this.#session = session;
    this.#counter = counter;
    for (const [instance, numbers] of sent) this.#sent.set(instance, [...numbers]);
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
    if (message.session === this.#session) return received(message, undefined);
    const sent = this.#sent.get(instance) ?? [];
    let latest: Micros | undefined;
    for (const { session, counter } of message.heard) {
      if (session !== this.#session) continue;
      const at = sent.find((one) => one.counter === counter)?.at;
      if (at !== undefined) latest = micros(Math.max(at, latest ?? at));
    }
    return received(message, latest);
  }

  forget(instance: string): void {
    this.#sent.delete(instance);
  }
}

/** Field by field: a spread would give each message a shape of its own, and they come all the time. */
function received(message: PeerMessage, provenSince: Micros | undefined): ReceivedPeerMessage {
  const { resignation } = message;
  const plain = {
    family: message.family,
    vrid: message.vrid,
    sender: message.sender,
    session: message.session,
    counter: message.counter,
    state: message.state,
    priority: message.priority,
    preempts: message.preempts,
    heard: message.heard,
    alternates: message.alternates,
    provenSince,
  };
  return resignation === undefined ? plain : { resignation, ...plain };
}
