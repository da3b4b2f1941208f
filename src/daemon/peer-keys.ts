/** Who may say something to the other holdfasts of a group, and with which key. */
import { createHmac, hkdfSync } from 'node:crypto';
import type { Secret } from '../base/secret.ts';
import type { GlobalModel } from '../config/model/model.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { SignPeerMessage } from '../wire/peer.ts';

/** So that neither the password nor another key made of it is what signs. */
const PURPOSE = 'holdfast side message 1';
const KEY_BYTES = 32;
const SIGNERS_MAX = 256;

/** The group's own key, or else the password that its adverts carry. */
export function peerSecret(global: GlobalModel, model: VrrpInstanceModel): Secret | undefined {
  if (global.peerKey !== undefined) return global.peerKey;
  return model.authentication.kind === 'simple' ? model.authentication.password : undefined;
}

/** Keys are derived once for each secret. */
export class PeerKeys {
  readonly #signers = new Map<string, SignPeerMessage>();

  signer(secret: Secret): SignPeerMessage {
    const text = secret.reveal();
    let signer = this.#signers.get(text);
    if (signer === undefined) {
      const key = Buffer.from(hkdfSync('sha256', text, '', PURPOSE, KEY_BYTES));
      signer = (bytes) => createHmac('sha256', key).update(bytes).digest();
      if (this.#signers.size >= SIGNERS_MAX) this.#signers.clear();
      this.#signers.set(text, signer);
    }
    return signer;
  }
}
