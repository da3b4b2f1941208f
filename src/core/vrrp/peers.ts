/**
 * The other holdfasts of one virtual router, as their messages tell of them, and who else may take part
 * in its elections (docs/peer-protocol.md). Judges what is new: a message counts when it proves, by its
 * echo of ours, that it was written a moment ago. Recordings of earlier runs prove and change nothing.
 */
import { compareIp, type IpAddress } from '../../base/ip.ts';
import { earliest, type Micros, micros, millis, seconds, ZERO } from '../../base/time.ts';
import type {
  PeerEcho,
  PeerMessage,
  PeerResignation,
  ReceivedPeerMessage,
} from '../../wire/peer-types.ts';
import { LastAdvert } from './last-advert.ts';
import { isProvenMessage, type ProvenMessage } from './peer-proof.ts';
import { Strangers, type StrangersState } from './strangers.ts';

export const HELLO_INTERVAL = seconds(1);
/** Hellos echo what came in the second before; one or two may get lost. */
const PROOF_VALID = seconds(3);
const SILENCE_MAX = millis(3500);
const PEERS_MAX = 32;
/** Until everybody that was there before has spoken. */
const ACQUAINTANCE = millis(1100);
/** The routers of a host that start together say their second hello at different times. */
const HELLO_SLOTS = 10;
const HELLO_SLOT = millis(50);
/** Sessions of one sender that have proved nothing: a real one, and recordings that look like it. */
const UNPROVEN_MAX = 4;

/** What one session has said last. */
interface Voice {
  readonly message: PeerMessage;
  readonly at: Micros;
}

/** A session that has proved to be there: what it said last, and what that proved. */
interface ProvenVoice extends Voice {
  readonly provenSince: Micros;
  /** Of what came since, also late; nothing that is not beyond it is new. */
  readonly lastCounter: number;
  readonly echoAt: Micros;
}

interface Entry {
  proven: ProvenVoice | undefined;
  unproven: Voice[];
}

/**
 * `fresh`: counts. `unproven`: may be a recording. `repeated`: nothing new in its session.
 * `superseded`: another session of its sender is known to be newer. `no-room`: too many peers.
 */
export type PeerVerdict = 'fresh' | 'unproven' | 'repeated' | 'superseded' | 'no-room';

export interface PeerChange {
  readonly peer: IpAddress;
  readonly change: 'found' | 'lost' | 'restarted';
  readonly priority: number;
}

/** A confirmed peer, for status. */
export interface PeerFacts extends Pick<PeerMessage, 'state' | 'priority' | 'preempts'> {
  readonly address: IpAddress;
  readonly lastHeard: Micros;
}

export interface SuccessorQuery {
  /** `lowered`: only those that would preempt a master of priority `above` now. */
  readonly why: PeerResignation['why'];
  readonly above: number;
  readonly except?: IpAddress;
}

/** For the program that takes over from this one. */
export interface PeerTableState {
  readonly entries: readonly (readonly [
    IpAddress,
    { readonly proven?: ProvenVoice | undefined; readonly unproven: readonly Voice[] },
  ])[];
  readonly strangers: StrangersState;
  readonly nextHello?: Micros | undefined;
  readonly helloShift: Micros;
  readonly acquaintedFrom: Micros;
  readonly everHeard: boolean;
}

export class PeerTable {
  readonly #entries = new Map<IpAddress, Entry>();
  readonly #strangers = new Strangers();
  #nextHello: Micros | undefined;
  /** Before that, there may be peers that have not spoken yet. */
  #acquaintedFrom: Micros = ZERO;
  #helloShift: Micros;
  #everHeard = false;
  readonly #last = new LastAdvert();

  constructor(vrid = 0) {
    this.#helloShift = micros((vrid % HELLO_SLOTS) * HELLO_SLOT);
  }

  /** From now on there are hellos, the first one at once. Heard adverts are noted without it, too. */
  start(now: Micros): void {
    if (this.#nextHello !== undefined) return;
    this.#nextHello = now;
    this.#acquaintedFrom = micros(now + ACQUAINTANCE);
  }

  /** No more hellos; who was a peer may still take part in elections. */
  stop(now: Micros): void {
    this.#nextHello = undefined;
    for (const [address, { proven }] of this.#entries) {
      if (proven !== undefined) this.#strangers.note(address, proven.at);
    }
    this.#entries.clear();
    this.#strangers.forgetOld(now);
  }

  /** Unicast peers of the configuration: until they say who they are, they are strangers. */
  expect(addresses: readonly IpAddress[]): void {
    this.#strangers.expect(addresses);
  }

  exportState(): PeerTableState {
    return {
      entries: [...this.#entries],
      strangers: this.#strangers.exportState(),
      nextHello: this.#nextHello,
      helloShift: this.#helloShift,
      acquaintedFrom: this.#acquaintedFrom,
      everHeard: this.#everHeard,
    };
  }

  importState({ entries, strangers, ...state }: PeerTableState): void {
    for (const [address, { proven, unproven }] of entries) {
      this.#entries.set(address, { proven, unproven: [...unproven] });
    }
    this.#strangers.importState(strangers);
    this.#nextHello = state.nextHello;
    this.#helloShift = state.helloShift;
    this.#acquaintedFrom = state.acquaintedFrom;
    this.#everHeard = state.everHeard;
  }

  // --- facts ---

  receive(
    now: Micros,
    message: ReceivedPeerMessage,
  ): { readonly verdict: PeerVerdict; readonly changes: readonly PeerChange[] } {
    this.#everHeard = true;
    const changes: PeerChange[] = [];
    const { sender, session, counter } = message;
    const entry = this.#entries.get(sender) ?? this.#makeRoom(now);
    if (entry === undefined) return { verdict: 'no-room', changes };
    const { proven } = entry;
    const isProven = proven?.message.session === session;
    const known = isProven
      ? proven.lastCounter
      : entry.unproven.find((voice) => voice.message.session === session)?.message.counter;
    if (known !== undefined && counter <= known) return { verdict: 'repeated', changes };
    this.#entries.set(sender, entry);
    if (!isProvenMessage(message) || now - message.provenSince > PROOF_VALID) {
      if (isProven) entry.proven = { ...proven, lastCounter: counter, echoAt: now };
      else noteUnproven(entry, { message, at: now });
      return { verdict: 'unproven', changes };
    }
    // Two sessions of one sender: the one whose proof is younger runs.
    if (proven !== undefined && !isProven && message.provenSince <= proven.provenSince) {
      noteUnproven(entry, { message, at: now });
      return { verdict: 'superseded', changes };
    }
    this.#confirm(now, entry, message, changes);
    return { verdict: 'fresh', changes };
  }

  /** An advert that was accepted, from whomever. */
  noteAdvert(now: Micros, from: IpAddress, priority: number): void {
    if (this.#last.isKnown(now, from, priority)) return;
    this.#everHeard = true;
    if (!this.#isConfirmed(now, from)) this.#strangers.noteAdvert(from, priority, now);
  }

  /** Somebody joined the group, or said something that does not carry our key. */
  noteListener(now: Micros, from: IpAddress): void {
    this.#everHeard = true;
    if (!this.#isKnown(from)) this.#strangers.note(from, now);
  }

  /** A message has gone out: the next hello has time. */
  said(now: Micros): void {
    if (this.#nextHello === undefined) return;
    this.#nextHello = micros(now + HELLO_INTERVAL - this.#helloShift);
    this.#helloShift = ZERO;
  }

  /** Call it whenever `nextDeadline` has come; `said` follows where a hello is due. */
  expire(now: Micros): {
    readonly hello: 'due' | 'not-due';
    readonly changes: readonly PeerChange[];
  } {
    const changes: PeerChange[] = [];
    for (const [address, entry] of this.#entries) {
      const { proven } = entry;
      if (proven !== undefined && isSilent(proven, now)) {
        // It may have crashed, or be cut off from us only: then it still takes part.
        this.#strangers.noteLost(address, proven.at);
        this.#drop(address, entry, changes);
      }
      this.#forgetUnproven(now, address, entry);
    }
    const isDue = this.#nextHello !== undefined && this.#nextHello <= now;
    return { hello: isDue ? 'due' : 'not-due', changes };
  }

  nextDeadline(): Micros | undefined {
    let next = this.#nextHello;
    for (const { proven } of this.#entries.values()) {
      if (proven !== undefined) next = earliest(next, micros(proven.at + SILENCE_MAX));
    }
    return next;
  }

  // --- questions ---

  /** For our own messages: which ones of the others we have heard lately, confirmed or not. */
  heard(now: Micros): readonly PeerEcho[] {
    const confirmed: PeerEcho[] = [];
    const others: PeerEcho[] = [];
    for (const [peer, { proven, unproven }] of this.#entries) {
      if (proven !== undefined && now - proven.echoAt < SILENCE_MAX) {
        confirmed.push({ peer, session: proven.message.session, counter: proven.lastCounter });
      }
      for (const { message, at } of unproven) {
        const { session, counter } = message;
        if (now - at < SILENCE_MAX) others.push({ peer, session, counter });
      }
    }
    return [...confirmed, ...others].slice(0, PEERS_MAX);
  }

  /** Who is ahead among the others that would take over; nobody where a stranger might be. */
  best(now: Micros, query: SuccessorQuery): PeerFacts | undefined {
    if (this.hasStranger(now)) return undefined;
    return this.#ahead(now, query);
  }

  /** Whether somebody that is known would win against a master of this priority. */
  candidateAbove(now: Micros, priority: number): boolean {
    const peer = this.#ahead(now, { why: 'lowered', above: priority });
    return peer !== undefined || this.#strangers.advertAbove(now, priority);
  }

  /** Whether anybody was ever there who could take over: a peer, an advert or a listener. */
  everHeard(): boolean {
    return this.#everHeard;
  }

  /** The confirmed ones. */
  peers(now: Micros): readonly PeerFacts[] {
    const facts: PeerFacts[] = [];
    for (const [address, { proven }] of this.#entries) {
      if (proven === undefined || isSilent(proven, now)) continue;
      const { state, priority, preempts } = proven.message;
      facts.push({ address, state, priority, preempts, lastHeard: proven.at });
    }
    return facts;
  }

  hasStranger(now: Micros): boolean {
    if (now < this.#acquaintedFrom) return true;
    return this.#strangers.isCrowded(now) || this.strangers(now).length > 0;
  }

  /** Who may take part in elections without telling us how. */
  strangers(now: Micros): readonly IpAddress[] {
    const found = new Set(this.#strangers.list(now));
    for (const address of found) if (this.#isConfirmed(now, address)) found.delete(address);
    for (const [address, entry] of this.#entries) if (isDoubtful(entry, now)) found.add(address);
    return [...found];
  }

  // --- small parts ---

  #confirm(now: Micros, entry: Entry, message: ProvenMessage, changes: PeerChange[]): void {
    const { sender, session, counter, priority, provenSince, alternates } = message;
    const before = entry.proven;
    for (const address of [sender, ...alternates]) this.#strangers.forget(address);
    this.#forgetFormerSender(sender, session, changes);
    entry.unproven = entry.unproven.filter((voice) => voice.message.session !== session);
    // Its last word: it takes part no more.
    if (message.state === 'init') {
      this.#drop(sender, entry, changes);
      noteUnproven(entry, { message, at: now });
      return;
    }
    entry.proven = { message, at: now, provenSince, lastCounter: counter, echoAt: now };
    if (before === undefined) changes.push({ peer: sender, change: 'found', priority });
    else if (before.message.session !== session) {
      changes.push({ peer: sender, change: 'restarted', priority });
    }
  }

  /** Its source address has changed, and with it its name. */
  #forgetFormerSender(sender: IpAddress, session: string, changes: PeerChange[]): void {
    for (const [address, entry] of this.#entries) {
      if (address === sender || entry.proven?.message.session !== session) continue;
      this.#strangers.forget(address);
      this.#drop(address, entry, changes);
      this.#entries.delete(address);
    }
  }

  #drop(peer: IpAddress, entry: Entry, changes: PeerChange[]): void {
    const { proven } = entry;
    if (proven === undefined) return;
    changes.push({ peer, change: 'lost', priority: proven.message.priority });
    entry.proven = undefined;
  }

  #forgetUnproven(now: Micros, address: IpAddress, entry: Entry): void {
    entry.unproven = entry.unproven.filter(({ at }) => now - at < SILENCE_MAX);
    if (entry.proven === undefined && entry.unproven.length === 0) this.#entries.delete(address);
  }

  /** An entry for one more peer; what has proved nothing gives way. */
  #makeRoom(now: Micros): Entry | undefined {
    if (this.#entries.size >= PEERS_MAX) {
      for (const [address, entry] of this.#entries) this.#forgetUnproven(now, address, entry);
    }
    if (this.#entries.size >= PEERS_MAX) {
      const idle = [...this.#entries].find(([, { proven }]) => proven === undefined);
      if (idle === undefined) return undefined;
      this.#entries.delete(idle[0]);
    }
    return { proven: undefined, unproven: [] };
  }

  #ahead(now: Micros, { why, above, except }: SuccessorQuery): PeerFacts | undefined {
    let ahead: PeerFacts | undefined;
    for (const peer of this.peers(now)) {
      if (peer.address === except || peer.state !== 'backup' || peer.priority <= above) continue;
      if (why === 'lowered' && peer.preempts === 'no') continue;
      if (ahead === undefined || isAhead(peer, ahead)) ahead = peer;
    }
    return ahead;
  }

  #isConfirmed(now: Micros, address: IpAddress): boolean {
    const proven = this.#entries.get(address)?.proven;
    return proven !== undefined && !isSilent(proven, now);
  }

  /** Whether a confirmed peer has this address, here or elsewhere. */
  #isKnown(address: IpAddress): boolean {
    for (const [name, { proven }] of this.#entries) {
      if (proven === undefined) continue;
      if (name === address || proven.message.alternates.includes(address)) return true;
    }
    return false;
  }
}

/** The tie-break of VRRP: the higher priority, then the higher address. */
export function isAhead(
  one: { readonly priority: number; readonly address: IpAddress },
  other: { readonly priority: number; readonly address: IpAddress },
): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority;
  return compareIp(one.address, other.address) > 0;
}

/**
 * Whether something was heard from it that may be news: it has started anew, or was never proved. If it
 * is a recording, that costs a moment of speed.
 */
function isDoubtful({ proven, unproven }: Entry, now: Micros): boolean {
  return unproven.some(
    ({ message, at }) =>
      message.state !== 'init' &&
      now - at < SILENCE_MAX &&
      (proven === undefined || at > proven.at),
  );
}

function isSilent({ at }: Voice, now: Micros): boolean {
  return now - at >= SILENCE_MAX;
}

function noteUnproven(entry: Entry, voice: Voice): void {
  const { session } = voice.message;
  const others = entry.unproven.filter((other) => other.message.session !== session);
  entry.unproven = [voice, ...others].slice(0, UNPROVEN_MAX);
}
