/** One group on virtual time, from the start of all its nodes on. */
import { createRng } from '../../base/rng.ts';
import { type Micros, micros, seconds } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { masterDownInterval } from '../../core/vrrp/timers.ts';
import type { SimHost } from '../host.ts';
import { CALM } from '../network.ts';
import { isGroupCheck } from '../sync-groups.ts';
import { World } from '../world.ts';
import { mend, type Scene, strike } from './failures.ts';
import { type PreparedHost, prepareHosts } from './hosts.ts';
import type { Failure, Group, Service } from './types.ts';
import { ServiceWatch } from './watch.ts';

/** Until the kernel takes away what a dead process holds (core/kernel/guard.ts), and one advert more. */
const GUARD_LATE = seconds(1.6);

/** What one host sends after another arrives in that order, as on a switch. */
const STEADY = { ...CALM, jitter: micros(0) };

export interface StageOptions {
  readonly seed: number;
  /** How many seconds one of a slow clock lasts. */
  readonly slowness: number;
}

export class Stage {
  readonly world: World;
  readonly watch: ServiceWatch;
  readonly #prepared: readonly PreparedHost[];
  readonly #hosts = new Map<string, SimHost>();
  readonly #scene: Scene;
  readonly #services: readonly Service[];
  readonly #settling: SettlingTime;
  /** Whether a check may be about to say something else than before. */
  #checks: 'at-rest' | 'moving' = 'moving';

  constructor(group: Group, { seed, slowness }: StageOptions) {
    this.#services = group.services;
    this.#settling = settlingTime(group);
    this.#prepared = prepareHosts(group.nodes);
    const stage: { world?: World } = {};
    this.watch = new ServiceWatch(
      group.services,
      (node, instance) => this.#linkOf(node, instance),
      () => stage.world?.now ?? micros(0),
    );
    const plans = this.#prepared.map(({ plan }) => plan);
    this.world = new World(plans, {
      rng: createRng(seed),
      checkers: [this.watch],
      views: 'on-demand',
      calm: STEADY,
    });
    stage.world = this.world;
    for (const host of this.world.hosts) this.#hosts.set(host.name, host);
    this.#scene = {
      world: this.world,
      slowness,
      host: (name) => this.host(name),
      link: (node, name) => this.#link(node, name),
      start: (host) => start(host),
      judge,
    };
  }

  host(name: string): SimHost {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new RangeError(`there is no node ${name}`);
    return host;
  }

  /** All at once, until they have elected. */
  startAll(): void {
    this.watch.begin();
    for (const host of this.world.hosts) {
      const { startupDelay } = host.model.global;
      host.startupDelay = startupDelay;
      start(host);
    }
    // All wait at the same time: who would preempt does so soon after the first has taken over.
    const { quiet, limit } = this.#settling;
    const { watch, world } = this;
    world.runUntil(limit, () => {
      const isServed = this.#services.every((one) => watch.holdersOf(one).length > 0);
      return world.now - watch.lastNews > (isServed ? quiet.served : quiet.checks);
    });
  }

  strike(failures: readonly Failure[]): void {
    this.watch.begin();
    this.strikeOn(failures);
  }

  /** The same while a watch is under way. */
  strikeOn(failures: readonly Failure[]): void {
    this.#checks = failures.some(({ kind }) => kind === 'script') ? 'moving' : 'at-rest';
    this.watch.lastNews = this.world.now;
    for (const failure of failures) strike(this.#scene, failure);
  }

  mend(failures: readonly Failure[]): void {
    this.#checks = 'moving';
    this.watch.lastNews = this.world.now;
    for (const failure of failures) mend(this.#scene, failure);
  }

  /** Until nothing has changed for as long as anything may take that is under way; not for ever. */
  settle(): void {
    const { quiet, limit } = this.#settling;
    const { watch, world } = this;
    const until = this.#checks === 'at-rest' ? quiet.silence : quiet.checks;
    world.runUntil(limit, () => world.now - watch.lastNews > until);
  }

  #linkOf(node: string, instance: string): string {
    const prepared = this.#prepared.find(({ plan }) => plan.name === node);
    const found = prepared?.plan.model.instances.find(({ name }) => name === instance);
    return found?.interface ?? '';
  }

  #link(node: string, name: string): string {
    const prepared = this.#prepared.find(({ plan }) => plan.name === node);
    return prepared?.links.get(name) ?? name;
  }
}

/** Its checks and proxies are well, until somebody says otherwise. */
function start(host: SimHost): void {
  host.start();
  for (const { trackedChecks, trackedProxies = [] } of host.model.instances) {
    for (const { name } of [...trackedChecks, ...trackedProxies]) {
      if (!isGroupCheck(name)) judge(host, name, 'well');
    }
  }
}

function judge(host: SimHost, subject: string, verdict: 'well' | 'failing'): void {
  const { scripts, instances } = host.model;
  if (scripts.some(({ name }) => name === subject)) {
    host.scripts.set(subject, verdict === 'well' ? 'succeeds' : 'fails');
    return;
  }
  const isCheck = instances.some(({ trackedChecks }) =>
    trackedChecks.some(({ name }) => name === subject),
  );
  if (isCheck) {
    host.ears.hearCheck(subject, verdict === 'well' ? 'up' : 'down', 'as the forecast has it');
    return;
  }
  const all = instances.flatMap(({ trackedProxies = [] }) => trackedProxies);
  const proxies = all.map(({ name, proxy, min }) => {
    const isWell = verdict === 'well' || name !== subject;
    const count = Math.max(1, min);
    const servers = { all: count, up: isWell ? count : 0, unjudged: 0 };
    return { proxy, front: isWell ? ('open' as const) : ('closed' as const), servers };
  });
  host.ears.hearProxy({ kind: 'proxiesReported', proxies });
}

/**
 * `quiet`: the longest that anything takes of which nothing is seen meanwhile: silence, a check, a delay, a
 * guard that runs out. `limit`: when whatever goes on by then goes on for good.
 */
interface SettlingTime {
  readonly quiet: {
    readonly silence: Micros;
    readonly checks: Micros;
    /** After the start of all, when somebody serves already. */
    readonly served: Micros;
  };
  readonly limit: Micros;
}

function settlingTime({ nodes }: Group): SettlingTime {
  let silence = 0;
  let interval = 0;
  let delay = 0;
  let checks = 0;
  let startup = 0;
  for (const { model } of nodes) {
    startup = Math.max(startup, model.global.startupDelay);
    for (const instance of model.instances) {
      silence = Math.max(silence, silenceOf(instance));
      interval = Math.max(interval, instance.advertInterval);
      delay = Math.max(delay, instance.preemptDelay);
    }
    for (const { interval, timeout, rise, fall } of model.scripts) {
      checks = Math.max(checks, (Math.max(rise, fall) + 1) * interval + timeout);
    }
  }
  const calm = startup + Math.max(silence + GUARD_LATE, delay + silence);
  const whole = Math.max(calm, startup + checks + seconds(1));
  return {
    quiet: {
      silence: micros(calm),
      checks: micros(whole),
      served: micros(delay + 2 * interval + seconds(1) + (checks > 0 ? checks + seconds(1) : 0)),
    },
    limit: micros(3 * whole + seconds(5)),
  };
}

/** How long it hears nothing before it takes over, whatever is added to its priority. */
function silenceOf(instance: VrrpInstanceModel): number {
  const { version, advertInterval, downTimerAdverts } = instance;
  const trackers = [
    ...instance.trackedInterfaces,
    ...instance.trackedScripts,
    ...instance.trackedChecks,
    ...(instance.trackedProxies ?? []),
  ];
  const priority = trackers.some(({ weight }) => weight !== 0) ? 1 : instance.priority;
  const parameters = { version, priority, masterAdvertInterval: advertInterval };
  return masterDownInterval({ ...parameters, downTimerAdverts });
}
