/** How an operator changes a configuration while it runs. */
import type { Rng } from '../base/rng.ts';
import { millis, seconds } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { Node } from '../core/node.ts';
import { drawTracking, ip } from './plan.ts';
import { isEnding } from './types.ts';

type Change = (rng: Rng, instance: VrrpInstanceModel) => VrrpInstanceModel;

const CHANGES: readonly Change[] = [
  (_rng, instance) => ({ ...instance }),
  (rng, instance) =>
    instance.priority === 255 ? instance : { ...instance, priority: rng.integer(1, 254) },
  (rng, instance) => ({ ...instance, preempt: rng.pick(['preempt', 'nopreempt']) }),
  (rng, instance) => ({ ...instance, preemptDelay: millis(rng.integer(0, 3000)) }),
  (rng, instance) => {
    const { address, ...rest } = instance.addresses[0] ?? { prefixLength: 24, scope: 0 };
    if (address === undefined) return instance;
    const last = rng.integer(180, 190);
    const added = {
      ...rest,
      address: ip(instance.family === 4 ? `10.0.1.${last}` : `fd00::1:${last}`),
    };
    // Not the other instance's either.
    const excludedAddresses = instance.vrid === 51 ? [added] : [];
    return { ...instance, excludedAddresses };
  },
  (_rng, instance) => ({ ...instance, excludedAddresses: [] }),
  (rng, instance) => {
    const { announcements } = instance;
    const refresh = rng.pick([seconds(0), seconds(1), seconds(3)]);
    return { ...instance, announcements: { ...announcements, refresh } };
  },
  (rng, instance) => {
    const retrack = (list: VrrpInstanceModel['trackedScripts']) =>
      list.map(({ name }) => drawTracking(rng, name));
    return {
      ...instance,
      trackedScripts: retrack(instance.trackedScripts),
      trackedInterfaces: retrack(instance.trackedInterfaces),
    };
  },
  (rng, instance) => {
    if (instance.version === 2 || instance.higherPrioritySendAdvert) return instance;
    return { ...instance, advertInterval: rng.pick([millis(500), seconds(1), millis(200)]) };
  },
  (rng, instance) => ({ ...instance, downTimerAdverts: rng.integer(2, 4) }),
];

export function changeModel(rng: Rng, model: Model): Model {
  const index = rng.integer(0, model.instances.length - 1);
  const instances = model.instances.map((instance, at) =>
    at === index ? rng.pick(CHANGES)(rng, instance) : instance,
  );
  const scripts = model.scripts.map((script) =>
    rng.chance(0.2) ? { ...script, rise: rng.integer(1, 3), fall: rng.integer(1, 3) } : script,
  );
  return { ...model, instances, scripts };
}

/** Which address `moveAddress` would move, and from where. */
export function nextMove({ instances }: Model): string {
  const [first, second] = instances;
  const from = first?.excludedAddresses[0] ?? second?.excludedAddresses[0];
  const name = first?.excludedAddresses[0] === undefined ? second?.name : first.name;
  // A host that has dropped an instance for a while cannot take part.
  const order = instances.map((instance) => instance.name).join();
  return `${from?.address} ${name} of ${order}`;
}

/** From one instance to the other, in one step. */
export function moveAddress(model: Model): Model {
  return { ...model, instances: moveBetween(model.instances) };
}

function moveBetween(instances: readonly VrrpInstanceModel[]): readonly VrrpInstanceModel[] {
  const [first, second] = instances;
  const moving = first?.excludedAddresses[0] ?? second?.excludedAddresses[0];
  if (first === undefined || second === undefined || moving === undefined) return instances;
  const without = (instance: VrrpInstanceModel): VrrpInstanceModel => ({
    ...instance,
    excludedAddresses: instance.excludedAddresses.filter(
      ({ address }) => address !== moving.address,
    ),
  });
  const [from, to] = first.excludedAddresses.includes(moving) ? [first, second] : [second, first];
  const receiver = without(to);
  const moved = { ...receiver, excludedAddresses: [...receiver.excludedAddresses, moving] };
  return instances.map((instance) => (instance === from ? without(from) : moved));
}

/** Instances that a reload to this model leaves as they are. */
export function unchangedInstances(node: Node, model: Model): readonly string[] {
  return model.instances
    .filter((instance) => {
      const router = node.router(instance.name);
      if (router === undefined || isEnding(router.snapshot())) return false;
      return JSON.stringify(router.model) === JSON.stringify(instance);
    })
    .map(({ name }) => name);
}
