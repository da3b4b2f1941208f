import type { CheckTarget } from '../config/model/health-check.ts';
import type { Finding } from '../core/check/probe.ts';
import type { ProbeSockets, TcpConnection } from '../ports/probe-sockets.ts';
import { isSysError } from '../ports/sys-error.ts';
import type { Attempt } from './attempt.ts';
import { failureOf } from './failures.ts';

/** Connects, or ends the attempt; the connection is the callback's. */
export function openConnection(
  attempt: Attempt,
  sockets: ProbeSockets,
  target: CheckTarget,
  onConnected: (connection: TcpConnection) => void,
): Finding | undefined {
  const pending = sockets.connect(target, (result) => {
    if (isSysError(result)) attempt.end(failureOf(result));
    else onConnected(result);
  });
  if (isSysError(pending)) return failureOf(pending);
  attempt.hold(() => pending.close());
  attempt.expect(target.connectTimeout, 'no connection');
  return undefined;
}
