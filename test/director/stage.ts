/** A director on virtual time, before servers that tests switch on and off. */
import assert from 'node:assert/strict';
import type { IpAddress } from '../../src/base/ip.ts';
import { createRng } from '../../src/base/rng.ts';
import { type Micros, micros, ZERO } from '../../src/base/time.ts';
import { read } from '../../src/config/keepalived/test-support.ts';
import type { LoadBalancing } from '../../src/config/model/virtual-server.ts';
import { Director } from '../../src/core/balance/director.ts';
import type {
  CarriedState,
  DirectorEffect,
  DirectorInput,
  ServerAction,
} from '../../src/core/balance/director-types.ts';
import type { DesiredService, ServerId, ServiceId } from '../../src/core/balance/plane.ts';
import type { Finding, ProbeRequest } from '../../src/core/check/probe.ts';

const PASSED: Finding = { kind: 'passed', detail: 'connected' };
const REFUSED: Finding = { kind: 'failed', cause: 'refused', detail: 'refused' };
const LATENCY = micros(1000);

export const WEB = 'tcp 10.0.0.1:80';

/** Two servers, checked each 10 seconds, with words of the whole and of each server. */
export function web(words = '', each = 'TCP_CHECK {\n}', count = 2): string {
  const servers = Array.from(
    { length: count },
    (_, index) => `real_server 10.0.0.${index + 2} 80 {\n${each}\n}`,
  );
  const timing = 'delay_loop 10\nretry 2\ndelay_before_retry 3\nwarmup 0';
  const head = `protocol TCP\nlvs_sched wrr\nlvs_method NAT\n${timing}\n${words}`;
  return `virtual_server 10.0.0.1 80 {\n${head}\n${servers.join('\n')}\n}\n`;
}

interface Asked {
  readonly probe: number;
  readonly request: ProbeRequest;
}

export class Stage {
  readonly director = new Director(createRng(1));
  /** What the kernel would balance, by all orders so far. */
  readonly kernel = new Map<ServiceId, DesiredService>();
  readonly #answers = new Map<string, Finding>();
  /** Asked, and not answered yet. */
  readonly #open = new Map<number, Asked>();
  /** Those that are open, as text: two at once would be one too many. */
  readonly #questions = new Set<string>();
  /** Called before the director hears of an answer. */
  onAnswer: (request: ProbeRequest, finding: Finding) => void = () => {};
  /** The kinds of effects of the last input that had any. */
  orderOfLast: readonly string[] = [];
  #now: Micros = ZERO;
  #speed: 'prompt' | 'hanging' = 'prompt';
  #news: string[] = [];
  #asked: string[] = [];

  get now(): Micros {
    return this.#now;
  }

  get open(): number {
    return this.#open.size;
  }

  /** The next process, before servers that answer as they did. */
  successor(): Stage {
    const next = new Stage();
    next.#now = this.#now;
    for (const [subject, finding] of this.#answers) next.#answers.set(subject, finding);
    return next;
  }

  configure(text: string, carried?: CarriedState): this {
    const { loadBalancing } = read(text);
    return this.configureModel(loadBalancing, carried);
  }

  configureModel(model: LoadBalancing, carried?: CarriedState): this {
    return this.feed({ kind: 'configured', model, ...(carried !== undefined && { carried }) });
  }

  /** From now on the server at `endpoint` answers so. */
  set(endpoint: string, finding: Finding | 'up' | 'down'): this {
    this.#answers.set(endpoint, finding === 'up' ? PASSED : finding === 'down' ? REFUSED : finding);
    return this;
  }

  present(...addresses: readonly string[]): this {
    return this.feed({
      kind: 'addressesChanged',
      present: new Set(addresses as unknown as readonly IpAddress[]),
    });
  }

  order(server: string, action: ServerAction, service?: string): this {
    const where = service === undefined ? {} : { service: service as ServiceId };
    const order = { server: server as ServerId, ...where, action };
    return this.feed({ kind: 'ordered', order });
  }

  feed(input: DirectorInput): this {
    const effects: DirectorEffect[] = [];
    this.director.handle(this.#now, input, effects);
    this.#obey(effects);
    return this;
  }

  /** `hanging`: nobody answers until all are prompt again. */
  answerBy(speed: 'prompt' | 'hanging'): this {
    this.#speed = speed;
    this.#answer();
    return this;
  }

  /** Lets time pass; questions are answered a millisecond after they were asked. */
  run(seconds: number): this {
    const end = micros(this.#now + seconds * 1e6);
    for (;;) {
      const due = this.director.nextDeadline();
      if (due === undefined || due > end) break;
      assert.ok(due >= this.#now || this.#open.size === 0, 'a deadline in the past');
      this.#now = micros(Math.max(this.#now, due));
      const effects: DirectorEffect[] = [];
      this.director.expire(this.#now, effects);
      const next = this.director.nextDeadline();
      assert.ok(next === undefined || next > this.#now, 'what is due was not done');
      this.#obey(effects);
      this.#answer();
    }
    this.#now = end;
    return this;
  }

  /** What was told since the last call: changes, scripts, tracks. */
  news(): string[] {
    return this.#news.splice(0);
  }

  /** Whom it asked since the last call, with the second in which it did. */
  asked(): string[] {
    return this.#asked.splice(0);
  }

  /** `10.0.0.2:80*1 10.0.0.3:80*3` */
  servers(service: string): string {
    const servers = this.kernel.get(service as ServiceId)?.servers ?? [];
    return servers.map(({ id, weight }) => `${id}*${weight}`).join(' ');
  }

  #answer(): void {
    const open = [...this.#open.values()];
    if (open.length === 0 || this.#speed === 'hanging') return;
    this.#now = micros(this.#now + LATENCY);
    for (const { probe, request } of open) {
      if (this.#close(probe) === undefined) continue;
      const finding = this.#answers.get(subjectOf(request)) ?? PASSED;
      this.onAnswer(request, finding);
      this.feed({ kind: 'probed', probe, report: { finding, latency: LATENCY } });
    }
  }

  #close(probe: number): Asked | undefined {
    const asked = this.#open.get(probe);
    this.#open.delete(probe);
    if (asked !== undefined) this.#questions.delete(textOf(asked.request));
    return asked;
  }

  #obey(effects: readonly DirectorEffect[]): void {
    if (effects.length > 0) this.orderOfLast = effects.map(({ kind }) => kind);
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: DirectorEffect): void {
    switch (effect.kind) {
      case 'probe':
        assert.ok(!this.#open.has(effect.probe), 'one number for two questions');
        assert.ok(!this.#questions.has(textOf(effect.request)), 'asked twice at once');
        this.#questions.add(textOf(effect.request));
        this.#open.set(effect.probe, effect);
        this.#asked.push(`${Math.floor(this.#now / 1e6)} ${subjectOf(effect.request)}`);
        return;
      case 'abandonProbe':
        assert.ok(this.#close(effect.probe) !== undefined, 'nobody asked');
        return;
      case 'realize':
        for (const service of effect.desired) {
          assert.notDeepEqual(service, this.kernel.get(service.id), 'nothing is new');
          this.kernel.set(service.id, service);
        }
        for (const id of effect.removed) assert.ok(this.kernel.delete(id), 'it was not there');
        return;
      case 'notify': {
        const { subject, state, server, script } = effect.notice;
        const what = subject === 'quorum' ? 'quorum' : server;
        this.#news.push(`tell ${what} ${state}${script === undefined ? '' : ` ${script.argv[0]}`}`);
        return;
      }
      case 'trackJudged':
        this.#news.push(`track ${effect.name} ${effect.verdict}`);
        return;
      case 'record':
        this.#record(effect.event);
    }
  }

  #record(event: Extract<DirectorEffect, { kind: 'record' }>['event']): void {
    switch (event.kind) {
      case 'serverChanged':
        this.#news.push(`${event.server} ${event.state} by ${event.cause.kind}`);
        return;
      case 'weightChanged':
        this.#news.push(`${event.server} weight ${event.from} -> ${event.to}`);
        return;
      case 'quorumChanged':
        this.#news.push(`quorum ${event.state} at ${event.weight}`);
        return;
      case 'sorryServerChanged':
        this.#news.push(`sorry server ${event.state}`);
        return;
      case 'suspended':
      case 'resumed':
        this.#news.push(event.kind);
        return;
      default:
        return;
    }
  }
}

const textOf = (request: ProbeRequest): string => JSON.stringify(request);

export function subjectOf(request: ProbeRequest): string {
  if (request.kind === 'script') return request.command.argv.join(' ');
  const { address, port } = request.target;
  const path = 'path' in request ? request.path : '';
  return `${address}:${port}${path}`;
}
