/**
 * What other hosts say on the wire, for the engine. Claims of addresses (ARP, neighbour discovery) are
 * heard where an instance is master or asks a question, listeners to the groups of adverts (IGMP, MLD)
 * wherever there are some. Sockets come and go a moment after what needs them: a failover
 * has no time for them.
 */
import { type IpAddress, type IpFamily, ipFamily } from '../base/ip.ts';
import type { MacAddress } from '../base/mac.ts';
import { virtualAddressesOf } from '../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { NodeInput } from '../core/node-types.ts';
import type { VrrpEffect, VrrpState } from '../core/vrrp/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { AddressClaim, ClaimWatch, NeighbourWatch } from '../ports/neighbour-watch.ts';
import type { FrameSender, LinkFacts, NetworkMonitor } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import type { Complaints } from './complaints.ts';
import { canBeAsked, Inquirer } from './inquirer.ts';
import { ListenerSide } from './listener-side.ts';

/** Long after adverts, addresses and announcements of a transition. */
const REVIEW_MS = 200;
/** Sockets are opened a few at a time: one takes a tenth of a millisecond. */
const OPENINGS_PER_REVIEW = 16;
const NEXT_REVIEW_MS = 20;
/** What could not be opened is tried again, and what nobody needs is closed, after this time. */
const LINGER_MS = 6000;
const ANSWER_US = 2_000_000;
const INQUIRED_MAX = 4096;

/** `more`: there is more to open; `failed`: something could not be opened. */
export type ReviewOutcome = 'complete' | 'more' | 'failed';

export interface WatchedRouter {
  readonly model: VrrpInstanceModel;
  readonly state: VrrpState;
}

export interface WatchSideParts {
  readonly clock: Clock;
  readonly watch: NeighbourWatch;
  readonly frames: FrameSender;
  readonly monitor: Pick<NetworkMonitor, 'links' | 'addresses'>;
  readonly complaints: Complaints;
  link(name: string): LinkFacts | undefined;
  routers(): readonly WatchedRouter[];
  onHeard(input: Extract<NodeInput, { kind: 'addressClaimed' | 'listenerSeen' }>): void;
}

interface OpenClaims {
  readonly link: LinkFacts;
  readonly family: IpFamily;
  readonly watch: ClaimWatch;
  /** Infinite while a master has addresses there. */
  neededUntilUs: number;
}

export class WatchSide {
  readonly #parts: WatchSideParts;
  readonly #inquirer: Inquirer;
  readonly #listeners: ListenerSide;
  readonly #claims = new Map<string, OpenClaims>();
  /** Configured addresses of all instances, by interface. */
  #virtual: ReadonlyMap<string, ReadonlySet<IpAddress>> = new Map();
  /** By interface and address, until when an answer is expected. */
  readonly #inquired = new Map<string, number>();
  #reviewTimer: NodeJS.Timeout | undefined;
  #reviewDue = 0;
  #closeTimer: NodeJS.Timeout | undefined;
  #phase: 'open' | 'closed' = 'open';

  constructor(parts: WatchSideParts) {
    this.#parts = parts;
    this.#inquirer = new Inquirer({
      ...parts,
      isVirtual: (address) => [...this.#virtual.values()].some((each) => each.has(address)),
    });
    this.#listeners = new ListenerSide({
      ...parts,
      onOpenFailed: (name, error) => this.#complain(name, error),
    });
  }

  /** A router, its state or an interface changed. */
  markStale(): void {
    this.#reviewIn(REVIEW_MS);
  }

  inquire(
    model: VrrpInstanceModel,
    { addresses, about }: Pick<Extract<VrrpEffect, { kind: 'inquire' }>, 'addresses' | 'about'>,
  ): void {
    const until = this.#parts.clock.now() + ANSWER_US;
    const questions = addresses.map((address) => {
      const name = about === 'virtual' ? interfaceOf(model, address) : model.interface;
      return { interface: name, address, about };
    });
    for (const { interface: name, address } of questions) {
      this.#listen(name, ipFamily(address), until);
      this.#noteInquired(claimKey(name, address), until);
    }
    this.#inquirer.ask(questions);
  }

  /** Opens what is missing, a few at a time, and closes what nobody needs any more. */
  review(): void {
    clearTimeout(this.#reviewTimer);
    this.#reviewTimer = undefined;
    if (this.#phase === 'closed') return;
    const routers = this.#parts.routers();
    this.#virtual = collectVirtual(routers);
    const claims = this.#reviewClaims(routers);
    const models = routers.map(({ model }) => model);
    const listening = this.#listeners.review(models, OPENINGS_PER_REVIEW);
    if (claims === 'more' || listening === 'more') this.#reviewIn(NEXT_REVIEW_MS);
    else if (claims === 'failed' || listening === 'failed') this.#reviewIn(LINGER_MS);
  }

  close(): void {
    this.#phase = 'closed';
    clearTimeout(this.#reviewTimer);
    clearTimeout(this.#closeTimer);
    this.#inquirer.close();
    this.#listeners.close();
    for (const { watch } of this.#claims.values()) watch.close();
    this.#claims.clear();
  }

  #reviewIn(delayMs: number): void {
    if (this.#phase === 'closed') return;
    const due = this.#parts.clock.now() + delayMs * 1000;
    // An earlier one will do, so that no flood of changes can put it off.
    if (this.#reviewTimer !== undefined && this.#reviewDue <= due) return;
    clearTimeout(this.#reviewTimer);
    this.#reviewDue = due;
    this.#reviewTimer = setTimeout(() => this.review(), delayMs);
  }

  #reviewClaims(routers: readonly WatchedRouter[]): ReviewOutcome {
    const linger = this.#parts.clock.now() + LINGER_MS * 1000;
    for (const open of this.#claims.values()) {
      open.neededUntilUs = Math.min(open.neededUntilUs, linger);
    }
    let outcome: ReviewOutcome = 'complete';
    let openings = 0;
    for (const { name, family } of placesOf(routers)) {
      const result = this.#listen(name, family, Number.POSITIVE_INFINITY);
      if (result === 'failed') outcome = 'failed';
      if (result === 'opened' && ++openings >= OPENINGS_PER_REVIEW) return 'more';
    }
    for (const { link, family, watch } of this.#claims.values()) {
      if (family === 4) watch.expect(firstOf(this.#virtual.get(link.name), family));
    }
    this.#closeUnneeded();
    return outcome;
  }

  #listen(name: string, family: IpFamily, untilUs: number): 'open' | 'opened' | 'failed' {
    const link = this.#parts.link(name);
    if (link === undefined || !canBeAsked(link) || this.#phase === 'closed') return 'open';
    const key = `${link.index} ${family}`;
    const open = this.#claims.get(key);
    if (open !== undefined) {
      open.neededUntilUs = Math.max(open.neededUntilUs, untilUs);
      return 'open';
    }
    const onFlood = (): void => {
      const text = `more ${family === 4 ? 'ARP' : 'neighbour discovery'} claims on ${name} than are read`;
      this.#parts.complaints.tell(`watch ${name} flood ${family}`, text);
    };
    const where = { interfaceIndex: link.index, interfaceName: name, family, onFlood };
    const watch = this.#parts.watch.openClaims(where, (claim) => this.#onClaim(name, claim));
    if (isSysError(watch)) {
      this.#complain(name, watch);
      return 'failed';
    }
    this.#parts.complaints.forget(`watch ${name} `);
    this.#claims.set(key, { link, family, watch, neededUntilUs: untilUs });
    if (Number.isFinite(untilUs)) this.#closeLater();
    return 'opened';
  }

  #closeLater(): void {
    this.#closeTimer ??= setTimeout(() => {
      this.#closeTimer = undefined;
      this.#closeUnneeded();
    }, LINGER_MS);
  }

  #closeUnneeded(): void {
    const now = this.#parts.clock.now();
    for (const [key, { link, watch, neededUntilUs }] of this.#claims) {
      const isThere = this.#parts.link(link.name)?.index === link.index;
      if (isThere && now < neededUntilUs) {
        if (Number.isFinite(neededUntilUs)) this.#closeLater();
        continue;
      }
      watch.close();
      this.#claims.delete(key);
    }
    for (const [key, until] of this.#inquired) if (until < now) this.#inquired.delete(key);
  }

  #onClaim(name: string, { address, mac }: AddressClaim): void {
    if (this.#phase === 'closed') return;
    const matters =
      this.#virtual.get(name)?.has(address) === true || this.#isAwaited(name, address);
    if (!matters || this.#isOwn(mac)) return;
    this.#parts.onHeard({ kind: 'addressClaimed', interface: name, address, mac });
  }

  #isAwaited(name: string, address: IpAddress): boolean {
    const until = this.#inquired.get(claimKey(name, address));
    return until !== undefined && this.#parts.clock.now() <= until;
  }

  /** An interface of ours in the same segment answers for the addresses of the others. */
  #isOwn(mac: MacAddress): boolean {
    return this.#parts.monitor.links().some((link) => link.mac === mac);
  }

  #noteInquired(key: string, until: number): void {
    if (this.#inquired.size < INQUIRED_MAX || this.#inquired.has(key)) {
      this.#inquired.set(key, until);
    }
  }

  #complain(name: string, error: SysError): void {
    const text = `cannot watch for other hosts on ${name}: ${error.call}: ${error.message}`;
    this.#parts.complaints.tell(`watch ${name} ${error.code}`, text);
  }
}

function interfaceOf(model: VrrpInstanceModel, address: IpAddress): string {
  const found = virtualAddressesOf(model).find((each) => each.address === address);
  return found?.interface ?? model.interface;
}

function collectVirtual(routers: readonly WatchedRouter[]): Map<string, Set<IpAddress>> {
  const virtual = new Map<string, Set<IpAddress>>();
  for (const { model } of routers) {
    for (const { address, interface: name = model.interface } of virtualAddressesOf(model)) {
      const known = virtual.get(name);
      if (known === undefined) virtual.set(name, new Set([address]));
      else known.add(address);
    }
  }
  return virtual;
}

/** Where masters have addresses. */
function placesOf(routers: readonly WatchedRouter[]) {
  const places = new Map<string, { readonly name: string; readonly family: IpFamily }>();
  for (const { model, state } of routers) {
    if (state !== 'master') continue;
    for (const { address, interface: name = model.interface } of virtualAddressesOf(model)) {
      const family = ipFamily(address);
      places.set(`${family} ${name}`, { name, family });
    }
  }
  return places.values();
}

/** Enough for the packet filter, which takes no more. */
function firstOf(addresses: ReadonlySet<IpAddress> | undefined, family: IpFamily): IpAddress[] {
  const first: IpAddress[] = [];
  for (const address of addresses ?? []) {
    if (ipFamily(address) === family) first.push(address);
    if (first.length === 64) break;
  }
  return first;
}

function claimKey(name: string, address: IpAddress): string {
  return `${name} ${address}`;
}
