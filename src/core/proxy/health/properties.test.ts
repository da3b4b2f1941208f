/**
 * Whatever answers, orders and times come: what is told (events, counts, times down) and what is so agree,
 * and checks alone make of a server what counting successes and failures in a row makes of it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { millis } from '../../../base/time.ts';
import type { LiveServer, ServerHealth } from '../live.ts';
import { isUsable } from '../usable.ts';
import { isInDrain, isInMaintenance } from './server-watch.ts';
import {
  http,
  OK,
  REFUSED,
  Stage,
  testBackend,
  testCheck,
  testConfig,
  testServer,
} from './test-stage.ts';
import type { HealthEffect, ServerEvent, ServerOrder } from './types.ts';

const PATHS = ['b/a', 'b/k', 'b/d', 'c/t', 'c/u', 'd/v', 'd/s'] as const;

/** Checked, a backup, disabled at first; two that track, one of them through another; one that is slow. */
function stageOf(): Stage {
  const check = testCheck({ inter: millis(500), fastinter: millis(200), downinter: millis(900) });
  const agent = { port: 1, inter: millis(300) };
  return new Stage(
    testConfig([
      testBackend('b', [
        testServer('a', { check, agent }),
        testServer('k', { check, backup: true, weight: 4 }),
        testServer('d', { check, disabled: true }),
      ]),
      testBackend('c', [
        testServer('t', { track: { proxy: 'b', server: 'a' } }),
        testServer('u', { track: { proxy: 'b', server: 'd' } }),
      ]),
      testBackend('d', [
        testServer('v', { track: { proxy: 'c', server: 't' } }),
        testServer('s', { check, slowstart: millis(3000), observe: 'layer4', errorLimit: 2 }),
      ]),
    ]),
  ).start();
}

type Step =
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'answer'; readonly path: string; readonly index: number }
  | { readonly kind: 'agent'; readonly said: string }
  | { readonly kind: 'order'; readonly path: string; readonly order: ServerOrder }
  | { readonly kind: 'error'; readonly path: string };

const answers = [OK, REFUSED, http(404, 'Not Found', true), 'silence'] as const;
const path = fc.constantFrom(...PATHS);
const orders: fc.Arbitrary<ServerOrder> = fc.oneof(
  fc.record({
    kind: fc.constant('state' as const),
    to: fc.constantFrom('ready' as const, 'drain' as const, 'maint' as const),
  }),
  fc.record({
    kind: fc.constant('health' as const),
    to: fc.constantFrom('up' as const, 'stopping' as const, 'down' as const),
  }),
  fc.record({ kind: fc.constant('weight' as const), weight: fc.constantFrom(0, 1, 7) }),
  fc.record({
    kind: fc.constant('agent' as const),
    to: fc.constantFrom('up' as const, 'down' as const),
  }),
  fc.record({
    kind: fc.constant('checks' as const),
    what: fc.constantFrom('check' as const, 'agent' as const),
    to: fc.constantFrom('enabled' as const, 'disabled' as const),
  }),
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(1500) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('answer' as const), path, index: fc.nat(3) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('agent' as const),
      said: fc.constantFrom('', 'up', 'down', 'drain', 'maint', 'ready', '0%', '100%', 'up ready'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('order' as const), path, order: orders }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('error' as const), path }) },
);

function play(stage: Stage, step: Step): void {
  switch (step.kind) {
    case 'pass':
      stage.pass(step.ms);
      return;
    case 'answer': {
      stage.answers.set(step.path, answers[step.index] ?? OK);
      return;
    }
    case 'agent':
      stage.agents.set('b/a', step.said);
      return;
    case 'order':
      stage.order(step.path, step.order);
      return;
    case 'error': {
      const seen = { layer: 4, result: 'unsuccessful-connection' } as const;
      stage.give({ kind: 'observed', server: stage.server(step.path), seen });
    }
  }
}

/** What somebody knows who was told at the start how it is, and has read the events since. */
class Reader {
  #state: 'up' | 'stopping' | 'down';
  #maintained: boolean;
  #drained: boolean;
  downs = 0;

  constructor(health: ServerHealth) {
    this.#state = health.operational === 'stopped' ? 'down' : 'up';
    this.#maintained = isInMaintenance(health);
    this.#drained = isInDrain(health);
  }

  read(event: ServerEvent): void {
    switch (event.kind) {
      case 'up':
      case 'stopping':
      case 'down':
        assert.ok(!this.#maintained, 'nothing is told of one in maintenance');
        this.#state = event.kind;
        if (event.kind === 'down') this.downs++;
        return;
      case 'enters-maintenance':
        assert.ok(!this.#maintained);
        this.#maintained = true;
        if (event.was !== 'down') this.downs++;
        this.#state = 'down';
        return;
      case 'leaves-maintenance':
        assert.ok(this.#maintained);
        this.#maintained = false;
        this.#drained = event.into === 'drain';
        this.#state = event.to;
        return;
      case 'enters-drain':
      case 'leaves-drain':
        assert.equal(this.#state === 'down', event.is === 'down');
        this.#drained = event.kind === 'enters-drain';
        return;
      default:
    }
  }

  agrees(health: ServerHealth): void {
    const { operational } = health;
    const is = { stopped: 'down', stopping: 'stopping', running: 'up', starting: 'up' }[
      operational
    ];
    assert.equal(isInMaintenance(health), this.#maintained);
    // What one in maintenance is beside that is told when it leaves.
    if (this.#maintained) assert.equal(operational, 'stopped');
    else {
      assert.equal(isInDrain(health), this.#drained);
      const mayBeStopping = this.#state === 'up' && is === 'stopping';
      assert.ok(is === this.#state || mayBeStopping, `${is} for ${this.#state}`);
    }
    assert.equal(health.downs, this.downs);
  }
}

function inherits({ health, config }: LiveServer, stage: Stage): void {
  if (config.track === undefined) return;
  const leader = stage.server(`${config.track.proxy}/${config.track.server}`);
  assert.equal(health.admin.has('inherited-maint'), isInMaintenance(leader.health));
  if (isInMaintenance(health)) return;
  assert.equal(health.admin.has('inherited-drain'), isInDrain(leader.health));
  const kindOf = ({ operational }: ServerHealth): string =>
    operational === 'starting' ? 'running' : operational;
  assert.equal(kindOf(health), kindOf(leader.health));
}

test('what is told and what is so agree', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 5, maxLength: 60 }), (list) => {
      const stage = stageOf();
      const servers = PATHS.map((each) => stage.server(each));
      const readers = new Map(servers.map((server) => [server, new Reader(server.health)]));
      let asked = new Set<string>();
      for (const step of list) {
        play(stage, step);
        for (const effect of stage.effects.splice(0)) {
          if (effect.kind === 'changed')
            readers.get(effect.change.server)?.read(effect.change.event);
          asked = follow(asked, effect);
        }
        for (const server of servers) {
          readers.get(server)?.agrees(server.health);
          inherits(server, stage);
        }
      }
    }),
    { numRuns: 300 },
  );
});

/** Only what was asked is abandoned. */
function follow(asked: Set<string>, effect: HealthEffect): Set<string> {
  if (effect.kind !== 'probe' && effect.kind !== 'abandon') return asked;
  const key = `${effect.server.config.name} ${effect.what}`;
  if (effect.kind === 'abandon') assert.ok(asked.delete(key));
  // Answers come at once here, but for those that never do.
  else asked.add(key);
  return asked;
}

test('counts and times of backends are those of their servers', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 5, maxLength: 60 }), (list) => {
      const stage = stageOf();
      const backs = ['b/a', 'c/t', 'd/s'].map((each) => stage.server(each).proxy);
      const countOf = (index: number): number =>
        backs[index]?.back?.servers.filter(isUsable).length ?? 0;
      const downs = backs.map(() => 0);
      const had = backs.map((_, index) => countOf(index) > 0);
      for (const step of list) {
        play(stage, step);
        for (const effect of stage.effects.splice(0)) {
          if (effect.kind !== 'backendChanged') continue;
          const index = backs.indexOf(effect.proxy);
          if (effect.to === 'down') downs[index] = (downs[index] ?? 0) + 1;
        }
        for (const [index, { back }] of backs.entries()) {
          assert.equal(back?.downs, downs[index]);
          const last = stage.lastBackends.get(backs[index] ?? fail());
          const isUp = last === undefined ? had[index] : last.to === 'up';
          assert.equal(isUp, countOf(index) > 0);
        }
      }
      for (const proxy of backs) {
        const { back } = proxy;
        const untilNow = back?.servers.some(isUsable) ? 0 : stage.now - (back?.lastChange ?? 0);
        assert.equal((back?.downtime ?? 0) + untilNow, stage.emptyFor(proxy));
      }
    }),
    { numRuns: 200 },
  );
});

function fail(): never {
  throw new Error('no such backend');
}

test('checks alone: fall failures in a row are down, rise successes in a row up', () => {
  const small = fc.integer({ min: 1, max: 4 });
  fc.assert(
    fc.property(small, small, fc.array(fc.boolean(), { maxLength: 40 }), (rise, fall, results) => {
      const check = testCheck({ inter: millis(1000), rise, fall });
      const stage = new Stage(testConfig([testBackend('b', [testServer('s', { check })])])).start();
      const server = stage.server('b/s');
      let state: 'up' | 'down' = 'up';
      let inRow = 0;
      for (const [index, isWell] of results.entries()) {
        stage.answers.set('b/s', isWell ? OK : REFUSED);
        stage.pass(index === 0 ? 0 : 1000);
        const isSame = isWell === (state === 'up');
        inRow = isSame ? 0 : inRow + 1;
        // The first answer decides by itself.
        const needed = state === 'down' ? rise : index === 0 ? 1 : fall;
        if (inRow >= needed) {
          state = isWell ? 'up' : 'down';
          inRow = 0;
        }
        assert.equal(isUsable(server), state === 'up');
        const expected: number = state === 'up' ? rise + fall - 1 - inRow : inRow;
        assert.equal(server.health.health, expected);
      }
    }),
  );
});
