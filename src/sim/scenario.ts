/**
 * The lab's scenario without a lab: the operators' own configurations on the simulator. The holder of
 * the address loses power, then the next, and so on to the last; then all return one after another.
 */
import type { IpAddress } from '../base/ip.ts';
import { createRng } from '../base/rng.ts';
import { type Micros, micros, seconds } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { SimHost } from './host.ts';
import { hostAddress } from './plan.ts';
import type { Checker } from './types.ts';
import { World } from './world.ts';

export interface ScenarioHostSetup {
  readonly name: string;
  readonly model: Model;
  /** Addresses of its own by interface; made up for the interfaces of the model where absent. */
  readonly addresses?: Readonly<Record<string, readonly IpAddress[]>>;
}

export interface ScenarioOptions {
  /** Which address is watched; the first of the first instance where absent. */
  readonly vip?: IpAddress;
  readonly seed?: number;
  /** The longest that a host may take to serve. */
  readonly limit?: Micros;
  /** How long to wait whether a host that is back takes over. */
  readonly returnLimit?: Micros;
  /** Told of every change of those who hold the address. */
  readonly onHolders?: (holders: readonly string[], at: Micros) => void;
  readonly onStep?: (step: ScenarioStep) => void;
}

export interface ScenarioStep {
  /** `start`, `power off NAME`, `power on NAME`. */
  readonly step: string;
  readonly oldHolder: string | undefined;
  readonly newHolder: string | undefined;
  /** How long nobody had the address; undefined for the start. */
  readonly gapMs: number | undefined;
  /** The most hosts that had it at one time, and for how long two or more did. */
  readonly hostsAnswering: number;
  readonly overlapMs: number;
}

const SETTLE = seconds(3);

/** Runs the scenario; the same models and seed always give the same table. */
export function runSeedScenario(
  hosts: readonly ScenarioHostSetup[],
  options: ScenarioOptions = {},
): readonly ScenarioStep[] {
  return new ScenarioRun(hosts, options).run();
}

/** How long nobody, and how long more than one, held the address. */
class HolderWatch implements Checker {
  readonly #options: ScenarioOptions;
  readonly #now: () => Micros;
  #holders: readonly string[] = [];
  #since: Micros;
  #begun: Micros;
  #gapUs = 0;
  #overlapUs = 0;
  #most = 0;

  constructor(options: ScenarioOptions, now: () => Micros) {
    this.#options = options;
    this.#now = now;
    this.#since = now();
    this.#begun = now();
  }

  onStep(): void {}

  begin(): void {
    this.#account();
    this.#gapUs = 0;
    this.#overlapUs = 0;
    this.#most = this.#holders.length;
  }

  see(holders: readonly string[]): void {
    if (holders.join() === this.#holders.join()) return;
    this.#account();
    this.#holders = holders;
    this.#most = Math.max(this.#most, holders.length);
    this.#options.onHolders?.(holders, micros(this.#now() - this.#begun));
  }

  result(): Pick<ScenarioStep, 'hostsAnswering' | 'overlapMs'> & { readonly gapMs: number } {
    this.#account();
    const gapMs = this.#gapUs / 1000;
    return { gapMs, overlapMs: this.#overlapUs / 1000, hostsAnswering: this.#most };
  }

  #account(): void {
    const passed = this.#now() - this.#since;
    if (this.#holders.length === 0) this.#gapUs += passed;
    if (this.#holders.length > 1) this.#overlapUs += passed;
    this.#since = this.#now();
  }
}

class ScenarioRun {
  readonly #world: World;
  readonly #vip: IpAddress | undefined;
  readonly #options: ScenarioOptions;
  readonly #watch: HolderWatch;
  readonly #steps: ScenarioStep[] = [];

  constructor(hosts: readonly ScenarioHostSetup[], options: ScenarioOptions) {
    this.#options = options;
    this.#vip = options.vip ?? hosts[0]?.model.instances[0]?.addresses[0]?.address;
    const plans = hosts.map((host, index) => ({
      name: host.name,
      model: host.model,
      addresses: host.addresses ?? madeUp(host.model, index),
    }));
    this.#world = new World(plans, { rng: createRng(options.seed ?? 1), checkers: [] });
    this.#watch = new HolderWatch(options, () => this.#world.now);
  }

  run(): readonly ScenarioStep[] {
    const { hosts } = this.#world;
    this.#step('start', () => {
      for (const host of hosts) host.start();
    });
    const off: SimHost[] = [];
    for (let count = 1; count < hosts.length; count++) {
      const holder = this.#holder();
      if (holder === undefined) break;
      off.push(holder);
      this.#step(`power off ${holder.name}`, () => this.#world.powerOff(holder));
    }
    for (const host of off.reverse()) this.#step(`power on ${host.name}`, () => host.start());
    return this.#steps;
  }

  #step(step: string, act: () => void): void {
    const old = this.#holder()?.name;
    this.#watch.begin();
    act();
    const isReturn = step.startsWith('power on');
    const limit = isReturn ? this.#options.returnLimit : this.#options.limit;
    const moved = (): boolean => {
      const holders = this.#look();
      return holders.length === 1 && holders[0] !== old;
    };
    if (this.#world.runUntil(limit ?? seconds(60), moved) === 'done') {
      this.#world.runUntil(SETTLE, () => this.#look() === undefined);
    }
    const { gapMs, ...result } = this.#watch.result();
    const found: ScenarioStep = {
      step,
      oldHolder: old,
      newHolder: this.#holder()?.name,
      gapMs: step === 'start' ? undefined : gapMs,
      ...result,
    };
    this.#steps.push(found);
    this.#options.onStep?.(found);
  }

  #look(): readonly string[] {
    const holders = this.#world.hosts.filter((host) => this.#holds(host)).map(({ name }) => name);
    this.#watch.see(holders);
    return holders;
  }

  #holder(): SimHost | undefined {
    return this.#world.hosts.find((host) => this.#holds(host));
  }

  #holds(host: SimHost): boolean {
    return host.power === 'on' && this.#vip !== undefined && host.kernel.present.has(this.#vip);
  }
}

/** The configured source where there is one, so that unicast peers know each other. */
function madeUp(model: Model, index: number): Record<string, readonly IpAddress[]> {
  const addresses: Record<string, IpAddress[]> = {};
  const names = model.instances.flatMap((instance) => [
    instance.interface,
    ...instance.trackedInterfaces.map(({ name }) => name),
  ]);
  for (const name of names) {
    const configured = model.instances.flatMap((instance) =>
      instance.interface === name && instance.source !== undefined ? [instance.source] : [],
    );
    addresses[name] = [...configured, hostAddress(4, index), hostAddress(6, index)];
  }
  return addresses;
}
