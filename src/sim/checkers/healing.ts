/**
 * An address that something else removes from a master comes back within 100 ms, is told of, and told
 * of no more once it has become a contest; then the operator's policy decides. What others hold, and
 * what was given up meanwhile, is not put back.
 */
import type { IpAddress } from '../../base/ip.ts';
import { virtualAddressesOf } from '../../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { SimHost } from '../host.ts';
import { type Checker, routerKey, type Step, type Stimulus } from '../types.ts';
import { isReborn, movedBy, require } from './rules.ts';

const NAME = 'healing';
const BACK_WITHIN_US = 100_000;
const WINDOW_US = 60_000_000;
const CONTEST = 5;
const TOLD_MAX = 10;

interface Losses {
  times: number[];
  contested: 'yes' | 'no';
  /** Since when it is missing. */
  missingSince: number | undefined;
}

interface Shadow {
  readonly losses: Map<IpAddress, Losses>;
  told: number[];
}

export class HealingChecker implements Checker {
  readonly #shadows = new Map<string, Shadow>();

  onCrash(host: SimHost): void {
    for (const key of [...this.#shadows.keys()]) {
      if (key.startsWith(`${host.name} `)) this.#shadows.delete(key);
    }
  }

  onStep(step: Step): void {
    const { host, stimulus, before, after } = step;
    if (stimulus.kind === 'start') this.onCrash(host);
    if (stimulus.kind === 'addressLost') this.#lose(step, stimulus);
    for (const name of before.keys()) {
      if (!after.has(name) || isReborn(step, name)) this.#shadows.delete(routerKey(host, name));
    }
    for (const effect of step.effects) {
      if (effect.kind === 'restoreAddresses') {
        for (const { address } of effect.addresses) this.#restore(step, effect.instance, address);
      } else if (effect.kind === 'record') this.#tell(step, effect.event);
    }
    if (this.#shadows.size > 0) this.#checkPatience(step);
  }

  #shadowOf(host: SimHost, instance: string): Shadow {
    const key = routerKey(host, instance);
    const known = this.#shadows.get(key);
    if (known !== undefined) return known;
    const shadow: Shadow = { losses: new Map(), told: [] };
    this.#shadows.set(key, shadow);
    return shadow;
  }

  #lose(step: Step, { instance, address }: Extract<Stimulus, { kind: 'addressLost' }>): void {
    const { host, now } = step;
    const model = host.node?.router(instance)?.model;
    const isMaster = step.before.get(instance)?.state === 'master';
    if (model === undefined || !isMaster || movedBy(step, instance, 'overslept')) return;
    if (!isTracked(model, address) || model.onAddressLoss === 'reelect-at-once') return;
    const { losses } = this.#shadowOf(host, instance);
    const loss = losses.get(address) ?? { times: [], contested: 'no', missingSince: undefined };
    losses.set(address, loss);
    loss.times = loss.times.filter((at) => now - at < WINDOW_US);
    if (loss.times.length === 0) loss.contested = 'no';
    loss.times.push(now);
    const isNews = loss.times.length >= CONTEST && loss.contested === 'no';
    if (isNews) loss.contested = 'yes';
    const told = step.effects.filter(
      (effect) => effect.kind === 'record' && effect.event.kind === 'addressContested',
    ).length;
    const where = `${host.name} ${instance} ${address}`;
    require(told === (isNews ? 1 : 0), NAME, () => `${where} contested: told ${told} times`);
    const leaves = model.onAddressLoss === 'reelect' && loss.contested === 'yes';
    const ends = step.before.get(instance)?.departure;
    const isEnd = ends === 'shutdown' || ends === 'removed';
    const right = leaves ? (isEnd ? undefined : 'backup') : 'master';
    const found = step.after.get(instance)?.state;
    require(found === right, NAME, () => {
      return `${where} lost ${loss.times.length} times: ${found}, not ${right}`;
    });
    loss.missingSince ??= now;
  }

  #restore({ host, after }: Step, instance: string, address: IpAddress): void {
    const loss = this.#shadowOf(host, instance).losses.get(address);
    const where = `${host.name} ${instance} ${address}`;
    const isMissing = loss?.missingSince !== undefined && after.get(instance)?.state === 'master';
    require(isMissing, NAME, () => `${where} is put back and was not missing`);
    if (loss !== undefined) loss.missingSince = undefined;
  }

  #tell({ host, now }: Step, event: Extract<Step['effects'][number], { kind: 'record' }>['event']) {
    if (event.kind !== 'addressRestored') return;
    const shadow = this.#shadowOf(host, event.instance);
    shadow.told = [...shadow.told.filter((at) => now - at < WINDOW_US), now];
    const { length } = shadow.told;
    require(length <= TOLD_MAX, NAME, () => `${host.name} tells ${length} times in a minute`);
    const isOver = shadow.losses.get(event.address)?.contested === 'yes';
    require(!isOver, NAME, () => `${host.name} still tells of the contested ${event.address}`);
  }

  #checkPatience({ host, now, lateUs, stimulus, after }: Step): void {
    for (const [name, { state }] of after) {
      const shadow = this.#shadows.get(routerKey(host, name));
      if (shadow === undefined) continue;
      const model = host.node?.router(name)?.model;
      for (const [address, loss] of shadow.losses) {
        const { missingSince } = loss;
        if (missingSince === undefined) continue;
        if (state !== 'master' || model === undefined || !isTracked(model, address)) {
          loss.missingSince = undefined;
          continue;
        }
        const isLong = now - missingSince > BACK_WITHIN_US + lateUs && stimulus.kind === 'expire';
        require(!isLong, NAME, () => {
          return `${host.name} ${name} misses ${address} for ${now - missingSince} us`;
        });
      }
    }
  }
}

function isTracked(model: VrrpInstanceModel, address: IpAddress): boolean {
  const held = virtualAddressesOf(model).find((candidate) => candidate.address === address);
  return held !== undefined && held.noTrack !== true;
}
