import type { Machine } from '../core/machine.ts';
import type { HealthEffect, HealthInput } from '../core/proxy/health/types.ts';
import type { LiveServer } from '../core/proxy/live.ts';
import type { Alarm, AlarmFactory, Clock } from '../ports/clock.ts';
import type { ProxyChecks, RunningCheck } from '../ports/proxy-checks.ts';

/** What the loop leaves to others: log, balancers, sessions. */
export type HealthNews = Exclude<HealthEffect, { kind: 'probe' | 'abandon' }>;

export interface HealthLoopParts {
  readonly engine: Machine<HealthInput, HealthEffect>;
  readonly checks: ProxyChecks;
  readonly clock: Clock;
  readonly alarms: AlarmFactory;
  readonly onNews: (news: HealthNews) => void;
}

/** Keeps the health engine going: asks what it wants to know, tells it what came back, calls it in time. */
export class HealthLoop {
  readonly #parts: HealthLoopParts;
  readonly #alarm: Alarm;
  readonly #running = new Map<LiveServer, { check?: RunningCheck; agent?: RunningCheck }>();

  constructor(parts: HealthLoopParts) {
    this.#parts = parts;
    this.#alarm = parts.alarms.createAlarm(() =>
      this.#turn((now, out) => parts.engine.expire(now, out)),
    );
    this.give({ kind: 'started' });
  }

  give(input: HealthInput): void {
    this.#turn((now, out) => this.#parts.engine.handle(now, input, out));
  }

  close(): void {
    this.#alarm.close();
    this.#parts.checks.close();
  }

  #turn(run: (now: ReturnType<Clock['now']>, out: HealthEffect[]) => void): void {
    const { clock, engine } = this.#parts;
    const effects: HealthEffect[] = [];
    run(clock.now(), effects);
    for (const effect of effects) this.#carryOut(effect);
    this.#alarm.arm(engine.nextDeadline());
  }

  #carryOut(effect: HealthEffect): void {
    if (effect.kind === 'probe') this.#ask(effect);
    else if (effect.kind === 'abandon') {
      const running = this.#running.get(effect.server);
      running?.[effect.what]?.abandon();
      delete running?.[effect.what];
    } else this.#parts.onNews(effect);
  }

  #ask(question: Extract<HealthEffect, { kind: 'probe' }>): void {
    const { server, what } = question;
    const { checks } = this.#parts;
    let running = this.#running.get(server);
    if (running === undefined) {
      running = {};
      this.#running.set(server, running);
    }
    running[what] =
      what === 'check'
        ? checks.check(question, (result) => this.give({ kind: 'checked', server, result }))
        : checks.askAgent(question, (report) =>
            this.give({ kind: 'agentAnswered', server, report }),
          );
  }
}
