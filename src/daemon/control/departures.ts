/** Follows a hand-over that an operator has asked for to its outcome. */
import type { HandoverResult } from '../../api/protocol.ts';
import type { IpAddress } from '../../base/ip.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RecordedEvent } from '../events/event-text.ts';
import type { EventHistory } from '../events/history.ts';
import type { VrrpProcess } from '../vrrp-process.ts';

/** A hand-over takes at most 1.2 times the longest skew time and 5 s for its addresses; more is a fault. */
const LIMIT_MS = 15_000;
/** Without a hand-over (`planned_handover off`) the next master is waited for. */
const NEXT_MASTER_MS = 5000;

export interface DepartureSources {
  readonly vrrp: Pick<VrrpProcess, 'node'>;
  readonly history: EventHistory;
  readonly clock: Clock;
}

type Ended = Extract<RecordedEvent, { kind: 'handoverEnded' }>;

/** Gives the order to a master, and calls back once it is known what came of it. */
export function followDeparture(
  { vrrp, history, clock }: DepartureSources,
  instance: string,
  order: () => void,
  done: (result: HandoverResult) => void,
): void {
  const stateOf = () => vrrp.node.router(instance)?.state ?? 'init';
  if (stateOf() !== 'master') {
    done(notMaster(instance, stateOf(), masterOf(vrrp, instance)));
    return;
  }
  const began = clock.now();
  let left: 'no' | 'at once' = 'no';
  let timer = setTimeout(() => finish('nobody', undefined, LIMIT_MS), LIMIT_MS);
  const finish = (outcome: Ended['outcome'], to: IpAddress | undefined, afterMs: number): void => {
    clearTimeout(timer);
    forget();
    // The state that the event leads to is there when the turn is over.
    setImmediate(() => done(resultOf(instance, { outcome, to, afterMs, state: stateOf() })));
  };
  const forget = history.listen((event) => {
    if (!('instance' in event) || event.instance !== instance) return;
    const afterMs = (clock.now() - began) / 1000;
    if (event.kind === 'handoverEnded') finish(event.outcome, event.to, event.afterUs / 1000);
    else if (event.kind === 'masterChanged' && left === 'at once') {
      finish('taken-over', event.to, afterMs);
    } else if (event.kind === 'transition' && event.to === 'master') {
      finish('nobody', undefined, afterMs);
    } else if (event.kind === 'transition' && event.to === 'fault') {
      finish('cut-short', undefined, afterMs);
    } else if (event.kind === 'transition' && event.from === 'master' && left === 'no') {
      left = 'at once';
      clearTimeout(timer);
      timer = setTimeout(() => finish('nobody', undefined, NEXT_MASTER_MS), NEXT_MASTER_MS);
    }
  });
  order();
}

function masterOf(vrrp: DepartureSources['vrrp'], instance: string): IpAddress | undefined {
  return vrrp.node.router(instance)?.snapshot().master;
}

function notMaster(
  instance: string,
  state: HandoverResult['state'],
  master: IpAddress | undefined,
): HandoverResult {
  const who = master === undefined ? 'no other master is known' : `${master} is`;
  return {
    instance,
    outcome: 'not-master',
    to: master ?? null,
    afterMs: null,
    state,
    text: `this host is not master of ${instance} (${state}): ${who}`,
  };
}

function resultOf(
  instance: string,
  {
    outcome,
    to,
    afterMs,
    state,
  }: {
    readonly outcome: Ended['outcome'];
    readonly to: IpAddress | undefined;
    readonly afterMs: number;
    readonly state: HandoverResult['state'];
  },
): HandoverResult {
  const after = `${afterMs.toFixed(1)} ms`;
  const goesOn = state === 'master' ? 'this host goes on serving' : `this host is ${state}`;
  const texts: Readonly<Record<typeof outcome, string>> = {
    'taken-over': `${to ?? 'another host'} has taken over ${instance} after ${after}`,
    nobody: `nobody has taken over ${instance} within ${after}: ${goesOn}`,
    'cut-short': `the hand-over of ${instance} was cut short after ${after}: ${goesOn}`,
  };
  return { instance, outcome, to: to ?? null, afterMs, state, text: texts[outcome] };
}
