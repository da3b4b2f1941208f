/**
 * A router is in fault exactly while something is wrong on its host, waits in init while a script has
 * not answered, and has the priority that the trackers give it. Scripts are judged here by counting
 * results in a row.
 */
import type { Tracking, VrrpInstanceModel, VrrpScriptModel } from '../../config/model/vrrp.ts';
import type { SimHost } from '../host.ts';
import { type Checker, isEnding, type RouterView, type Step } from '../types.ts';
import { OrderBook } from './orders.ts';
import { expectedPriority, isUnmoved, require } from './rules.ts';

const NAME = 'conditions';

type VerdictOf = (kind: 'script' | 'interface', name: string) => 'unknown' | 'up' | 'down';

interface ScriptShadow {
  model: VrrpScriptModel;
  verdict: 'unknown' | 'up' | 'down';
  /** Results against the verdict, in a row. */
  against: number;
  startedAt: number | undefined;
  /** When it last ran or should have. */
  turnAt: number | undefined;
  state: 'idle' | 'running' | 'given-up';
}

export class ConditionChecker implements Checker {
  readonly #scripts = new Map<string, Map<string, ScriptShadow>>();
  /** Owners that gave way to another owner. */
  readonly #gaveWay = new Set<string>();
  /** Hosts whose scripts have ended: their process is about to. */
  readonly #stopping = new Set<SimHost>();
  readonly #orders = new OrderBook();

  onCrash(host: SimHost): void {
    this.#scripts.delete(host.name);
    this.#stopping.delete(host);
    this.#orders.crash(host);
  }

  onStep(step: Step): void {
    if (isUnmoved(step)) return;
    const { host, stimulus } = step;
    this.#orders.note(step);
    if (stimulus.kind === 'start') {
      this.#scripts.delete(host.name);
      this.#stopping.delete(host);
      for (const name of step.after.keys()) this.#gaveWay.delete(`${host.name} ${name}`);
    }
    for (const effect of step.effects) {
      if (effect.kind === 'closeInstance') this.#gaveWay.delete(`${host.name} ${effect.instance}`);
    }
    if (stimulus.kind === 'stopRequested') this.#stopping.add(host);
    if (this.#stopping.has(host)) return;
    if (stimulus.kind === 'start' || stimulus.kind === 'reconfigured') this.#adopt(step);
    if (stimulus.kind === 'scriptExited') this.#judgeExit(step, stimulus.script, stimulus.result);
    this.#watchRuns(step);
    // An advert changes none of this but for an owner's, and it says so.
    if (stimulus.kind === 'advertReceived' && step.effects.length === 0) return;
    for (const [name, view] of step.after) {
      const model = host.node?.router(name)?.model;
      if (model !== undefined && !isEnding(view)) this.#checkRouter(step, model, view);
    }
  }

  #shadowsOf(host: SimHost): Map<string, ScriptShadow> {
    const known = this.#scripts.get(host.name);
    if (known !== undefined) return known;
    const shadows = new Map<string, ScriptShadow>();
    this.#scripts.set(host.name, shadows);
    return shadows;
  }

  #adopt({ host }: Step): void {
    const { scripts, instances } = host.node?.model ?? host.model;
    const shadows = this.#shadowsOf(host);
    const used = new Set(
      instances.flatMap(({ trackedScripts }) => trackedScripts.map((t) => t.name)),
    );
    for (const name of [...shadows.keys()]) if (!used.has(name)) shadows.delete(name);
    for (const model of scripts) {
      if (!used.has(model.name)) continue;
      const shadow = shadows.get(model.name);
      if (shadow === undefined) {
        const verdict = model.initialResult === 'failed' ? 'down' : 'unknown';
        const fresh = {
          against: 0,
          startedAt: undefined,
          turnAt: undefined,
          state: 'idle',
        } as const;
        shadows.set(model.name, { model, verdict, ...fresh });
      } else if (JSON.stringify(shadow.model) !== JSON.stringify(model)) {
        shadow.model = model;
        shadow.against = 0;
      }
    }
  }

  #judgeExit({ host }: Step, name: string, result: 'success' | 'failure'): void {
    const shadow = this.#shadowsOf(host).get(name);
    if (shadow === undefined || shadow.state === 'idle') return;
    const counts = shadow.state === 'running';
    shadow.state = 'idle';
    if (counts) judge(shadow, result);
  }

  #watchRuns(step: Step): void {
    const shadows = this.#shadowsOf(step.host);
    for (const effect of step.effects) {
      if (effect.kind === 'runScript') {
        const shadow = shadows.get(effect.script);
        if (shadow === undefined) continue;
        require(shadow.state === 'idle', NAME, () => `${effect.script} runs twice`);
        shadow.state = 'running';
        shadow.startedAt = step.now;
        shadow.turnAt = step.now;
      } else if (effect.kind === 'killScript' && effect.signal === 'SIGTERM') {
        const shadow = shadows.get(effect.script);
        if (shadow === undefined) continue;
        const ran = step.now - (shadow.startedAt ?? step.now);
        require(ran >= shadow.model.timeout, NAME, () => `${effect.script} killed after ${ran} us`);
        shadow.state = 'given-up';
        judge(shadow, 'failure');
      } else if (effect.kind === 'record' && effect.event.kind === 'scriptOverrun') {
        const shadow = shadows.get(effect.event.script);
        if (shadow !== undefined) shadow.turnAt = step.now;
      }
    }
    if (step.stimulus.kind !== 'expire') return;
    for (const { state, startedAt, turnAt, model } of shadows.values()) {
      const ran = step.now - (startedAt ?? step.now);
      require(state !== 'running' || ran < model.timeout, NAME, () => {
        return `${step.host.name} ${model.name} is still awaited after ${ran} us`;
      });
      const since = step.now - (turnAt ?? step.now);
      require(since < model.interval, NAME, () => {
        return `${step.host.name} ${model.name} has not had its turn for ${since} us`;
      });
    }
  }

  #checkRouter(step: Step, model: VrrpInstanceModel, view: RouterView): void {
    const { host } = step;
    const where = `${host.name} ${model.name}`;
    const verdictOf = this.#verdictsOf(host);
    // A host that sleeps, or has just woken, has not heard of everything yet.
    if (host.process !== 'running' || !isStarted(view)) return;
    const faulty = isFaulty(host, model, verdictOf);
    const waiting = model.trackedScripts.some(
      ({ name }) => verdictOf('script', name) === 'unknown',
    );
    if (isCurrent(step)) {
      require(!faulty || view.state === 'fault', NAME, () =>
        `${where} is ${view.state} with faults`);
      require(faulty || waiting || (view.state !== 'fault' && view.state !== 'init'), NAME, () => {
        return `${where} is ${view.state} although all is well`;
      });
    }
    const was = step.before.get(model.name)?.state ?? 'init';
    const waits = waiting && !faulty && was === 'init' && isCurrent(step);
    require(!waits || view.state === 'init', NAME, () => `${where} does not wait for its scripts`);
    const base = this.#orders.of(host, model.name).priority ?? model.priority;
    const expected = expectedPriority(model, base, verdictOf);
    this.#checkPriority(step, { model, view, expected });
  }

  #verdictsOf(host: SimHost): VerdictOf {
    const shadows = this.#shadowsOf(host);
    return (kind, name) => {
      if (kind === 'interface') return host.linkState(name) === 'up' ? 'up' : 'down';
      return shadows.get(name)?.verdict ?? 'unknown';
    };
  }

  #checkPriority(
    step: Step,
    router: { model: VrrpInstanceModel; view: RouterView; expected: number },
  ): void {
    const { model, view, expected } = router;
    const key = `${step.host.name} ${model.name}`;
    for (const effect of step.effects) {
      if (effect.kind !== 'record' || effect.event.kind !== 'priorityChanged') continue;
      if (effect.event.instance !== model.name) continue;
      if (effect.event.cause.kind === 'otherOwner') this.#gaveWay.add(key);
      else this.#gaveWay.delete(key);
    }
    const right = model.priority === 255 && this.#gaveWay.has(key) ? 254 : expected;
    if (!isCurrent(step)) return;
    require(view.effectivePriority === right, NAME, () => {
      return `${key} has priority ${view.effectivePriority}, not ${right}`;
    });
  }
}

function isStarted(view: RouterView): boolean {
  return view.lastTransition !== undefined || view.state !== 'init';
}

/** Steps after which the host knows all that has happened to it. */
function isCurrent({ host }: Step): boolean {
  return host.isAwareOfAll();
}

function isFaulty(host: SimHost, model: VrrpInstanceModel, verdictOf: VerdictOf): boolean {
  const link = host.linkState(model.interface);
  if (link === 'missing' || (link === 'down' && model.trackInterface)) return true;
  const sources = host
    .addressesOf(model.interface)
    .filter((address) => address.includes(':') === (model.family === 6));
  if (model.source === undefined ? sources.length === 0 : !sources.includes(model.source))
    return true;
  return (
    model.trackedScripts.some((tracking) => fails(tracking, verdictOf('script', tracking.name))) ||
    model.trackedInterfaces.some((tracking) =>
      fails(tracking, verdictOf('interface', tracking.name)),
    )
  );
}

function fails({ weight, sense }: Tracking, verdict: 'unknown' | 'up' | 'down'): boolean {
  return weight === 0 && verdict === (sense === 'normal' ? 'down' : 'up');
}

function judge(shadow: ScriptShadow, result: 'success' | 'failure'): void {
  const seen = result === 'success' ? 'up' : 'down';
  if (shadow.verdict === 'unknown') shadow.verdict = seen;
  shadow.against = seen === shadow.verdict ? 0 : shadow.against + 1;
  const needed = shadow.verdict === 'up' ? shadow.model.fall : shadow.model.rise;
  if (shadow.against < needed) return;
  shadow.verdict = seen;
  shadow.against = 0;
}
