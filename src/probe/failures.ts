import type { FailureCause, Finding } from '../core/check/probe.ts';
import type { SysError } from '../ports/sys-error.ts';

/** What networks answer with, by themselves or by ICMP. Everything else is this host's own trouble. */
const causes: Readonly<Record<string, FailureCause>> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'answer',
  EPIPE: 'answer',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENONET: 'unreachable',
  // "Communication administratively prohibited", and protocols that a host has not.
  EACCES: 'unreachable',
  ENOPROTOOPT: 'unreachable',
  EPROTO: 'unreachable',
};

/** Calls that speak with the target; what others fail of is local. */
const speaking: ReadonlySet<string> = new Set(['connect', 'send', 'recv', 'read', 'write']);

/** The finding for an error of a socket. */
export function failureOf({ call, code, message }: Omit<SysError, 'kind' | 'errno'>): Finding {
  const cause = speaking.has(call) ? (causes[code] ?? 'local') : 'local';
  return fail(cause, cause === 'local' ? `${call}: ${message} (${code})` : message);
}

export function fail(cause: FailureCause, detail: string): Finding {
  return { kind: 'failed', cause, detail };
}
