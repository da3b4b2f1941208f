/** What a process keeps of itself while its program changes, should the bridge die meanwhile. */

import type { Model } from '../../config/model/model.ts';
import { decodeModel, encodeModel } from '../../config/model/model-codec.ts';
import { skipNumbers } from '../../core/vrrp/peer-proof.ts';
import { takeMemoryFile } from '../../linux/exec.ts';
import { type HandedState, STATE_VERSION } from './handed-state.ts';

export interface Inheritance {
  readonly model: Model;
  readonly state: HandedState;
}

export function packMemory(model: Model, state: HandedState): Uint8Array {
  const { peers } = state;
  // It is read only where the bridge has spoken in the meantime, and is silent now.
  const later = { ...state, ...(peers !== undefined && { peers: skipNumbers(peers) }) };
  const encoded = encodeModel(model, { secrets: 'revealed' });
  return Buffer.from(JSON.stringify({ model: encoded, state: later }));
}

/** Undefined where this program cannot read it: the program on disk has changed in between. */
export function unpackMemory(fd: number): Inheritance | undefined {
  const { model, state } = JSON.parse(Buffer.from(takeMemoryFile(fd)).toString()) as {
    readonly model: unknown;
    readonly state: HandedState;
  };
  const decoded = decodeModel(model);
  if (!decoded.ok || state.version !== STATE_VERSION) return undefined;
  return { model: decoded.value, state };
}
