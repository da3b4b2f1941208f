import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { NodeEffect } from '../core/node.ts';
import type { AddressSide } from './address-side.ts';

export interface AddressEffectContext {
  /** Undefined: no such instance is open. */
  readonly model: VrrpInstanceModel | undefined;
  readonly atStop: 'release' | 'keep';
}

/** Carries out what an engine orders of addresses; says whether it was that. */
export function changeAddresses(
  addresses: AddressSide,
  effect: NodeEffect,
  { model, atStop }: AddressEffectContext,
): boolean {
  switch (effect.kind) {
    case 'addAddresses':
    case 'restoreAddresses':
      if (model !== undefined) addresses.change(model, effect);
      return true;
    case 'removeAddresses':
      if (model !== undefined && atStop === 'release') addresses.change(model, effect);
      return true;
    case 'renewGuard':
      if (model !== undefined) addresses.renewGuard(model, effect);
      return true;
    case 'announce':
      if (model !== undefined) addresses.announce(model, effect);
      return true;
    case 'announceSource':
      if (model !== undefined) addresses.announceSource(model, effect.source);
      return true;
    default:
      return false;
  }
}
