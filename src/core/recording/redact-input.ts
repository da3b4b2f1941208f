/** Takes secrets out of what the node was told, so that it decides the same without them. */
import type { Model } from '../../config/model/model.ts';
import { Redaction } from '../../config/model/redaction.ts';
import type { NodeInput } from '../node-types.ts';
import { passwordHex } from '../vrrp/admission.ts';

/** Stands for a password that is none of ours. */
const WRONG_PASSWORD = 'f'.repeat(16);

export class InputRedaction {
  readonly #redaction = new Redaction();
  /** The 8 bytes of each secret's placeholder, by the 8 bytes of the secret. */
  readonly #bytes = new Map<string, string>();

  model(model: Model): Model {
    const shown = this.#redaction.model(model);
    for (const [secret, placeholder] of this.#redaction.placeholders) {
      this.#bytes.set(passwordHex(secret), passwordHex(placeholder));
    }
    return shown;
  }

  input(input: NodeInput): NodeInput {
    if (input.kind === 'reconfigured') return { ...input, model: this.model(input.model) };
    if (input.kind !== 'advertReceived' || input.advert.authData === '') return input;
    const authData = this.#bytes.get(input.advert.authData) ?? WRONG_PASSWORD;
    return { ...input, advert: { ...input.advert, authData } };
  }
}
