import type { CheckTarget } from '../config/model/health-check.ts';
import type { Finding } from '../core/check/probe.ts';
import type { ProbeSockets } from '../ports/probe-sockets.ts';
import { isSysError } from '../ports/sys-error.ts';
import type { Attempt } from './attempt.ts';
import { failureOf } from './failures.ts';

/** Sends one datagram and listens; how long is the caller's to say. */
export function exchangeDatagrams(
  attempt: Attempt,
  sockets: ProbeSockets,
  { target, datagram }: { readonly target: CheckTarget; readonly datagram: Uint8Array },
  onReply: (bytes: Uint8Array) => void,
): Finding | undefined {
  const socket = sockets.openUdp(target, (event) => {
    if (isSysError(event)) attempt.end(failureOf(event));
    else onReply(event);
  });
  if (isSysError(socket)) return failureOf(socket);
  attempt.hold(() => socket.close());
  const error = socket.send(datagram);
  return error === undefined ? undefined : failureOf(error);
}
