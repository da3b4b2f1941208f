import type { Model } from '../../config/model/model.ts';
import { encodeModel } from '../../config/model/model-codec.ts';
import { whenQuiet } from '../calm.ts';
import { VERSION } from '../version.ts';
import type { VrrpProcess } from '../vrrp-process.ts';
import type { HandedState } from './handed-state.ts';
import type { UpgradeLink } from './link.ts';

/** The one that takes over needs some ten milliseconds; thousands of addresses take more. */
const SERVING_LIMIT_MS = 1000;

export interface Giver {
  readonly vrrp: Pick<VrrpProcess, 'freeze' | 'isQuiet' | 'node' | 'phase' | 'thaw' | 'untilDueUs'>;
  readonly link: UpgradeLink;
  /** As the successor was told ahead. */
  readonly briefed: Model;
  /** From now on nobody acts, for a moment. */
  onFrozen(): void;
  /** Ends the successor, and resolves when the kernel has ended it. */
  endSuccessor(): Promise<void>;
}

/** Tells the successor ahead what it can prepare; returns the model, secrets and all. */
export function brief(vrrp: Pick<VrrpProcess, 'node' | 'openLinks'>, link: UpgradeLink): Model {
  const { model } = vrrp.node;
  link.send({
    kind: 'briefing',
    version: VERSION,
    model: encodeModel(model, { secrets: 'revealed' }),
    links: vrrp.openLinks(),
  });
  return model;
}

/**
 * Freezes the engine, sends its state, and waits until the other one serves. Where no word comes in
 * time the other one is ended first, and then the engine goes on here. Resolves with what was given.
 */
export function giveOver({
  vrrp,
  link,
  briefed,
  onFrozen,
  endSuccessor,
}: Giver): Promise<HandedState | 'busy' | 'failed'> {
  return new Promise((resolve, reject) => {
    whenQuiet(vrrp, () => {
      if (!vrrp.node.isSettled() || vrrp.node.model !== briefed) {
        resolve('busy');
        return;
      }
      onFrozen();
      const state = vrrp.freeze();
      link.send({ kind: 'state', state });
      link.await(['serving'], { limitMs: SERVING_LIMIT_MS }, (outcome) => {
        if (typeof outcome === 'object') {
          resolve(state);
          return;
        }
        endSuccessor().then(() => {
          vrrp.thaw();
          resolve('failed');
        }, reject);
      });
    });
  });
}
