import { randomBytes } from 'node:crypto';
import type { CheckTarget } from '../config/model/health-check.ts';
import type { Finding } from '../core/check/probe.ts';
import type { ProbeSockets } from '../ports/probe-sockets.ts';
import { isSysError } from '../ports/sys-error.ts';
import type { Attempt } from './attempt.ts';
import { failureOf } from './failures.ts';

/** As much as ping sends; nobody who has not seen the request can answer it. */
const PAYLOAD_BYTES = 56;
const SEQUENCE = 1;

/** One echo request. */
export function probePing(
  attempt: Attempt,
  sockets: ProbeSockets,
  target: CheckTarget,
): Finding | undefined {
  const question = randomBytes(PAYLOAD_BYTES);
  const socket = sockets.openEcho(target, (event) => {
    if (isSysError(event)) attempt.end(failureOf(event));
    else if (event.sequence === SEQUENCE && question.equals(event.payload)) {
      attempt.end({ kind: 'passed', detail: 'echo reply' });
    }
  });
  if (isSysError(socket)) return failureOf(socket);
  attempt.hold(() => socket.close());
  const error = socket.send(SEQUENCE, question);
  if (error !== undefined) return failureOf(error);
  attempt.expect(target.connectTimeout, 'no echo reply');
  return undefined;
}
