import { randomBytes } from 'node:crypto';
import type { UdpCheck } from '../config/model/health-check.ts';
import type { Finding } from '../core/check/probe.ts';
import type { ProbeSockets } from '../ports/probe-sockets.ts';
import type { Attempt } from './attempt.ts';
import { exchangeDatagrams } from './exchange.ts';
import { fail } from './failures.ts';

type UdpProbe = Pick<
  UdpCheck,
  'target' | 'payload' | 'reply' | 'minReplyLength' | 'maxReplyLength'
>;

const RANDOM_BYTES = 32;

/** One datagram. Silence is good where no reply is needed: whom nobody serves, ICMP refuses. */
export function probeUdp(
  attempt: Attempt,
  sockets: ProbeSockets,
  probe: UdpProbe,
): Finding | undefined {
  const { target, payload, reply } = probe;
  const datagram = payload === undefined ? randomBytes(RANDOM_BYTES) : Buffer.from(payload, 'hex');
  const known = exchangeDatagrams(attempt, sockets, { target, datagram }, (bytes) => {
    const trouble = judgeReply(bytes, probe);
    attempt.end(
      trouble === undefined
        ? { kind: 'passed', detail: `${bytes.length} bytes in reply` }
        : fail('answer', trouble),
    );
  });
  if (known !== undefined) return known;
  if (reply !== 'unneeded') attempt.expect(target.connectTimeout, 'no reply');
  else {
    attempt.within(target.connectTimeout, () =>
      attempt.end({ kind: 'passed', detail: 'nobody refused it' }),
    );
  }
  return undefined;
}

/** What is wrong with a reply; keepalived measures its length only where there is a pattern. */
export function judgeReply(
  bytes: Uint8Array,
  { reply, minReplyLength, maxReplyLength }: Omit<UdpProbe, 'target' | 'payload'>,
): string | undefined {
  if (typeof reply === 'string') return undefined;
  const { length } = bytes;
  if (length < minReplyLength) return `${length} bytes in reply, fewer than ${minReplyLength}`;
  if (length > maxReplyLength) return `${length} bytes in reply, more than ${maxReplyLength}`;
  const { pattern } = reply;
  if (length * 2 < pattern.length) return `${length} bytes in reply, fewer than its pattern has`;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, pattern.length >> 1).toString('hex');
  for (let at = 0; at < pattern.length; at++) {
    const wanted = pattern[at]?.toLowerCase();
    if (wanted !== 'x' && wanted !== text[at]) return `byte ${at >> 1} of the reply differs`;
  }
  return undefined;
}
