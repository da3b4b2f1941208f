/** What the kernel answered to a call that failed; a value, not an exception. */
export interface SysError {
  readonly kind: 'sys-error';
  /** System call or netlink request, as in `sendto` or `RTM_NEWADDR`. */
  readonly call: string;
  /** Positive errno. */
  readonly errno: number;
  /** Symbolic name: `EPERM`. */
  readonly code: string;
  /** The kernel's extended acknowledgement or strerror text. */
  readonly message: string;
}

export function isSysError(value: unknown): value is SysError {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'sys-error'
  );
}
