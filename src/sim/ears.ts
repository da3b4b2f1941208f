/** What reaches one host over the network, and what its process is told of it. */
import { type IpAddress, ipFamily } from '../base/ip.ts';
import type { MacAddress } from '../base/mac.ts';
import type { Rng } from '../base/rng.ts';
import { type Micros, micros, seconds } from '../base/time.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { NodeInput } from '../core/node.ts';
import type { SimHost } from './host.ts';
import type { LetterPath, PeerPost } from './peer-post.ts';
import type { Datagram, Forgery, Letter } from './types.ts';

/** Answers to a question come within this time. */
const ANSWER = seconds(2);
/** Who is neither master nor asks hears of claims all the same, now and then. */
const OVERHEARD = 0.2;

/** A group whose adverts are listened to, where, and as whom. */
export interface Membership {
  readonly interface: string;
  readonly group: IpAddress;
  readonly source: IpAddress;
}

/** What the ears need of the process that they belong to. */
export interface EarsParts {
  readonly rng: Rng;
  now(): Micros;
  routers(): Iterable<VrrpInstanceModel>;
  post(): PeerPost | undefined;
  /** What a packet says is found out when it is read. */
  tell(read: () => NodeInput | undefined, forged: Forgery | undefined): void;
}

export class Ears {
  readonly #host: SimHost;
  readonly #parts: EarsParts;
  #askedUntil: Micros = micros(0);

  constructor(host: SimHost, parts: EarsParts) {
    this.#host = host;
    this.#parts = parts;
  }

  listensTo({ interface: name, destination }: Datagram): boolean {
    if (!this.#isOpen(name)) return false;
    return isGroup(destination) || this.#host.addressesOf(name).includes(destination);
  }

  hear(datagram: Datagram): void {
    if (!this.#isOpen(datagram.interface)) return;
    const { interface: name, advert, forged } = datagram;
    const input: NodeInput =
      advert === undefined
        ? { kind: 'advertUndecodable', interface: name, reason: 'truncated' }
        : {
            kind: 'advertReceived',
            interface: name,
            family: datagram.source.includes(':') ? 6 : 4,
            advert,
          };
    this.#parts.tell(() => input, forged);
  }

  isAmong({ destinations, interface: name }: Letter): boolean {
    if (this.#host.process === 'stopped') return false;
    const own = this.#host.addressesOf(name);
    return destinations.some((address) => isGroup(address) || own.includes(address));
  }

  hearLetter(letter: Letter, path: LetterPath): void {
    if (path === 'on-link' && !this.#isOpen(letter.interface)) return;
    this.#parts.tell(() => {
      const routers = this.#parts.routers();
      return this.#parts.post()?.read(this.#parts.now(), letter, { path, routers });
    }, letter.forged);
  }

  /** The process has asked who has some address. */
  expectAnswers(): void {
    this.#askedUntil = micros(this.#parts.now() + ANSWER);
  }

  hearClaim(name: string, claim: { readonly address: IpAddress; readonly mac: MacAddress }): void {
    const isHeeded =
      this.#askedUntil > this.#parts.now() ||
      [...this.#host.views.values()].some((view) => view.state === 'master' || view.lingering > 0);
    if (!isHeeded && !this.#parts.rng.chance(OVERHEARD)) return;
    this.#parts.tell(() => ({ kind: 'addressClaimed', interface: name, ...claim }), undefined);
  }

  /** The checker process says what has become of a check. */
  hearCheck(check: string, verdict: 'up' | 'down', detail: string): void {
    this.#parts.tell(() => ({ kind: 'checkJudged', check, verdict, detail }), undefined);
  }

  /** The proxy says how what is tracked of it is, or nobody does any more. */
  hearProxy(input: Extract<NodeInput, { kind: 'proxiesReported' | 'proxyLost' }>): void {
    this.#parts.tell(() => input, undefined);
  }

  hearListener(name: string, { group, source: from }: Omit<Membership, 'interface'>): void {
    this.#parts.tell(() => ({ kind: 'listenerSeen', interface: name, group, from }), undefined);
  }

  /** The groups to whose adverts the process listens, and as whom. */
  memberships(): readonly Membership[] {
    const groups = new Map<string, Membership>();
    for (const { transport, family, interface: name } of this.#parts.routers()) {
      const own = this.#host.addressesOf(name).find((address) => ipFamily(address) === family);
      if (transport.kind !== 'multicast' || own === undefined) continue;
      const { group } = transport;
      groups.set(`${name} ${group}`, { interface: name, group, source: own });
    }
    return [...groups.values()];
  }

  #isOpen(name: string): boolean {
    return this.#host.process !== 'stopped' && this.#host.linkState(name) === 'up';
  }
}

function isGroup(address: IpAddress): boolean {
  return address.startsWith('224.') || address.startsWith('ff');
}
