/** What the tests of this folder share: servers that answer as they are told, in virtual time. */
import { type IpAddress, parseIp } from '../../../base/ip.ts';
import { createRng } from '../../../base/rng.ts';
import { addMicros, type Micros, millis, seconds, ZERO } from '../../../base/time.ts';
import type {
  ProxyConfig,
  ProxyOption,
  ProxySection,
  Server,
  ServerCheck,
} from '../../../config/model/proxy.ts';
import { buildLive } from '../build-live.ts';
import type { LiveConfig, LiveProxy, LiveServer } from '../live.ts';
import { isUsable } from '../usable.ts';
import { HealthEngine } from './engine.ts';
import {
  describeChange,
  describeEmptyBackend,
  describeJudgement,
  type LogLine,
} from './log-lines.ts';
import { refusalOf } from './orders.ts';
import type { AgentReport, CheckResult, HealthEffect, HealthInput, ServerOrder } from './types.ts';

const ADDRESS = parseIp('127.0.0.1') as IpAddress;

export function testCheck(changes: Partial<ServerCheck> = {}): ServerCheck {
  const inter = changes.inter ?? seconds(2);
  return {
    ...{ inter, fastinter: inter, downinter: inter, rise: 2, fall: 3, sendProxy: 'none' },
    ...changes,
  };
}

export function testServer(name: string, changes: Partial<Server> = {}): Server {
  return {
    ...{ name, id: 1, line: 1, weight: 1, backup: false, disabled: false },
    ...{ maxconn: 0, minconn: 0, maxqueue: 0, sendProxy: 'none', observe: 'none' },
    ...{ address: { kind: 'ip', ip: ADDRESS }, port: { kind: 'port', port: 80 } },
    ...{ onMarkedDown: 'keep', onMarkedUp: 'keep', errorLimit: 10, onError: 'fail-check' },
    initState: 'up',
    ...changes,
  };
}

export function testBackend(
  name: string,
  servers: readonly Server[],
  changes: Partial<ProxySection> & { readonly options?: ReadonlySet<ProxyOption> } = {},
): ProxySection {
  return {
    ...{ name, kind: 'backend', id: 2, file: 'haproxy.cfg', line: 1, mode: 'tcp' },
    ...{ disabled: false, timeouts: {}, maxconn: 0, binds: [], switching: [], servers },
    balance: { kind: 'roundrobin', hash: 'map-based' },
    check: { kind: 'connect' },
    ...{ retries: 3, redispatch: 0, logs: [], logFormat: { kind: 'none' } },
    ...{ options: new Set(), httpConnection: 'keep-alive', tcpRules: [], httpRequestRules: [] },
    ...{ httpResponseRules: [], errorFiles: new Map() },
    ...changes,
  };
}

export function testConfig(proxies: readonly ProxySection[], spreadChecks = 0): ProxyConfig {
  return {
    global: {
      ...{ workers: 1, daemon: false, masterWorker: false, statsSockets: [] },
      ...{ statsTimeout: seconds(10), spreadChecks, bufferSize: 16384, rewriteReserve: 1024 },
    },
    proxies,
  };
}

export const OK: CheckResult = {
  verdict: 'passed',
  outcome: { status: 'L4OK', code: -1, durationMs: 0, description: '' },
};
export const REFUSED: CheckResult = {
  verdict: 'failed',
  outcome: { status: 'L4CON', code: -1, durationMs: 0, description: 'Connection refused' },
};

export function http(code: number, reason: string, conditional = false): CheckResult {
  const isWell = code < 400;
  const verdict = conditional ? 'conditional' : isWell ? 'passed' : 'failed';
  const status = conditional ? 'L7OKC' : isWell ? 'L7OK' : 'L7STS';
  const description = verdict === 'failed' ? reason : '';
  return { verdict, outcome: { status, code, durationMs: 0, description } };
}

export class Stage {
  readonly live: LiveConfig;
  readonly engine: HealthEngine;
  /** `0.400 notice …` */
  readonly log: string[] = [];
  readonly effects: HealthEffect[] = [];
  /** When each server was asked, in seconds. */
  readonly asked: string[] = [];
  /** What servers answer, by path; at once. */
  readonly answers = new Map<string, CheckResult | 'silence'>();
  readonly agents = new Map<string, string | AgentReport>();
  now: Micros = ZERO;
  /** The last that was told of each backend, and when; how long it had been without servers before. */
  readonly lastBackends = new Map<LiveProxy, { to: 'up' | 'down'; at: Micros; before: number }>();

  constructor(config: ProxyConfig) {
    this.live = buildLive(config, ZERO);
    this.engine = new HealthEngine(this.live, createRng(1));
  }

  start(): this {
    this.give({ kind: 'started' });
    return this;
  }

  server(path: string): LiveServer {
    const [proxy = '', name = ''] = path.split('/');
    const found = this.live.byName.get(proxy)?.flatMap(({ back }) => back?.servers ?? []);
    const server = found?.find(({ config }) => config.name === name);
    if (server === undefined) throw new RangeError(path);
    return server;
  }

  give(input: HealthInput): void {
    this.#carryOut((out) => this.engine.handle(this.now, input, out));
  }

  /** The refusal, where it is refused. */
  order(path: string, order: ServerOrder): string | undefined {
    const server = this.server(path);
    const refusal = refusalOf(server, order);
    if (refusal === undefined) this.give({ kind: 'ordered', server, order });
    return refusal;
  }

  /** Lets so many milliseconds pass. */
  pass(durationMs: number): void {
    const end = addMicros(this.now, millis(durationMs));
    for (;;) {
      const at = this.engine.nextDeadline();
      if (at === undefined || at > end) break;
      this.now = at;
      this.#carryOut((out) => this.engine.expire(at, out));
    }
    this.now = end;
  }

  /** What has been logged since the last call. */
  said(): string[] {
    return this.log.splice(0);
  }

  /** Microseconds without a server, by what was told. */
  emptyFor(proxy: LiveProxy): number {
    const last = this.lastBackends.get(proxy);
    if (last === undefined) return proxy.back?.servers.some(isUsable) ? 0 : this.now;
    return last.before + (last.to === 'down' ? this.now - last.at : 0);
  }

  #noteBackend({ proxy, to }: Extract<HealthEffect, { kind: 'backendChanged' }>): void {
    const last = this.lastBackends.get(proxy);
    // One that finds its first server had none since the start.
    const since = last === undefined ? 0 : last.at;
    const before = (last?.before ?? 0) + (to === 'up' ? this.now - since : 0);
    this.lastBackends.set(proxy, { to, at: this.now, before });
  }

  #carryOut(run: (out: HealthEffect[]) => void): void {
    const out: HealthEffect[] = [];
    run(out);
    this.effects.push(...out);
    for (const effect of out) this.#carry(effect);
  }

  #carry(effect: HealthEffect): void {
    if (effect.kind === 'backendChanged') this.#noteBackend(effect);
    if (effect.kind === 'probe') this.#probe(effect);
    else if (effect.kind === 'changed') this.#write(describeChange(effect.change, NOBODY));
    else if (effect.kind === 'backendChanged' && effect.to === 'down')
      this.#write(describeEmptyBackend(effect.proxy));
    else if (effect.kind === 'judged') this.#write(describeJudgement(effect.judgement));
  }

  #probe({ server, what, notFound }: Extract<HealthEffect, { kind: 'probe' }>): void {
    const path = `${server.proxy.config.name}/${server.config.name}`;
    this.asked.push(`${this.#time()} ${path}`);
    if (what === 'agent') {
      const said = this.agents.get(path) ?? '';
      const line = (text: string): AgentReport => ({ kind: 'line', line: text, durationMs: 0 });
      const report = typeof said === 'string' ? line(said) : said;
      this.give({ kind: 'agentAnswered', server, report });
      return;
    }
    const answer = this.answers.get(path) ?? OK;
    if (answer === 'silence') return;
    const isRefused = answer.verdict === 'conditional' && notFound === 'failure';
    const result = isRefused ? http(answer.outcome.code, 'Not Found') : answer;
    this.give({ kind: 'checked', server, result });
  }

  #write(line: LogLine | undefined): void {
    if (line !== undefined) this.log.push(`${this.#time()} ${line.severity} ${line.text}`);
  }

  #time(): string {
    return (this.now / 1_000_000).toFixed(3);
  }
}

const NOBODY = { sessions: 0, requeued: 0, queued: 0 };
