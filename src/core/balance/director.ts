/**
 * All virtual servers of a host: what is checked, who lives, and what the kernel should balance. Pure:
 * facts come in, orders come out, and every input changes the data plane by at most one order.
 */
import type { IpAddress } from '../../base/ip.ts';
import type { Rng } from '../../base/rng.ts';
import type { Micros } from '../../base/time.ts';
import type { LoadBalancing } from '../../config/model/virtual-server.ts';
import { type BoardEntry, type BoardOrders, CheckBoard } from '../check/check-board.ts';
import type { CheckerEffect } from '../check/checker.ts';
import type { Machine, Sink } from '../machine.ts';
import { same } from '../vrrp/reconfigure.ts';
import { buildPools } from './build-pools.ts';
import type {
  CarriedState,
  DirectorEffect,
  DirectorInput,
  ServerCause,
  ServerOrder,
} from './director-types.ts';
import { concerns, OrderBook, servicesWith } from './order-book.ts';
import type { DesiredService, ServerId, ServiceId } from './plane.ts';
import type { Pool } from './pool.ts';
import { ToldChecks } from './told-checks.ts';
import { type CheckUser, opinionOf } from './users.ts';

export class Director implements Machine<DirectorInput, DirectorEffect> {
  readonly #rng: Rng;
  readonly board = new CheckBoard<CheckUser>();
  readonly #told = new ToldChecks();
  readonly #orders = new OrderBook();
  #pools: readonly Pool[] = [];
  #desired = new Map<ServiceId, DesiredService>();
  #present: ReadonlySet<IpAddress> | undefined;
  /** What one input has changed. */
  readonly #touched = new Set<Pool>();

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  get pools(): readonly Pool[] {
    return this.#pools;
  }

  /** The services that have a server; empty where none has. */
  servicesWith(server: ServerId, service: ServiceId | undefined): readonly ServiceId[] {
    return servicesWith(this.#pools, server, service);
  }

  exportState(): CarriedState {
    const checks: CarriedState['checks'][number][] = [];
    for (const { id, checker } of this.board.entries()) {
      const { verdict } = checker;
      if (verdict !== 'unknown') checks.push({ check: id, verdict });
    }
    return {
      checks,
      orders: this.#orders.exportState(),
      quorums: this.#pools.map(({ id, quorum }) => [id, quorum]),
    };
  }

  nextDeadline(): Micros | undefined {
    return this.board.nextDeadline();
  }

  handle(now: Micros, input: DirectorInput, out: Sink<DirectorEffect>): void {
    switch (input.kind) {
      case 'configured':
        this.#configure(now, input.model, input.carried, out);
        return;
      case 'probed':
        this.board.answered(now, input.probe, input.report, this.#boardOrders(now, out));
        break;
      case 'addressesChanged':
        this.#present = input.present;
        this.#reviewSuspension(now, out);
        return;
      case 'fileRead':
      case 'sessionChanged':
        for (const { user, opinion, cause } of this.#told.note(input)) {
          user.pool.note(now, user, { opinion, cause }, out);
          this.#touched.add(user.pool);
        }
        break;
      case 'ordered':
        this.#obey(now, input.order, out);
        break;
      case 'stopped':
        for (const pool of this.#pools) pool.tellEnd(out);
        this.board.stop(this.#boardOrders(now, out));
        this.#pools = [];
        return;
    }
    this.#realize(out);
  }

  expire(now: Micros, out: Sink<DirectorEffect>): void {
    this.board.expire(now, this.#boardOrders(now, out));
  }

  #configure(
    now: Micros,
    model: LoadBalancing,
    carried: CarriedState | undefined,
    out: Sink<DirectorEffect>,
  ): void {
    const isFirst = this.#pools.length === 0 && this.#desired.size === 0;
    for (const order of carried?.orders ?? []) this.#orders.note(order);
    const cause: ServerCause = { kind: isFirst ? 'start' : 'reload' };
    const built = buildPools(model, {
      now,
      cause,
      board: this.board,
      told: this.#told,
      orders: this.#orders,
      before: this.#pools,
      carried,
      share: () => this.#rng.next(),
      boardOrders: this.#boardOrders(now, out),
    });
    this.#pools = built;
    const settings = model.settings;
    for (const pool of built) {
      if (isFirst && settings.notifyInitialStates) pool.tellAll(out);
      pool.review(now, out);
    }
    this.#realizeAll(out);
    for (const { name } of model.trackChecks) this.#tellTrack(name, out);
    this.#reviewSuspension(now, out);
  }

  #boardOrders(now: Micros, out: Sink<DirectorEffect>): BoardOrders<CheckUser> {
    return {
      ask: (probe, request) => out.push({ kind: 'probe', probe, request }),
      abandon: (probe) => out.push({ kind: 'abandonProbe', probe }),
      told: (entry, news) => this.#hear(now, entry, news, out),
    };
  }

  #hear(
    now: Micros,
    { text, checker, users }: BoardEntry<CheckUser>,
    news: Exclude<CheckerEffect, { kind: 'ask' | 'abandon' }>,
    out: Sink<DirectorEffect>,
  ): void {
    if (news.kind === 'attemptFailed') {
      const { kind, detail, report } = news;
      const event = { kind, at: now, check: text, detail, latency: report.latency };
      out.push({ kind: 'record', event });
      return;
    }
    if (news.kind === 'judged') {
      const { verdict, detail, failures, report } = news;
      const what = { check: text, verdict, detail, failures, latency: report.latency };
      out.push({ kind: 'record', event: { kind: 'checkJudged', at: now, ...what } });
    }
    const detail = news.kind === 'judged' ? news.detail : `asks for weight ${news.weight}`;
    const cause: ServerCause = { kind: 'check', check: text, detail };
    for (const user of users) {
      if (user.kind === 'track') {
        if (news.kind !== 'judged') continue;
        const { verdict } = news;
        out.push({ kind: 'trackJudged', name: user.name, verdict, detail: `${text}: ${detail}` });
        continue;
      }
      const opinion = opinionOf(checker, user.server.model.weight);
      user.pool.note(now, user, { opinion, cause }, out);
      this.#touched.add(user.pool);
    }
  }

  /** What is known of a check whose user is new is told at once. */
  #tellTrack(name: string, out: Sink<DirectorEffect>): void {
    for (const { users, checker, text } of this.board.entries()) {
      const { verdict } = checker;
      if (verdict === 'unknown') continue;
      if (!users.some((user) => user.kind === 'track' && user.name === name)) continue;
      out.push({ kind: 'trackJudged', name, verdict, detail: `${text}: known before` });
    }
  }

  #obey(now: Micros, order: ServerOrder, out: Sink<DirectorEffect>): void {
    this.#orders.note(order);
    const cause: ServerCause = { kind: 'operator' };
    for (const pool of this.#pools) {
      if (!concerns(pool, order.service)) continue;
      for (const server of pool.servers) {
        if (server.id !== order.server) continue;
        const before = { live: server.isLive, weight: server.weight };
        this.#orders.apply(pool, server);
        if (server.isLive !== before.live) {
          server.since = now;
          server.cause = cause;
          pool.recordServer(now, server, cause, out);
        } else if (server.weight !== before.weight) {
          pool.recordWeight(now, server, { from: before.weight, cause }, out);
        }
        pool.review(now, out);
        this.#touched.add(pool);
      }
    }
  }

  /** Checks rest while nobody wants to know; what they have said counts on. */
  #reviewSuspension(now: Micros, out: Sink<DirectorEffect>): void {
    const present = this.#present;
    if (present === undefined) return;
    for (const pool of this.#pools) {
      const isSuspended = pool.model.suspendWithoutAddress && !pool.hasAddress(present);
      if (isSuspended === pool.isSuspended) continue;
      pool.isSuspended = isSuspended;
      const kind = isSuspended ? 'suspended' : 'resumed';
      out.push({ kind: 'record', event: { kind, at: now, service: pool.id } });
    }
    const orders = this.#boardOrders(now, out);
    for (const entry of this.board.entries()) {
      const rests = entry.users.every((user) => user.kind === 'server' && user.pool.isSuspended);
      this.board.setPhase(now, entry, rests ? 'paused' : 'checking', this.#rng.next(), orders);
    }
  }

  #realize(out: Sink<DirectorEffect>): void {
    if (this.#touched.size === 0) return;
    const desired: DesiredService[] = [];
    for (const pool of this.#touched) {
      for (const service of pool.desired()) {
        if (same(this.#desired.get(service.id), service)) continue;
        this.#desired.set(service.id, service);
        desired.push(service);
      }
    }
    this.#touched.clear();
    if (desired.length > 0) out.push({ kind: 'realize', desired, removed: [] });
  }

  #realizeAll(out: Sink<DirectorEffect>): void {
    this.#touched.clear();
    const before = this.#desired;
    const after = new Map<ServiceId, DesiredService>();
    for (const pool of this.#pools) {
      // Of two virtual servers for one service the first counts, as in the kernel.
      for (const service of pool.desired()) {
        if (!after.has(service.id)) after.set(service.id, service);
      }
    }
    this.#desired = after;
    const desired = [...after.values()].filter(({ id }) => !same(before.get(id), after.get(id)));
    const removed = [...before.keys()].filter((id) => !after.has(id));
    if (desired.length + removed.length > 0) out.push({ kind: 'realize', desired, removed });
  }
}
