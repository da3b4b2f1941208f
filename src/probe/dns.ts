import { randomInt } from 'node:crypto';
import type { CheckTarget, DnsRecordType } from '../config/model/health-check.ts';
import type { Finding } from '../core/check/probe.ts';
import type { ProbeSockets } from '../ports/probe-sockets.ts';
import { decodeDnsAnswer, dnsRcodeName, encodeDnsQuery } from '../wire/dns.ts';
import type { Attempt } from './attempt.ts';
import { exchangeDatagrams } from './exchange.ts';
import { fail } from './failures.ts';

interface DnsProbe {
  readonly target: CheckTarget;
  readonly recordType: DnsRecordType;
  readonly name: string;
}

const PORT = 53;

/** One query. What is no answer to it is as if it had not come, for anybody may have sent it. */
export function probeDns(
  attempt: Attempt,
  sockets: ProbeSockets,
  { target, recordType, name }: DnsProbe,
): Finding | undefined {
  const id = randomInt(0x10000);
  const query = encodeDnsQuery({ id, name, recordType });
  if (!query.ok) return fail('local', `'${name}' is no name that can be asked for`);
  const to = { ...target, port: target.port || PORT };
  const exchange = { target: to, datagram: query.value };
  const known = exchangeDatagrams(attempt, sockets, exchange, (bytes) => {
    const answer = decodeDnsAnswer(bytes);
    if (!answer.ok || answer.value.id !== id) return;
    const { rcode, answers, length } = answer.value;
    if (rcode !== 0) {
      attempt.end(fail('answer', dnsRcodeName(rcode)));
      return;
    }
    // A server that has more to say than a datagram holds is well.
    const records = length === 'whole' ? `${answers} records` : 'truncated';
    attempt.end({ kind: 'passed', detail: `${dnsRcodeName(rcode)}, ${records}` });
  });
  if (known === undefined) attempt.expect(target.connectTimeout, 'no answer');
  return known;
}
