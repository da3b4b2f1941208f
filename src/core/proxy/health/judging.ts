/** What the answer of a check or of an agent, and what traffic shows, mean for a server. */
import type { CheckOutcome, ServerHealth } from '../live.ts';
import { type AgentAnswer, describeAgentAnswer, readAgentAnswer } from './agent-answer.ts';
import type { Orders } from './orders.ts';
import { isInMaintenance, isWell, type ServerWatch } from './server-watch.ts';
import { observationTexts } from './status-texts.ts';
import type { Transitions, Turn } from './transitions.ts';
import type { AgentReport, Cause, CheckResult, Observation } from './types.ts';

/** Rise and fall of an agent: one word suffices. */
const AGENT_STEPS = 1;

export class Judging {
  readonly #transitions: Transitions;
  readonly #orders: Orders;

  constructor(transitions: Transitions, orders: Orders) {
    this.#transitions = transitions;
    this.#orders = orders;
  }

  /**
   * While it is up each failure takes one from its health, and what is below `rise` is down and 0; while
   * it is down each success adds one. Success while it is up gives all of it back.
   */
  checked(turn: Turn, watch: ServerWatch, { verdict, outcome }: CheckResult): void {
    const { health } = watch;
    const status = health.last.status;
    health.last = outcome;
    const moved = verdict === 'failed' ? fail(health) : pass(health);
    if (moved && verdict === 'failed') health.failures++;
    if (verdict !== 'failed') watch.errors = 0;
    tellJudgement(turn, watch, {
      what: 'check',
      result: { verdict, outcome },
      news: moved || status !== outcome.status ? 'new' : 'same',
      steps: health,
    });
    const cause: Cause = { kind: 'check', outcome };
    if (verdict === 'failed') {
      if (health.health === 0) this.#transitions.goDown(turn, watch, cause);
    } else if (isWell(health)) {
      if (verdict === 'passed') this.#transitions.goUp(turn, watch, cause);
      else this.#transitions.goStopping(turn, watch, cause);
    }
  }

  /** One that does not answer says nothing about the server. Only an agent that said down takes it back. */
  agentAnswered(turn: Turn, watch: ServerWatch, report: AgentReport): void {
    const answer: AgentAnswer = report.kind === 'line' ? readAgentAnswer(report.line) : {};
    if (answer.percent !== undefined) this.#orders.weigh(turn, watch, { percent: answer.percent });
    if (answer.state !== undefined) this.#orders.setState(turn, watch, answer.state);
    if (answer.maxconn !== undefined) this.#limit(turn, watch, answer.maxconn);
    const outcome = outcomeOf(report, answer);
    const before = watch.health.agent;
    const said = answer.verdict?.is;
    const agent = {
      ...outcome,
      health:
        said === undefined ? (before?.health ?? AGENT_STEPS) : said === 'up' ? AGENT_STEPS : 0,
      rise: AGENT_STEPS,
      fall: AGENT_STEPS,
    };
    watch.health.agent = agent;
    if (outcome.status === 'CHECKED') return;
    const moved = before !== undefined && before.health !== agent.health;
    tellJudgement(turn, watch, {
      what: 'agent',
      result: { verdict: said === 'up' ? 'passed' : 'failed', outcome },
      news: moved || before?.status !== outcome.status ? 'new' : 'same',
      steps: agent,
    });
    const cause: Cause = { kind: 'agent', outcome };
    if (said === 'down') this.#transitions.goDown(turn, watch, cause);
    else if (said === 'up' && isWell(watch.health)) this.#transitions.goUp(turn, watch, cause);
  }

  /** Answers whether the next check must come sooner. */
  observed(turn: Turn, watch: ServerWatch, seen: Observation): 'sooner' | undefined {
    const { health, server, check } = watch;
    const { observe, errorLimit, onError } = server.config;
    if (observe === 'none' || check.phase === 'off' || isInMaintenance(health)) return undefined;
    if (observe === 'layer4' && seen.layer !== 4) return undefined;
    // That it can be connected to says nothing of what it answers.
    if (observe === 'layer7' && seen.layer === 4 && seen.result === 'success') return undefined;
    if (seen.result === 'success') {
      watch.errors = 0;
      return undefined;
    }
    watch.errors++;
    if (watch.errors < errorLimit) return undefined;
    const count = watch.errors;
    watch.errors = 0;
    health.observedErrors++;
    if (onError === 'fastinter') return 'sooner';
    if (onError === 'mark-down') health.health = Math.min(health.health, health.rise);
    if (onError === 'sudden-death') health.health = Math.min(health.health, health.rise + 1);
    const description = `Detected ${count} consecutive errors, last one was: ${observationTexts[seen.result]}`;
    const outcome: CheckOutcome = { status: 'HANA', code: -1, durationMs: -1, description };
    this.checked(turn, watch, { verdict: 'failed', outcome });
    return 'sooner';
  }

  #limit({ out }: Turn, { server }: ServerWatch, maxconn: number): void {
    if (server.maxconn === maxconn) return;
    server.maxconn = maxconn;
    out.push({ kind: 'limitChanged', server });
  }
}

/** Answers whether its health has changed. */
function fail(health: ServerHealth): boolean {
  if (health.health === 0) return false;
  health.health--;
  if (health.health < health.rise) health.health = 0;
  return true;
}

function pass(health: ServerHealth): boolean {
  const full = health.rise + health.fall - 1;
  if (health.health >= full) return false;
  health.health++;
  if (health.health >= health.rise) health.health = full;
  return true;
}

function outcomeOf(report: AgentReport, answer: AgentAnswer): CheckOutcome {
  if (report.kind === 'failed') return report.outcome;
  const { durationMs } = report;
  const description = describeAgentAnswer(answer);
  const said = answer.verdict?.is;
  if (said === undefined) return { status: 'CHECKED', code: -1, durationMs, description };
  return { status: said === 'up' ? 'L7OK' : 'L7STS', code: 0, durationMs, description };
}

function tellJudgement(
  { out }: Turn,
  { server }: ServerWatch,
  judgement: {
    readonly what: 'check' | 'agent';
    readonly result: CheckResult;
    readonly news: 'new' | 'same';
    readonly steps: { readonly health: number; readonly rise: number; readonly fall: number };
  },
): void {
  const { what, result, news, steps } = judgement;
  const { health, rise, fall } = steps;
  out.push({ kind: 'judged', judgement: { server, what, result, news, health, rise, fall } });
}
