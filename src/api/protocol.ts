/**
 * What the control socket speaks: one JSON object a line each way (docs/control-protocol.md). Requests
 * are at most 4 KiB long. Every answer carries `schema`; fields are added, never changed in meaning.
 */

/** Version of what is said; grows when a field changes its meaning or goes. */
export const SCHEMA = 1;

export type ReadRequest =
  | { readonly op: 'status' }
  /** Events after number `since` (0: all that are kept), and with `follow` those that come. */
  | { readonly op: 'events'; readonly since?: number; readonly follow?: boolean }
  | { readonly op: 'explain'; readonly instance: string }
  | { readonly op: 'metrics' };

export type ChangeRequest =
  | { readonly op: 'handover'; readonly instance: string }
  | { readonly op: 'drain' }
  | { readonly op: 'undrain' }
  /** `priority` null: the configured one again. */
  | { readonly op: 'priority'; readonly instance: string; readonly priority: number | null }
  | { readonly op: 'reload' }
  | { readonly op: 'upgrade' };

/** `id` comes back in the answer. */
export type Request = (ReadRequest | ChangeRequest) & { readonly id?: number | string };

export type Answer =
  | {
      readonly schema: number;
      readonly id?: number | string;
      readonly ok: true;
      readonly result: unknown;
    }
  | {
      readonly schema: number;
      readonly id?: number | string;
      readonly ok: false;
      readonly error: { readonly code: ErrorCode; readonly message: string };
    };

export type ErrorCode =
  | 'malformed'
  | 'unknown-op'
  | 'invalid-argument'
  | 'no-such-instance'
  /** Neither root nor of the socket's group. */
  | 'forbidden'
  | 'busy'
  /** Understood, tried, and not achieved; the message says why. */
  | 'failed';
