import type { VrrpEffect } from './types.ts';

/** What a router orders, in a line that fits into a transition table. */
export function summaryOf(effects: readonly VrrpEffect[]): string {
  return effects.map(wordsOf).join(', ');
}

function wordsOf(effect: VrrpEffect): string {
  if (effect.kind === 'sendAdvert') return `send ${effect.priority}`;
  if (effect.kind === 'notify') return effect.state;
  if (effect.kind === 'addAddresses') return 'add';
  if (effect.kind === 'removeAddresses') return 'remove';
  if (effect.kind === 'sendPeerMessage') return `tell ${effect.message.state}`;
  if (effect.kind === 'record') return effect.event.kind;
  return effect.kind;
}
