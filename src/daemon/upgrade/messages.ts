/**
 * What the two programs of an upgrade say to each other, one JSON object a line. They may be of
 * different versions: fields are added, never changed in meaning, and what is not known is passed over.
 */
import type { EncodedModel } from '../../config/model/model-codec.ts';
import type { AdvertLinkOptions } from '../../ports/network.ts';
import type { HandedState } from './handed-state.ts';

/** From the one that takes over. */
export type SuccessorMessage =
  | {
      readonly kind: 'hello';
      readonly version: string;
      /** Versions of the state that it can read. */
      readonly states: readonly number[];
    }
  /** It will not take over; the reasons are lines for people. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  /** Everything that takes time is done. */
  | { readonly kind: 'ready' }
  /** It acts now. */
  | { readonly kind: 'serving' };

/** From the one that acts. */
export type PredecessorMessage =
  /** Ahead of the state, which must be quick. */
  | {
      readonly kind: 'briefing';
      readonly version: string;
      readonly model: EncodedModel;
      /** The sockets that it has. */
      readonly links: readonly AdvertLinkOptions[];
    }
  /** From here on the sender does nothing. */
  | { readonly kind: 'state'; readonly state: HandedState }
  /** The daemon was told to stop: for one that acts, and for one that would have. */
  | { readonly kind: 'stop' }
  /** The sender cannot become the new program: the receiver stays as the daemon. */
  | { readonly kind: 'stay' };

export type UpgradeMessage = SuccessorMessage | PredecessorMessage;
