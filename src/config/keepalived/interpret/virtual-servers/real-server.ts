import type { Forwarding, RealServer } from '../../../model/virtual-server.ts';
import type { Values } from '../values.ts';
import { interpretCheck } from './checks/check.ts';
import type { ServerContext } from './context.ts';
import { inheritedFlag, inheritedNumber } from './inherited.ts';
import { onlyWord, readServerScript } from './scripts.ts';
import type { RealServerSketch } from './sketch.ts';

export interface RealServerSurroundings {
  readonly owner: string;
  readonly virtualServer: Values;
  readonly context: ServerContext;
}

type Draft = RealServerSketch & { readonly forwarding: Forwarding };

export function finishRealServer(
  { address, port = 0, forwarding, values }: Draft,
  { owner, virtualServer, context }: RealServerSurroundings,
): RealServer {
  const layers = [values, virtualServer];
  const notifyUp = readServerScript(values, 'notify_up', owner, context);
  const notifyDown = readServerScript(values, 'notify_down', owner, context);
  const snmpName = onlyWord(values, 'snmp_name');
  const sessions = new Set<string>();
  const checks = values.statements
    .filter(({ definition }) => definition.body !== undefined)
    .flatMap((statement, index) => {
      const place = { owner: `${owner}/check/${index}`, layers, sessions };
      return interpretCheck(statement, { address, port }, place, context) ?? [];
    });
  return {
    address,
    port,
    weight: inheritedNumber(layers, 'weight') ?? 1,
    forwarding,
    upperThreshold: values.number('uthreshold') ?? 0,
    lowerThreshold: values.number('lthreshold') ?? 0,
    inhibitOnFailure: values.bool('inhibit_on_failure') ?? isInhibited(virtualServer),
    ...(notifyUp !== undefined && { notifyUp }),
    ...(notifyDown !== undefined && { notifyDown }),
    // Real servers are mailed about unless that is turned off.
    mail: inheritedMail(values, context),
    ...(snmpName !== undefined && { snmpName }),
    checks,
  };
}

/** 2.2.7 takes the keyword of a virtual server for true whatever follows; later ones read the word. */
function isInhibited(virtualServer: Values): boolean {
  const statement = virtualServer.statement('inhibit_on_failure');
  if (statement === undefined) return false;
  return !['false', 'off', 'no'].includes(statement.words[0]?.text ?? '');
}

function inheritedMail(values: Values, { mailByDefault }: ServerContext): boolean {
  return values.has('smtp_alert') ? inheritedFlag([values], 'smtp_alert') : (mailByDefault ?? true);
}
