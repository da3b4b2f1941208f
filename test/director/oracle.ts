/**
 * What the kernel should balance, reckoned anew from all that has happened: slower and simpler than the
 * director, which must come to the same.
 */
import type { HealthCheck } from '../../src/config/model/health-check.ts';
import type {
  LoadBalancing,
  RealServer,
  VirtualServer,
} from '../../src/config/model/virtual-server.ts';
import type { ServerOrder } from '../../src/core/balance/director-types.ts';
import type { Finding, ProbeRequest } from '../../src/core/check/probe.ts';
import { subjectOf } from './stage.ts';

interface Answer {
  verdict: 'up' | 'down';
  failures: number;
  weight: number | undefined;
}

interface Server {
  readonly model: RealServer;
  readonly id: string;
  /** What unanswered checks count as. */
  readonly before: 'up' | 'down' | undefined;
}

interface Virtual {
  readonly model: VirtualServer;
  readonly services: readonly string[];
  readonly servers: readonly Server[];
  quorum: 'up' | 'down';
}

export class Oracle {
  readonly #answers = new Map<string, Answer>();
  readonly #files = new Map<string, number>();
  #orders: readonly ServerOrder[] = [];
  #virtuals: readonly Virtual[] = [];
  #interval = '';
  #retries = 0;

  configure(model: LoadBalancing): void {
    const states = new Map(
      this.#virtuals.flatMap((virtual) =>
        virtual.servers.map((one) => [`${virtual.services[0]} ${one.id}`, this.#state(one)]),
      ),
    );
    const quorums = new Map(this.#virtuals.map(({ services, quorum }) => [services[0], quorum]));
    this.#forget(model);
    this.#virtuals = model.virtualServers.map((virtual) => {
      const services = servicesOf(virtual);
      const servers = virtual.realServers.map((real) => {
        const id = `${real.address}:${real.port}`;
        return { model: real, id, before: states.get(`${services[0]} ${id}`) };
      });
      return { model: virtual, services, servers, quorum: quorums.get(services[0]) ?? 'down' };
    });
    this.#review();
  }

  /** The next process knows what is carried: not what a server was while its checks were new. */
  crash(): void {
    this.#virtuals = this.#virtuals.map((virtual) => ({
      ...virtual,
      servers: virtual.servers.map((server) => ({ ...server, before: undefined })),
    }));
    this.#files.clear();
    for (const answer of this.#answers.values()) answer.failures = 0;
    this.#review();
  }

  answered(request: ProbeRequest, finding: Finding): void {
    const key = `${request.kind} ${subjectOf(request)}`;
    const before = this.#answers.get(key);
    const status = finding.kind === 'exited' ? finding.status : undefined;
    const isPassed = finding.kind === 'passed' || (status !== undefined && status !== 1);
    let weight = before?.weight;
    if (status !== undefined && status > 1) weight = status - 2;
    if (isPassed) this.#answers.set(key, { verdict: 'up', failures: 0, weight });
    else {
      const failures = (before?.failures ?? 0) + 1;
      const isBorne = before?.verdict === 'up' && failures <= this.#retries;
      this.#answers.set(key, { verdict: isBorne ? 'up' : 'down', failures, weight });
    }
    this.#review();
  }

  read(file: string, value: number): void {
    this.#files.set(file, value);
    this.#review();
  }

  order(order: ServerOrder): void {
    this.#orders = [...this.#orders, order];
    this.#review();
  }

  /** `10.0.0.2:80*1` for each server of each service. */
  expected(): Map<string, string> {
    const all = new Map<string, string>();
    for (const virtual of this.#virtuals) {
      if (virtual.model.purpose === 'checked') continue;
      for (const service of virtual.services) all.set(service, this.#list(virtual));
    }
    return all;
  }

  #list(virtual: Virtual): string {
    const { sorryServer } = virtual.model;
    const isSorry = sorryServer !== undefined && virtual.quorum === 'down';
    const weights = new Map<string, number>();
    for (const server of virtual.servers) {
      const weight = this.#place(server, virtual, isSorry ? 'stood in for' : 'in use');
      if (weight !== undefined) weights.set(server.id, weight);
    }
    if (sorryServer !== undefined) {
      const id = `${sorryServer.address}:${sorryServer.port}`;
      if (isSorry) {
        weights.delete(id);
        weights.set(id, 1);
      } else if (sorryServer.inhibit && !weights.has(id)) weights.set(id, 0);
    }
    return [...weights].map(([id, weight]) => `${id}*${weight}`).join(' ');
  }

  #place(server: Server, virtual: Virtual, use: 'in use' | 'stood in for'): number | undefined {
    const { part } = this.#wishes(server, virtual);
    if (part === 'cut') return undefined;
    if (this.#state(server) === 'up') {
      if (part === 'drain') return 0;
      if (use === 'in use') return this.#weight(server, virtual);
    }
    return server.model.inhibitOnFailure ? 0 : undefined;
  }

  /** Once more through all orders that were ever given. */
  #wishes({ id }: Server, { services }: Virtual) {
    let part: 'in' | 'drain' | 'cut' = 'in';
    let weight: number | undefined;
    for (const { server, service, action } of this.#orders) {
      if (server !== id || (service !== undefined && !services.includes(service))) continue;
      if (action.kind === 'weigh') weight = action.weight;
      else part = action.kind === 'enable' ? 'in' : action.connections;
    }
    return { part, weight };
  }

  #state({ model, before }: Server): 'up' | 'down' {
    const isUp = model.checks.every((check) => {
      if (check.kind === 'file') {
        const value = this.#files.get(check.file) ?? 0;
        return check.weight === 0 ? value === 0 : value * check.weight > -65_535;
      }
      const unanswered = before ?? ('alpha' in check && check.alpha ? 'down' : 'up');
      return (this.#answers.get(keyOf(check))?.verdict ?? unanswered) === 'up';
    });
    return isUp ? 'up' : 'down';
  }

  #weight(server: Server, virtual: Virtual): number {
    const own = server.model.weight;
    const ordered = this.#wishes(server, virtual).weight;
    const sum = server.model.checks.reduce((weight, check) => {
      if (check.kind !== 'file')
        return weight + (this.#answers.get(keyOf(check))?.weight ?? own) - own;
      const change = (this.#files.get(check.file) ?? 0) * check.weight;
      // IPVS knows no larger weight.
      return change <= -65_535 ? weight : weight + Math.min(65_535, change);
    }, own);
    return Math.min(65_535, Math.max(0, ordered ?? sum));
  }

  #review(): void {
    for (const virtual of this.#virtuals) {
      const { quorum, hysteresis } = virtual.model;
      const live = virtual.servers.filter(
        (server) => this.#state(server) === 'up' && this.#wishes(server, virtual).part === 'in',
      );
      const sum = live.reduce((total, server) => total + this.#weight(server, virtual), 0);
      if (sum >= quorum + hysteresis) virtual.quorum = 'up';
      else if (sum === 0 || sum < quorum - hysteresis) virtual.quorum = 'down';
    }
  }

  /** Checks that nobody wants any more, and attempts that were counted at another pace. */
  #forget({ virtualServers, trackChecks }: LoadBalancing): void {
    const checks = [
      ...trackChecks.map(({ check }) => check),
      ...virtualServers.flatMap(({ realServers }) => realServers.flatMap((one) => one.checks)),
    ];
    const wanted = new Set(checks.map(keyOf));
    for (const key of this.#answers.keys()) if (!wanted.has(key)) this.#answers.delete(key);
    const [first] = checks;
    if (first === undefined || !('interval' in first)) return;
    const { interval, retries, retryDelay, warmup } = first;
    this.#retries = retries;
    const pace = [interval, retries, retryDelay, warmup].join();
    if (pace === this.#interval) return;
    this.#interval = pace;
    for (const answer of this.#answers.values()) answer.failures = 0;
  }
}

export function servicesOf({ key }: VirtualServer): readonly string[] {
  if (key.kind === 'address') return [`tcp ${key.address}:${key.port}`];
  if (key.kind === 'mark') return [`mark ${key.mark} ipv4`];
  const number = key.group.slice(1);
  return [`tcp 10.0.1.${number}:80`, `tcp 10.0.1.${number}:81`, `mark ${number} ipv4`];
}

export function keyOf(check: HealthCheck): string {
  if (check.kind === 'file') return `file ${check.file}`;
  if (check.kind === 'script') return `script ${check.command.argv.join(' ')}`;
  if (!('target' in check)) throw new RangeError(check.kind);
  return `${check.kind} ${check.target.address}:${check.target.port}`;
}
