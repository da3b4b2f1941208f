import { parseIp } from '../../../../base/ip.ts';
import { seconds } from '../../../../base/time.ts';
import type { TrackCheck } from '../../../model/virtual-server.ts';
import type { Statement } from '../../grammar/tree.ts';
import type { Context } from '../context.ts';
import { Values } from '../values.ts';
import { interpretCheck } from './checks/check.ts';
import type { ServerContext } from './context.ts';

/** A track_check, with the weight that its users inherit. */
export interface TrackCheckDefinition {
  readonly model: TrackCheck;
  readonly weight: number;
  readonly sense: 'normal' | 'reverse';
}

/** This host: what is checked is usually what the holder of the address serves. */
const OWN_ADDRESS = parseIp('127.0.0.1');

/** Where a service usually listens; the others need connect_port. */
const USUAL_PORTS: Readonly<Record<string, number>> = {
  HTTP_GET: 80,
  SSL_GET: 443,
  SMTP_CHECK: 25,
  DNS_CHECK: 53,
};

const NEEDS_PORT = new Set(['TCP_CHECK', 'UDP_CHECK']);

/** All blocks of the configuration by name, wherever they stand. */
export function interpretTrackChecks(
  statements: readonly Statement[],
  context: Context,
): ReadonlyMap<string, TrackCheckDefinition> {
  const definitions = new Map<string, TrackCheckDefinition>();
  for (const statement of statements) {
    const [name] = statement.words;
    if (statement.definition.name !== 'track_check' || name === undefined) continue;
    if (definitions.has(name.text)) {
      context.report.add(
        'duplicate-track-check',
        name.at,
        `track_check ${name.text} is defined above: this one is left out`,
        'give it another name',
      );
      continue;
    }
    const definition = interpretTrackCheck(statement, name.text, context);
    if (definition === undefined) context.report.excuse({ missing: name.text });
    else definitions.set(name.text, definition);
  }
  return definitions;
}

function interpretTrackCheck(
  { block, keyword }: Statement,
  name: string,
  context: Context,
): TrackCheckDefinition | undefined {
  const { report } = context;
  const values = new Values(block?.statements ?? [], report, keyword.at);
  const [statement, second] = values.statements.filter(
    ({ definition }) => definition.body !== undefined,
  );
  if (statement === undefined || OWN_ADDRESS === undefined) {
    report.add(
      'incomplete-check',
      keyword.at,
      `track_check ${name} holds no check and is left out`,
      'TCP_CHECK { connect_port PORT }',
    );
    return undefined;
  }
  if (second !== undefined) {
    report.add(
      'repeated-setting',
      second.keyword.at,
      'a track_check holds one check: this one is left out',
      'write a track_check for each, and track them all',
    );
  }
  const check = interpretCheck(
    statement,
    { address: OWN_ADDRESS, port: USUAL_PORTS[statement.definition.name] ?? 0 },
    { owner: `track_check/${name}`, layers: [values], sessions: new Set() },
    checkContext(context),
  );
  if (check === undefined) return undefined;
  if (NEEDS_PORT.has(statement.definition.name) && 'target' in check && check.target.port === 0) {
    reportMissingPort(statement, name, context);
    return undefined;
  }
  const [, sense] = values.statement('weight')?.words ?? [];
  return {
    model: { name, check },
    weight: values.number('weight') ?? 0,
    sense: sense?.text === 'reverse' ? 'reverse' : 'normal',
  };
}

function reportMissingPort(
  { definition, keyword, block }: Statement,
  name: string,
  { report }: Context,
) {
  // One that is wrong has been told already.
  if (block?.statements.some((inner) => inner.definition.name === 'connect_port')) return;
  report.add(
    'incomplete-check',
    keyword.at,
    `${definition.name} in a track_check needs a port: ${name} is left out`,
    'connect_port PORT',
  );
}

/** Nothing of virtual servers is known here, and VIPs wait for the result. */
function checkContext(context: Context): ServerContext {
  return {
    ...context,
    identity: {},
    mailByDefault: undefined,
    logAllFailures: false,
    interval: seconds(1),
    files: new Map(),
    sessions: new Set(),
    definedLater: new Set(),
  };
}
