/**
 * One seed from beginning to end. Each round: faults, during which every single step must be right;
 * then all is mended, and the group must settle, stay settled, and survive one clean failure.
 */
import { createRng, type Rng } from '../base/rng.ts';
import { micros, millis } from '../base/time.ts';
import { AdmissionChecker } from './checkers/admission.ts';
import { AnswerChecker } from './checkers/answers.ts';
import { CadenceChecker } from './checkers/cadence.ts';
import { ConditionChecker } from './checkers/conditions.ts';
import { DepartureChecker } from './checkers/departures.ts';
import { EffectChecker } from './checkers/effects.ts';
import { ElectionChecker } from './checkers/election.ts';
import { GuardChecker } from './checkers/guards.ts';
import { HealingChecker } from './checkers/healing.ts';
import { NamingChecker } from './checkers/naming.ts';
import { checkAtRest, checkServed } from './checkers/rest.ts';
import { TimerChecker } from './checkers/timers.ts';
import { TransitionChecker } from './checkers/transitions.ts';
import { heal, healAll, settleTime, strike } from './faults.ts';
import type { SimHost } from './host.ts';
import { drawPlan, INTERFACE, type SimPlan } from './plan.ts';
import { type Checker, type Step, Violation } from './types.ts';
import { World } from './world.ts';

export interface SeedResult {
  readonly seed: number;
  readonly events: number;
  /** Virtual time that passed. */
  readonly virtualSeconds: number;
  readonly transitions: number;
  readonly failure: { readonly message: string; readonly at: number } | undefined;
}

export interface SeedObserver extends Checker {
  onPlan?(plan: SimPlan): void;
  onPhase?(phase: string, now: number): void;
}

export function runSeed(seed: number, observer?: SeedObserver): SeedResult {
  const rng = createRng(seed);
  const plan = drawPlan(rng.fork());
  observer?.onPlan?.(plan);
  const counter = new TransitionCounter();
  const stage: { world?: World } = {};
  const scene = (): World => {
    if (stage.world === undefined) throw new Error('nothing can happen before there is a world');
    return stage.world;
  };
  const answers = new AnswerChecker(() => scene().now);
  const checkers: Checker[] = [
    // The observer first, so that a replay shows the step that broke a rule.
    ...(observer === undefined ? [] : [observer]),
    new TransitionChecker(),
    new EffectChecker(),
    new AdmissionChecker(),
    new ElectionChecker(),
    new ConditionChecker(),
    new CadenceChecker(),
    new TimerChecker(),
    new DepartureChecker(),
    new GuardChecker(),
    new HealingChecker(),
    new NamingChecker({ hosts: () => scene().hosts, network: () => scene().network }),
    answers,
    counter,
  ];
  const world = new World(plan.hosts, { rng: rng.fork(), checkers });
  stage.world = world;
  const begin = world.now;
  let failure: SeedResult['failure'];
  try {
    new SeedRun({ world, plan, counter, answers, rng: rng.fork(), observer }).run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const stack = error instanceof Violation ? '' : `\n${error.stack}`;
    failure = { message: `${error.message}${stack}`, at: world.now - begin };
  }
  const virtualSeconds = (world.now - begin) / 1e6;
  return { seed, events: world.events, virtualSeconds, transitions: counter.count, failure };
}

class TransitionCounter implements Checker {
  count = 0;
  last = '';

  onStep({ effects, host }: Step): void {
    for (const effect of effects) {
      if (effect.kind !== 'record' || effect.event.kind !== 'transition') continue;
      this.count++;
      this.last = `${host.name} ${effect.event.from} -> ${effect.event.to}`;
    }
  }
}

/** Ways in which one host ceases to serve while all is well with the others. */
const FAILURES = [
  'power',
  'stop',
  'link',
  'script',
  'pause',
  'kill',
  'handover',
  'drain',
  'priority',
] as const;
/** Of these, those after which it could serve again at once. */
const ORDERS: ReadonlySet<string> = new Set(['handover', 'drain', 'priority']);

interface Parts {
  readonly world: World;
  readonly plan: SimPlan;
  readonly counter: TransitionCounter;
  readonly answers: AnswerChecker;
  readonly rng: Rng;
  readonly observer: SeedObserver | undefined;
}

class SeedRun {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  run(): void {
    const { world, plan, rng } = this.#parts;
    for (const host of world.hosts) {
      host.startupDelay = plan.startupDelay;
      host.kernel.operationTime = plan.operationTime;
      host.scripts.duration = rng.pick([millis(2), millis(50), millis(300)]);
      for (const { name } of host.model.scripts) {
        if (rng.chance(0.6)) host.scripts.set(name, 'hangs');
      }
      world.schedule(millis(rng.integer(0, plan.spread)), () => {
        if (host.process === 'stopped') host.start();
      });
    }
    for (let round = 0; round < plan.rounds; round++) {
      this.#faults();
      this.#settle('heal');
      this.#stay();
      this.#failOver();
    }
  }

  #faults(): void {
    const { world, plan, rng, answers } = this.#parts;
    this.#phase('faults');
    answers.expect('rough', world.hosts);
    const kinds = [...plan.faults];
    const { down } = settleTime(world);
    const longest = micros(Math.min(down, 4_000_000));
    const strikes = kinds.length === 0 ? 0 : rng.integer(3, 14);
    for (let count = 0; count < strikes; count++) {
      world.run(micros(rng.integer(0, count < 2 ? 600_000 : longest)));
      strike(world, rng, rng.pick(kinds), longest);
    }
    world.run(longest);
  }

  /** All is mended; forged packets go on. */
  #settle(phase: string): void {
    const { world, answers } = this.#parts;
    this.#phase(phase);
    healAll(world);
    const { settled } = settleTime(world);
    this.#runForged(settled);
    // What the faults had still to mend may have disturbed once more.
    healAll(world);
    this.#drainKernels();
    checkAtRest(world.hosts);
    answers.expect('calm', world.hosts);
  }

  /** Nothing moves while nothing happens. */
  #stay(): void {
    const { world, counter } = this.#parts;
    this.#phase('rest');
    const before = counter.count;
    this.#runForged(settleTime(world).down);
    if (counter.count !== before) {
      throw new Violation('stability', `${counter.last} although nothing happened`);
    }
    checkAtRest(world.hosts);
  }

  /** One host fails in one clean way; another serves in time; it returns. */
  #failOver(): void {
    const { world, rng } = this.#parts;
    const index = this.#pickVictim();
    const host = world.hosts[index];
    if (host === undefined) return;
    const kind = rng.pick(FAILURES);
    this.#phase(`failover (${kind} of ${host.name})`);
    fail(world, host, kind);
    const { down, settled } = settleTime(world);
    world.run(micros(down + 500_000));
    const isOrder = ORDERS.has(kind);
    const others = world.hosts.filter((other) => isOrder || other !== host);
    if (kind !== 'script') checkServed(others);
    heal(host, index);
    world.run(settled);
    this.#drainKernels();
    checkAtRest(world.hosts);
  }

  #pickVictim(): number {
    const { world, rng } = this.#parts;
    const master = world.hosts.findIndex((host) =>
      [...host.views.values()].some(({ state }) => state === 'master'),
    );
    return master < 0 || rng.chance(0.2) ? rng.integer(0, world.hosts.length - 1) : master;
  }

  #runForged(duration: number): void {
    const { world, plan, rng } = this.#parts;
    if (!plan.faults.has('forge')) {
      world.run(micros(duration));
      return;
    }
    const parts = 8;
    for (let part = 0; part < parts; part++) {
      strike(world, rng, 'forge', micros(0));
      if (plan.faults.has('replay')) strike(world, rng, 'replay', micros(0));
      world.run(micros(Math.ceil(duration / parts)));
    }
  }

  #drainKernels(): void {
    const { world } = this.#parts;
    world.runUntil(millis(1000), () => world.hosts.every((host) => !host.kernel.isBusy()));
  }

  #phase(name: string): void {
    this.#parts.observer?.onPhase?.(name, this.#parts.world.now);
  }
}

function fail(world: World, host: SimHost, kind: (typeof FAILURES)[number]): void {
  if (kind === 'power') world.powerOff(host);
  else if (kind === 'kill') world.kill(host);
  else if (kind === 'handover' || kind === 'drain') host.order(undefined, { kind });
  else if (kind === 'priority') host.order(undefined, { kind, priority: 1 });
  else if (kind === 'stop') host.stop();
  else if (kind === 'pause') host.pause();
  else if (kind === 'link') host.setLink(INTERFACE, 'down');
  else for (const { name } of host.model.scripts) host.scripts.set(name, 'fails');
}
