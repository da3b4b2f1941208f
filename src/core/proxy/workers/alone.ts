/** Which frontends one process has to itself, because what they need cannot be divided. */
import type { ProxyConfig, ProxySection, Server } from '../../../config/model/proxy.ts';
import type { Place } from './place.ts';

/** Frontends that only the leading process serves, by their ids, with the backends that only they reach. */
export function servedByLead(config: ProxyConfig, { count }: Place): ReadonlySet<number> {
  const all = config.proxies;
  if (count === 1) return new Set(all.map(({ id }) => id));
  const fronts = all.filter(({ kind }) => kind !== 'backend');
  const reached = new Map(fronts.map((front) => [front, reachedFrom(front, all)] as const));
  const { maxconn } = config.global;
  if (maxconn !== undefined && maxconn < count) return new Set(all.map(({ id }) => id));
  const lone = new Set(
    fronts.filter((front) =>
      (reached.get(front) ?? []).some(
        (section) => answersForAll(section) || hasTinyLimit(section, count),
      ),
    ),
  );
  // A queue is in one place: who shares it with one of these is one of them.
  for (let before = -1; before !== lone.size; ) {
    before = lone.size;
    const queues = new Set([...lone].flatMap((front) => reached.get(front)?.filter(hasLimit)));
    for (const [front, sections] of reached)
      if (sections.some((section) => queues.has(section))) lone.add(front);
  }
  const shared = new Set(
    fronts.filter((front) => !lone.has(front)).flatMap((front) => reached.get(front) ?? []),
  );
  return new Set(all.filter((section) => !shared.has(section)).map(({ id }) => id));
}

/** How many processes there is something to do for. */
export function processesFor(config: ProxyConfig): number {
  const { workers: count } = config.global;
  const isShared = servedByLead(config, { index: 0, count }).size < config.proxies.length;
  return isShared ? count : 1;
}

/** A frontend, and all whose servers its clients may get. */
function reachedFrom(front: ProxySection, all: readonly ProxySection[]): readonly ProxySection[] {
  const names = [...front.switching.map(({ backend }) => backend), front.defaultBackend];
  const backs = all.filter(({ kind, name }) => kind !== 'frontend' && names.includes(name));
  return [front, ...backs];
}

/** The stats page and the metrics: they tell of all processes. */
function answersForAll({ stats, httpRequestRules }: ProxySection): boolean {
  const isExporter = ({ kind }: (typeof httpRequestRules)[number]): boolean =>
    kind === 'use-service';
  return stats !== undefined || httpRequestRules.some(isExporter);
}

const limitsOf = ({ maxconn, minconn, maxqueue }: Server): readonly number[] =>
  [maxconn, minconn, maxqueue].filter((limit) => limit > 0);

function hasLimit({ servers }: ProxySection): boolean {
  return servers.some((server) => limitsOf(server).length > 0);
}

/** A share of which would be nothing, which is no limit at all. */
function hasTinyLimit({ servers, maxconn, fullconn = 0 }: ProxySection, count: number): boolean {
  return [maxconn, fullconn, ...servers.flatMap(limitsOf)].some(
    (limit) => limit > 0 && limit < count,
  );
}
