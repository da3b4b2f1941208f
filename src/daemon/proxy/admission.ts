/** A connection before it is a session: its PROXY header, and the rules that may turn it away. */
import { addMicros, type Micros } from '../../base/time.ts';
import type { Bind } from '../../config/model/proxy.ts';
import { Due } from '../../core/due-heap.ts';
import type { LiveProxy } from '../../core/proxy/live.ts';
import type { SampleFacts } from '../../core/proxy/samples/facts.ts';
import { judgeTcpRules, type TcpVerdict } from '../../core/proxy/tcp-rules.ts';
import { BROKEN, END, HANG_UP, type Stream, WOULD_BLOCK } from '../../ports/streams.ts';
import { latin1 } from '../../wire/http1/head.ts';
import { decodeProxyHeader } from '../../wire/proxy-protocol.ts';
import { drain } from './drain.ts';
import { isIpEndpoint } from './endpoints.ts';
import { chooseBackend } from './switching.ts';
import type { Session, Traffic } from './traffic.ts';

export type Refusal = 'rejected' | 'no-backend';

export interface AdmissionHands {
  facts(known: Pick<SampleFacts, 'front'> & Partial<SampleFacts>): SampleFacts;
  /** Whatever came stands before what is still to be read. */
  admit(first: Uint8Array, back: LiveProxy | undefined, acceptedAt: Micros): Session;
  /** `back`: whose rules turned it away, or its frontend. */
  onRefused(admission: Admission, back: LiveProxy, why: Refusal): void;
  onBadHeader(admission: Admission, text: string): void;
}

type Stage = 'header' | 'connection' | 'front-content' | 'back-content';

const NOTHING = new Uint8Array(0);

export class Admission implements Session {
  readonly due = new Due();
  seat = -1;
  readonly front: LiveProxy;
  readonly client: Stream;
  readonly bind: Bind;
  readonly acceptedAt: Micros;
  readonly id: string;
  readonly server = undefined;
  readonly #traffic: Traffic;
  readonly #hands: AdmissionHands;
  readonly #isTcp: boolean;
  #stage: Stage;
  #inspectedSince: Micros;
  #bytes: Uint8Array = NOTHING;
  #hasEnded = false;
  #isOver = false;
  /** Before TLS it has been heard already. */
  readonly #wantsHeader: boolean;
  #isProxied: boolean;
  #back: LiveProxy | undefined;

  constructor(
    traffic: Traffic,
    front: LiveProxy,
    bind: Bind,
    client: Stream,
    arrivedAt: Micros,
    hands: AdmissionHands,
  ) {
    this.#traffic = traffic;
    this.front = front;
    this.bind = bind;
    this.client = client;
    this.#hands = hands;
    this.acceptedAt = arrivedAt;
    this.#inspectedSince = traffic.clock.now();
    this.#wantsHeader = bind.acceptProxy && bind.tls === undefined;
    this.#isProxied = bind.acceptProxy && bind.tls !== undefined;
    this.id = traffic.nextId();
    this.#isTcp = front.config.mode === 'tcp';
    this.#stage = 'connection';
    client.onReady = (readiness) => {
      if ((readiness & (BROKEN | HANG_UP)) !== 0) this.#hasEnded = true;
      this.#step();
    };
  }

  start(): void {
    this.#step();
  }

  kill(): void {
    this.#leave();
    this.client.close();
  }

  expire(now: Micros): void {
    const at = this.nextDeadline();
    if (this.#isOver || at === undefined || at > now) return;
    if (this.#stage !== 'header') this.#step();
    else this.#refuseHeader('Timeout while waiting for PROXY protocol header');
  }

  nextDeadline(): Micros | undefined {
    if (this.#isOver) return undefined;
    const { timeouts } = this.front.config;
    const { inspectDelay } = this.#inspected().config;
    const limit = this.#stage === 'header' ? timeouts.client : inspectDelay;
    return limit === undefined ? undefined : addMicros(this.#inspectedSince, limit);
  }

  #inspected(): LiveProxy {
    return this.#stage === 'back-content' ? (this.#back ?? this.front) : this.front;
  }

  #step(): void {
    while (!this.#isOver && this.#advance() === 'go-on');
    if (!this.#isOver) this.#traffic.scheduler.update(this);
  }

  #advance(): 'go-on' | 'wait' {
    switch (this.#stage) {
      case 'connection':
        return this.#judgeConnection();
      case 'header':
        return this.#readHeader();
      default:
        return this.#judgeContent();
    }
  }

  #judgeConnection(): 'go-on' | 'wait' {
    const { counters } = this.front.front ?? {};
    if (this.#judge('connection', 'final') === 'reject') {
      if (counters !== undefined) counters.deniedConnections += 1;
      this.#uncount();
      this.#turnAway('reset');
      return 'wait';
    }
    this.#stage = 'header';
    return this.#wantsHeader ? 'go-on' : this.#judgeSession();
  }

  #judgeSession(): 'go-on' | 'wait' {
    const { counters } = this.front.front ?? {};
    if (this.#judge('session', 'final') === 'reject') {
      if (counters !== undefined) counters.deniedSessions += 1;
      this.#uncount();
      this.#turnAway('close');
      return 'wait';
    }
    this.#stage = 'front-content';
    this.#inspectedSince = this.#traffic.clock.now();
    return 'go-on';
  }

  #readHeader(): 'go-on' | 'wait' {
    this.#receive();
    const header = decodeProxyHeader(this.#bytes);
    if (header === 'malformed') {
      this.#refuseHeader(textOfBadHeader(this.#bytes));
      return 'wait';
    }
    if (header === 'incomplete') {
      if (this.#hasEnded)
        this.#refuseHeader('Connection closed while waiting for PROXY protocol header');
      return 'wait';
    }
    this.#bytes = this.#bytes.slice(header.length);
    this.#isProxied = true;
    if (header.kind === 'proxied') {
      const { source, destination } = header.addresses;
      this.client.peer = { kind: 'ip', ...source };
      this.client.local = () => ({ kind: 'ip', ...destination });
    }
    return this.#judgeSession();
  }

  #judgeContent(): 'go-on' | 'wait' {
    if (!this.#isTcp) return this.#admit();
    this.#receive();
    const owner = this.#inspected();
    const verdict = this.#judge('content', this.#isFinal(owner) ? 'final' : 'growing');
    if (verdict === 'wait') return 'wait';
    if (verdict === 'reject') {
      const side = owner.front ?? owner.back;
      if (side !== undefined) side.counters.deniedRequests += 1;
      this.#refuse(owner, 'rejected');
      return 'wait';
    }
    if (this.#stage === 'back-content') return this.#admit();
    this.#back = chooseBackend(this.#traffic.live, this.front, () => this.#facts());
    if (this.#back === undefined) {
      this.#refuse(this.front, 'no-backend');
      return 'wait';
    }
    if (this.#back === this.front) return this.#admit();
    this.#stage = 'back-content';
    return 'go-on';
  }

  #isFinal({ config }: LiveProxy): boolean {
    const { inspectDelay } = config;
    if (inspectDelay === undefined || this.#hasEnded) return true;
    if (this.#bytes.length >= this.#traffic.live.config.global.bufferSize) return true;
    return addMicros(this.#inspectedSince, inspectDelay) <= this.#traffic.clock.now();
  }

  #judge(on: 'connection' | 'session' | 'content', bytes: 'growing' | 'final'): TcpVerdict {
    const { tcpRules } = this.#inspected().config;
    if (!tcpRules.some((rule) => rule.on === on)) return 'accept';
    return judgeTcpRules(tcpRules, on, this.#facts(), bytes);
  }

  #facts(): SampleFacts {
    const { peer } = this.client;
    const local = this.client.local();
    return this.#hands.facts({
      front: this.front,
      ...(this.#back !== undefined && { back: this.#back }),
      ...(isIpEndpoint(peer) && { source: peer }),
      ...(isIpEndpoint(local) && { destination: local }),
      ...(this.client.tls !== undefined && { tls: this.client.tls }),
      ...{ isProxied: this.#isProxied, preview: this.#bytes },
    });
  }

  /** As much as a buffer holds; the rest stays in the socket. */
  #receive(): void {
    const { shared, live } = this.#traffic;
    const most = live.config.global.bufferSize;
    while (this.#bytes.length < most && !this.#hasEnded) {
      const room = Math.min(shared.bytes.length, most - this.#bytes.length);
      const count = this.client.receive(shared, 0, room);
      if (count === WOULD_BLOCK) return;
      if (count === END || count < 0) {
        this.#hasEnded = true;
        return;
      }
      const joined = new Uint8Array(this.#bytes.length + count);
      joined.set(this.#bytes);
      joined.set(shared.bytes.subarray(0, count), this.#bytes.length);
      this.#bytes = joined;
    }
  }

  #admit(): 'wait' {
    this.#isOver = true;
    const next = this.#hands.admit(this.#bytes, this.#back, this.acceptedAt);
    this.#traffic.replace(this, next);
    return 'wait';
  }

  #refuse(back: LiveProxy, why: Refusal): void {
    this.#hands.onRefused(this, back, why);
    this.#turnAway('close');
  }

  #refuseHeader(text: string): void {
    this.#hands.onBadHeader(this, text);
    this.#uncount();
    this.#turnAway(this.#bytes.length > 0 ? 'reset' : 'close');
  }

  #turnAway(how: 'close' | 'reset'): void {
    this.#leave();
    if (how === 'close') drain(this.client, this.#traffic.shared);
    if (how === 'reset') this.client.reset();
    else this.client.close();
  }

  /** It was no session. */
  #uncount(): void {
    const { counters } = this.front.front ?? {};
    if (counters !== undefined) counters.sessions -= 1;
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#traffic.ended(this, this.front);
  }
}

/** In HAProxy's words. */
function textOfBadHeader(bytes: Uint8Array): string {
  const text = latin1(bytes, 0, Math.min(bytes.length, 16));
  const isSecond = text.startsWith('\r\n\r\n\0\r\nQUIT\n') && text.charCodeAt(12) >> 4 === 2;
  if (!isSecond && !text.startsWith('PROXY '))
    return 'Received something which does not look like a PROXY protocol header';
  if (isSecond || /^PROXY TCP[46] /.test(text)) {
    const isCut = !isSecond && !bytes.includes(13);
    if (isCut) return 'Truncated PROXY protocol header received';
    return 'Received an invalid PROXY protocol header';
  }
  return 'Received an unhandled protocol in the PROXY protocol header';
}

/** Whether there is anything to do before the session. */
export function needsAdmission(front: LiveProxy, bind: Bind): boolean {
  const { tcpRules, mode, switching } = front.config;
  if (bind.acceptProxy && bind.tls === undefined) return true;
  if (mode === 'http') return tcpRules.some(({ on }) => on === 'connection' || on === 'session');
  return tcpRules.some(({ on }) => on !== 'response') || switching.length > 0;
}
