import { type IpAddress, ipFamily, isLinkLocal } from '../../../../../base/ip.ts';
import { seconds } from '../../../../../base/time.ts';
import type { CheckTarget } from '../../../../model/health-check.ts';
import type { Values } from '../../values.ts';
import type { ServerContext } from '../context.ts';
import { type Endpoint, readHost } from '../endpoint.ts';
import { inheritedMicros, type Layers } from '../inherited.ts';

/** What the kernel keeps of an interface's name. */
const NAME_MAX = 15;

/** Where a check connects to, and from where; the real server itself where nothing is written. */
export function readTarget(
  values: Values,
  server: Endpoint & { readonly port: number },
  layers: Layers,
  context: ServerContext,
): CheckTarget {
  const { address, source } = readAddresses(values, server.address, context);
  const sourcePort = values.number('bind_port');
  const name = readInterface(values, context);
  reportLinkLocal(values, address, name, context);
  return {
    address,
    port: values.number('connect_port') ?? server.port,
    ...(source !== undefined && { source }),
    ...(sourcePort !== undefined && { sourcePort }),
    ...(name !== undefined && { interface: name }),
    connectTimeout: inheritedMicros(layers, 'connect_timeout') ?? seconds(5),
    firewallMark: values.number('fwmark') ?? 0,
  };
}

/** Each of the two lines must fit what the lines above it say. */
function readAddresses(values: Values, server: IpAddress, { report }: ServerContext) {
  let address = server;
  let source: IpAddress | undefined;
  for (const { definition, words } of values.statements) {
    const isTarget = definition.name === 'connect_ip';
    const [word] = words;
    if ((!isTarget && definition.name !== 'bindto') || word === undefined) continue;
    const written = readHost(word, 'the line is ignored', report);
    if (written === undefined) continue;
    const other = isTarget ? source : address;
    if (other !== undefined && ipFamily(other) !== ipFamily(written)) {
      report.add(
        'wrong-family',
        word.at,
        `${written} is not of the family of ${other}: the line is ignored`,
        isTarget ? 'write connect_ip above bindto' : 'write an address of that family',
      );
    } else if (isTarget) address = written;
    else source = written;
  }
  return { address, source };
}

function readInterface(values: Values, { report }: ServerContext): string | undefined {
  const name = values.text('bind_if');
  const at = values.position('bind_if');
  if (name === undefined || at === undefined || name.length <= NAME_MAX) return name;
  report.add(
    'name-too-long',
    at,
    `'${name}' is longer than the ${NAME_MAX} characters of an interface: the line is ignored`,
  );
  return undefined;
}

function reportLinkLocal(
  values: Values,
  address: IpAddress,
  name: string | undefined,
  { report }: ServerContext,
): void {
  if (name !== undefined || ipFamily(address) === 4 || !isLinkLocal(address)) return;
  const at = values.position('connect_ip') ?? values.place;
  if (at === undefined) return;
  report.add(
    'link-local-needs-interface',
    at,
    `${address} is link-local: the check cannot tell over which interface it is reached`,
    'bind_if INTERFACE',
  );
}
