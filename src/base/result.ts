/** The outcome of something that may fail for a reason worth naming; never an exception. */
export type Result<Value, Reason> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Reason };

export function ok<Value>(value: Value): { ok: true; value: Value } {
  return { ok: true, value };
}

export function failed<Reason>(reason: Reason): { ok: false; reason: Reason } {
  return { ok: false, reason };
}
