/** How golden scripts show what an engine did. */
import type { NodeEffect } from '../../../src/core/node.ts';
import type { Guard } from '../../../src/core/vrrp/types.ts';
import type { SimHost } from '../../../src/sim/host.ts';
import type { Step } from '../../../src/sim/types.ts';
import { describeCause } from './causes.ts';

/**
 * `brief` leaves out what comes in a rhythm: a master's adverts, renewals and questions, and what peers
 * say of themselves.
 */
export function describeStep(
  { host, effects, stimulus }: Step,
  at: number,
  detail: 'brief' | 'adverts',
): string[] {
  const takesOver = effects.some(({ kind }) => kind === 'addAddresses');
  const when = stimulus.kind === 'expire' && !takesOver ? 'in-turn' : 'out-of-turn';
  const told = effects.filter((effect) => detail === 'adverts' || !isRhythm(effect, when));
  const lines = told.map(describeEffect).filter((line) => line !== '');
  const isPeriodic =
    stimulus.kind === 'expire' && lines.length === 1 && lines[0]?.startsWith('send');
  if (lines.length === 0 || (isPeriodic && detail === 'brief')) return [];
  const [first, ...rest] = lines;
  const time = (at / 1e6).toFixed(6);
  const indent = ' '.repeat(host.name.length + time.length + 2);
  return [`${host.name} ${time} ${first}`, ...rest.map((line) => `${indent}${line}`)];
}

function isRhythm(effect: NodeEffect, when: 'in-turn' | 'out-of-turn'): boolean {
  if (effect.kind === 'inquire') return effect.about === 'virtual';
  if (effect.kind === 'sendPeerMessage') return effect.message.resignation === undefined;
  return effect.kind === 'renewGuard' && when === 'in-turn';
}

export function describeHost(host: SimHost, begin: number): string[] {
  const lines: string[] = [];
  for (const view of host.views.values()) {
    const next = host.node?.router(view.name)?.nextDeadline();
    const deadline = next === undefined ? 'never' : ((next - begin) / 1e6).toFixed(6);
    const parts = [`priority ${view.effectivePriority}`, `next ${deadline}`];
    if (view.master !== undefined) parts.push(`follows ${view.master} (${view.masterPriority})`);
    if (view.departure !== undefined) parts.push(`leaves (${view.departure})`);
    if (view.restraint !== 'none') parts.push(view.restraint);
    if (view.lingering > 0) parts.push(`${view.lingering} linger`);
    if (view.faults.length > 0) parts.push(`faults: ${view.faults.join(', ')}`);
    lines.push(`${host.name} ${view.name} ${view.state} ${parts.join(', ')}`);
    const counted = Object.entries(view.statistics).filter(([, count]) => count > 0);
    lines.push(`  ${counted.map(([name, count]) => `${name}=${count}`).join(' ')}`.trimEnd());
  }
  const held = [...host.kernel.present].map((address) =>
    host.kernel.answers(address) ? address : `${address} (muted)`,
  );
  lines.push(`  holds ${held.length === 0 ? 'nothing' : held.join(' ')}`);
  return lines.filter((line) => line !== '');
}

function describeGuard(guard: Guard): string {
  if (guard.kind === 'none') return '';
  const time = guard.kind === 'lifetime' ? guard.seconds : guard.validity / 1e6;
  return ` (${guard.kind}, ${time} s)`;
}

function describeEffect(effect: NodeEffect): string {
  switch (effect.kind) {
    case 'openInstance':
      return `open ${effect.model.name}`;
    case 'closeInstance':
      return `close ${effect.instance}`;
    case 'sendAdvert':
      return `send ${effect.instance} priority ${effect.priority} from ${effect.source}, ${effect.checksum}`;
    case 'addAddresses':
    case 'removeAddresses': {
      const verb = effect.kind === 'addAddresses' ? 'add' : 'remove';
      const guard = effect.kind === 'addAddresses' ? describeGuard(effect.guard) : '';
      return `${verb} ${effect.addresses.map(({ address }) => address).join(' ')}${guard}`;
    }
    case 'announce':
      return `announce ${effect.addresses.map(({ address }) => address).join(' ')} ${effect.repeat} times`;
    case 'announceSource':
      return `announce source ${effect.source}`;
    case 'notify':
      return `notify ${effect.instance} ${effect.state} ${effect.priority}`;
    case 'runScript':
      return `run ${effect.script}`;
    case 'killScript':
      return `${effect.signal} to ${effect.script}`;
    case 'renewGuard':
      return `renew ${effect.instance}${describeGuard(effect.guard)}`;
    case 'restoreAddresses':
      return `restore ${effect.addresses.map(({ address }) => address).join(' ')}`;
    case 'inquire':
      return `inquire ${effect.addresses.join(' ')}`;
    case 'sendPeerMessage': {
      const { state, priority, resignation } = effect.message;
      const what =
        resignation === undefined ? '' : `, ${resignation.why}: ${resignation.successor}`;
      return `tell peers ${effect.instance} ${state} ${priority}${what}`;
    }
    case 'record':
      return describeEvent(effect.event);
  }
}

function describeEvent(event: Extract<NodeEffect, { kind: 'record' }>['event']): string {
  switch (event.kind) {
    case 'transition': {
      const { instance, from, to, cause } = event;
      return `${instance} ${from} -> ${to}: ${describeCause(cause)}`;
    }
    case 'priorityChanged':
      return `${event.instance} priority ${event.from} -> ${event.to}: ${describeCause(event.cause)}`;
    case 'advertRefused':
      return `${event.instance} refuses ${event.from}: ${event.reason} (${event.detail})`;
    case 'advertNoted': {
      const { instance, from, priority, ownPriority, note } = event;
      return `${instance} notes ${note}: ${priority} from ${from}, own ${ownPriority}`;
    }
    case 'masterChanged':
      return `${event.instance} master is ${event.to}, was ${event.from ?? 'nobody'}`;
    case 'intervalLearned':
      return `${event.instance} interval ${event.from / 1e6} s -> ${event.to / 1e6} s`;
    case 'faultChanged':
      return `${event.instance} faults: ${event.faults.join(', ')}`;
    case 'handoverBegan':
      return `${event.instance} hands over (${event.why}) to ${event.successor ?? 'whom VRRP elects'}`;
    case 'handoverEnded':
      return `${event.instance} hand-over ${event.outcome}, after ${event.afterUs} us: ${event.to ?? '-'}`;
    case 'addressRestored':
      return `${event.instance} puts ${event.address} back`;
    case 'addressContested':
      return `${event.instance} ${event.address} removed ${event.removals} times: ${event.policy}`;
    case 'rivalSeen':
      return `${event.instance} rival ${event.how}: ${event.address} ${event.mac ?? 'unknown'}`;
    case 'peerChanged':
      return `${event.instance} peer ${event.peer} ${event.change}, priority ${event.priority}`;
    case 'drainChanged':
      return `host is ${event.state}`;
    case 'scriptJudged':
      return `${event.script} ${event.outcome} (${event.detail})`;
    case 'checkJudged':
      return `${event.check} is ${event.verdict} (${event.detail})`;
    case 'proxyJudged':
      return `proxy ${event.proxy} is ${event.verdict} (${event.detail})`;
    case 'scriptOverrun':
      return `${event.script} is still running`;
    case 'unknownVrid':
      return `unknown vrid ${event.vrid} from ${event.from}`;
    case 'linkChanged':
      return `link ${event.interface} ${event.state}`;
    default:
      return JSON.stringify(event);
  }
}
