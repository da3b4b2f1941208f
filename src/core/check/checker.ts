/**
 * One check: when it asks, how many failures it bears, and what it says.
 *
 * A check of several questions (urls, hosts) has passed when all of them are answered well, one after
 * the other. While it is up a failure is tried again `retries` times, `retryDelay` apart; before its
 * first result the first failure counts. While it is down one question a round is asked, the one that
 * failed; once that is answered, all of them must be before it is up.
 */
import { addMicros, type Micros, micros, seconds } from '../../base/time.ts';
import { type Judgement, judge } from './judge.ts';
import type { ProbeReport, ProbeRequest } from './probe.ts';
import { type AskingCheck, requestsOf } from './requests.ts';

export type Verdict = 'unknown' | 'up' | 'down';

export type CheckerEffect =
  | { readonly kind: 'ask'; readonly request: ProbeRequest }
  | { readonly kind: 'abandon' }
  | {
      readonly kind: 'judged';
      readonly verdict: 'up' | 'down';
      readonly report: ProbeReport;
      /** Attempts in a row that failed. */
      readonly failures: number;
      readonly detail: string;
    }
  /** Nothing has changed yet. */
  | { readonly kind: 'attemptFailed'; readonly report: ProbeReport; readonly detail: string }
  | { readonly kind: 'weightWanted'; readonly weight: number };

/** What is known of the last question that was answered. */
export interface LastResult {
  readonly at: Micros;
  readonly latency: Micros;
  readonly detail: string;
}

/** What is known of a check before it has asked. */
export interface KnownAnswer {
  readonly verdict: 'up' | 'down';
  readonly weight?: number;
}

const FIRST_DELAY = seconds(1);

export class Checker {
  readonly check: AskingCheck;
  readonly #requests: readonly ProbeRequest[];
  #verdict: Verdict = 'unknown';
  /** The question that is asked now, or next. */
  #step = 0;
  /** Where it was down: how many have to be answered yet. */
  #missing: number | undefined;
  #failures = 0;
  #weight: number | undefined;
  #last: LastResult | undefined;
  #dueAt: Micros | undefined;
  #begunAt: Micros | undefined;

  constructor(check: AskingCheck) {
    this.check = check;
    this.#requests = requestsOf(check);
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** What a script wants the server's weight to be. */
  get weight(): number | undefined {
    return this.#weight;
  }

  /** For one that asks the same, after this one; undefined before the first result. */
  get known(): KnownAnswer | undefined {
    if (this.#verdict === 'unknown') return undefined;
    const verdict = this.#verdict;
    return this.#weight === undefined ? { verdict } : { verdict, weight: this.#weight };
  }

  get last(): LastResult | undefined {
    return this.#last;
  }

  get failures(): number {
    return this.#failures;
  }

  nextDeadline(): Micros | undefined {
    return this.#dueAt;
  }

  /**
   * `share`: of the warm-up, in [0, 1), so that not all begin at once. What is known already was checked a
   * moment ago, and the next failure is waited for.
   */
  start(now: Micros, share: number): void {
    const delay = this.#verdict === 'unknown' ? FIRST_DELAY : 0;
    this.#dueAt = micros(now + delay + share * this.check.warmup);
  }

  /** For what waits for the first result. */
  startAtOnce(now: Micros): void {
    this.#dueAt = now;
  }

  /** What was known before this process, or before a reload that changed the timing alone. */
  adopt({ verdict, weight }: KnownAnswer): void {
    this.#verdict = verdict;
    this.#weight = weight;
  }

  /** Nobody wants to know for now; what is known stays. */
  pause(out: CheckerEffect[]): void {
    this.#dueAt = undefined;
    if (this.#begunAt === undefined) return;
    this.#begunAt = undefined;
    out.push({ kind: 'abandon' });
  }

  expire(now: Micros, out: CheckerEffect[]): void {
    if (this.#dueAt === undefined || this.#dueAt > now) return;
    const request = this.#requests[this.#step];
    this.#dueAt = undefined;
    if (request === undefined || this.#begunAt !== undefined) return;
    this.#begunAt = now;
    out.push({ kind: 'ask', request });
  }

  /** What came of the question that is under way. */
  answered(now: Micros, report: ProbeReport, out: CheckerEffect[]): void {
    if (this.#begunAt === undefined) return;
    const judgement = judge(this.check, this.#step, report.finding);
    this.#last = { at: now, latency: report.latency, detail: judgement.detail };
    if (judgement.kind === 'passed') this.#pass(now, judgement, report, out);
    else this.#fail(now, judgement.detail, report, out);
    this.#begunAt = undefined;
  }

  #pass(
    now: Micros,
    { detail, weight }: Extract<Judgement, { kind: 'passed' }>,
    report: ProbeReport,
    out: CheckerEffect[],
  ): void {
    const failures = this.#failures;
    this.#failures = 0;
    const count = this.#requests.length;
    if (this.#verdict === 'down') {
      // Where there are others, all of them come once more; a url does so also where it is the only one.
      const isAlone = count === 1 && !isWeb(this.check);
      this.#missing = this.#missing === undefined ? (isAlone ? 0 : count) : this.#missing - 1;
      this.#step = this.#missing === count ? 0 : (this.#step + 1) % count;
      if (this.#missing > 0) {
        this.#dueAt = addMicros(now, this.#isFast() ? 0 : this.#pauseBetween());
        return;
      }
    } else {
      this.#step = (this.#step + 1) % count;
      if (this.#step !== 0) {
        this.#dueAt = addMicros(now, this.#pauseBetween());
        return;
      }
    }
    this.#missing = undefined;
    this.#dueAt = this.#afterRound(now);
    if (weight !== undefined && weight !== this.#weight) {
      this.#weight = weight;
      out.push({ kind: 'weightWanted', weight });
    }
    if (this.#verdict === 'up') return;
    this.#verdict = 'up';
    out.push({ kind: 'judged', verdict: 'up', report, failures, detail });
  }

  #fail(now: Micros, detail: string, report: ProbeReport, out: CheckerEffect[]): void {
    const { retries, retryDelay, interval } = this.check;
    this.#failures++;
    this.#missing = undefined;
    if (this.#verdict === 'up' && this.#failures <= retries) {
      this.#dueAt = addMicros(now, retryDelay);
      out.push({ kind: 'attemptFailed', report, detail });
      return;
    }
    this.#dueAt = isWeb(this.check)
      ? addMicros(now, Math.max(retryDelay, interval))
      : this.#afterRound(now);
    if (this.#verdict === 'down') {
      out.push({ kind: 'attemptFailed', report, detail });
      return;
    }
    this.#verdict = 'down';
    const { failures } = this;
    out.push({ kind: 'judged', verdict: 'down', report, failures, detail });
  }

  /** Scripts are started each interval, whatever they take; all else rests for so long. */
  #afterRound(now: Micros): Micros {
    const { interval, kind } = this.check;
    if (kind !== 'script' || this.#begunAt === undefined) return addMicros(now, interval);
    const passed = Math.max(1, Math.ceil((now - this.#begunAt) / interval));
    return addMicros(this.#begunAt, passed * interval);
  }

  #pauseBetween(): number {
    const { check } = this;
    return isWeb(check) ? check.interval : 0;
  }

  #isFast(): boolean {
    const { check } = this;
    return isWeb(check) && check.fastRecovery;
  }
}

function isWeb(check: AskingCheck): check is Extract<AskingCheck, { kind: 'http' | 'https' }> {
  return check.kind === 'http' || check.kind === 'https';
}
