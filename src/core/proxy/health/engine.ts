/** The health of all servers: when each is asked, what it is taken for, and who hears of it. */
import type { Rng } from '../../../base/rng.ts';
import { addMicros, type Micros } from '../../../base/time.ts';
import { DueQueue } from '../../due-queue.ts';
import type { Machine, Sink } from '../../machine.ts';
import { findSide } from '../build-live.ts';
import type { LiveConfig, LiveProxy, LiveServer } from '../live.ts';
import { Judging } from './judging.ts';
import { Orders } from './orders.ts';
import { firstQuestions, intervalOf, spread } from './pace.ts';
import { isInMaintenance, type Routine, ServerWatch } from './server-watch.ts';
import { Tally } from './tally.ts';
import { initialHealth, Transitions, type Turn } from './transitions.ts';
import type { CheckKind, HealthEffect, HealthInput, ServerOrder } from './types.ts';

const NAME = { kind: 'name' } as const;

export class HealthEngine implements Machine<HealthInput, HealthEffect> {
  readonly #live: LiveConfig;
  readonly #rng: Rng;
  readonly #watches = new Map<LiveServer, ServerWatch>();
  readonly #due = new DueQueue<Routine>();
  readonly #tally = new Tally();
  readonly #transitions = new Transitions(this.#tally, this.#due);
  readonly #orders = new Orders(this.#transitions);
  readonly #judging = new Judging(this.#transitions, this.#orders);

  constructor(live: LiveConfig, rng: Rng) {
    this.#live = live;
    this.#rng = rng;
    for (const { back } of live.proxies)
      for (const server of back?.servers ?? []) this.#watches.set(server, new ServerWatch(server));
    for (const watch of this.#watches.values()) {
      watch.leader = this.#leaderOf(watch.server);
      watch.leader?.followers.push(watch);
    }
  }

  nextDeadline(): Micros | undefined {
    return this.#due.next();
  }

  handle(now: Micros, input: HealthInput, out: Sink<HealthEffect>): void {
    const turn: Turn = { now, out };
    if (input.kind === 'started') this.#start(now);
    else if (input.kind === 'stopped') this.#stop(turn, input.proxy);
    else {
      const watch = this.#watches.get(input.server);
      if (watch !== undefined) this.#hear(turn, watch, input);
    }
  }

  expire(now: Micros, out: Sink<HealthEffect>): void {
    for (;;) {
      const routine = this.#due.first();
      const at = this.#due.next();
      if (routine === undefined || at === undefined || at > now) return;
      if (routine.what === 'warm-up') this.#transitions.warmUp({ now, out }, routine.watch);
      else this.#ask({ now, out }, routine, routine.what);
    }
  }

  #hear(turn: Turn, watch: ServerWatch, input: Extract<HealthInput, { server: LiveServer }>): void {
    switch (input.kind) {
      case 'checked':
        if (!ended(watch.check)) return;
        this.#judging.checked(turn, watch, input.result);
        this.#askNext(turn.now, watch.check);
        return;
      case 'agentAnswered':
        if (!ended(watch.agent)) return;
        this.#judging.agentAnswered(turn, watch, input.report);
        this.#askNext(turn.now, watch.agent);
        return;
      case 'observed':
        if (this.#judging.observed(turn, watch, input.seen) === 'sooner')
          this.#hasten(turn.now, watch);
        return;
      case 'ordered':
        this.#obey(turn, watch, input.order);
        return;
      case 'resolved':
        this.#transitions.leaveMaintenance(turn, watch, 'name', NAME);
        return;
      case 'unresolved':
        this.#transitions.enterMaintenance(turn, watch, 'name', NAME);
    }
  }

  #obey(turn: Turn, watch: ServerWatch, order: ServerOrder): void {
    if (order.kind !== 'checks') this.#orders.obey(turn, watch, order);
    else if (order.to === 'enabled') this.#enable(turn.now, watch, order.what);
    else this.#disable(turn, watch, order.what);
  }

  #leaderOf({ config, proxy }: LiveServer): ServerWatch | undefined {
    const { track } = config;
    if (track === undefined) return undefined;
    const back =
      track.proxy === proxy.config.name ? proxy : findSide(this.#live, track.proxy, 'back');
    const leader = back?.back?.servers.find((other) => other.config.name === track.server);
    return leader === undefined ? undefined : this.#watches.get(leader);
  }

  #start(now: Micros): void {
    for (const watch of this.#watches.values()) if (watch.leader === undefined) begin(watch);
    for (const watch of this.#watches.values()) this.#tally.begin(watch.server);
    const routines = [...this.#watches.values()].flatMap((watch) => {
      const { config, proxy } = watch.server;
      if (proxy.state === 'stopped') return [];
      return [
        ...(config.check !== undefined && watch.leader === undefined ? [watch.check] : []),
        ...(config.agent !== undefined ? [watch.agent] : []),
      ];
    });
    const intervals = routines.map(({ watch: { server }, what }) =>
      what === 'agent' ? server.config.agent?.inter : server.config.check?.inter,
    );
    const times = firstQuestions(
      intervals.map((interval) => interval as Micros),
      now,
    );
    for (const [index, routine] of routines.entries()) {
      routine.phase = 'waiting';
      if (routine.what === 'agent') introduceAgent(routine.watch);
      this.#due.set(routine, times[index]);
    }
  }

  #stop(turn: Turn, proxy: LiveProxy): void {
    for (const server of proxy.back?.servers ?? []) {
      const watch = this.#watches.get(server);
      if (watch === undefined) continue;
      for (const routine of [watch.check, watch.agent]) this.#rest(turn, routine);
      this.#due.set(watch.warmUp, undefined);
    }
  }

  /** Not of one in maintenance, but for its agent, which may end that. */
  #ask({ now, out }: Turn, routine: Routine, what: CheckKind): void {
    const { server, health } = routine.watch;
    const interval = intervalOf(server, what);
    const isUnknown = server.ip === undefined && server.config.address.kind === 'name';
    const mayAsk = !isUnknown && (what === 'agent' || !isInMaintenance(health));
    this.#due.set(routine, interval === undefined || mayAsk ? undefined : addMicros(now, interval));
    if (interval === undefined || !mayAsk) return;
    routine.phase = 'asked';
    if (what === 'check') health.isChecking = true;
    const notFound = health.operational === 'stopped' ? 'failure' : 'conditional';
    out.push({ kind: 'probe', server, what, notFound });
  }

  #askNext(now: Micros, routine: Routine): void {
    if (routine.phase !== 'waiting' || routine.what === 'warm-up') return;
    const interval = intervalOf(routine.watch.server, routine.what);
    if (interval === undefined) return;
    const { spreadChecks } = this.#live.config.global;
    this.#due.set(routine, addMicros(now, spread(interval, spreadChecks, this.#rng)));
  }

  #hasten(now: Micros, { check, server }: ServerWatch): void {
    const at = this.#due.get(check);
    const { fastinter } = server.config.check ?? {};
    if (at === undefined || fastinter === undefined) return;
    if (at > addMicros(now, fastinter)) this.#due.set(check, addMicros(now, fastinter));
  }

  #enable(now: Micros, watch: ServerWatch, what: CheckKind): void {
    const routine = watch[what];
    if (routine.phase !== 'off' || watch.server.config[what] === undefined) return;
    routine.phase = 'waiting';
    if (what === 'agent') introduceAgent(watch);
    else watch.health.last = { ...UNASKED, status: 'INI' };
    this.#due.set(routine, now);
  }

  #disable(turn: Turn, watch: ServerWatch, what: CheckKind): void {
    this.#rest(turn, watch[what]);
    if (what === 'agent') delete watch.health.agent;
    else watch.health.last = { ...UNASKED, status: 'UNK' };
  }

  #rest({ out }: Turn, routine: Routine): void {
    this.#due.set(routine, undefined);
    const { server, health } = routine.watch;
    if (routine.phase === 'asked' && routine.what !== 'warm-up')
      out.push({ kind: 'abandon', server, what: routine.what });
    routine.phase = 'off';
    if (routine.what === 'check') health.isChecking = false;
  }
}

const UNASKED = { code: -1, durationMs: -1, description: '' } as const;

/** Whether an answer was waited for. */
function ended(routine: Routine): boolean {
  if (routine.phase !== 'asked') return false;
  routine.phase = 'waiting';
  if (routine.what === 'check') routine.watch.health.isChecking = false;
  return true;
}

function introduceAgent({ health }: ServerWatch): void {
  health.agent = { ...UNASKED, status: 'INI', health: 1, rise: 1, fall: 1 };
}

/** As the configuration has it; those that track it have its state. */
function begin(watch: ServerWatch): void {
  const { health, leader, server } = watch;
  if (leader !== undefined) {
    health.operational = leader.health.operational;
    if (isInMaintenance(leader.health)) health.admin.add('inherited-maint');
  } else {
    health.health = initialHealth(server);
    health.operational = health.health >= health.rise ? 'running' : 'stopped';
  }
  if (isInMaintenance(health)) health.operational = 'stopped';
  for (const follower of watch.followers) begin(follower);
}
