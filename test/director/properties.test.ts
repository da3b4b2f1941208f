import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LoadBalancing } from '../../src/config/model/virtual-server.ts';
import type { ServerAction, ServerOrder } from '../../src/core/balance/director-types.ts';
import type { ServerId, ServiceId } from '../../src/core/balance/plane.ts';
import type { Finding } from '../../src/core/check/probe.ts';
import { keyOf, Oracle, servicesOf } from './oracle.ts';
import { HOSTS, models, SERVICES, virtualAddress } from './random-models.ts';
import { Stage } from './stage.ts';

const actions: fc.Arbitrary<ServerAction> = fc.constantFrom(
  { kind: 'disable', connections: 'drain' },
  { kind: 'disable', connections: 'cut' },
  { kind: 'enable' },
  { kind: 'weigh', weight: 3 },
  { kind: 'weigh', weight: 0 },
  { kind: 'weigh' },
);
const exits: fc.Arbitrary<Finding> = fc
  .constantFrom(0, 1, 2, 5, 255)
  .map((status) => ({ kind: 'exited', status }));
const hosts = fc.constantFrom(...HOSTS);
const numbers = fc.constantFrom(...SERVICES);

type Step =
  | { readonly kind: 'run'; readonly seconds: number }
  | { readonly kind: 'set'; readonly subject: string; readonly finding: Finding | 'up' | 'down' }
  | { readonly kind: 'order'; readonly order: ServerOrder }
  | { readonly kind: 'read'; readonly file: string; readonly value: number }
  | { readonly kind: 'present'; readonly numbers: readonly number[] }
  | { readonly kind: 'reload'; readonly model: LoadBalancing }
  | { readonly kind: 'answerBy'; readonly speed: 'prompt' | 'hanging' }
  | { readonly kind: 'crash' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('run' as const), seconds: fc.nat(12) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      subject: fc
        .tuple(hosts, fc.constantFrom(80, 7))
        .map(([host, port]) => `10.0.0.${host}:${port}`),
      finding: fc.constantFrom('up' as const, 'down' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      subject: fc.oneof(
        fc.constant('shared'),
        hosts.map((host) => `script ${host}`),
      ),
      finding: exits,
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        server: hosts.map((host) => `10.0.0.${host}:80` as ServerId),
        service: fc.option(
          numbers.map((number) => `tcp ${virtualAddress(number)}:80` as ServiceId),
          { nil: undefined },
        ),
        action: actions,
      })
      .map(({ service, ...order }) => ({
        kind: 'order' as const,
        order: service === undefined ? order : { ...order, service },
      })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      file: fc.constantFrom('load0', 'load1'),
      value: fc.constantFrom(0, 1, 3, 70_000, -70_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('present' as const),
      numbers: fc.subarray([...SERVICES]),
    }),
  },
  { weight: 2, arbitrary: models.map((model) => ({ kind: 'reload' as const, model })) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('answerBy' as const),
      speed: fc.constantFrom('prompt' as const, 'hanging' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
);

/** The director and who reckons behind it. */
class Pair {
  stage: Stage;
  readonly oracle = new Oracle();
  #model: LoadBalancing;
  #present: ReadonlySet<string> | undefined;

  constructor(model: LoadBalancing) {
    this.#model = model;
    this.oracle.configure(model);
    this.stage = new Stage().configureModel(model);
    this.#listen();
  }

  take(step: Step): void {
    const { stage, oracle } = this;
    switch (step.kind) {
      case 'run':
        stage.run(step.seconds);
        break;
      case 'set':
        stage.set(step.subject, step.finding);
        break;
      case 'order':
        oracle.order(step.order);
        stage.feed({ kind: 'ordered', order: step.order });
        break;
      case 'read':
        oracle.read(step.file, step.value);
        stage.feed({ kind: 'fileRead', file: step.file, value: step.value });
        break;
      case 'present':
        this.#present = new Set(step.numbers.map(virtualAddress));
        stage.present(...this.#present);
        break;
      case 'reload':
        this.#model = step.model;
        oracle.configure(step.model);
        stage.configureModel(step.model);
        break;
      case 'answerBy':
        stage.answerBy(step.speed);
        break;
      case 'crash':
        this.#crash();
    }
    this.agree();
  }

  agree(): void {
    const kernel = [...this.stage.kernel.keys()].map((id) => [id, this.stage.servers(id)] as const);
    const expected = this.oracle.expected();
    assert.deepEqual(new Map(kernel), expected);
  }

  /** All checks that somebody wants are asked for, and no others; nothing is asked twice at once. */
  askAll(): void {
    this.stage.answerBy('prompt').asked();
    this.stage.run(25);
    const asked = new Set(this.stage.asked().map((line) => line.replace(/^\d+ /, '')));
    const active = this.#model.virtualServers.filter(
      (server) => !server.suspendWithoutAddress || this.#isPresent(server),
    );
    const checks = [
      ...this.#model.trackChecks.map(({ check }) => check),
      ...active.flatMap(({ realServers }) => realServers.flatMap((one) => one.checks)),
    ].filter(({ kind }) => kind !== 'file');
    const wanted = new Set(
      checks.map((check) =>
        check.kind === 'script' ? keyOf(check).slice(7) : keyOf(check).split(' ')[1],
      ),
    );
    assert.deepEqual([...asked].sort(), [...wanted].sort());
    assert.equal(this.stage.open, 0);
  }

  #isPresent(server: LoadBalancing['virtualServers'][number]): boolean {
    const present = this.#present;
    if (present === undefined) return true;
    return servicesOf(server).some(
      (id) => id.startsWith('mark') || present.has(id.replace(/^tcp (.*):\d+$/, '$1')),
    );
  }

  #crash(): void {
    const carried = JSON.parse(JSON.stringify(this.stage.director.exportState()));
    const present = this.#present;
    this.oracle.crash();
    this.stage = this.stage.successor();
    this.#listen();
    this.stage.configureModel(this.#model, carried);
    if (present !== undefined) this.stage.present(...present);
  }

  #listen(): void {
    this.stage.onAnswer = (request, finding) => this.oracle.answered(request, finding);
  }
}

test('the kernel has what all that happened adds up to, whatever happens', () => {
  fc.assert(
    fc.property(models, fc.array(steps, { maxLength: 40 }), (model, list) => {
      const pair = new Pair(model);
      pair.agree();
      for (const step of list) pair.take(step);
      pair.askAll();
      pair.agree();
    }),
    { numRuns: 500 },
  );
});

test('a reload that changes nothing changes nothing in the kernel, and nothing is told', () => {
  fc.assert(
    fc.property(models, fc.array(steps, { maxLength: 25 }), (model, list) => {
      const pair = new Pair(model);
      let last = model;
      for (const step of list) {
        pair.take(step);
        if (step.kind === 'reload') last = step.model;
      }
      const before = new Map(pair.stage.kernel);
      pair.stage.news();
      pair.take({ kind: 'reload', model: structuredClone(last) });
      assert.deepEqual(
        pair.stage.news().filter((line) => !line.startsWith('track')),
        [],
      );
      for (const [id, service] of pair.stage.kernel) assert.equal(service, before.get(id), id);
    }),
    { numRuns: 100 },
  );
});
