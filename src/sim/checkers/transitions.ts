/** Nothing moves without a cause that was there, and nothing moves where no move is. */
import { virtualAddressesOf } from '../../config/model/virtual-addresses.ts';
import type { Cause, VrrpState } from '../../core/vrrp/types.ts';
import type { Checker, Step, Stimulus } from '../types.ts';
import { isUnmoved, movedBy, require, type Transition } from './rules.ts';

const NAME = 'transitions';

const MOVES: Readonly<Record<VrrpState, readonly VrrpState[]>> = {
  // init to init: stopped before it had begun.
  init: ['init', 'backup', 'fault'],
  backup: ['master', 'fault', 'init'],
  master: ['backup', 'fault', 'init'],
  fault: ['backup', 'init'],
};

const OCCASIONS: Readonly<Record<Cause['kind'], readonly Stimulus['kind'][]>> = {
  startup: [
    'start',
    'scriptExited',
    'checkJudged',
    'proxiesReported',
    'proxyLost',
    'expire',
    'reconfigured',
    'linkChanged',
    'addressesChanged',
  ],
  recovered: [
    'scriptExited',
    'checkJudged',
    'proxiesReported',
    'proxyLost',
    'linkChanged',
    'addressesChanged',
    'reconfigured',
    'expire',
  ],
  otherOwner: ['expire'],
  masterDown: ['expire'],
  advert: ['advertReceived'],
  interface: ['start', 'linkChanged', 'addressesChanged', 'reconfigured', 'scriptExited'],
  noSource: ['start', 'addressesChanged', 'reconfigured', 'linkChanged', 'scriptExited'],
  tracker: [
    'start',
    'scriptExited',
    'checkJudged',
    'proxiesReported',
    'proxyLost',
    'linkChanged',
    'expire',
    'reconfigured',
    'addressesChanged',
  ],
  addressLost: ['addressLost'],
  overslept: [
    'advertReceived',
    'expire',
    'linkChanged',
    'addressesChanged',
    'addressLost',
    'addressClaimed',
    'listenerSeen',
    'peerMessageReceived',
    'scriptExited',
    'reconfigured',
    'ordered',
    'stopRequested',
  ],
  named: ['peerMessageReceived'],
  synced: ['synced'],
  operator: ['reconfigured', 'stopRequested', 'advertReceived', 'expire', 'ordered'],
};

/** A router that is to end does so when anything gets in between. */
const CUT_SHORT: readonly Cause['kind'][] = [
  'overslept',
  'addressLost',
  'interface',
  'noSource',
  'tracker',
];

export class TransitionChecker implements Checker {
  onStep(step: Step): void {
    if (isUnmoved(step)) return;
    if (step.stimulus.kind === 'addressLost') checkLoss(step, step.stimulus);
    if (step.effects.length === 0) {
      checkQuiet(step);
      return;
    }
    const states = new Map<string, VrrpState>();
    for (const [name, view] of step.before) states.set(name, view.state);
    for (const effect of step.effects) {
      if (effect.kind !== 'record' || effect.event.kind !== 'transition') continue;
      const { event } = effect;
      const where = `${step.host.name} ${event.instance}`;
      const from = states.get(event.instance) ?? 'init';
      require(event.from === from, NAME, () => `${where} was ${from}, not ${event.from}`);
      const move = `${event.from} -> ${event.to}`;
      require(MOVES[event.from].includes(event.to), NAME, () => `${where} moved ${move}`);
      checkCause(step, event, `${where} ${move}`);
      states.set(event.instance, event.to);
    }
    for (const [name, view] of step.after) {
      const told = states.get(name) ?? 'init';
      require(view.state === told, NAME, () => {
        return `${step.host.name} ${name} went from ${told} to ${view.state} without a word`;
      });
    }
  }
}

/**
 * A master that loses an address gives up where the operator wants it so; others, and `no_track`
 * addresses, are not concerned.
 */
function checkLoss(
  step: Step,
  { instance, address }: Extract<Stimulus, { kind: 'addressLost' }>,
): void {
  const { before, after, host } = step;
  const model = host.node?.router(instance)?.model;
  const state = before.get(instance)?.state;
  if (model === undefined || state === undefined || movedBy(step, instance, 'overslept')) return;
  // How often it must have happened is another checker's matter.
  if (model.onAddressLoss === 'reelect') return;
  const held = virtualAddressesOf(model).find((candidate) => candidate.address === address);
  const tracked = held !== undefined && held.noTrack !== true;
  const counts = state === 'master' && tracked && model.onAddressLoss === 'reelect-at-once';
  const ends = before.get(instance)?.departure;
  const isEnd = ends === 'shutdown' || ends === 'removed';
  const right = counts ? (isEnd ? undefined : 'backup') : state;
  const found = after.get(instance)?.state;
  require(found === right, NAME, () => {
    return `${host.name} ${instance} lost ${address} as ${state} and is ${found}`;
  });
}

function checkQuiet({ before, after, host }: Step): void {
  for (const [name, view] of after) {
    require(before.get(name)?.state === view.state, NAME, () => {
      return `${host.name} ${name} is ${view.state} without a word`;
    });
  }
}

function checkCause(step: Step, { cause, to, instance }: Transition, what: string): void {
  const { stimulus } = step;
  const isEnd = to === 'init' && CUT_SHORT.some((kind) => movedBy(step, instance, kind));
  require(isEnd || OCCASIONS[cause.kind].includes(stimulus.kind), NAME, () => {
    return `${what}: ${cause.kind} while handling ${stimulus.kind}`;
  });
  if (cause.kind === 'advert' && stimulus.kind === 'advertReceived') {
    const { source, priority } = stimulus.advert;
    require(cause.from === source && cause.priority === priority, NAME, () => {
      return `${what}: blames ${cause.priority} from ${cause.from}, heard ${priority} from ${source}`;
    });
    require(step.forged === undefined, NAME, () => `${what}: by a forged advert`);
  }
  if (cause.kind === 'masterDown') {
    require(to === 'master' && cause.lateUs >= 0 && cause.lateUs <= step.lateUs, NAME, () => {
      return `${what}: says ${cause.lateUs} us late, was ${step.lateUs}`;
    });
    const before = step.before.get(instance);
    require(cause.lastMaster === before?.master, NAME, () => `${what}: wrong last master`);
  }
}
