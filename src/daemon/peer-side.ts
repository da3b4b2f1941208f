/**
 * What holdfasts of a group say to each other beside VRRP (docs/peer-protocol.md): turns the engine's
 * messages into authentic datagrams, and datagrams into messages for the router that they concern.
 */
import { randomBytes } from 'node:crypto';
import { type IpAddress, type IpFamily, ipFamily, isLinkLocal, isMulticast } from '../base/ip.ts';
import type { Secret } from '../base/secret.ts';
import type { Model } from '../config/model/model.ts';
import { vipsOf } from '../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { NodeInput } from '../core/node-types.ts';
import { PeerProof, type PeerProofState, skipNumbers } from '../core/vrrp/peer-proof.ts';
import type { VrrpEffect } from '../core/vrrp/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { LogSink } from '../ports/log.ts';
import type { LinkFacts, NetworkMonitor } from '../ports/network.ts';
import type { PeerDatagram, PeerNetwork } from '../ports/peer-network.ts';
import {
  openPeerMessage,
  type PeerMessageFailure,
  readPeerAddressee,
  type SignPeerMessage,
  sealPeerMessage,
} from '../wire/peer.ts';
import type { PeerMessage, ReceivedPeerMessage } from '../wire/peer-types.ts';
import { Allowance } from './allowance.ts';
import type { Complaints } from './complaints.ts';
import { chooseAlternates } from './peer-alternates.ts';
import { PeerKeys, peerSecret } from './peer-keys.ts';
import { PeerLinks } from './peer-links.ts';
import { OtherPaths } from './peer-paths.ts';
import { RecentHosts } from './recent-hosts.ts';

/** Sockets and groups that could not be had are tried again after this time. */
const RETRY_MS = 1000;
/** Datagrams read in a second; more is a flood, and left in the kernel's buffer. */
const READ_PER_SECOND = 200;
/** What each router may bring on top of that. */
const READ_PER_ROUTER = 20;
const ON_LINK_TTL = 255;

/**
 * Why datagrams were refused. `no-proof`: on another path than that of adverts only what proves to be
 * new is looked at. `reflected`: we have said it ourselves.
 */
export type PeerRefusal = PeerMessageFailure | 'hop-limit' | 'no-proof' | 'reflected';

export interface PeerCounters {
  readonly sent: number;
  readonly received: number;
  /** Times that reading was put off. */
  readonly floods: number;
  readonly refused: Readonly<Record<PeerRefusal, number>>;
}

export interface PeerSideParts {
  readonly network: PeerNetwork;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly complaints: Complaints;
  readonly monitor: Pick<NetworkMonitor, 'links' | 'addresses'>;
  model(): Model;
  /** Those that have been opened. */
  routers(): readonly VrrpInstanceModel[];
  link(name: string): LinkFacts | undefined;
  isLocal(address: IpAddress): boolean;
  feed(input: NodeInput): void;
}

interface Speaker {
  readonly model: VrrpInstanceModel;
  readonly sign: SignPeerMessage;
}

export class PeerSide {
  readonly #parts: PeerSideParts;
  readonly #keys = new PeerKeys();
  readonly #links: PeerLinks;
  readonly #proof: PeerProof;
  readonly #paths = new OtherPaths();
  readonly #allowance = new Allowance();
  readonly #toldOf = new RecentHosts();
  #speakers: readonly Speaker[] = [];
  /** In force when they were found. */
  #peerKey: Secret | undefined;
  readonly #alternates = new Map<string, readonly IpAddress[]>();
  #state: 'current' | 'stale' | 'closed' = 'current';
  #retry: NodeJS.Timeout | undefined;
  #keyless: 'not told' | 'told' = 'not told';
  #sent = 0;
  #received = 0;
  #floods = 0;
  readonly #refused: Record<PeerRefusal, number> = {
    'not-ours': 0,
    version: 0,
    forged: 0,
    malformed: 0,
    'hop-limit': 0,
    'no-proof': 0,
    reflected: 0,
  };

  constructor(parts: PeerSideParts) {
    this.#parts = parts;
    this.#proof = new PeerProof(randomBytes(8).toString('hex'));
    this.#links = new PeerLinks({
      ...parts,
      onDatagram: (family, datagram) => this.#onDatagram(family, datagram),
    });
  }

  counters(): PeerCounters {
    const refused = { ...this.#refused };
    return { sent: this.#sent, received: this.#received, floods: this.#floods, refused };
  }

  /** A router, an interface or an address of this host came or changed. */
  markStale(): void {
    if (this.#state === 'current') this.#state = 'stale';
  }

  /** So much may have changed that it is looked at now. */
  review(): void {
    this.markStale();
    this.openIfStale();
  }

  /** The key of all instances may have changed. */
  reviewKey(): void {
    const { peerKey } = this.#parts.model().global;
    if (this.#peerKey?.reveal() !== peerKey?.reveal()) this.review();
  }

  openIfStale(): void {
    if (this.#state !== 'stale') return;
    this.#state = 'current';
    this.#alternates.clear();
    this.#peerKey = this.#parts.model().global.peerKey;
    this.#speakers = this.#findSpeakers();
    const outcome = this.#links.arrange(this.#speakers.map(({ model }) => model));
    if (outcome === 'complete') return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.review(), RETRY_MS);
  }

  forget(ended: Iterable<string>): void {
    for (const instance of ended) {
      this.#proof.forget(instance);
      this.#paths.forget(instance);
    }
    this.review();
  }

  exportState(): PeerProofState {
    return this.#proof.exportState();
  }

  importState(state: PeerProofState): void {
    this.#proof.importState(state);
  }

  /** Another process has spoken in the name of this one for a moment. */
  goOn(): void {
    this.#proof.importState(skipNumbers(this.#proof.exportState()));
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#retry);
    this.#links.close();
  }

  // --- sending ---

  send({ instance, message }: Extract<VrrpEffect, { kind: 'sendPeerMessage' }>): void {
    this.openIfStale();
    const speaker = this.#speakers.find(({ model }) => model.name === instance);
    if (speaker === undefined) return;
    const { model, sign } = speaker;
    const now = this.#parts.clock.now();
    const payload = sealPeerMessage(
      {
        ...message,
        ...this.#proof.stamp(now, instance),
        alternates: this.#alternatesOf(model, message.sender),
      },
      sign,
    );
    this.#sendOnPath(model, message.sender, payload);
    // The interface of the virtual router may be what has failed.
    if (message.resignation === undefined) return;
    for (const destination of this.#paths.of(instance, now)) {
      if (this.#parts.isLocal(destination) || isLinkLocal(destination)) continue;
      this.#sendTo(model, { payload, destination });
    }
  }

  /** To the group or the peers, on the way that adverts take. */
  #sendOnPath(model: VrrpInstanceModel, source: IpAddress, payload: Uint8Array): void {
    const facts = this.#parts.link(model.interface);
    if (facts === undefined) return;
    const path = { interfaceIndex: facts.index, source };
    const { transport } = model;
    const destinations =
      transport.kind === 'multicast'
        ? [transport.group]
        : transport.peers
            .map(({ address }) => address)
            .filter((address) => !this.#parts.isLocal(address));
    for (const destination of destinations) this.#sendTo(model, { payload, destination, path });
  }

  #sendTo(
    { name }: VrrpInstanceModel,
    datagram: {
      readonly payload: Uint8Array;
      readonly destination: IpAddress;
      readonly path?: { readonly interfaceIndex: number; readonly source: IpAddress };
    },
  ): void {
    const error = this.#links.find(ipFamily(datagram.destination))?.send(datagram);
    if (error === undefined) this.#sent++;
    const { complaints } = this.#parts;
    // Without the path this is an attempt that may fail; a dead interface is known without us.
    if (
      datagram.path === undefined ||
      error?.code === 'ENETDOWN' ||
      error?.code === 'ENETUNREACH'
    ) {
      return;
    }
    if (error === undefined) complaints.forget(`peer ${name} `);
    else {
      const text = `(${name}) cannot speak to other holdfasts: ${error.message}`;
      complaints.tell(`peer ${name} ${error.code}`, text);
    }
  }

  #alternatesOf(model: VrrpInstanceModel, sender: IpAddress): readonly IpAddress[] {
    const { interface: name, family } = model;
    const key = `${name} ${sender}`;
    let alternates = this.#alternates.get(key);
    if (alternates === undefined) {
      const { monitor } = this.#parts;
      const virtual = new Set(this.#parts.routers().flatMap(vipsOf));
      alternates = chooseAlternates(
        {
          links: monitor.links(),
          addresses: monitor.addresses(),
          isVirtual: (address) => virtual.has(address),
        },
        { interface: name, family, sender },
      );
      this.#alternates.set(key, alternates);
    }
    return alternates;
  }

  #findSpeakers(): readonly Speaker[] {
    const { global } = this.#parts.model();
    const speakers: Speaker[] = [];
    let keyless = 0;
    for (const model of this.#parts.routers()) {
      if (model.fastTakeover === 'off') continue;
      const secret = peerSecret(global, model);
      if (secret === undefined) keyless++;
      else speakers.push({ model, sign: this.#keys.signer(secret) });
    }
    if (keyless > 0 && this.#keyless === 'not told') {
      this.#keyless = 'told';
      const text =
        'without a key holdfasts say nothing to each other, and a successor waits its skew time: ' +
        'write `@holdfast peer_key KEY` in global_defs, or `@holdfast fast_takeover off`';
      this.#parts.log.write({ level: 'info', text });
    }
    return speakers;
  }

  // --- receiving ---

  #onDatagram(family: IpFamily, datagram: PeerDatagram): 'more' | 'enough' {
    const perSecond = READ_PER_SECOND + READ_PER_ROUTER * this.#speakers.length;
    if (this.#allowance.take(this.#parts.clock.now(), perSecond) === 'refused') {
      this.#floods++;
      return 'enough';
    }
    if (this.#parts.isLocal(datagram.source)) return 'more';
    const outcome = this.#open(family, datagram);
    if (typeof outcome !== 'string') {
      this.#received++;
      this.#deliver(outcome.instance, outcome.message);
      return 'more';
    }
    // Others share the segment.
    if (outcome === 'not-for-us') return 'more';
    this.#refused[outcome]++;
    if (outcome === 'version' || outcome === 'forged') this.#noteOutsider(datagram, outcome);
    return 'more';
  }

  #deliver(instance: string, message: ReceivedPeerMessage): void {
    if (message.provenSince !== undefined) {
      this.#paths.note(instance, message, this.#parts.clock.now());
    }
    this.#parts.feed({ kind: 'peerMessageReceived', instance, message });
  }

  #open(
    family: IpFamily,
    datagram: PeerDatagram,
  ):
    | { readonly instance: string; readonly message: ReceivedPeerMessage }
    | PeerRefusal
    | 'not-for-us' {
    const { payload, destination, ttl } = datagram;
    const addressee = readPeerAddressee(payload);
    if (!addressee.ok) return addressee.reason;
    const isGroup = isMulticast(destination);
    if (isGroup && ttl !== ON_LINK_TTL) return 'hop-limit';
    const candidates = this.#speakers.filter(
      ({ model }) =>
        model.vrid === addressee.value.vrid &&
        model.family === addressee.value.family &&
        (!isGroup || (model.family === family && this.#isGroupOf(model, datagram))),
    );
    let refusal: PeerRefusal | 'not-for-us' = 'not-for-us';
    let unproven: { instance: string; message: ReceivedPeerMessage } | undefined;
    for (const { model, sign } of candidates) {
      const opened = openPeerMessage(payload, sign);
      if (!opened.ok) {
        refusal = opened.reason;
        continue;
      }
      // Ours, of this run or an earlier one, thrown back at us.
      if (this.#parts.isLocal(opened.value.sender)) return 'reflected';
      const { name: instance } = model;
      const message = this.#proof.examine(instance, opened.value);
      // Numbers are not given twice: what echoes one of a router is for that router.
      if (message.provenSince !== undefined) return { instance, message };
      if (isGroup || isPeerOf(model, opened.value)) unproven ??= { instance, message };
      else refusal = 'no-proof';
    }
    return unproven ?? refusal;
  }

  #isGroupOf(model: VrrpInstanceModel, datagram: PeerDatagram): boolean {
    const { destination, interfaceIndex } = datagram;
    const { transport, interface: name } = model;
    if (transport.kind !== 'multicast' || transport.group !== destination) return false;
    return this.#parts.link(name)?.index === interfaceIndex;
  }

  /**
   * A holdfast that we do not understand listens to the group: it may win an election, so nobody is
   * named while it is there. Told once a minute and host.
   */
  #noteOutsider(datagram: PeerDatagram, why: 'version' | 'forged'): void {
    const { source, destination } = datagram;
    const speaker = this.#speakers.find(({ model }) => this.#isGroupOf(model, datagram));
    if (speaker === undefined) return;
    const { interface: name } = speaker.model;
    if (this.#toldOf.note(`${name} ${source}`, this.#parts.clock.now()) === 'known') return;
    const text =
      why === 'version'
        ? `${source} on ${name} speaks another version of the side message`
        : `${source} on ${name} signs side messages with another key`;
    this.#parts.complaints.tell(
      `peer outsider ${name} ${source}`,
      `${text}: no successor is named while it is there`,
    );
    this.#parts.feed({ kind: 'listenerSeen', interface: name, group: destination, from: source });
  }
}

function isPeerOf({ transport }: VrrpInstanceModel, { sender }: PeerMessage): boolean {
  return transport.kind === 'unicast' && transport.peers.some(({ address }) => address === sender);
}
