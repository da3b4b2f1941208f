import type { HealthCheck } from '../../../../model/health-check.ts';
import type { Statement } from '../../../grammar/tree.ts';
import { Values } from '../../values.ts';
import type { ServerContext } from '../context.ts';
import type { Endpoint } from '../endpoint.ts';
import { interpretDnsCheck } from './dns.ts';
import { interpretHttpCheck } from './http.ts';
import { interpretMiscCheck } from './misc.ts';
import { type CheckPlace, readTiming } from './polled.ts';
import { interpretBfdCheck, interpretFileCheck } from './references.ts';
import { interpretSmtpCheck } from './smtp.ts';
import { readTarget } from './target.ts';
import { interpretUdpCheck } from './udp.ts';

/** What every reader of one kind of check gets. */
export interface CheckReading {
  readonly statement: Statement;
  readonly values: Values;
  /** The real server. */
  readonly server: Endpoint & { readonly port: number };
  readonly place: CheckPlace;
  readonly context: ServerContext;
}

type Reader = (reading: CheckReading) => HealthCheck | undefined;

const READERS: Readonly<Record<string, Reader>> = {
  TCP_CHECK: (reading) => connect('tcp', reading),
  PING_CHECK: (reading) => connect('ping', reading),
  HTTP_GET: (reading) => interpretHttpCheck('http', reading),
  SSL_GET: (reading) => interpretHttpCheck('https', reading),
  SMTP_CHECK: interpretSmtpCheck,
  DNS_CHECK: interpretDnsCheck,
  MISC_CHECK: interpretMiscCheck,
  UDP_CHECK: interpretUdpCheck,
  BFD_CHECK: interpretBfdCheck,
  FILE_CHECK: interpretFileCheck,
};

/** One block inside a real server; undefined where it is left out. */
export function interpretCheck(
  statement: Statement,
  server: CheckReading['server'],
  place: CheckPlace,
  context: ServerContext,
): HealthCheck | undefined {
  const { block, keyword } = statement;
  const values = new Values(block?.statements ?? [], context.report, keyword.at);
  return READERS[statement.definition.name]?.({ statement, values, server, place, context });
}

function connect(kind: 'tcp' | 'ping', { values, server, place, context }: CheckReading) {
  const layers = [values, ...place.layers];
  return {
    kind,
    ...readTiming(layers, {}, context),
    target: readTarget(values, server, layers, context),
  };
}
