/** Settings under /proc/sys, as they matter for what the configuration asks for. */
import { type IpAddress, ipFamily } from '../../base/ip.ts';
import { type CheckedConfiguration, type Facts, type HostLink, isUnknown } from '../facts.ts';
import { findLink, isInNetwork, isSameNetwork } from '../networks.ts';
import type { DoctorCheck, Found, Step } from '../types.ts';

/** Since Linux 2.6 the kernel remembers closed connections for two minutes; below this ports come again. */
const TIME_WAIT_LEAST_SECONDS = 60;
const TIME_WAIT_SECONDS = '120';
/** arp_ignore: answers for no address of this host. */
const ARP_SILENT = 8;

function configurationOf({ configuration }: Facts): CheckedConfiguration {
  return isUnknown(configuration) ? { files: [], errors: 0, instances: [] } : configuration;
}

function linksOf({ links }: Facts): readonly HostLink[] {
  return isUnknown(links) ? [] : links;
}

function sysctl(name: string, value: string): readonly Step[] {
  return [{ kind: 'sysctl', name, value }];
}

function virtualAddresses(configuration: CheckedConfiguration) {
  return configuration.instances.flatMap((instance) =>
    [...instance.addresses, ...instance.excludedAddresses].map((one) => ({
      ...one,
      link: one.interface ?? instance.interface,
    })),
  );
}

/** The kernel takes the greater one of `all` and the link's own. */
function greater({ settings }: Facts, link: string, setting: string): number {
  const of = (where: string): number => Number(settings[`net/ipv4/conf/${where}/${setting}`] ?? 0);
  return Math.max(of('all'), of(link));
}

function* nonlocalBind(facts: Facts): Generator<Found> {
  const local = new Set(
    linksOf(facts).flatMap(({ addresses }) => addresses.map((one) => one.address)),
  );
  const told = new Set<string>();
  const proxies = configurationOf(facts).proxy?.proxies ?? [];
  for (const { addresses, transparent } of proxies.flatMap(({ binds }) => binds)) {
    for (const at of transparent ? [] : addresses) {
      if (at.kind !== 'ip' || /^(?:0\.0\.0\.0|::)$/.test(at.ip) || local.has(at.ip)) continue;
      const name = `net/ipv${ipFamily(at.ip)}/ip_nonlocal_bind`;
      if (facts.settings[name] !== '0' || told.has(at.ip)) continue;
      told.add(at.ip);
      const message =
        `the proxy cannot listen on ${at.ip}, which is not on this host now (${name} = 0)` +
        `the proxy cannot listen on ${at.ip}, which is not on this host now (${name} = 0)`;
      yield { message, steps: sysctl(name, '1') };
    }
  }
}

function* forwarding(facts: Facts): Generator<Found> {
  const { balancing, proxy } = configurationOf(facts);
  const masquerading = (balancing?.virtualServers ?? []).filter(
    ({ purpose, realServers }) =>
      purpose === 'balanced' &&
      realServers.some(
        (server) =>
          server.forwarding.method === 'masquerade' || balancing?.settings.dataPlane === 'nftables',
      ),
  );
  const offloaded = (proxy?.proxies ?? []).some(({ options }) => options.has('holdfast-offload'));
  const families = new Set<number>(masquerading.map(({ family }) => family));
  if (offloaded) families.add(4);
  for (const family of families) {
    const name = family === 4 ? 'net/ipv4/ip_forward' : 'net/ipv6/conf/all/forwarding';
    if (facts.settings[name] !== '0') continue;
    const message =
      'servers are reached by address translation, and this host does not forward ' +
      `IPv${family} (${name} = 0)`;
    yield { message, steps: sysctl(name, '1') };
  }
}

function* timeWait(facts: Facts): Generator<Found> {
  const proxies = configurationOf(facts).proxy?.proxies ?? [];
  if (!proxies.some(({ options }) => options.has('holdfast-offload'))) return;
  const name = 'net/netfilter/nf_conntrack_tcp_timeout_time_wait';
  const seconds = Number(facts.settings[name] ?? TIME_WAIT_SECONDS);
  if (seconds >= TIME_WAIT_LEAST_SECONDS) return;
  const message =
    `the kernel forgets closed connections after ${seconds} s (${name}): a port that a ` +
    'client uses again gets to another server, which refuses it';
  yield { message, steps: sysctl(name, TIME_WAIT_SECONDS) };
}

function* reversePath(facts: Facts): Generator<Found> {
  const { hearing } = facts;
  const heard = isUnknown(hearing) ? [] : hearing.adverts;
  for (const { name, interface: own, vrid, transport } of configurationOf(facts).instances) {
    const link = findLink(linksOf(facts), own);
    if (link === undefined || greater(facts, own, 'rp_filter') !== 1) continue;
    const peers: readonly IpAddress[] =
      transport.kind === 'unicast'
        ? transport.peers.map(({ address }) => address)
        : heard.filter((one) => one.link === own && one.vrid === vrid).map(({ source }) => source);
    const far = [...new Set(peers)].find(
      (peer) => ipFamily(peer) === 4 && !link.addresses.some((at) => isInNetwork(peer, at)),
    );
    if (far === undefined) continue;
    const message =
      `${name}: ${far} is in no network of ${own}, and rp_filter = 1 drops its adverts ` +
      `unless the route back is over ${own}`;
    yield { message, steps: sysctl(`net/ipv4/conf/${own}/rp_filter`, '2') };
  }
}

function* arpFlux(facts: Facts): Generator<Found> {
  const up = linksOf(facts).filter(({ isUp, isLoopback }) => isUp && !isLoopback);
  const carrying = new Set(virtualAddresses(configurationOf(facts)).map(({ link }) => link));
  for (const name of carrying) {
    const link = findLink(up, name);
    const other = up.find(
      (one) =>
        one.name !== name &&
        one.addresses.some(
          (a) => a.family === 4 && link?.addresses.some((b) => isSameNetwork(a, b)),
        ),
    );
    if (other === undefined || greater(facts, other.name, 'arp_ignore') > 0) continue;
    const message =
      `${name} and ${other.name} are in one network: ${other.name} answers ARP for the ` +
      `addresses of ${name} as well (arp_ignore = 0)`;
    const set = (setting: string, value: string): readonly Step[] =>
      sysctl(`net/ipv4/conf/${other.name}/${setting}`, value);
    yield { message, steps: [...set('arp_ignore', '1'), ...set('arp_announce', '2')] };
  }
}

function* arpForLoopback(facts: Facts): Generator<Found> {
  const configuration = configurationOf(facts);
  const loopback = linksOf(facts).find(({ isLoopback }) => isLoopback)?.addresses ?? [];
  for (const { address, link } of virtualAddresses(configuration)) {
    if (link === 'lo' || !loopback.some((one) => one.address === address)) continue;
    if (ipFamily(address) !== 4 || greater(facts, link, 'arp_ignore') > 0) continue;
    const message =
      `${address} is on lo, as on a server behind a director, and ${link} answers ARP for ` +
      'it (arp_ignore = 0): clients come past the director';
    const set = (setting: string, value: string): readonly Step[] =>
      sysctl(`net/ipv4/conf/${link}/${setting}`, value);
    yield { message, steps: [...set('arp_ignore', '1'), ...set('arp_announce', '2')] };
  }
}

function* arpSilent(facts: Facts): Generator<Found> {
  for (const link of new Set(
    virtualAddresses(configurationOf(facts))
      .filter(({ address }) => ipFamily(address) === 4)
      .map((one) => one.link),
  )) {
    if (greater(facts, link, 'arp_ignore') !== ARP_SILENT) continue;
    const where = ['all', link].filter(
      (one) => facts.settings[`net/ipv4/conf/${one}/arp_ignore`] === `${ARP_SILENT}`,
    );
    yield {
      message: `${link} answers ARP for no address (arp_ignore = 8): nobody finds what this host holds`,
      steps: where.flatMap((one) => sysctl(`net/ipv4/conf/${one}/arp_ignore`, '0')),
    };
  }
}

function* promotion(facts: Facts): Generator<Found> {
  const virtual = virtualAddresses(configurationOf(facts));
  const ours = new Set(virtual.map(({ address }) => address));
  const told = new Set<string>();
  for (const { address, prefixLength, link } of virtual) {
    const limited = findLink(linksOf(facts), link)?.addresses.find(
      (one) => one.lifetime === 'limited' && one.family === 4 && !ours.has(one.address),
    );
    if (limited === undefined || told.has(link)) continue;
    if (limited.prefixLength !== prefixLength || !isInNetwork(address, limited)) continue;
    if (greater(facts, link, 'promote_secondaries') !== 0) continue;
    told.add(link);
    const message =
      `${link}: when the lease of ${limited.address}/${prefixLength} ends, ${address} goes ` +
      'with it (promote_secondaries = 0)';
    yield { message, steps: sysctl(`net/ipv4/conf/${link}/promote_secondaries`, '1') };
  }
}

function* ipv6Off(facts: Facts): Generator<Found> {
  for (const link of new Set(
    virtualAddresses(configurationOf(facts))
      .filter(({ address }) => ipFamily(address) === 6)
      .map((one) => one.link),
  )) {
    const name = `net/ipv6/conf/${link}/disable_ipv6`;
    if (facts.settings[name] !== '1') continue;
    const message = `${link} has IPv6 turned off (disable_ipv6 = 1), and is to hold addresses of it`;
    yield { message, steps: sysctl(name, '0') };
  }
}

const unknown: DoctorCheck['unknown'] = ({ configuration, links }) => {
  if (isUnknown(configuration)) return configuration.unknown;
  return isUnknown(links) ? links.unknown : undefined;
};

export const SETTING_CHECKS: readonly DoctorCheck[] = [
  {
    ...{ code: 'nonlocal-bind-off', topic: 'settings', severity: 'error', unknown },
    title: 'whether the proxy may listen on addresses that another host holds now',
    explanation:
      'On every host but the holder the address is not there, and a program cannot listen on it: the ' +
      'proxy does not start, or is not ready when the address comes.',
    mend: "ip_nonlocal_bind, or 'transparent' behind the bind.",
    judge: nonlocalBind,
  },
  {
    ...{ code: 'forwarding-off', topic: 'settings', severity: 'error', unknown },
    title: 'whether this host forwards, where servers are reached by address translation',
    explanation:
      'What comes for a virtual server goes on to a real one only where the host forwards.',
    mend:
      'ip_forward; for IPv6 forwarding on all links, which ends autoconfiguration unless ' +
      'accept_ra is 2.',
    judge: forwarding,
  },
  {
    ...{ code: 'time-wait-short', topic: 'settings', severity: 'warning', unknown },
    title: 'whether the kernel remembers closed connections long enough for what it offloads',
    explanation:
      'A client that uses a port again within a minute meets, at the server that it had before, the rest of ' +
      'its last connection. As long as the kernel remembers it, the new one goes the same way; when it ' +
      'has forgotten, connections are refused under load.',
    mend:
      `nf_conntrack_tcp_timeout_time_wait of ${TIME_WAIT_LEAST_SECONDS} s or more; the ` +
      `kernel's own is ${TIME_WAIT_SECONDS}.`,
    judge: timeWait,
  },
  {
    ...{ code: 'reverse-path-strict', topic: 'settings', severity: 'warning', unknown },
    title: 'whether the reverse path filter drops adverts of peers in another network',
    explanation:
      'With rp_filter = 1 the kernel drops what comes in over another link than the route back uses. ' +
      'A backup then hears nothing and becomes master as well.',
    mend: 'rp_filter = 2 on that link: a route over any link will do.',
    judge: reversePath,
  },
  {
    ...{ code: 'arp-flux', topic: 'settings', severity: 'warning', unknown },
    title: 'whether two links of one network both answer ARP for virtual addresses',
    explanation:
      'Linux answers for any of its addresses on any link. Clients learn the hardware address of the other ' +
      'link; when that is cut they go on sending to it, and a failure of one link looks ' +
      'like one of both.',
    mend: 'arp_ignore = 1 and arp_announce = 2 on the other link.',
    judge: arpFlux,
  },
  {
    ...{ code: 'arp-answers-for-loopback', topic: 'settings', severity: 'error', unknown },
    title: 'whether a server behind a director answers ARP for the virtual address',
    explanation:
      'With direct routing each server has the virtual address on its loopback. One that answers ARP for ' +
      'it draws clients to itself, past the director and its checks.',
    mend: 'arp_ignore = 1 and arp_announce = 2 on the link to the clients.',
    judge: arpForLoopback,
  },
  {
    ...{ code: 'arp-silent', topic: 'settings', severity: 'error', unknown },
    title: 'whether links answer ARP at all',
    explanation:
      'A host that does not answer ARP is found only by those who remember its announcement.',
    mend: 'arp_ignore = 0, or 1.',
    judge: arpSilent,
  },
  {
    ...{ code: 'secondaries-go-along', topic: 'settings', severity: 'warning', unknown },
    title: 'whether virtual addresses go when the lease of the address before them ends',
    explanation:
      'A second address of one network is secondary to the first, and the kernel removes it with the first ' +
      'one. holdfast puts it back; clients notice.',
    mend:
      'promote_secondaries = 1, which distributions with systemd have; or give virtual ' +
      'addresses /32.',
    judge: promotion,
  },
  {
    ...{ code: 'ipv6-off', topic: 'settings', severity: 'error', unknown },
    title: 'whether IPv6 is on where IPv6 addresses are to be held',
    explanation: 'The kernel refuses the address: this host becomes master and holds nothing.',
    mend: 'disable_ipv6 = 0.',
    judge: ipv6Off,
  },
];
