import type { VrrpState } from '../../src/core/vrrp/types.ts';
import type { SeedObserver } from '../../src/sim/run.ts';
import type { Step } from '../../src/sim/types.ts';

export const STATES: readonly VrrpState[] = ['init', 'backup', 'master', 'fault'];
export const INPUTS = [
  'start',
  'advertReceived',
  'linkChanged',
  'sourceChanged',
  'trackerChanged',
  'addressLost',
  'reconfigured',
  'addressClaimed',
  'listenerSeen',
  'peerMessageReceived',
  'ordered',
  'stopRequested',
  'expire',
] as const;

/** Pairs that a node cannot bring about: a router is started once, and sleeps in init and fault. */
const IMPOSSIBLE = new Set([
  'backup start',
  'master start',
  'fault start',
  'init expire',
  'fault expire',
]);

/** What has to have happened, lest a rule holds because nothing ever puts it to the test. */
export const SIGHTS = [
  'startup',
  'recovered',
  'otherOwner',
  'masterDown',
  'advert',
  'interface',
  'noSource',
  'tracker',
  'addressLost',
  'overslept (lifetime)',
  'overslept (firewall)',
  'named (stopping)',
  'named (lowered)',
  'operator handover',
  'operator drain',
  'operator priority',
  'operator shutdown',
  'operator removed',
  'hand-over taken-over',
  'hand-over nobody',
  'hand-over cut-short',
  'addressRestored',
  'addressContested',
  'rivalSeen answers',
  'rivalSeen adverts',
  'peer found',
  'peer lost',
  'peer restarted',
  'forged replay',
  'forged reflection',
] as const;

/** Counts which input met which state, and notes what came of it. */
export class Marks implements SeedObserver {
  readonly counts = new Map<string, number>();
  readonly sights = new Set<string>();

  onStep(step: Step): void {
    const { stimulus, before, after } = step;
    if (step.forged !== undefined) this.sights.add(`forged ${step.forged}`);
    for (const effect of step.effects) {
      if (effect.kind === 'record') this.sights.add(sightOf(step, effect.event));
    }
    if (stimulus.kind === 'start') for (const _ of after.keys()) this.#mark('init', 'start');
    const judged = step.effects.some(
      (effect) => effect.kind === 'record' && effect.event.kind === 'scriptJudged',
    );
    for (const [name, { state }] of before) {
      const model = step.host.node?.router(name)?.model ?? step.host.model.instances[0];
      const isOwn = 'interface' in stimulus && stimulus.interface === model?.interface;
      if (judged || (stimulus.kind === 'linkChanged' && !isOwn))
        this.#mark(state, 'trackerChanged');
      if (stimulus.kind === 'advertReceived') {
        if (stimulus.advert.vrid === model?.vrid) this.#mark(state, 'advertReceived');
      } else if (stimulus.kind === 'addressesChanged') {
        if (isOwn) this.#mark(state, 'sourceChanged');
      } else if (stimulus.kind === 'linkChanged') {
        if (isOwn) this.#mark(state, 'linkChanged');
      } else if (stimulus.kind === 'addressLost') {
        if (stimulus.instance === name) this.#mark(state, 'addressLost');
      } else if (stimulus.kind === 'reconfigured') {
        if (!step.host.untouchedByReload().includes(name)) this.#mark(state, 'reconfigured');
      } else if (
        stimulus.kind === 'addressClaimed' ||
        stimulus.kind === 'listenerSeen' ||
        stimulus.kind === 'ordered'
      ) {
        const isAddressed = !('instance' in stimulus) || (stimulus.instance ?? name) === name;
        if (isAddressed) this.#mark(state, stimulus.kind);
      } else if (stimulus.kind === 'peerMessageReceived') {
        if (stimulus.instance === name) this.#mark(state, 'peerMessageReceived');
      } else if (stimulus.kind === 'stopRequested') this.#mark(state, 'stopRequested');
      else if (stimulus.kind === 'expire' && isRouterTimer(step, name)) this.#mark(state, 'expire');
    }
  }

  #mark(state: VrrpState, input: (typeof INPUTS)[number]): void {
    const pair = `${state} ${input}`;
    this.counts.set(pair, (this.counts.get(pair) ?? 0) + 1);
  }
}

type Event = Extract<Step['effects'][number], { kind: 'record' }>['event'];

function sightOf({ before }: Step, event: Event): string {
  if (event.kind === 'handoverEnded') return `hand-over ${event.outcome}`;
  if (event.kind === 'rivalSeen') return `rivalSeen ${event.how}`;
  if (event.kind === 'peerChanged') return `peer ${event.change}`;
  if (event.kind === 'priorityChanged')
    return event.cause.kind === 'otherOwner' ? 'otherOwner' : '';
  if (event.kind !== 'transition') return event.kind;
  const { cause, instance } = event;
  if (cause.kind === 'operator') return `operator ${cause.action}`;
  if (cause.kind === 'named') return `named (${cause.why})`;
  if (cause.kind === 'overslept') return `overslept (${before.get(instance)?.guard.kind})`;
  return cause.kind;
}

export function unseen({ sights }: Marks): readonly string[] {
  return SIGHTS.filter((sight) => !sights.has(sight));
}

export function unreachedPairs(marks: Marks): readonly string[] {
  const pairs = STATES.flatMap((state) => INPUTS.map((input) => `${state} ${input}`));
  return pairs.filter((pair) => !IMPOSSIBLE.has(pair) && !marks.counts.has(pair));
}

function isRouterTimer({ effects }: Step, name: string): boolean {
  return effects.some((effect) => 'instance' in effect && effect.instance === name);
}
