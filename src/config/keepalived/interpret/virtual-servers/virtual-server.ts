import type { IpFamily } from '../../../../base/ip.ts';
import type {
  Forwarding,
  RealServer,
  ServiceKey,
  TransportProtocol,
  VirtualServer,
  VirtualServerGroup,
} from '../../../model/virtual-server.ts';
import type { Statement } from '../../grammar/tree.ts';
import type { Word } from '../../text/words.ts';
import { Values } from '../values.ts';
import type { ServerContext } from './context.ts';
import { readKey } from './key.ts';
import { isPersistent, readPersistence } from './persistence.ts';
import { reportPorts, withForcedPort } from './ports.ts';
import { readQuorum } from './quorum.ts';
import { finishRealServer } from './real-server.ts';
import { readScheduling } from './scheduling.ts';
import { onlyWord, readServerScript } from './scripts.ts';
import { type Sketch, sketchServer } from './sketch.ts';

export interface ServerSurroundings {
  readonly groups: ReadonlyMap<string, VirtualServerGroup>;
  /** Names of groups that were left out for their own mistakes. */
  readonly brokenGroups: ReadonlySet<string>;
  /** Key of its positions, such as `virtual_server/0`. */
  readonly owner: string;
  readonly context: ServerContext;
}

/** One virtual_server; undefined where nothing can be made of it. */
export function interpretVirtualServer(
  statement: Statement,
  surroundings: ServerSurroundings,
): VirtualServer | undefined {
  const { groups, brokenGroups, owner, context } = surroundings;
  const { report } = context;
  const key = readKey(statement, report);
  const values = new Values(statement.block?.statements ?? [], report);
  if (key === undefined) return undefined;
  const sketch = sketchServer(key, values, context);
  const scheduling = readScheduling(values, report);
  const group = key.kind === 'group' ? groups.get(key.group) : undefined;
  if (key.kind === 'group' && group === undefined) {
    if (!brokenGroups.has(key.group)) {
      report.add(
        'unknown-group',
        statement.words[1]?.at ?? statement.keyword.at,
        `there is no virtual_server_group ${key.group}: the virtual server is left out`,
      );
    }
    return undefined;
  }
  if (sketch.realServers.length === 0) {
    if (!values.has('real_server')) {
      report.add(
        'no-real-servers',
        statement.keyword.at,
        'a virtual_server without real_server is left out',
        'real_server ADDRESS PORT {',
      );
    }
    return undefined;
  }
  return finish(statement, { key, group, values, sketch, ...scheduling }, surroundings, owner);
}

interface Parts {
  readonly key: ServiceKey;
  readonly group: VirtualServerGroup | undefined;
  readonly values: Values;
  readonly sketch: Sketch;
  readonly scheduler: string | undefined;
  readonly flags: VirtualServer['schedulerFlags'];
}

const NAT: Forwarding = { method: 'masquerade' };

function finish(
  statement: Statement,
  { key, group, values, sketch, scheduler, flags }: Parts,
  { context }: ServerSurroundings,
  owner: string,
): VirtualServer {
  const { report } = context;
  const { family, sorryServer } = sketch;
  reportDefaults(statement, values, context);
  const forwarding = sketch.forwarding ?? NAT;
  const protocol = readProtocol(statement, { key, group, values, family }, context);
  const forced = needsPersistence(statement, { key, group, values }, context);
  const persistence = readPersistence(values, { family, forced }, report);
  const drafts = sketch.realServers.map((server) => ({
    ...server,
    forwarding: server.forwarding ?? forwarding,
  }));
  reportPorts(drafts, { key, group }, report);
  const realServers = withoutDuplicates(
    drafts.map((draft, index) =>
      finishRealServer(withForcedPort(draft, key), {
        owner: `${owner}/real_server/${index}`,
        virtualServer: values,
        context,
      }),
    ),
  );
  const sorry = sorryServer && { ...sorryServer, forwarding: sorryServer.forwarding ?? forwarding };
  if (sorry !== undefined) reportPorts([sorry], { key, group: undefined }, report);
  const quorumUp = readServerScript(values, 'quorum_up', owner, context);
  const quorumDown = readServerScript(values, 'quorum_down', owner, context);
  const snmpName = onlyWord(values, 'snmp_name');
  return {
    key,
    family,
    purpose: readPurpose(values),
    removedConnections: values.text('removed_connections') === 'cut' ? 'cut' : 'drain',
    ...(protocol !== undefined && { protocol }),
    scheduler: scheduler ?? 'wlc',
    schedulerFlags: flags,
    onePacket: readOnePacket(values, protocol, context),
    ...(persistence !== undefined && { persistence }),
    ...readQuorum(statement, values, realServers, report),
    ...(quorumUp !== undefined && { quorumUp }),
    ...(quorumDown !== undefined && { quorumDown }),
    suspendWithoutAddress: values.has('ha_suspend'),
    notifyAtStop: values.has('omega'),
    mail: values.bool('smtp_alert') ?? context.mailByDefault ?? false,
    ...(snmpName !== undefined && { snmpName }),
    ...(sorry !== undefined && {
      sorryServer: {
        address: sorry.address,
        port: withForcedPort(sorry, key).port ?? 0,
        forwarding: sorry.forwarding,
        inhibit: sorry.inhibit,
      },
    }),
    realServers,
  };
}

/** keepalived has no silent default for either. */
function reportDefaults({ keyword }: Statement, values: Values, { report }: ServerContext): void {
  const defaults = { lvs_sched: 'wlc', lvs_method: 'NAT' };
  for (const [name, preset] of Object.entries(defaults)) {
    if (values.has(name)) continue;
    report.add('default-used', keyword.at, `no ${name}: ${preset} is used`, `${name} ${preset}`);
  }
}

const PROTOCOLS: Readonly<Record<string, TransportProtocol>> = {
  tcp: 'tcp',
  udp: 'udp',
  sctp: 'sctp',
};

type Served = Pick<Parts, 'key' | 'group' | 'values'>;

function readProtocol(
  { keyword }: Statement,
  { key, group, values, family }: Served & { readonly family: IpFamily },
  { report }: ServerContext,
): TransportProtocol | undefined {
  const words = values.all('protocol').flatMap((line) => line.words.slice(0, 1));
  const word = words.at(-1);
  const protocol = words.findLast(isProtocol)?.text.toLowerCase();
  const entries = group?.entries ?? [];
  const hasAddresses = key.kind === 'address' || entries.some(({ kind }) => kind === 'addresses');
  if (!hasAddresses) {
    const isServed = entries.some(
      (entry) => entry.kind === 'mark' && (entry.family ?? family) === family,
    );
    if (word !== undefined && (key.kind === 'mark' || isServed)) {
      report.add(
        'protocol-ignored',
        word.at,
        'a firewall mark has no protocol: it is ignored',
        'remove the line',
      );
    }
    return undefined;
  }
  if (!values.has('protocol')) {
    report.add('default-used', keyword.at, 'no protocol: UDP is used', 'protocol TCP');
  }
  for (const wrong of words.filter((one) => !isProtocol(one))) {
    report.add(
      'invalid-choice',
      wrong.at,
      `'protocol' takes TCP, UDP or SCTP, not '${wrong.text}': the line is ignored`,
    );
  }
  return PROTOCOLS[protocol ?? 'udp'];
}

function isProtocol({ text }: Word): boolean {
  return Object.hasOwn(PROTOCOLS, text.toLowerCase());
}

function readOnePacket(
  values: Values,
  protocol: TransportProtocol | undefined,
  { report }: ServerContext,
): boolean {
  const at = values.position('ops');
  if (at === undefined || protocol === undefined || protocol === 'udp') return at !== undefined;
  report.add('one-packet-needs-udp', at, `'ops' needs protocol UDP and is ignored`);
  return false;
}

/** A service for all ports must be persistent. */
function needsPersistence(
  { keyword, words }: Statement,
  { key, group, values }: Served,
  { report }: ServerContext,
): 'forced' | 'as written' {
  const isForAllPorts =
    (key.kind === 'address' && key.port === 0) ||
    (group?.entries ?? []).some((entry) => entry.kind === 'addresses' && entry.port === 0);
  if (!isForAllPorts || isPersistent(values)) return 'as written';
  report.add(
    'port-needs-persistence',
    (words[0] ?? keyword).at,
    'without a port the service must be persistent: persistence_timeout 360 is used',
    'write a port behind the address, or persistence_timeout',
  );
  return 'forced';
}

/** Of servers that became equal through their ports the first one stays; equal ones were told of. */
function withoutDuplicates(servers: readonly RealServer[]): RealServer[] {
  const first = new Map<string, RealServer>();
  for (const server of servers) {
    const name = `${server.address} ${server.port}`;
    if (!first.has(name)) first.set(name, server);
  }
  return [...first.values()];
}

/** The last line counts, whichever spelling it has. */
function readPurpose({ statements }: Values): VirtualServer['purpose'] {
  const method = statements.findLast(
    ({ definition }) => (definition.spellingOf ?? definition.name) === 'lvs_method',
  );
  return method?.words[0]?.text === 'none' ? 'checked' : 'balanced';
}
