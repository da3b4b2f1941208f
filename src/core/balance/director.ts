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
import { checkId } from '../check/identity.ts';
import type { Machine, Sink } from '../machine.ts';
import { type BuiltPool, buildPools, usesOf } from './build-pools.ts';
import { changedChecks } from './changed-checks.ts';
import type {
  CarriedState,
  DirectorEffect,
  DirectorInput,
  ServerCause,
  ServerOrder,
  ServersChange,
} from './director-types.ts';
import { foreseeServices } from './foreseen.ts';
import { concerns, OrderBook, servicesWith } from './order-book.ts';
import type { ServerId, ServiceId } from './plane.ts';
import type { Pool } from './pool.ts';
import { ServiceTable, type TableChange } from './service-table.ts';
import { ToldChecks } from './told-checks.ts';
import { type CheckUser, opinionOf } from './users.ts';

function realize(change: TableChange, out: Sink<DirectorEffect>): void {
  if (change.desired.length + change.removed.length > 0) out.push({ kind: 'realize', ...change });
}

export class Director implements Machine<DirectorInput, DirectorEffect> {
  readonly #rng: Rng;
  readonly board = new CheckBoard<CheckUser>();
  readonly #told = new ToldChecks();
  readonly #orders = new OrderBook();
  #pools: readonly Pool[] = [];
  readonly #services = new ServiceTable();
  #phase: 'new' | 'begun' = 'new';
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
      if (checker.known !== undefined) checks.push({ check: id, ...checker.known });
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

  /** What the kernel should do comes first, and is told before it is looked at who is to be checked. */
  handle(now: Micros, input: DirectorInput, out: Sink<DirectorEffect>): void {
    if (input.kind === 'configured') {
      this.#configure(now, input.model, input.carried, out);
      return;
    }
    if (input.kind === 'serversChanged') {
      this.#changeServers(now, input, out);
      return;
    }
    // What is told takes time, a script for each server.
    const told: DirectorEffect[] = [];
    this.#apply(now, input, told);
    for (const pool of this.#touched) pool.review(now, told);
    realize({ desired: this.#services.update(this.#touched), removed: [] }, out);
    this.#touched.clear();
    for (const effect of told) out.push(effect);
  }

  expire(now: Micros, out: Sink<DirectorEffect>): void {
    this.board.expire(now, this.#boardOrders(now, out));
  }

  #apply(
    now: Micros,
    input: Exclude<DirectorInput, { kind: 'configured' | 'serversChanged' }>,
    out: Sink<DirectorEffect>,
  ): void {
    switch (input.kind) {
      case 'probed':
        this.board.answered(now, input.probe, input.report, this.#boardOrders(now, out));
        break;
      case 'addressesChanged':
        this.#present = input.present;
        this.#reviewSuspension(now, 'where it changes', out);
        break;
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
    }
  }

  #configure(
    now: Micros,
    model: LoadBalancing,
    carried: CarriedState | undefined,
    out: Sink<DirectorEffect>,
  ): void {
    for (const order of carried?.orders ?? []) this.#orders.note(order);
    // What goes on where another process ended has been told of.
    const isFirst = this.#phase === 'new' && carried === undefined;
    const foreseen = isFirst ? foreseeServices(model) : undefined;
    if (foreseen !== undefined) realize(this.#services.begin(foreseen), out);
    const known = new Map(carried?.checks.map(({ check, ...answer }) => [check, answer]));
    const answers = this.board.foresee(known);
    const built = buildPools(model, {
      now,
      cause: { kind: this.#phase === 'new' ? 'start' : 'reload' },
      answers: { of: (check) => answers?.(checkId(check)) },
      told: this.#told,
      orders: this.#orders,
      before: this.#pools,
      carried,
    });
    const told: DirectorEffect[] = [];
    for (const { pool, old } of built) {
      if (isFirst && model.settings.notifyInitialStates) pool.tellAll(told);
      if (old !== undefined) pool.noteReload(now, old, told);
      pool.review(now, told);
    }
    this.#phase = 'begun';
    this.#pools = built.map(({ pool }) => pool);
    realize(this.#services.replace(this.#pools), out);
    this.#told.forgetUsers();
    const wanted = usesOf(model, this.#pools, this.#told);
    const orders = this.#boardOrders(now, told);
    this.board.configure(now, wanted, known, () => this.#rng.next(), orders);
    this.#tellTracks(told);
    this.#reviewSuspension(now, 'everywhere', told);
    this.#touched.clear();
    for (const effect of told) out.push(effect);
  }

  /** What a reload of the whole would come to, at the price of what has changed. */
  #changeServers(
    now: Micros,
    { changed, removed }: ServersChange,
    out: Sink<DirectorEffect>,
  ): void {
    const built = buildPools(
      { virtualServers: changed, groups: [] },
      {
        ...{ now, cause: { kind: 'reload' }, told: this.#told, orders: this.#orders },
        answers: { of: (check) => this.board.foreseeOne(checkId(check)) },
        ...{ before: this.#pools, carried: undefined },
      },
    );
    const told: DirectorEffect[] = [];
    for (const { pool, old } of built) {
      if (old !== undefined) pool.noteReload(now, old, told);
      pool.review(now, told);
    }
    const left = new Set(this.#replacePools(built, removed));
    const pools = built.map(({ pool }) => pool);
    realize(this.#services.change(pools, removed), out);
    const asked = usesOf({ trackChecks: [] }, pools, this.#told);
    const change = changedChecks(this.board, { left, asked });
    this.board.change(now, change, () => this.#rng.next(), this.#boardOrders(now, told));
    this.#touched.clear();
    for (const effect of told) out.push(effect);
  }

  /** Each in the place of its old one, those that are new at the end; returns the pools that are no more. */
  #replacePools(built: readonly BuiltPool[], removed: readonly ServiceId[]): readonly Pool[] {
    const olds = new Map(
      built.flatMap(({ pool, old }) => (old === undefined ? [] : [[old, pool]])),
    );
    const gone = new Set(removed);
    const left = this.#pools.filter((pool) => olds.has(pool) || gone.has(pool.id));
    const kept = this.#pools.filter((pool) => !gone.has(pool.id));
    const added = built.flatMap(({ pool, old }) => (old === undefined ? [pool] : []));
    this.#pools = [...kept.map((pool) => olds.get(pool) ?? pool), ...added];
    return left;
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
      const { weight } = user.server.model;
      const opinion = opinionOf(checker, user.server.state, weight);
      user.pool.note(now, user, { opinion, cause }, out);
      this.#touched.add(user.pool);
    }
  }

  /** What is known of a check whose user is new is told at once. */
  #tellTracks(out: Sink<DirectorEffect>): void {
    for (const { users, checker, text } of this.board.entries()) {
      const { verdict } = checker;
      if (verdict === 'unknown') continue;
      for (const user of users) {
        if (user.kind !== 'track') break;
        const detail = `${text}: known before`;
        out.push({ kind: 'trackJudged', name: user.name, verdict, detail });
      }
    }
  }

  #obey(now: Micros, order: ServerOrder, out: Sink<DirectorEffect>): void {
    this.#orders.note(order);
    for (const pool of this.#pools) {
      const server = pool.server(order.server);
      if (server === undefined || !concerns(pool, order.service)) continue;
      pool.noteOrder(now, server, () => this.#orders.apply(pool, server), out);
      this.#touched.add(pool);
    }
  }

  /** Checks rest while nobody wants to know; what they have said counts on. */
  #reviewSuspension(
    now: Micros,
    extent: 'where it changes' | 'everywhere',
    out: Sink<DirectorEffect>,
  ): void {
    const present = this.#present;
    if (present === undefined) return;
    let isChanged = extent === 'everywhere';
    for (const pool of this.#pools) {
      const isSuspended = pool.model.suspendWithoutAddress && !pool.hasAddress(present);
      if (isSuspended === pool.isSuspended) continue;
      isChanged = true;
      pool.isSuspended = isSuspended;
      const kind = isSuspended ? 'suspended' : 'resumed';
      out.push({ kind: 'record', event: { kind, at: now, service: pool.id } });
    }
    if (!isChanged) return;
    const orders = this.#boardOrders(now, out);
    for (const entry of this.board.entries()) {
      const rests = entry.users.every((user) => user.kind === 'server' && user.pool.isSuspended);
      const phase = rests ? 'paused' : 'checking';
      this.board.setPhase(now, entry, phase, () => this.#rng.next(), orders);
    }
  }
}
