/**
 * The sockets of the side message, one a family, and which groups they have joined: both families as
 * soon as anybody speaks, as the other path to a host may be of the other one.
 */
import type { IpFamily } from '../base/ip.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { LinkFacts } from '../ports/network.ts';
import type {
  PeerDatagram,
  PeerMembership,
  PeerNetwork,
  PeerSocket,
} from '../ports/peer-network.ts';
import { isSysError } from '../ports/sys-error.ts';
import type { Complaints } from './complaints.ts';

const FAMILIES: readonly IpFamily[] = [4, 6];

export interface PeerLinksParts {
  readonly network: PeerNetwork;
  readonly complaints: Complaints;
  link(name: string): LinkFacts | undefined;
  onDatagram(family: IpFamily, datagram: PeerDatagram): 'more' | 'enough';
}

type Joined = PeerMembership & { readonly family: IpFamily };

export class PeerLinks {
  readonly #parts: PeerLinksParts;
  readonly #sockets = new Map<IpFamily, PeerSocket>();
  readonly #joined = new Map<string, Joined>();

  constructor(parts: PeerLinksParts) {
    this.#parts = parts;
  }

  find(family: IpFamily): PeerSocket | undefined {
    return this.#sockets.get(family);
  }

  /** Opens and joins what these routers need, leaves and closes the rest. */
  arrange(routers: readonly VrrpInstanceModel[]): 'complete' | 'incomplete' {
    if (routers.length === 0) {
      this.close();
      return 'complete';
    }
    let outcome: 'complete' | 'incomplete' = 'complete';
    for (const family of FAMILIES) {
      const isNeeded = routers.some((router) => router.family === family);
      // A host without IPv6 has no other path over it, and nobody minds.
      if (this.#openSocket(family, isNeeded) === 'failed' && isNeeded) outcome = 'incomplete';
    }
    const wanted = this.#memberships(routers);
    for (const [key, { family, ...membership }] of this.#joined) {
      if (wanted.has(key)) continue;
      this.#sockets.get(family)?.leave(membership);
      this.#joined.delete(key);
    }
    for (const [key, membership] of wanted) {
      if (!this.#joined.has(key) && this.#join(key, membership) === 'failed') {
        outcome = 'incomplete';
      }
    }
    return outcome;
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    this.#joined.clear();
  }

  #openSocket(family: IpFamily, isNeeded: boolean): 'open' | 'failed' {
    if (this.#sockets.has(family)) return 'open';
    const { network, complaints, onDatagram } = this.#parts;
    const socket = network.open(family, (datagram) => onDatagram(family, datagram));
    if (!isSysError(socket)) {
      this.#sockets.set(family, socket);
      complaints.forget(`peer socket ${family}`);
      return 'open';
    }
    const text = `no fast take-over over IPv${family}: ${socket.call}: ${socket.message}`;
    if (isNeeded) complaints.tell(`peer socket ${family}`, text);
    return 'failed';
  }

  #join(key: string, membership: Joined): 'joined' | 'failed' {
    const { family, group } = membership;
    const socket = this.#sockets.get(family);
    if (socket === undefined) return 'failed';
    const error = socket.join(membership);
    const { complaints } = this.#parts;
    if (error === undefined) {
      this.#joined.set(key, membership);
      complaints.forget(`peer group ${key}`);
      return 'joined';
    }
    const text = `no fast take-over in group ${group}: ${error.call}: ${error.message}`;
    complaints.tell(`peer group ${key}`, text);
    return 'failed';
  }

  #memberships(routers: readonly VrrpInstanceModel[]): ReadonlyMap<string, Joined> {
    const wanted = new Map<string, Joined>();
    for (const { transport, family, interface: name } of routers) {
      const facts = this.#parts.link(name);
      if (transport.kind !== 'multicast' || facts === undefined) continue;
      const { group } = transport;
      wanted.set(`${facts.index} ${group}`, { family, group, interfaceIndex: facts.index });
    }
    return wanted;
  }
}
