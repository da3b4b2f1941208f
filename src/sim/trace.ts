/** One line per event in fixed columns: time, host, what came in, what the engine made of it. */
import type { NodeEffect } from '../core/node.ts';
import type { PeerResignation } from '../wire/peer-types.ts';
import type { SimHost } from './host.ts';
import type { SimPlan } from './plan.ts';
import type { SeedObserver } from './run.ts';
import type { Step, Stimulus } from './types.ts';

export class Trace implements SeedObserver {
  readonly #print: (line: string) => void;
  #begin: number | undefined;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  onPlan(plan: SimPlan): void {
    this.#print(`faults ${[...plan.faults].join(' ')}; startup delay ${plan.startupDelay} us`);
    for (const { name, model } of plan.hosts) {
      this.#print(`host ${name} dead_man ${model.global.deadMan}`);
      for (const instance of model.instances) {
        const { name: _, interface: __, notify: ___, ...rest } = instance;
        this.#print(`host ${name} ${instance.name} ${JSON.stringify(rest)}`);
      }
      for (const script of model.scripts) this.#print(`host ${name} ${JSON.stringify(script)}`);
    }
  }

  onPhase(phase: string, now: number): void {
    this.#print(`${this.#time(now)} ---- ${phase}`);
  }

  onCrash(host: SimHost): void {
    this.#print(`${' '.repeat(13)} ${host.name}    crash`);
  }

  onStep(step: Step): void {
    const { host, now, stimulus, forged, lateUs, effects, after } = step;
    const states = [...after.values()].map(({ state }) => state[0]?.toUpperCase() ?? '-').join('');
    const note = forged === undefined ? '' : ` (forged: ${forged})`;
    const late = lateUs === 0 ? '' : ` +${lateUs}`;
    const made = effects.map(describeEffect).filter((text) => text !== '');
    const what = `${describeStimulus(stimulus)}${note}${late}`;
    this.#print(
      `${this.#time(now)} ${host.name} ${states.padEnd(2)} ${what.padEnd(34)} ${made.join('; ')}`.trimEnd(),
    );
  }

  #time(now: number): string {
    this.#begin ??= now;
    return ((now - this.#begin) / 1e6).toFixed(6).padStart(13);
  }
}

function describeStimulus(stimulus: Stimulus): string {
  switch (stimulus.kind) {
    case 'advertReceived': {
      const { vrid, priority, source } = stimulus.advert;
      return `hears vrid ${vrid} prio ${priority} ${source}`;
    }
    case 'linkChanged':
      return `link ${stimulus.interface} ${stimulus.state}`;
    case 'addressesChanged':
      return `addresses ${stimulus.interface} (${stimulus.addresses.length})`;
    case 'addressLost':
      return `lost ${stimulus.address}`;
    case 'scriptExited':
      return `script ${stimulus.script} ${stimulus.result}`;
    case 'reconfigured':
      return 'reload';
    case 'stopRequested':
      return `stop ${stimulus.pace}`;
    case 'ordered': {
      const { instance, order } = stimulus;
      const value = order.kind === 'priority' ? ` ${order.priority ?? 'reset'}` : '';
      return `order ${order.kind}${value} ${instance ?? ''}`.trimEnd();
    }
    case 'peerMessageReceived': {
      const { sender, state, priority, resignation, provenSince } = stimulus.message;
      const proof = provenSince === undefined ? ' unproven' : '';
      return `told ${sender} ${state} ${priority}${describeResignation(resignation)}${proof}`;
    }
    case 'addressClaimed':
      return `claimed ${stimulus.address} by ${stimulus.mac.slice(-2)}`;
    case 'listenerSeen':
      return `listener ${stimulus.from}`;
    default:
      return stimulus.kind;
  }
}

function describeResignation(resignation: PeerResignation | undefined): string {
  return resignation === undefined ? '' : ` ${resignation.why}: ${resignation.successor}`;
}

function describeEffect(effect: NodeEffect): string {
  switch (effect.kind) {
    case 'sendAdvert':
      return `sends ${effect.instance} ${effect.priority}`;
    case 'addAddresses':
    case 'removeAddresses':
      return `${effect.kind === 'addAddresses' ? 'adds' : 'removes'} ${effect.addresses.length}`;
    case 'announce':
      return `announces ${effect.addresses.length}x${effect.repeat}`;
    case 'restoreAddresses':
      return `restores ${effect.addresses.length}`;
    case 'renewGuard':
      return `renews (${effect.guard.kind})`;
    case 'inquire':
      return `asks about ${effect.addresses.length} (${effect.about})`;
    case 'sendPeerMessage': {
      const { state, priority, resignation } = effect.message;
      return `tells ${state} ${priority}${describeResignation(resignation)}`;
    }
    case 'notify':
      return `notifies ${effect.state}`;
    case 'runScript':
      return `runs ${effect.script}`;
    case 'killScript':
      return `${effect.signal} ${effect.script}`;
    case 'record': {
      const { event } = effect;
      if (event.kind === 'transition') {
        return `${event.instance} ${event.from} -> ${event.to} (${event.cause.kind})`;
      }
      if (event.kind === 'priorityChanged') {
        return `${event.instance} priority ${event.from} -> ${event.to}`;
      }
      return event.kind === 'advertNoted' ? event.note : event.kind;
    }
    default:
      return '';
  }
}
