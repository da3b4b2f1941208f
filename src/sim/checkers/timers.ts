/** After the timers have run nothing is due any more, and what has ended leaves no timer behind. */
import type { Checker, Step } from '../types.ts';
import { isUnmoved, require } from './rules.ts';

const NAME = 'timers';

export class TimerChecker implements Checker {
  onStep(step: Step): void {
    if (isUnmoved(step)) return;
    const { host, stimulus, now, after, effects } = step;
    const next = host.node?.nextDeadline();
    if (stimulus.kind === 'expire') {
      require(next === undefined || next > now, NAME, () =>
        `${host.name} left a timer that was due`);
    }
    if (stimulus.kind === 'stopRequested') {
      for (const { departure, lingering, name } of after.values()) {
        const hasReason = stimulus.pace === 'planned' && (departure !== undefined || lingering > 0);
        require(hasReason, NAME, () => `${host.name} ${name} does not stop`);
      }
      require(next === undefined || after.size > 0, NAME, () => `${host.name} left timers behind`);
    }
    for (const [name, view] of after) {
      if (view.state !== 'backup' && view.state !== 'master' && view.lingering === 0) continue;
      // Whoever is drained waits for nothing but an order.
      if (view.state === 'backup' && view.restraint === 'drained') continue;
      const router = host.node?.router(name);
      require(router?.nextDeadline() !== undefined, NAME, () => {
        return `${host.name} ${name} is ${view.state} and waits for nothing`;
      });
    }
    checkReload({ host, stimulus, effects });
  }
}

/** An instance whose model is the one it has does not notice a reload. */
function checkReload({
  host,
  stimulus,
  effects,
}: Pick<Step, 'host' | 'stimulus' | 'effects'>): void {
  if (stimulus.kind !== 'reconfigured') return;
  for (const name of host.untouchedByReload()) {
    const touched = effects.find((effect) => {
      if (effect.kind === 'openInstance') return effect.model.name === name;
      return 'instance' in effect && effect.instance === name;
    });
    require(touched === undefined, NAME, () => `${host.name} ${name}: reload did ${touched?.kind}`);
  }
}
