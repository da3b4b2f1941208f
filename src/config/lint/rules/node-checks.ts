/** What is found about the addresses of nodes, of virtual routers and of proxies, held against each other. */
import { parseIp } from '../../../base/ip.ts';
import { hostsOf } from '../extract/fill.ts';
import { once, piecesOf } from '../lines.ts';
import {
  addressesOf,
  type Group,
  groupsOf,
  peersOf,
  type Router,
  routersOf,
  sharesNetwork,
} from '../routers.ts';
import type { Found, Subject } from '../types.ts';
import { type Line, lineOf, type Section, sectionsOf, servesApi } from './haproxy-sections.ts';

/** Without those where something was put in place of a variable: our values say nothing of theirs. */
const routersAsWritten = once((subject: Subject): readonly Router[] =>
  routersOf(subject).filter(({ config }) => config.piece.filled.size === 0),
);
const sectionsAsWritten = once((subject: Subject): readonly Section[] =>
  piecesOf(subject, 'haproxy')
    .filter(({ filled }) => filled.size === 0)
    .flatMap(sectionsOf),
);

function nodesOf({ routers }: Group): readonly string[] {
  const own = routers.flatMap(({ instance: { source } }) => (source === undefined ? [] : [source]));
  return [...new Set([...own, ...routers.flatMap(peersOf)])];
}

const nodeAddresses = once((subject: Subject): ReadonlySet<string> => {
  const inventory = piecesOf(subject, 'inventory').flatMap(hostsOf);
  const named = inventory.map(({ address }) => address).filter((one) => parseIp(one) !== undefined);
  const routers = routersAsWritten(subject).flatMap((router) => [
    ...peersOf(router),
    ...(router.instance.source === undefined ? [] : [router.instance.source]),
  ]);
  return new Set([...named, ...routers]);
});

export function* ownAddresses(subject: Subject): Generator<Found> {
  const nodes = nodeAddresses(subject);
  for (const router of routersAsWritten(subject)) {
    // The owner of an address has it of right.
    if (router.instance.priority === 255) continue;
    for (const address of addressesOf(router).filter((each) => nodes.has(each))) {
      const whose = address === router.instance.source ? 'this node' : 'a node';
      const message = `${address} is the own address of ${whose}, and a virtual address`;
      yield { at: router.place(address), message, hint: 'take an address that no host has' };
    }
  }
}

export function* offNetwork(subject: Subject): Generator<Found> {
  const { host } = subject;
  for (const router of routersAsWritten(subject)) {
    const { source, addresses, interface: link, family } = router.instance;
    if (family !== 4) continue;
    const here = host?.addresses().filter((one) => one.interface === link) ?? [];
    for (const { address, prefixLength, interface: other } of addresses) {
      if (other !== undefined && other !== link) continue;
      const isNear = (near: string, length: number): boolean =>
        sharesNetwork(address, near, length);
      const isElsewhere =
        here.length > 0
          ? !here.some((one) => isNear(one.address, one.prefixLength))
          : source !== undefined && prefixLength < 32 && !isNear(source, prefixLength);
      if (!isElsewhere) continue;
      const network = here[0] === undefined ? source : `${here[0].address}/${here[0].prefixLength}`;
      const message = `${address}/${prefixLength} is not in the network of this node, ${network}`;
      yield { at: router.place(address), message };
    }
  }
}

/** Peers must be where the address is, or it cannot move to them. */
export function* distantPeers(subject: Subject): Generator<Found> {
  for (const router of routersAsWritten(subject)) {
    const { source, addresses } = router.instance;
    const home = addresses.find(
      ({ address, prefixLength }) =>
        source !== undefined && prefixLength < 32 && sharesNetwork(address, source, prefixLength),
    );
    if (home === undefined) continue;
    const { address, prefixLength } = home;
    for (const peer of peersOf(router)) {
      if (sharesNetwork(address, peer, prefixLength)) continue;
      const message = `peer ${peer} is not in the network of ${address}/${prefixLength}`;
      yield {
        at: router.place(peer),
        message,
        hint: 'clients do not find the address there: nothing says that it has moved',
      };
    }
  }
}

export function* strangeSource(subject: Subject): Generator<Found> {
  const here = subject.host?.addresses();
  if (here === undefined) return;
  for (const router of routersAsWritten(subject)) {
    const { source, interface: link } = router.instance;
    if (source === undefined || here.some(({ address }) => address === source)) continue;
    const message = `this host does not have ${source}: the virtual router stays in FAULT for ever`;
    const own = here.filter((one) => one.interface === link).map(({ address }) => address);
    const hint = own.length === 0 ? undefined : `${link} has ${own.join(', ')}`;
    yield { at: router.place('unicast_src_ip'), message, ...(hint !== undefined && { hint }) };
  }
}

interface Endpoint {
  readonly address: string;
  readonly port: string;
  readonly line: Line;
}

/** Of `bind` and `server` lines; an empty address means all. */
function endpoints({ lines }: Section, keyword: 'bind' | 'server'): readonly Endpoint[] {
  const at = keyword === 'bind' ? 1 : 2;
  return lines
    .filter(({ words }) => words[0] === keyword)
    .flatMap((line) =>
      (line.words[at] ?? '').split(',').flatMap((text) => {
        const [, address = '', port = ''] =
          /^(.*):(\d+)$/.exec(text.replace(/^ipv[46]@/, '')) ?? [];
        return port === '' ? [] : [{ address: address.replace(/^\[|\]$/g, ''), port, line }];
      }),
    );
}

/** Nodes of one group, or of an inventory, of which a backend has some and not the others. */
export function* forgottenNodes(subject: Subject): Generator<Found> {
  const masters = piecesOf(subject, 'inventory')
    .flatMap(hostsOf)
    .filter(({ groups }) => groups.some((group) => /master|control/.test(group)))
    .map(({ address }) => address)
    .filter((address) => parseIp(address) !== undefined);
  const groups = groupsOf(subject).filter(({ routers }) =>
    routers.every((router) => routersAsWritten(subject).includes(router)),
  );
  const sets = [masters, ...groups.map(nodesOf)];
  for (const section of sectionsAsWritten(subject)) {
    const servers = endpoints(section, 'server');
    const has = (node: string): boolean => servers.some(({ address }) => address === node);
    const missing = sets
      .filter((nodes) => nodes.filter(has).length > 1)
      .flatMap((nodes) => nodes.filter((node) => !has(node)));
    const [first] = servers;
    if (first === undefined || missing.length === 0) continue;
    const message = `${[...new Set(missing)].join(', ')}, a node like the other servers, is not among them`;
    yield { at: first.line.at, message, hint: 'a server line for each node, or none of them' };
  }
}

/** One backend in the files of several nodes. */
export function* differentBackends(subject: Subject): Generator<Found> {
  const seen = new Map<string, { readonly file: string; readonly servers: string }>();
  for (const piece of piecesOf(subject, 'haproxy')) {
    if (piece.origin !== 'file' || piece.filled.size > 0) continue;
    for (const section of sectionsOf(piece)) {
      const servers = endpoints(section, 'server');
      const [first] = servers;
      const all = servers.map(({ address, port }) => `${address}:${port}`).toSorted();
      const key = `${section.kind} ${section.name}`;
      const before = seen.get(key);
      if (first === undefined) continue;
      if (before === undefined) seen.set(key, { file: piece.file, servers: all.join(', ') });
      else if (before.servers !== all.join(', ') && before.file !== piece.file) {
        const message = `'${section.name}' has other servers than in ${before.file}: ${before.servers}`;
        yield { at: first.line.at, message, hint: 'the same servers on all nodes' };
      }
    }
  }
}

const EVERYWHERE = /^(?:\*|0\.0\.0\.0|::)?$/;

/** A proxy listens where one of its own servers does. */
export function* takenPorts(subject: Subject): Generator<Found> {
  const nodes = nodeAddresses(subject);
  const all = sectionsAsWritten(subject);
  for (const section of all) {
    const name = lineOf(section, 'default_backend')?.words[1];
    const backend = all.find((each) => each.kind !== 'frontend' && each.name === name) ?? section;
    for (const bind of endpoints(section, 'bind')) {
      const server = endpoints(backend, 'server').find(
        ({ address, port }) =>
          port === bind.port &&
          (/^127\.|^localhost$/.test(address)
            ? EVERYWHERE.test(bind.address) || address === bind.address
            : EVERYWHERE.test(bind.address) && nodes.has(address)),
      );
      if (server === undefined) continue;
      const what = servesApi(backend) ? 'the API server' : 'its server';
      const message = `port ${bind.port} of this host is the one of ${what}: only one of them can listen`;
      yield { at: bind.line.at, message, hint: 'another port in front, such as 6444 or 8443' };
    }
  }
}

export function* boundToVirtual(subject: Subject): Generator<Found> {
  const virtual = new Set(routersAsWritten(subject).flatMap(addressesOf).map(String));
  const isAllowed = subject.sources.some(({ text }) => /ip_nonlocal_bind/.test(text));
  if (isAllowed) return;
  for (const section of sectionsAsWritten(subject)) {
    for (const { address, line } of endpoints(section, 'bind')) {
      if (!virtual.has(address) || line.words.includes('transparent')) continue;
      const message = `${address} is on one node only: on all others HAProxy does not start`;
      yield { at: line.at, message, hint: 'sysctl net.ipv4.ip_nonlocal_bind=1, or transparent' };
    }
  }
}
