/** One virtual server: who of its real servers lives, whether that is enough, and what follows. */
import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import type { VirtualServer } from '../../config/model/virtual-server.ts';
import type { Sink } from '../machine.ts';
import { desiredServices } from './desired.ts';
import type { DirectorEffect, QuorumSum, ServerCause } from './director-types.ts';
import type { Service } from './expand.ts';
import {
  type DesiredServer,
  type DesiredService,
  type ServerId,
  type ServiceId,
  serverId,
  serviceId,
} from './plane.ts';
import { nextQuorum, type QuorumState } from './quorum.ts';
import type { CheckOpinion, PoolServer } from './real-server.ts';

/** A sorry server has no weight of its own. */
const SORRY_WEIGHT = 1;

/** One check of one server. */
export interface PoolUser {
  readonly kind: 'server';
  readonly pool: Pool;
  readonly server: PoolServer;
  /** Its index among the checks of the server. */
  readonly check: number;
}

export class Pool {
  readonly model: VirtualServer;
  readonly services: readonly Service[];
  /** Those that the kernel has from it: of two virtual servers for one service the first counts. */
  readonly served: readonly Service[];
  /** Names it in events: its only service, or the first of its group. */
  readonly id: ServiceId;
  quorum: QuorumState = 'down';
  /** Nothing is checked while its address is elsewhere. */
  isSuspended = false;
  #servers: readonly PoolServer[] = [];
  /** Made when somebody asks: of a thousand pools few have a server that anything happens to. */
  #byId: ReadonlyMap<ServerId, PoolServer> | undefined;
  /** Somebody leaves by an order to cut. */
  #cuts = false;

  /** `claimed`: services of other virtual servers; its own are added. */
  constructor(model: VirtualServer, services: readonly Service[], claimed: Set<ServiceId>) {
    this.model = model;
    this.services = services;
    this.id = services[0]?.id ?? serviceId({ kind: 'mark', mark: 0, family: model.family });
    const isBalanced = model.purpose === 'balanced';
    this.served = isBalanced ? services.filter(({ id }) => !claimed.has(id)) : [];
    for (const { id } of this.served) claimed.add(id);
  }

  get servers(): readonly PoolServer[] {
    return this.#servers;
  }

  server(id: ServerId): PoolServer | undefined {
    this.#byId ??= new Map(this.#servers.map((server) => [server.id, server]));
    return this.#byId.get(id);
  }

  /** `quorum`: what it was before, where it has a past. */
  begin(servers: readonly PoolServer[], quorum: QuorumState | undefined): void {
    this.#servers = servers;
    this.#byId = undefined;
    this.quorum = quorum ?? nextQuorum('down', this.liveWeight, this.model);
  }

  hasAddress(present: ReadonlySet<IpAddress>): boolean {
    return this.services.some(({ match }) => match.kind === 'mark' || present.has(match.address));
  }

  get liveWeight(): number {
    let sum = 0;
    for (const server of this.#servers) if (server.isLive) sum += server.weight;
    return sum;
  }

  get usesSorryServer(): boolean {
    return this.quorum === 'down' && this.model.sorryServer !== undefined;
  }

  /** What a check now says of one of its servers. */
  note(
    now: Micros,
    { server, check }: PoolUser,
    { opinion, cause }: { readonly opinion: CheckOpinion; readonly cause: ServerCause },
    out: Sink<DirectorEffect>,
  ): void {
    const from = server.weight;
    const change = server.note(check, opinion);
    const to = server.weight;
    if (change !== undefined) {
      server.since = now;
      server.cause = cause;
      // A server that an operator has taken out stays out.
      if (server.disabled === undefined) this.#recordServer(now, server, out);
      this.#tellServer(server, change, cause, out);
    } else if (from !== to) this.#recordWeight(now, server, { from, cause }, out);
  }

  /** A reload may have taken away the check that failed, or brought one that has. */
  noteReload(now: Micros, before: Pool, out: Sink<DirectorEffect>): void {
    for (const server of this.servers) {
      const { state } = before.server(server.id) ?? server;
      if (state === server.state) continue;
      if (server.disabled === undefined) this.#recordServer(now, server, out);
      this.#tellServer(server, server.state, { kind: 'reload' }, out);
    }
  }

  /** What operators want of one of its servers has changed by `change`. */
  noteOrder(now: Micros, server: PoolServer, change: () => void, out: Sink<DirectorEffect>): void {
    const { isLive, weight: from } = server;
    const wasCut = server.disabled?.connections === 'cut';
    change();
    const cause: ServerCause = { kind: 'operator' };
    if (!wasCut && server.disabled?.connections === 'cut') this.#cuts = true;
    if (server.isLive !== isLive) {
      server.since = now;
      server.cause = cause;
      this.#recordServer(now, server, out);
    } else if (server.weight !== from) this.#recordWeight(now, server, { from, cause }, out);
  }

  /** After all that one input changes: whether the quorum is gained or lost by it. */
  review(now: Micros, out: Sink<DirectorEffect>): void {
    const { quorum, hysteresis, sorryServer } = this.model;
    const weight = this.liveWeight;
    const state = nextQuorum(this.quorum, weight, this.model);
    if (state === this.quorum) return;
    this.quorum = state;
    const service = this.id;
    out.push({
      kind: 'record',
      event: { kind: 'quorumChanged', at: now, service, state, weight, quorum, hysteresis },
    });
    this.#tellQuorum({ weight, quorum, hysteresis }, out);
    if (sorryServer === undefined) return;
    const server = serverId(sorryServer.address, sorryServer.port);
    const use = state === 'down' ? 'in' : 'out';
    out.push({
      kind: 'record',
      event: { kind: 'sorryServerChanged', at: now, service, server, state: use },
    });
  }

  #recordWeight(
    now: Micros,
    server: PoolServer,
    { from, cause }: { readonly from: number; readonly cause: ServerCause },
    out: Sink<DirectorEffect>,
  ): void {
    const to = server.weight;
    const where = { service: this.id, server: server.id };
    out.push({
      kind: 'record',
      event: { kind: 'weightChanged', at: now, ...where, from, to, cause },
    });
  }

  /** `rs_init_notifies`: as if each had just become what it is. */
  tellAll(out: Sink<DirectorEffect>): void {
    for (const server of this.servers) {
      this.#tellServer(server, server.state, { kind: 'start' }, out);
    }
  }

  /** `omega`: as if everything went down. */
  tellEnd(out: Sink<DirectorEffect>): void {
    if (!this.model.notifyAtStop) return;
    for (const server of this.servers) {
      if (server.state === 'up') this.#tellServer(server, 'down', undefined, out);
    }
    if (this.quorum === 'down') return;
    this.quorum = 'down';
    this.#tellQuorum(undefined, out);
  }

  /** What the kernel should have of it now; nothing where it only checks. */
  desired(): readonly DesiredService[] {
    if (this.served.length === 0) return [];
    const removedConnections = this.#cuts ? 'cut' : this.model.removedConnections;
    this.#cuts = false;
    return desiredServices(this.served, this.model, this.#desiredServers(), removedConnections);
  }

  #desiredServers(): readonly DesiredServer[] {
    const use = this.usesSorryServer ? 'stood in for' : 'in use';
    const servers: DesiredServer[] = [];
    for (const server of this.servers) {
      const weight = server.desiredWeight(use);
      if (weight === undefined) continue;
      const { address, port, forwarding, upperThreshold, lowerThreshold } = server.model;
      const { id } = server;
      servers.push({ id, address, port, weight, forwarding, upperThreshold, lowerThreshold });
    }
    const sorry = this.model.sorryServer;
    if (sorry === undefined || !(this.usesSorryServer || sorry.inhibit)) return servers;
    const { address, port, forwarding } = sorry;
    const id = serverId(address, port);
    const own = servers.findIndex((server) => server.id === id);
    // A real server may be the sorry server as well: the kernel has it once.
    if (own >= 0 && !this.usesSorryServer) return servers;
    if (own >= 0) servers.splice(own, 1);
    const weight = this.usesSorryServer ? SORRY_WEIGHT : 0;
    const thresholds = { upperThreshold: 0, lowerThreshold: 0 };
    return [...servers, { id, address, port, weight, forwarding, ...thresholds }];
  }

  #recordServer(now: Micros, server: PoolServer, out: Sink<DirectorEffect>): void {
    const { id, weight, cause } = server;
    const state = server.isLive ? 'up' : 'down';
    const where = { service: this.id, server: id };
    out.push({
      kind: 'record',
      event: { kind: 'serverChanged', at: now, ...where, state, cause, weight },
    });
  }

  #tellServer(
    server: PoolServer,
    state: 'up' | 'down',
    cause: ServerCause | undefined,
    out: Sink<DirectorEffect>,
  ): void {
    const { notifyUp, notifyDown, mail } = server.model;
    const script = state === 'up' ? notifyUp : notifyDown;
    const where = { service: this.id, server: server.id };
    const why = cause !== undefined && { cause };
    const notice = { subject: 'real-server', state, ...where, mail, ...why } as const;
    out.push({ kind: 'notify', notice: script === undefined ? notice : { ...notice, script } });
  }

  #tellQuorum(sum: QuorumSum | undefined, out: Sink<DirectorEffect>): void {
    const { quorumUp, quorumDown, mail } = this.model;
    const state = this.quorum;
    const script = state === 'up' ? quorumUp : quorumDown;
    const why = sum !== undefined && { sum };
    const notice = { subject: 'quorum', state, service: this.id, mail, ...why } as const;
    out.push({ kind: 'notify', notice: script === undefined ? notice : { ...notice, script } });
  }
}
