/** What is found about elections. */
import { addressesOf, type Group, groupsOf, peersOf, type Router, routersOf } from '../routers.ts';
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

/** What becomes of a failure that a router tracks, while those before it are gone. */
interface Failure {
  readonly name: string;
  /** 0: the failure is a fault, and the router gives up. */
  readonly weight: number;
  /** Of the router that failed. */
  readonly after: number;
  /** Who takes over, or would if its priority were high enough; none where nobody preempts. */
  readonly rival?: Router;
}

function trackedOf({ instance }: Router) {
  const { trackedScripts, trackedInterfaces, trackedChecks, trackedProxies = [] } = instance;
  const all = [...trackedScripts, ...trackedInterfaces, ...trackedChecks, ...trackedProxies];
  return all.filter(({ sense }) => sense === 'normal');
}

/** With everything well; positive weights count then. */
function healthy(router: Router): number {
  if (router.instance.priority === 255) return 255;
  const gain = trackedOf(router).reduce((sum, { weight }) => sum + Math.max(0, weight), 0);
  return clamp(router.instance.priority + gain);
}

function clamp(priority: number): number {
  return Math.min(254, Math.max(1, priority));
}

/** Whoever holds the addresses first, and the others in the order in which they follow. */
function orderOf({ routers }: Group): readonly Router[] {
  return routers.toSorted((a, b) => healthy(b) - healthy(a));
}

function failuresOf(router: Router, others: readonly Router[]): readonly Failure[] {
  return trackedOf(router).map(({ name, weight }) => {
    const isOwner = router.instance.priority === 255;
    const after = isOwner ? 255 : clamp(healthy(router) - Math.abs(weight));
    const rival = others.find(({ instance }) => weight === 0 || instance.preempt === 'preempt');
    return { name, weight, after, ...(rival !== undefined && { rival }) };
  });
}

/** Of the router that is master while everything is well. */
function leaderOf(group: Group): readonly [Router, readonly Failure[]] {
  const [leader, ...others] = orderOf(group);
  if (leader === undefined) throw new Error('a group has routers');
  return [leader, failuresOf(leader, others)];
}

/** For each router that may have to give up, while those before it are gone. */
export function* margins(subject: Subject): Generator<Found> {
  for (const group of groupsOf(subject)) {
    const order = orderOf(group);
    for (const [index, router] of order.slice(0, -1).entries()) {
      const gone = order.slice(0, index).map(({ node }) => node);
      const when = gone.length === 0 ? '' : `with ${gone.join(' and ')} gone, `;
      for (const failure of failuresOf(router, order.slice(index + 1))) {
        const outcome = outcomeOf(router, failure);
        if (outcome === undefined) continue;
        const message = `${when}when '${failure.name}' fails on ${router.node}: ${outcome}`;
        yield { at: router.place(failure.name), message };
      }
    }
  }
}

function outcomeOf(router: Router, { weight, after, rival }: Failure): string | undefined {
  if (rival === undefined) return undefined;
  if (weight === 0) return `it gives up, and ${rival.node} takes over`;
  const other = healthy(rival);
  const change = `${healthy(router)} becomes ${after}, ${rival.node} has ${other}`;
  return after < other
    ? `${change} and takes over by ${other - after}`
    : `${change}: it stays master`;
}

/** Who becomes master at all, and in which order. */
export function* succession(subject: Subject): Generator<Found> {
  for (const group of groupsOf(subject)) {
    const [first, ...others] = orderOf(group);
    if (first === undefined) continue;
    const say = (router: Router): string => `${router.node} (${healthy(router)})`;
    const isEqual = others.every((other) => healthy(other) === healthy(first));
    const isSilent = group.routers.every(({ instance }) => instance.preempt === 'nopreempt');
    const begins = isSilent
      ? `who starts first holds the addresses; of several ${say(first)}`
      : `${say(first)} holds the addresses while all is well`;
    const message = isEqual
      ? `VRID ${group.vrid}: who starts first holds the addresses; after that the highest IP address decides`
      : `VRID ${group.vrid}: ${begins}, then ${others.map(say).join(', then ')}`;
    yield { at: first.at, message };
  }
}

export function* tooSmall(subject: Subject): Generator<Found> {
  for (const group of groupsOf(subject)) {
    const [leader, failures] = leaderOf(group);
    for (const { name, after, rival, weight } of failures) {
      if (weight === 0 || rival === undefined || after < healthy(rival)) continue;
      const other = healthy(rival);
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
    const [leader, failures] = leaderOf(group);
    const failure = failures.find(({ weight, rival }) => weight !== 0 && rival === undefined);
    if (failure === undefined) continue;
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
      // nopreempt was written, so it may be meant; equal priorities never are.
      severity: isSilent ? 'info' : 'warning',
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
