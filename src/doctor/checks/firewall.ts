/** Whether adverts come in and go out. */
import { type IpAddress, type IpFamily, parseIp } from '../../base/ip.ts';
import { type Facts, type FirewallTexts, isUnknown } from '../facts.ts';
import { tablesOfIptables } from '../firewall/from-iptables.ts';
import { isOfIptables, tablesOfNft } from '../firewall/from-nft.ts';
import { type Fate, type FirewallTable, fateOf, type Packet } from '../firewall/rules.ts';
import type { DoctorCheck, Found, Step } from '../types.ts';

const VRRP = 112;
const IGMP = 2;
const GROUP4 = parseIp('224.0.0.18') as IpAddress;
const ALL_HOSTS = parseIp('224.0.0.1') as IpAddress;

interface Expected {
  readonly link?: string;
  readonly family: IpFamily;
  readonly other?: IpAddress;
  readonly group?: IpAddress;
}

/** Whom adverts come from and go to, as the configuration has it; else IPv4's group on any link. */
function expectedOf({ configuration }: Facts): readonly Expected[] {
  const instances = isUnknown(configuration) ? [] : configuration.instances;
  if (instances.length === 0) return [{ family: 4, group: GROUP4 }];
  return instances.flatMap(({ interface: link, family, transport }): readonly Expected[] =>
    transport.kind === 'multicast'
      ? [{ link, family, group: transport.group }]
      : transport.peers.map(({ address }) => ({ link, family, other: address })),
  );
}

function tablesOf(texts: FirewallTexts): readonly FirewallTable[] {
  const nft = texts.nft ?? '';
  const saved = Object.entries(texts.saves).flatMap(([program, text]) =>
    tablesOfIptables(program, text),
  );
  // A table that iptables has made is read from what iptables says of it.
  const own = (tablesOfNft(nft) ?? []).filter(
    ({ family, name }) =>
      !isOwn(name) && !(hasSave(saved, family, name) && isOfIptables(nft, family, name)),
  );
  const more = saved.filter(
    ({ family, name, program }) => !program.endsWith('-nft') || isOfIptables(nft, family, name),
  );
  return [...own, ...more];
}

function hasSave(saved: readonly FirewallTable[], family: string, name: string): boolean {
  return saved.some(
    (one) => one.family === family && one.name === name && one.program.endsWith('-nft'),
  );
}

/** What the dead-man switch and the balancing of a running holdfast have put there. */
function isOwn(table: string): boolean {
  return table.startsWith('holdfast_');
}

interface Judged {
  readonly fate: Fate;
  readonly expected: Expected;
}

function* judged(
  facts: Facts,
  direction: 'in' | 'out',
  packetOf: (expected: Expected) => Packet | undefined,
): Generator<Judged> {
  const { firewall } = facts;
  if (isUnknown(firewall)) return;
  const tables = tablesOf(firewall);
  const told = new Set<string>();
  for (const expected of expectedOf(facts)) {
    const packet = packetOf(expected);
    if (packet === undefined) continue;
    const fate = fateOf(tables, direction, packet);
    const key = `${expected.link} ${fate.at?.table.name} ${fate.at?.chain.name} ${fate.rule}`;
    if (fate.fate === 'passes' || told.has(key)) continue;
    told.add(key);
    yield { fate, expected };
  }
}

function incoming({ link, family, other, group }: Expected): Packet | undefined {
  const destination = group ?? (family === 4 ? parseIp('192.0.2.1') : parseIp('2001:db8::1'));
  if (destination === undefined) return undefined;
  return {
    ...{ family, protocol: VRRP, destination },
    ...(other !== undefined && { source: other }),
    ...(link !== undefined && { in: link }),
  };
}

function outgoing({ link, family, other, group }: Expected): Packet | undefined {
  const destination = other ?? group;
  if (destination === undefined || link === undefined) return undefined;
  return { family, protocol: VRRP, destination, out: link };
}

function membership({ link, family, group }: Expected): Packet | undefined {
  if (group === undefined || family !== 4) return undefined;
  return {
    family,
    protocol: IGMP,
    destination: ALL_HOSTS,
    ...(link !== undefined && { in: link }),
  };
}

function placeOf({ at, rule }: Fate): string {
  if (at === undefined) return '';
  const { table, chain } = at;
  return `by '${rule}' in ${table.program} ${table.family} ${table.name} ${chain.name}`;
}

function onLink({ link }: Expected): string {
  return link === undefined ? '' : ` on ${link}`;
}

/** Lets one protocol pass where it is dropped; a firewall with a keeper is the keeper's to change. */
function stepsOf(
  { fate, expected }: Judged,
  facts: Facts,
  protocol: 'vrrp' | 'igmp',
  direction: 'in' | 'out',
): readonly Step[] {
  const { at } = fate;
  if (at === undefined || isUnknown(facts.firewall)) return [];
  const { table, chain } = at;
  const kept = keptBy(facts.firewall, table, protocol);
  if (kept !== undefined) return [{ kind: 'by-hand', command: kept }];
  const { link } = expected;
  if (table.program === 'nft') {
    const side = link === undefined ? '' : `${direction === 'in' ? 'i' : 'o'}ifname "${link}" `;
    const rule = `${side}meta l4proto ${protocol} accept`;
    const { family, name } = table;
    return [{ kind: 'nft-rule', family, table: name, chain: chain.name, rule }];
  }
  const side = link === undefined ? [] : [direction === 'in' ? '-i' : '-o', link];
  const number = protocol === 'vrrp' ? VRRP : IGMP;
  const rule = [...side, '-p', `${number}`];
  const { program, name } = table;
  return [{ kind: 'iptables-rule', program, table: name, chain: chain.name, rule }];
}

function keptBy(
  { keepers }: FirewallTexts,
  table: FirewallTable,
  protocol: 'vrrp' | 'igmp',
): string | undefined {
  if (keepers.includes('firewalld') && table.name === 'firewalld')
    return `firewall-cmd --permanent --add-protocol=${protocol} && firewall-cmd --reload`;
  const isUfw = table.chains.some(({ name }) => /^ufw6?-before-input$/.test(name));
  if (!keepers.includes('ufw') || !isUfw) return undefined;
  const six = table.family === 'ip6' ? '6' : '';
  const line = `-A ufw${six}-before-input -p ${protocol} -j ACCEPT`;
  return `sed -i '0,/^COMMIT/s//${line}\\nCOMMIT/' /etc/ufw/before${six}.rules && ufw reload`;
}

const unknown: DoctorCheck['unknown'] = ({ firewall }) =>
  isUnknown(firewall) ? firewall.unknown : undefined;

function* drops(
  facts: Facts,
  direction: 'in' | 'out',
  packetOf: (expected: Expected) => Packet | undefined,
  protocol: 'vrrp' | 'igmp' = 'vrrp',
): Generator<Found> {
  for (const each of judged(facts, direction, packetOf)) {
    if (each.fate.fate !== 'dropped') continue;
    const { expected } = each;
    const what = protocol === 'vrrp' ? 'adverts (protocol 112)' : 'queries of IGMP (protocol 2)';
    const whom =
      expected.other === undefined
        ? ''
        : ` ${direction === 'in' ? 'from' : 'to'} ${expected.other}`;
    const way = direction === 'in' ? 'coming in' : 'going out';
    const message = `${what}${whom} ${way}${onLink(expected)} are dropped ${placeOf(each.fate)}`;
    yield { message, steps: stepsOf(each, facts, protocol, direction) };
  }
}

function* unclear(facts: Facts): Generator<Found> {
  for (const { fate, expected } of judged(facts, 'in', incoming)) {
    if (fate.fate !== 'unclear') continue;
    const message = `adverts coming in${onLink(expected)} may be dropped ${placeOf(fate)}`;
    const command = 'nft monitor trace';
    yield {
      message: `${message}: rules before it cannot be judged`,
      steps: [{ kind: 'by-hand', command }],
    };
  }
}

function* cilium({ links }: Facts): Generator<Found> {
  if (isUnknown(links) || !links.some(({ name }) => name === 'cilium_host')) return;
  const show =
    "kubectl -n kube-system get configmap cilium-config -o jsonpath='{.data.enable-host-firewall}'";
  const message =
    'Cilium is here: its programs see packets before any rule of nftables or iptables';
  yield { message, steps: [{ kind: 'by-hand', command: show }] };
}

export const FIREWALL_CHECKS: readonly DoctorCheck[] = [
  {
    ...{ code: 'firewall-drops-adverts', topic: 'firewall', severity: 'error', unknown },
    title: 'whether rules of the firewall drop adverts of others',
    explanation:
      'A backup that hears no adverts takes itself for the master: two hosts hold the address. ' +
      'Adverts are packets of IP protocol 112, neither TCP nor UDP, so that rules about ports do not ' +
      'let them pass.',
    mend:
      'Let protocol 112 pass before the rule that drops it; --fix does so in the rules ' +
      'that are in force, and the rules that are loaded at boot need it as well.',
    judge: (facts) => drops(facts, 'in', incoming),
  },
  {
    ...{ code: 'firewall-drops-own-adverts', topic: 'firewall', severity: 'error', unknown },
    title: 'whether rules of the firewall drop adverts of this host',
    explanation:
      'The other hosts hear nothing of this one and take its addresses while it holds them.',
    mend: 'Let protocol 112 go out; as above.',
    judge: (facts) => drops(facts, 'out', outgoing),
  },
  {
    ...{ code: 'firewall-drops-igmp', topic: 'firewall', severity: 'warning', unknown },
    title: 'whether rules of the firewall drop the queries by which switches learn who listens',
    explanation:
      'A switch that follows IGMP sends multicast only where somebody has answered its queries. A host ' +
      'that does not hear them stops hearing adverts some minutes after it has started.',
    mend: 'Let IGMP pass, or use unicast_peer.',
    judge: (facts) => drops(facts, 'in', membership, 'igmp'),
  },
  {
    ...{ code: 'firewall-unclear', topic: 'firewall', severity: 'info', unknown },
    title: 'whether rules that cannot be judged from here stand before one that drops adverts',
    explanation:
      'The rules have matches that only the kernel can judge, such as sets of addresses ' +
      'or programs. If none of them accepts, adverts are dropped.',
    mend:
      "Watch what becomes of adverts: 'nft monitor trace', with 'meta nftrace set 1' for " +
      'protocol 112.',
    judge: unclear,
  },
  {
    ...{ code: 'cilium-host-firewall', topic: 'firewall', severity: 'info' },
    title: 'whether Cilium is on this host',
    explanation:
      'With its host firewall on, Cilium drops what no policy for the host allows, and ' +
      'policies speak of TCP, UDP, SCTP and ICMP. Rules of nftables and iptables say ' +
      'nothing about that.',
    mend:
      'Where it is true: leave the host firewall off, exempt the link that carries the ' +
      'adverts from its devices, or enable extended IP protocols where that version of ' +
      'Cilium has them, and allow VRRP.',
    unknown: ({ links }) => (isUnknown(links) ? links.unknown : undefined),
    judge: cilium,
  },
];
