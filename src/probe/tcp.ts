import type { CheckTarget } from '../config/model/health-check.ts';
import type { Finding } from '../core/check/probe.ts';
import type { ProbeSockets } from '../ports/probe-sockets.ts';
import type { Attempt } from './attempt.ts';
import { openConnection } from './connection.ts';

/** A connection comes about; nothing is said on it. */
export function probeTcp(
  attempt: Attempt,
  sockets: ProbeSockets,
  target: CheckTarget,
): Finding | undefined {
  return openConnection(attempt, sockets, target, (connection) => {
    connection.close();
    attempt.end({ kind: 'passed', detail: 'connected' });
  });
}
