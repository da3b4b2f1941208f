/** What is found about elections. */
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

export function* equalPriorities(subject: Subject): Generator<Found> {
  for (const { routers, vrid } of groupsOf(subject)) {
    const byPriority = new Map<number, Router[]>();
    for (const router of routers) {
      const { priority } = router.instance;
      byPriority.set(priority, [...(byPriority.get(priority) ?? []), router]);
    }
    for (const [priority, same] of byPriority) {
      const [first] = same;
      if (same.length < 2 || first === undefined) continue;
      const names = same.map(({ node }) => node).join(', ');
      yield {
        at: first.place('priority'),
        message: `VRID ${vrid} has priority ${priority} on ${same.length} nodes (${names})`,
        hint: 'give each node its own, such as 100, 90 and 80',
      };
    }
  }
}

/** What becomes of a failure that a router tracks. */
interface Failure {
  readonly name: string;
  readonly weight: number;
  /** Priority of the router that failed, and the highest of another. */
  readonly after: number;
  readonly other: number;
  readonly rival: Router;
}

function trackedOf({ instance }: Router) {
  return [...instance.trackedScripts, ...instance.trackedInterfaces, ...instance.trackedChecks];
}

/** With everything well; positive weights count then. */
function healthy(router: Router): number {
  const gain = trackedOf(router).reduce((sum, { weight }) => sum + Math.max(0, weight), 0);
  return clamp(router.instance.priority + gain);
}

function clamp(priority: number): number {
  return Math.min(254, Math.max(1, priority));
}

/** Of the router that is master while everything is well. */
function failuresOf({ routers }: Group): { readonly leader: Router; readonly failures: Failure[] } {
  const [leader, ...others] = routers.toSorted((a, b) => healthy(b) - healthy(a));
  const [rival] = others;
  if (leader === undefined || rival === undefined) throw new Error('a group has two routers');
  const failures = trackedOf(leader)
    .filter(({ weight, sense }) => weight !== 0 && sense === 'normal')
    .map(({ name, weight }) => {
      const after = clamp(healthy(leader) - Math.abs(weight));
      return { name, weight, after, other: healthy(rival), rival };
    });
  return { leader, failures };
}

export function* margins(subject: Subject): Generator<Found> {
  for (const group of groupsOf(subject)) {
    const { leader, failures } = failuresOf(group);
    for (const { name, after, other, rival } of failures) {
      if (after >= other) continue;
      yield {
        at: leader.place(name),
        message:
          `when '${name}' fails on ${leader.node}: ${healthy(leader)} becomes ${after}, ` +
          `${rival.node} has ${other} and takes over by ${other - after}`,
      };
    }
  }
}

export function* tooSmall(subject: Subject): Generator<Found> {
  for (const group of groupsOf(subject)) {
    const { leader, failures } = failuresOf(group);
    for (const { name, after, other, rival, weight } of failures) {
      if (after < other) continue;
      const needed = healthy(leader) - other + 1;
      yield {
        at: leader.place(name),
        message:
          `when '${name}' fails on ${leader.node} it stays master: ${healthy(leader)} with weight ` +
          `${weight} becomes ${after}, and ${rival.node} has only ${other}`,
        hint: `a weight of at least ${needed} is needed, or none: then a failure is a fault`,
      };
    }
  }
}

export function* hiddenWeight(subject: Subject): Generator<Found> {
  for (const group of groupsOf(subject)) {
    const { leader, failures } = failuresOf(group);
    const silent = group.routers.filter(
      (router) => router !== leader && router.instance.preempt === 'nopreempt',
    );
    const [failure] = failures;
    if (failure === undefined || silent.length < group.routers.length - 1) continue;
    yield {
      at: leader.place(failure.name),
      message: `'${failure.name}' lowers the priority, but no other node preempts: the address stays`,
      hint: 'leave the weight out, so that a failure is a fault, or leave nopreempt out',
    };
  }
}

export function* sticks(subject: Subject): Generator<Found> {
  for (const { routers, vrid } of groupsOf(subject)) {
    const [first] = routers;
    const isEqual = routers.every((each) => each.instance.priority === first.instance.priority);
    const isSilent = routers.every((each) => each.instance.preempt === 'nopreempt');
    if (!isEqual && !isSilent) continue;
    const why = isSilent ? 'no node preempts' : 'all priorities are equal';
    yield {
      at: first.place(isSilent ? 'nopreempt' : 'priority'),
      message: `VRID ${vrid}: any failure moves the address, and nothing moves it back: ${why}`,
    };
  }
}

export function* initialMasters(subject: Subject): Generator<Found> {
  for (const { routers, vrid } of groupsOf(subject)) {
    const masters = routers.filter((router) => /^MASTER\b/.test(router.written('state') ?? ''));
    const [, second] = masters;
    if (second === undefined) continue;
    const message = `VRID ${vrid}: ${masters.map(({ node }) => node).join(' and ')} both begin as MASTER`;
    yield { at: second.place('state'), message, hint: 'state BACKUP on all but one, or on all' };
  }
}

interface Comparison {
  readonly keyword: string;
  readonly value: (router: Router) => string;
  readonly says: string;
}

function* different(subject: Subject, { keyword, value, says }: Comparison): Generator<Found> {
  for (const { routers, vrid } of groupsOf(subject)) {
    const [first, ...others] = routers;
    const other = others.find((router) => value(router) !== value(first));
    if (other === undefined) continue;
    yield {
      at: other.place(keyword),
      message: `VRID ${vrid}: ${says} on ${other.node} and on ${first.node} are not the same`,
    };
  }
}

export const compare = (comparison: Comparison) => (subject: Subject) =>
  different(subject, comparison);

export function* sameAddressOtherVrid(subject: Subject): Generator<Found> {
  const seen = new Map<string, Router>();
  for (const router of routersOf(subject)) {
    for (const address of addressesOf(router)) {
      const first = seen.get(address);
      seen.set(address, first ?? router);
      if (first === undefined || first.config === router.config) continue;
      if (first.instance.vrid === router.instance.vrid) continue;
      yield {
        at: router.place('virtual_router_id'),
        message:
          `${address} has VRID ${router.instance.vrid} here and ${first.instance.vrid} on ` +
          `${first.node}: both become master`,
      };
    }
  }
}

export function* peers(subject: Subject): Generator<Found> {
  for (const { routers } of groupsOf(subject)) {
    const sources = routers.flatMap((router) => router.written('unicast_src_ip') ?? []);
    if (sources.length < routers.length) continue;
    for (const router of routers) {
      const listed = peersOf(router);
      if (listed.length === 0) continue;
      const own = router.written('unicast_src_ip')?.trim();
      const missing = sources.map((each) => each.trim()).filter((each) => each !== own);
      for (const address of missing.filter((each) => !listed.some((peer) => peer === each))) {
        const message = `${address}, a node of the same group, is not among the peers`;
        yield { at: router.place('unicast_peer'), message, hint: 'each node lists all others' };
      }
    }
  }
}

export function* onNetwork(subject: Subject): Generator<Found> {
  for (const router of routersOf(subject)) {
    const source = router.written('unicast_src_ip')?.trim();
    for (const { address, prefixLength } of router.instance.addresses) {
      if (address === source) {
        const message = `${address} is the address of this node and a virtual address`;
        yield { at: router.place(address), message };
      } else if (source !== undefined && prefixLength < 32 && router.instance.family === 4) {
        if (sharesNetwork(address, source, prefixLength)) continue;
        const message = `${address}/${prefixLength} is not in the network of this node, ${source}`;
        yield { at: router.place(address), message };
      }
    }
  }
}
