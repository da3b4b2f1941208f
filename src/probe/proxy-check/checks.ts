import type { Micros } from '../../base/time.ts';
import type { CheckResult } from '../../core/proxy/health/types.ts';
import type { LiveServer } from '../../core/proxy/live.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PatternCompiler } from '../../ports/patterns.ts';
import type { ProxyChecks, RunningCheck } from '../../ports/proxy-checks.ts';
import { Lane } from '../lane.ts';
import { readAgentLine } from './answers/agent.ts';
import { compileCheck } from './compile.ts';
import { agentWay } from './places.ts';
import { limitsOf, Run } from './run.ts';
import { emptyAt, type Step, wrong } from './steps.ts';

export interface ProxyCheckParts {
  readonly clock: Clock;
  readonly patterns: PatternCompiler;
  /** Bytes of an answer that are looked at (`tune.bufsize`). */
  readonly bufferBytes: number;
  /** How many may be under way at a time; the others wait, and their time limits with them. */
  readonly most: number;
}

interface Plan {
  readonly steps: readonly Step[] | undefined;
  readonly inter: Micros;
  readonly free: () => void;
}

export function createProxyChecks(parts: ProxyCheckParts): ProxyChecks {
  const lane = new Lane(parts.most);
  const running = new Set<RunningCheck>();
  const begin = (
    server: LiveServer,
    plan: () => Plan,
    onEnd: (result: CheckResult) => void,
  ): RunningCheck => {
    const check = enter(
      lane,
      (onOver) => start(parts, server, plan(), onOver),
      (result) => {
        running.delete(check);
        onEnd(result);
      },
    );
    running.add(check);
    return {
      abandon: () => {
        running.delete(check);
        check.abandon();
      },
    };
  };
  return {
    check: (question, onEnd) => begin(question.server, () => planCheck(parts, question), onEnd),
    askAgent: ({ server }, onEnd) =>
      begin(
        server,
        () => planAgent(server),
        ({ verdict, outcome }) => {
          const { description, durationMs } = outcome;
          if (verdict === 'failed') onEnd({ kind: 'failed', outcome });
          else onEnd({ kind: 'line', line: description, durationMs });
        },
      ),
    close: () => {
      lane.clear();
      for (const check of running) check.abandon();
      running.clear();
    },
  };
}

/** Waits for a place; `onEnd` is not called before this has returned. */
function enter(
  lane: Lane,
  begin: (onOver: (result: CheckResult) => void) => RunningCheck,
  onEnd: (result: CheckResult) => void,
): RunningCheck {
  let phase: 'waiting' | 'running' | 'over' | 'abandoned' = 'waiting';
  let run: RunningCheck | undefined;
  const place = lane.enter(() => {
    phase = 'running';
    run = begin((result) => {
      if (phase !== 'running') return;
      phase = 'over';
      lane.leave();
      process.nextTick(() => {
        if (phase === 'over') onEnd(result);
      });
    });
  });
  return {
    abandon: () => {
      const wasRunning = phase === 'running';
      phase = 'abandoned';
      place.withdraw();
      run?.abandon();
      if (wasRunning) lane.leave();
    },
  };
}

function start(
  { clock, bufferBytes }: ProxyCheckParts,
  { proxy }: LiveServer,
  { steps, inter, free }: Plan,
  onEnd: (result: CheckResult) => void,
): RunningCheck {
  if (steps === undefined) {
    free();
    onEnd(NO_ADDRESS);
    return { abandon: () => {} };
  }
  const limits = limitsOf(proxy.config.timeouts, inter);
  return new Run(steps, { clock, limits, bufferBytes, free }, onEnd);
}

const NO_ADDRESS: CheckResult = {
  verdict: 'failed',
  outcome: { status: 'SOCKERR', code: -1, durationMs: 0, description: 'no address or port to ask' },
};

function planCheck(
  { patterns }: ProxyCheckParts,
  { server, notFound }: Parameters<ProxyChecks['check']>[0],
): Plan {
  const held: (() => void)[] = [];
  const hold = (release: () => void): void => void held.push(release);
  const { config } = server;
  return {
    steps: compileCheck(server, server.proxy.config.check, { patterns, hold, notFound }),
    inter: config.check?.inter ?? (0 as Micros),
    free: () => {
      for (const release of held.splice(0)) release();
    },
  };
}

function planAgent(server: LiveServer): Plan {
  const { agent } = server.config;
  const way = agentWay(server);
  const own = { place: '' };
  const ask = agent?.send === undefined ? '' : agent.send;
  const steps: readonly Step[] | undefined = way && [
    { kind: 'connect', number: 0, passed: '', ...own, ...way },
    { kind: 'send', number: 1, ...own, bytes: Buffer.from(ask, 'latin1') },
    {
      ...{ kind: 'expect', number: 2, ...own, lateStatus: 'L7TOUT' },
      read: readAgentLine,
      onNothing: wrong(emptyAt(2)),
    },
  ];
  return { steps, inter: agent?.inter ?? (0 as Micros), free: () => {} };
}
