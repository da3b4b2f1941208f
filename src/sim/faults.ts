/** What goes wrong, and how it is mended. Every repair may come twice, or when nothing is broken. */
import type { Rng } from '../base/rng.ts';
import { type Micros, micros, millis, seconds } from '../base/time.ts';
import { forge } from './forge.ts';
import type { SimHost } from './host.ts';
import { CALM } from './network.ts';
import { type FaultKind, hostAddress, INTERFACE, ip, TRACKED_INTERFACE } from './plan.ts';
import { changeModel, moveAddress, nextMove } from './reloads.ts';
import { recordingFor } from './replays.ts';
import type { World } from './world.ts';

interface Scene {
  readonly rng: Rng;
  readonly world: World;
  readonly host: SimHost;
  readonly index: number;
  /** How long it lasts. */
  readonly duration: Micros;
}

export function strike(world: World, rng: Rng, kind: FaultKind, longest: Micros): void {
  const index = rng.integer(0, world.hosts.length - 1);
  const host = world.hosts[index];
  if (host === undefined) return;
  const duration = micros(rng.chance(0.3) ? longest * rng.next() * 4 : longest * rng.next());
  STRIKES[kind]({ rng, world, host, index, duration });
}

/** Everything is well again, at once. */
export function healAll(world: World): void {
  world.network.heal();
  for (const [index, host] of world.hosts.entries()) heal(host, index);
  world.network.query();
}

/** One host is well again, whatever was done to it. */
export function heal(host: SimHost, index: number): void {
  host.lateness = micros(300);
  for (const { name } of host.model.scripts) host.scripts.set(name, 'succeeds');
  host.resume();
  host.setLink(INTERFACE, 'up');
  host.setLink(TRACKED_INTERFACE, 'up');
  restoreSource(host, index);
  readd(host);
  undrain(host);
  startAgain(host);
}

function undrain(host: SimHost): void {
  if (host.drained === 'yes') host.order(undefined, { kind: 'undrain' });
  for (const { name, restraint } of host.views.values()) {
    if (restraint === 'drained') host.order(name, { kind: 'undrain' });
  }
}

/** Instances that a reload has dropped are wanted again. */
function readd(host: SimHost): void {
  const { dropped, model } = host;
  if (dropped.length === 0) return;
  host.dropped = [];
  reloadTo(host, { ...model, instances: [...model.instances, ...dropped] });
}

function reloadTo(host: SimHost, model: SimHost['model']): void {
  if (host.process === 'stopped' || host.isLeaving) host.model = model;
  else host.reload(model);
}

const STRIKES: Readonly<Record<FaultKind, (scene: Scene) => void>> = {
  loss: ({ rng, world, duration }) => {
    disturb(world, duration, { loss: rng.pick([0.05, 0.3, 0.7, 1]) });
  },
  delay: ({ rng, world, duration }) => {
    const delay = millis(rng.pick([1, 20, 300]));
    disturb(world, duration, { delay, jitter: micros(delay * 2), reordering: rng.pick([0, 0.2]) });
  },
  duplication: ({ world, duration }) => disturb(world, duration, { duplication: 0.4 }),
  partition: ({ rng, world, duration }) => {
    const left = new Set(world.hosts.filter(() => rng.chance(0.5)));
    for (const from of world.hosts) {
      for (const to of world.hosts)
        if (left.has(from) !== left.has(to)) world.network.block(from, to);
    }
    world.schedule(duration, () => world.network.heal());
  },
  'one-way': ({ rng, world, host, duration }) => {
    for (const to of world.hosts) if (rng.chance(0.7)) world.network.block(host, to);
    world.schedule(duration, () => world.network.heal());
  },
  pause: ({ world, host, duration }) => {
    host.pause();
    world.schedule(duration, () => host.resume());
  },
  power: ({ world, host, duration }) => {
    if (host.power === 'off') return;
    world.powerOff(host);
    world.schedule(duration, () => startAgain(host));
  },
  kill: ({ world, host, duration }) => {
    if (host.process === 'stopped') return;
    world.kill(host);
    world.schedule(duration, () => startAgain(host));
  },
  stop: ({ rng, world, host, duration }) => {
    host.stop(rng.chance(0.1) ? 'at-once' : 'planned');
    if (rng.chance(0.2)) world.schedule(millis(rng.integer(0, 300)), () => insist(host));
    // What somebody else wants of it meanwhile must not keep it.
    const kind = rng.pick(['handover', 'drain', 'undrain'] as const);
    if (rng.chance(0.2)) {
      world.schedule(
        millis(rng.integer(0, 800)),
        () => host.isLeaving && host.order(undefined, { kind }),
      );
    }
    world.schedule(duration, () => startAgain(host));
  },
  handover: ({ rng, host }) => host.order(pickInstance(rng, host), { kind: 'handover' }),
  drain: ({ rng, world, host, duration }) => {
    const instance = pickInstance(rng, host);
    host.order(instance, { kind: 'drain' });
    world.schedule(duration, () => {
      if (rng.chance(0.8)) host.order(instance, { kind: 'undrain' });
    });
  },
  priority: ({ rng, world, host, duration }) => {
    const instance = pickInstance(rng, host);
    host.order(instance, { kind: 'priority', priority: rng.integer(1, 254) });
    if (rng.chance(0.3)) return;
    world.schedule(duration, () => host.order(instance, { kind: 'priority', priority: undefined }));
  },
  drop: ({ rng, world, host, duration }) => {
    const { instances } = host.model;
    if (instances.length === 0 || host.process === 'stopped' || host.isLeaving) return;
    const gone = rng.pick(instances);
    host.dropped = [...host.dropped, gone];
    const rest = instances.filter((instance) => instance !== gone);
    host.reload({ ...host.model, instances: rest });
    world.schedule(duration, () => readd(host));
  },
  replay: ({ rng, world, host }) => {
    const letter = recordingFor(rng, world, host);
    if (letter !== undefined) world.network.inject(host, letter);
  },
  link: ({ rng, world, host, duration }) => {
    host.setLink(INTERFACE, rng.pick(['down', 'missing']));
    world.schedule(duration, () => host.setLink(INTERFACE, 'up'));
  },
  source: ({ rng, world, host, index, duration }) => {
    // The virtual addresses of an owner are its own: it goes on with one of them.
    if (host.model.instances.some(({ priority }) => priority === 255)) return;
    const moves = rng.chance(0.5) && host.model.instances.every(mayMove);
    host.setAddresses(
      INTERFACE,
      moves ? [ip(`10.0.0.${60 + index}`), ip(`fe80::${60 + index}`)] : [],
    );
    world.schedule(duration, () => restoreSource(host, index));
  },
  'tracked-link': ({ world, host, duration }) => {
    host.setLink(TRACKED_INTERFACE, 'down');
    world.schedule(duration, () => host.setLink(TRACKED_INTERFACE, 'up'));
  },
  script: ({ rng, world, host, duration }) => {
    const [first] = host.model.scripts;
    if (first === undefined) return;
    const { name } = rng.pick(host.model.scripts);
    host.scripts.set(name, rng.pick(['fails', 'hangs', 'ignores']));
    world.schedule(duration, () => host.scripts.set(name, 'succeeds'));
  },
  reload: ({ rng, host, world }) => {
    const [next, ...others] = world.hosts.map(({ model }) => nextMove(model));
    if (rng.chance(0.1) && others.every((other) => other === next)) {
      // On all hosts alike, as two groups must not hold one address.
      for (const one of world.hosts) {
        reloadTo(one, moveAddress(one.model));
      }
      return;
    }
    if (host.process !== 'stopped' && !host.isLeaving) host.reload(changeModel(rng, host.model));
  },
  steal: ({ rng, world, host }) => {
    const held = [...host.kernel.present];
    if (held.length === 0) return;
    const address = rng.pick(held);
    const times = rng.chance(0.4) ? rng.integer(2, 9) : 1;
    const gap = millis(rng.pick([20, 200, 900]));
    for (let time = 0; time < times; time++) {
      world.schedule(micros(time * gap), () => host.steal(address));
    }
  },
  'stale-loss': ({ world }) => {
    // The report of a loss that a state long left has caused; a master would have to believe it.
    for (const host of world.hosts) {
      for (const { name, addresses } of host.model.instances) {
        const [first] = addresses;
        if (first !== undefined && host.views.get(name)?.state !== 'master') {
          host.tellAddressLost(name, first.address);
        }
      }
    }
  },
  late: ({ rng, world, host, duration }) => {
    host.lateness = millis(rng.pick([5, 50, 1500]));
    world.schedule(duration, () => {
      host.lateness = micros(300);
    });
  },
  forge: ({ rng, world, host, index }) => {
    if (host.model.instances.length === 0) return;
    const model = rng.pick(host.model.instances);
    const datagram = forge(rng, model, hostAddress(model.family, index));
    if (datagram !== undefined) world.network.inject(host, datagram);
  },
};

function disturb(
  world: World,
  duration: Micros,
  conditions: Partial<World['network']['conditions']>,
): void {
  world.network.conditions = { ...CALM, ...conditions };
  world.schedule(duration, () => {
    world.network.conditions = CALM;
  });
}

function startAgain(host: SimHost): void {
  if (host.process === 'stopped' || host.isLeaving) host.start();
}

/** The second SIGTERM. */
function insist(host: SimHost): void {
  if (host.isLeaving) host.stop('at-once');
}

/** One of them, or all. */
function pickInstance(rng: Rng, { model }: SimHost): string | undefined {
  if (model.instances.length === 0 || rng.chance(0.5)) return undefined;
  return rng.pick(model.instances).name;
}

function restoreSource(host: SimHost, index: number): void {
  const own = [hostAddress(4, index), hostAddress(6, index)];
  if (host.addressesOf(INTERFACE).join() !== own.join()) host.setAddresses(INTERFACE, own);
}

function mayMove({ transport, source }: SimHost['model']['instances'][number]): boolean {
  return transport.kind === 'multicast' && source === undefined;
}

/** The longest that anything of this group takes, with everything well. */
export function settleTime(world: World): { readonly down: Micros; readonly settled: Micros } {
  let interval = 0;
  let adverts = 0;
  let preemptDelay = 0;
  let scripts = 0;
  let startup = 0;
  let departure = 0;
  for (const { model, startupDelay } of world.hosts) {
    startup = Math.max(startup, startupDelay);
    for (const instance of model.instances) {
      interval = Math.max(interval, instance.advertInterval);
      adverts = Math.max(adverts, instance.downTimerAdverts);
      preemptDelay = Math.max(preemptDelay, instance.preemptDelay);
      if (instance.plannedHandover === 'on') departure = Math.max(departure, leavingTime(instance));
    }
    for (const { interval: period, timeout, rise, fall } of model.scripts) {
      scripts = Math.max(scripts, (Math.max(rise, fall) + 2) * period + timeout + 2_100_000);
    }
  }
  const down = micros(adverts * interval + Math.max(interval, 1_000_000) + 10_000);
  const rivalry = 10 * interval;
  const addresses = millis(400);
  const settled = startup + scripts + preemptDelay + 3 * down + rivalry + addresses + departure;
  return { down, settled: micros(settled + seconds(1)) };
}

/** From the goodbye until the last address has gone. */
function leavingTime({ advertInterval, addresses }: SimHost['model']['instances'][number]): number {
  const wait = Math.min(5, 1.2 * Math.max(1, advertInterval / 1e6));
  return seconds(wait + (addresses.length > 20 ? 5 : 0.1));
}
