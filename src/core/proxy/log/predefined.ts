import { assert } from '../../../base/assert.ts';
import { failed } from '../../../base/result.ts';
import { compileLogFormat, type LineWriter } from './compile.ts';
import { logDate } from './dates.ts';
import type { Endpoint, SessionFacts } from './facts.ts';

/** What `option tcplog`, `option httplog` and `option httplog clf` stand for. */
export const predefinedFormats = {
  tcplog: '%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq',
  httplog:
    '%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc ' +
    '%ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r',
  clf:
    '%{+Q}o %{-Q}ci - - [%trg] %r %ST %B "" "" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta ' +
    '%tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl',
} as const;

export type PredefinedFormat = keyof typeof predefinedFormats;

export function predefinedWriter(name: PredefinedFormat): LineWriter {
  const samples = { read: () => failed('none'), fetch: () => undefined };
  const mode = name === 'tcplog' ? 'tcp' : 'http';
  const writer = compileLogFormat(predefinedFormats[name], mode, samples);
  assert(writer.ok, `${name} is a format`);
  return writer.value;
}

/** Without any log option: one line when a connection comes. */
export function connectionLine(
  { client, destination, frontend }: Pick<SessionFacts, 'client' | 'destination' | 'frontend'>,
  mode: 'tcp' | 'http',
): string {
  const from = client?.kind === 'unix' ? '' : `from ${nameOf(client)} `;
  return `Connect ${from}to ${nameOf(destination)} (${frontend}/${mode.toUpperCase()})`;
}

function nameOf(endpoint: Endpoint | undefined): string {
  if (endpoint === undefined) return '?';
  return endpoint.kind === 'ip' ? `${endpoint.ip}:${endpoint.port}` : `unix:${endpoint.id}`;
}

/** Why no session began with a client. */
const turnedAway = {
  closed: 'Connection closed during SSL handshake',
  failed: 'SSL handshake failure',
  untrusted: 'SSL client certificate not trusted',
  timeout: 'Timeout during SSL handshake',
  'no-header': 'Received something which does not look like a PROXY protocol header',
  'bad-header': 'Received an invalid PROXY protocol header',
  'closed-before-header': 'Connection closed while waiting for PROXY protocol header',
  'closed-in-header': 'Truncated PROXY protocol header received',
  'timeout-before-header': 'Timeout while waiting for PROXY protocol header',
} as const;

export type TurnedAway = keyof typeof turnedAway;

export function turnedAwayLine(
  facts: Pick<SessionFacts, 'client' | 'acceptedAtMs' | 'frontend'> & {
    readonly zoneMinutes: number;
    readonly bind: string;
  },
  why: TurnedAway,
): string {
  const { client, acceptedAtMs, zoneMinutes, frontend, bind } = facts;
  const at = logDate(acceptedAtMs, zoneMinutes);
  return `${nameOf(client)} [${at}] ${frontend}/${bind}: ${turnedAway[why]}`;
}
