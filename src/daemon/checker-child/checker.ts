/**
 * The checker process at work: feeds the engine of virtual servers with what happens, and carries out
 * what it orders. What it is built of comes from outside, so that tests can build it of other things.
 */

import type { CheckerReport, InstanceState } from '../../api/checker-child.ts';
import type { Micros } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import type { LoadBalancing } from '../../config/model/virtual-server.ts';
import type { Director } from '../../core/balance/director.ts';
import type {
  CarriedState,
  DirectorEffect,
  DirectorInput,
} from '../../core/balance/director-types.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogSink } from '../../ports/log.ts';
import type { Prober, RunningProbe } from '../../ports/prober.ts';
import { directorLines } from './log-lines.ts';
import type { Notices } from './notices.ts';
import type { PlaneSide } from './plane-side.ts';

export interface CheckerParts {
  readonly clock: Clock;
  readonly log: LogSink;
  readonly director: Director;
  readonly prober: Prober;
  readonly plane: PlaneSide;
  readonly notices: Notices;
  report(report: CheckerReport): void;
  /** What is to outlive this process has changed. */
  changed(): void;
}

/** The parts of a configuration that concern this process. */
export interface CheckerConfiguration {
  readonly model: Model;
  readonly balancing: LoadBalancing;
}

/** Node's timers are whole milliseconds, and can be early by part of one. */
const TIMER_MAX_MS = 2 ** 31 - 1;
const SCRIPTS_WITHIN_MS = 5000;

export class Checker {
  readonly #parts: CheckerParts;
  readonly #probes = new Map<number, RunningProbe>();
  #timer: NodeJS.Timeout | undefined;
  #dueAt: Micros | undefined;
  #phase: 'running' | 'stopping' = 'running';

  constructor(parts: CheckerParts) {
    this.#parts = parts;
  }

  /** At the start, with what the process before has left, and at each reload. */
  configure({ model, balancing }: CheckerConfiguration, carried?: CarriedState): void {
    this.#parts.notices.configure(model.global);
    this.#parts.plane.configure(balancing.settings);
    this.feed({
      kind: 'configured',
      model: balancing,
      ...(carried !== undefined && { carried }),
    });
    this.#parts.plane.begun();
    this.#parts.changed();
  }

  instanceChanged(state: InstanceState): void {
    this.#parts.plane.instanceChanged(state);
  }

  feed(input: DirectorInput): void {
    if (this.#phase === 'stopping' && input.kind !== 'stopped') return;
    const effects: DirectorEffect[] = [];
    // The kernel has what it should do before the director goes on to thousands of checks.
    const push = (effect: DirectorEffect): unknown =>
      effect.kind === 'realize' ? this.#parts.plane.realize(effect) : effects.push(effect);
    this.#parts.director.handle(this.#parts.clock.now(), input, { push });
    this.#carryOut(effects);
  }

  /** `keep`: whoever comes next goes on with what there is, and nobody is told of an end. */
  async stop(kernel: 'remove' | 'keep'): Promise<void> {
    if (kernel === 'remove') this.feed({ kind: 'stopped' });
    this.#phase = 'stopping';
    clearTimeout(this.#timer);
    for (const probe of this.#probes.values()) probe.abandon();
    this.#probes.clear();
    this.#parts.plane.close(kernel);
    await this.#parts.notices.idle(SCRIPTS_WITHIN_MS);
    this.#parts.notices.close();
    this.#parts.prober.close();
  }

  #expire(): void {
    this.#dueAt = undefined;
    if (this.#phase === 'stopping') return;
    const effects: DirectorEffect[] = [];
    this.#parts.director.expire(this.#parts.clock.now(), effects);
    this.#carryOut(effects);
  }

  #carryOut(effects: readonly DirectorEffect[]): void {
    let isNews = false;
    for (const effect of effects) {
      if (this.#obey(effect) === 'news') isNews = true;
    }
    if (isNews) this.#parts.changed();
    this.#arm();
  }

  #obey(effect: DirectorEffect): 'news' | 'nothing new' {
    const { prober, plane, log } = this.#parts;
    switch (effect.kind) {
      case 'probe': {
        const { probe, request } = effect;
        const running = prober.probe(request, (report) => {
          if (!this.#probes.delete(probe)) return;
          this.feed({ kind: 'probed', probe, report });
        });
        this.#probes.set(probe, running);
        return 'nothing new';
      }
      case 'abandonProbe':
        this.#probes.get(effect.probe)?.abandon();
        this.#probes.delete(effect.probe);
        return 'nothing new';
      case 'realize':
        plane.realize(effect);
        return 'nothing new';
      case 'notify':
        this.#parts.notices.tell(effect.notice);
        return 'nothing new';
      case 'trackJudged': {
        const { name, verdict, detail } = effect;
        this.#parts.report({ kind: 'judged', check: name, verdict, detail });
        return 'nothing new';
      }
      case 'record':
        for (const line of directorLines(effect.event)) log.write(line);
        return 'news';
    }
  }

  #arm(): void {
    const due = this.#parts.director.nextDeadline();
    if (due === this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = due;
    if (due === undefined || this.#phase === 'stopping') return;
    const restMs = Math.ceil((due - this.#parts.clock.now()) / 1000);
    this.#timer = setTimeout(() => this.#expire(), Math.min(TIMER_MAX_MS, Math.max(0, restMs)));
  }
}
