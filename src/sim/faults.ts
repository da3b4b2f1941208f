/** What goes wrong, and how it is mended. Every repair may come twice, or when nothing is broken. */
import type { Rng } from '../base/rng.ts';
import { type Micros, micros, millis, seconds } from '../base/time.ts';
import { forge } from './forge.ts';
import type { SimHost } from './host.ts';
import { CALM } from './network.ts';
import { type FaultKind, hostAddress, INTERFACE, ip, TRACKED_INTERFACE } from './plan.ts';
import { changeModel, moveAddress, nextMove } from './reloads.ts';
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
}

/** One host is well again, whatever was done to it. */
export function heal(host: SimHost, index: number): void {
  host.lateness = micros(300);
  for (const { name } of host.model.scripts) host.scripts.set(name, 'succeeds');
  host.resume();
  host.setLink(INTERFACE, 'up');
  host.setLink(TRACKED_INTERFACE, 'up');
  restoreSource(host, index);
  if (host.process === 'stopped') host.start();
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
  stop: ({ world, host, duration }) => {
    host.stop();
    world.schedule(duration, () => startAgain(host));
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
        if (one.process === 'stopped') one.model = moveAddress(one.model);
        else one.reload(moveAddress(one.model));
      }
      return;
    }
    if (host.process !== 'stopped') host.reload(changeModel(rng, host.model));
  },
  steal: ({ rng, host }) => {
    const held = [...host.kernel.present];
    if (held.length > 0) host.steal(rng.pick(held));
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
  if (host.process === 'stopped') host.start();
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
  for (const { model, startupDelay } of world.hosts) {
    startup = Math.max(startup, startupDelay);
    for (const instance of model.instances) {
      interval = Math.max(interval, instance.advertInterval);
      adverts = Math.max(adverts, instance.downTimerAdverts);
      preemptDelay = Math.max(preemptDelay, instance.preemptDelay);
    }
    for (const { interval: period, timeout, rise, fall } of model.scripts) {
      scripts = Math.max(scripts, (Math.max(rise, fall) + 2) * period + timeout + 2_100_000);
    }
  }
  const down = micros(adverts * interval + Math.max(interval, 1_000_000) + 10_000);
  const rivalry = 10 * interval;
  const addresses = millis(400);
  const settled = startup + scripts + preemptDelay + 3 * down + rivalry + addresses;
  return { down, settled: micros(settled + seconds(1)) };
}
