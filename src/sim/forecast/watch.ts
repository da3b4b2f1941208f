/** Who answers for each service, from one moment to the next. */
import { type Micros, micros } from '../../base/time.ts';
import type { SimHost } from '../host.ts';
import type { Checker, Step } from '../types.ts';
import type { Change, Service } from './types.ts';

/** What one service went through in a span of time. */
export interface Span {
  readonly before: readonly string[];
  readonly changes: readonly Change[];
  readonly after: readonly string[];
  readonly length: Micros;
}

interface Watched {
  readonly service: Service;
  /** Interface, as the simulator calls it, by the node's name. */
  readonly links: ReadonlyMap<string, string>;
  holders: readonly string[];
  before: readonly string[];
  changes: Change[];
}

const NEWS: ReadonlySet<string> = new Set([
  ...['transition', 'priorityChanged', 'masterChanged', 'faultChanged'],
  ...['handoverBegan', 'handoverEnded', 'addressRestored'],
]);

export class ServiceWatch implements Checker {
  readonly #now: () => Micros;
  readonly #watched: readonly Watched[];
  readonly #hosts = new Map<string, SimHost>();
  /** `HOST INSTANCE` → when it advertised last, on the world's clock. */
  readonly lastAdvert = new Map<string, Micros>();
  /** `HOST SCRIPT` → when it was run last. */
  readonly lastRun = new Map<string, Micros>();
  /** When anything changed last: a state, a verdict, who answers. */
  lastNews: Micros;
  #since: Micros;

  constructor(
    services: readonly Service[],
    linkOf: (node: string, instance: string) => string,
    now: () => Micros,
  ) {
    this.#now = now;
    this.#since = now();
    this.lastNews = now();
    this.#watched = services.map((service) => ({
      service,
      links: new Map(service.members.map(({ node, instance }) => [node, linkOf(node, instance)])),
      holders: [],
      before: [],
      changes: [],
    }));
  }

  know(hosts: readonly SimHost[]): void {
    for (const host of hosts) this.#hosts.set(host.name, host);
  }

  holdersOf(service: Service): readonly string[] {
    return this.#watched.find((one) => one.service === service)?.holders ?? [];
  }

  begin(): void {
    this.#since = this.#now();
    this.lastNews = this.#now();
    for (const watched of this.#watched) {
      watched.before = watched.holders;
      watched.changes = [];
    }
  }

  spanOf(service: Service): Span {
    const watched = this.#watched.find((one) => one.service === service);
    const length = micros(this.#now() - this.#since);
    if (watched === undefined) return { before: [], changes: [], after: [], length };
    const { before, changes, holders } = watched;
    return { before, changes, after: holders, length };
  }

  onStep({ host, effects }: Step): void {
    for (const effect of effects) {
      if (effect.kind === 'sendAdvert') {
        this.lastAdvert.set(`${host.name} ${effect.instance}`, this.#now());
      } else if (effect.kind === 'runScript') {
        this.lastRun.set(`${host.name} ${effect.script}`, this.#now());
      } else if (effect.kind === 'record' && NEWS.has(effect.event.kind)) {
        this.lastNews = this.#now();
      }
    }
  }

  onAnswers(host: SimHost): void {
    for (const watched of this.#watched) {
      const link = watched.links.get(host.name);
      if (link === undefined) continue;
      const holds = isServing(host, link, watched.service);
      if (holds === watched.holders.includes(host.name)) continue;
      const { members } = watched.service;
      const names = members.map(({ node }) => node);
      const now = new Set(watched.holders);
      if (holds) now.add(host.name);
      else now.delete(host.name);
      watched.holders = [...new Set(names)].filter((name) => now.has(name));
      this.lastNews = this.#now();
      watched.changes.push({ at: micros(this.#now() - this.#since), holders: watched.holders });
    }
  }

  onCrash(host: SimHost): void {
    this.onAnswers(host);
  }
}

function isServing(host: SimHost, link: string, { addresses }: Service): boolean {
  const [address] = addresses;
  if (address === undefined || host.power === 'off' || host.linkState(link) !== 'up') return false;
  return host.kernel.answers(address);
}

/** The longest time in which nobody answered. */
export function gapOf({ before, changes, length }: Span): Micros {
  return longest(before, changes, length, (holders) => holders.length === 0);
}

/** The whole time in which two or more answered. */
export function overlapOf({ before, changes, length }: Span): Micros {
  let sum = 0;
  let holders = before;
  let since = 0;
  for (const change of [...changes, { at: length, holders: [] }]) {
    if (holders.length > 1) sum += change.at - since;
    holders = change.holders;
    since = change.at;
  }
  return micros(sum);
}

/** When somebody answered who had not before. */
export function takeoverOf({ before, changes }: Span): Micros | undefined {
  return changes.find(({ holders }) => holders.some((name) => !before.includes(name)))?.at;
}

function longest(
  before: readonly string[],
  changes: readonly Change[],
  length: Micros,
  counts: (holders: readonly string[]) => boolean,
): Micros {
  let most = 0;
  let since = counts(before) ? 0 : undefined;
  for (const { at, holders } of changes) {
    if (counts(holders)) since ??= at;
    else if (since !== undefined) {
      most = Math.max(most, at - since);
      since = undefined;
    }
  }
  if (since !== undefined) most = Math.max(most, length - since);
  return micros(most);
}
