/** What one service is in the table, as plain data that two states of it can be compared by. */
import { toHex } from '../../../base/hex.ts';
import { ipToBytes } from '../../../base/ip.ts';
import type { NftSetElement, NftSetForm } from '../../../wire/netlink/nftables-changes.ts';
import type { NftExpression } from '../../../wire/netlink/nftables-expression.ts';
import type { DesiredServer, DesiredService, ServerId } from '../plane.ts';
import { familyOf, portOf } from './abilities.ts';
import { clientsForm, SLOTS_FORM } from './frame.ts';
import { chainOf, clientsOf, labelOf, SHARED, slotsOf } from './names.ts';
import { schedulerOf } from './schedulers.ts';
import { serviceRules } from './service-rules.ts';

export interface ServicePlan {
  readonly chain: string;
  readonly rules: readonly (readonly NftExpression[])[];
  /** Equal where the rules are; empty where nobody knows which there are. */
  readonly fingerprint: string;
  /** Its own sets, by name. */
  readonly sets: ReadonlyMap<string, PlannedSet>;
  /** Its elements of sets that services share: `set key` to the element. */
  readonly shared: ReadonlyMap<string, SharedElement>;
}

export interface PlannedSet {
  readonly form: NftSetForm;
  /** By key; undefined where rules make them. */
  readonly elements?: ReadonlyMap<string, NftSetElement>;
}

export interface SharedElement {
  readonly set: string;
  readonly element: NftSetElement;
  /** What sends packets to the chain comes after it and goes before it. */
  readonly role: 'server' | 'entrance';
}

/** What counts of connections make of the configured weights; a server that is absent keeps its own. */
export type CorrectedWeights = ReadonlyMap<ServerId, number>;

const PROTOCOLS = { tcp: '06', udp: '11', sctp: '84' } as const;
const NFPROTO = { 4: '02', 6: '0a' } as const;
const PADDING = '000000';
const EMPTY_WORD = '00000000';

/** Of a service that is not refused. */
export function planService(
  service: DesiredService,
  corrected: CorrectedWeights = new Map(),
  before?: ServicePlan,
): ServicePlan {
  const scheduler = schedulerOf(service.scheduler);
  if (scheduler === undefined) throw new RangeError(`no scheduler ${service.scheduler}`);
  const { id, persistence, schedulerFlags } = service;
  const family = familyOf(service);
  const shares = service.servers.flatMap((server) => {
    const weight = corrected.get(server.id) ?? server.weight;
    if (server.weight <= 0 || weight <= 0) return [];
    const counted = scheduler.weights === 'equal' && !corrected.has(server.id) ? 1 : weight;
    return [{ label: labelOf(id, server.id), weight: counted }];
  });
  const slots = scheduler.slots(shares, slotsIn(before, slotsOf(id)));
  const serverPort = service.servers.every((server) => portFor(service, server) === 0)
    ? 'kept'
    : 'own';
  const servers = serverSet(family, serverPort);
  const rules = serviceRules({
    family,
    scheduler,
    hashedPort: schedulerFlags.includes('flag-2') ? 'with' : 'without',
    slotCount: slots.length,
    slots: slotsOf(id),
    servers,
    serverPort,
    clients: clientsOf(id),
    ...(persistence !== undefined && { persistence }),
  });
  return {
    chain: chainOf(id),
    rules,
    fingerprint: fingerprintOf(rules),
    sets: ownSets(service, slots),
    shared: sharedElements(service, servers, serverPort),
  };
}

export function fingerprintOf(rules: ServicePlan['rules']): string {
  return JSON.stringify(rules, (_, value: unknown) =>
    value instanceof Uint8Array ? toHex(value) : value,
  );
}

function ownSets(service: DesiredService, slots: readonly string[]): ServicePlan['sets'] {
  const elements = new Map(
    slots.map((label, index) => {
      const key = slotKey(index);
      return [key, { key, data: `${EMPTY_WORD}${label}` }];
    }),
  );
  const sets = new Map<string, PlannedSet>([[slotsOf(service.id), { form: SLOTS_FORM, elements }]]);
  if (service.persistence !== undefined) {
    sets.set(clientsOf(service.id), { form: clientsForm(familyOf(service)) });
  }
  return sets;
}

function slotsIn(plan: ServicePlan | undefined, name: string): readonly string[] {
  const elements = plan?.sets.get(name)?.elements;
  if (elements === undefined) return [];
  return Array.from({ length: elements.size }, (_, index) => {
    return elements.get(slotKey(index))?.data?.slice(EMPTY_WORD.length) ?? '';
  });
}

function sharedElements(
  service: DesiredService,
  servers: string,
  serverPort: 'own' | 'kept',
): ServicePlan['shared'] {
  const shared = new Map<string, SharedElement>();
  const put = (set: string, element: NftSetElement, role: SharedElement['role']): void => {
    shared.set(`${set} ${element.key}`, { set, element, role });
  };
  for (const server of service.servers) {
    const key = labelOf(service.id, server.id);
    const address = toHex(ipToBytes(server.address));
    const port = serverPort === 'own' ? portHex(portFor(service, server)) : '';
    put(servers, { key, data: `${address}${port}` }, 'server');
    put(SHARED.trafficIn, { key }, 'server');
    put(SHARED.trafficOut, { key }, 'server');
  }
  const entrance = entranceOf(service);
  put(entrance.set, { key: entrance.key, goto: chainOf(service.id) }, 'entrance');
  return shared;
}

function entranceOf(service: DesiredService): { readonly set: string; readonly key: string } {
  const { match } = service;
  if (match.kind === 'mark') {
    return {
      set: SHARED.marks,
      key: `${NFPROTO[match.family]}${PADDING}${machineOrder(match.mark)}`,
    };
  }
  const isFour = familyOf(service) === 4;
  const key = `${toHex(ipToBytes(match.address))}${PROTOCOLS[match.protocol]}${PADDING}`;
  return match.port === 0
    ? { set: isFour ? SHARED.anyPort4 : SHARED.anyPort6, key }
    : { set: isFour ? SHARED.services4 : SHARED.services6, key: `${key}${portHex(match.port)}` };
}

/** The sets in which servers are found by their label. */
export function serverSet(family: 4 | 6, port: 'own' | 'kept'): string {
  if (port === 'own') return family === 4 ? SHARED.endpoints4 : SHARED.endpoints6;
  return family === 4 ? SHARED.hosts4 : SHARED.hosts6;
}

/** A server without a port of its own has that of the service. */
function portFor(service: DesiredService, server: DesiredServer): number {
  return server.port === 0 ? portOf(service) : server.port;
}

function portHex(port: number): string {
  return `${port.toString(16).padStart(4, '0')}0000`;
}

function machineOrder(value: number): string {
  return toHex(new Uint8Array(Uint32Array.of(value).buffer));
}

/** Of the first some thousand slots, which all services have in common. */
const SLOT_KEYS: string[] = [];

function slotKey(index: number): string {
  for (let next = SLOT_KEYS.length; next <= index; next++) SLOT_KEYS.push(machineOrder(next));
  return SLOT_KEYS[index] ?? machineOrder(index);
}
