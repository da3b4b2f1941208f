import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Micros, micros, seconds } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import { Node } from '../node.ts';
import type { NodeEffect, NodeInput } from '../node-types.ts';
import { ip, testAdvert, testModel } from '../vrrp/test-model.ts';
import { encodeEntry, RECORDING_FORMAT } from './entry.ts';
import { Replayer } from './replayer.ts';

const model: Model = {
  global: {
    dynamicInterfaces: false,
    startupDelay: micros(0),
    delayAfterBoot: micros(0),
    logUnknownVrids: true,
    scriptSecurity: 'off',
    deadMan: 'off',
  },
  scripts: [],
  instances: [testModel()],
};

/** A host that becomes master, hears a better one and yields. */
function record(): string[] {
  const node = new Node(model);
  const lines = [
    encodeEntry({
      kind: 'header',
      format: RECORDING_FORMAT,
      version: '1.2.3',
      commit: 'abc',
      host: 'node1',
      monotonicUs: micros(0),
      wallUs: 1_700_000_000_000_000,
    }),
    encodeEntry({ kind: 'model', model }),
  ];
  const note = (effects: readonly NodeEffect[]): void => {
    for (const effect of effects) {
      if (effect.kind === 'record') lines.push(encodeEntry({ kind: 'event', event: effect.event }));
    }
  };
  const handle = (at: Micros, input: NodeInput): void => {
    const effects: NodeEffect[] = [];
    lines.push(encodeEntry({ kind: 'input', at, input }));
    node.handle(at, input, effects);
    note(effects);
  };
  const addresses = [ip('10.0.0.1')];
  handle(seconds(1), { kind: 'linkChanged', interface: 'eth0', state: 'up' });
  handle(seconds(1), { kind: 'addressesChanged', interface: 'eth0', addresses });
  handle(seconds(1), { kind: 'start', listenFrom: seconds(1) });
  for (let count = 0; count < 3; count++) {
    const at = node.nextDeadline() ?? seconds(0);
    const effects: NodeEffect[] = [];
    lines.push(encodeEntry({ kind: 'expire', at }));
    node.expire(at, effects);
    note(effects);
  }
  const advert = testAdvert({ priority: 200, ttl: undefined });
  handle(seconds(9), { kind: 'advertReceived', interface: 'eth0', family: 4, advert });
  lines.push(encodeEntry({ kind: 'end', at: seconds(10), reason: 'stopped' }));
  return lines;
}

const good = record();

/** Where the first line with this text stands. */
function find(text: string): number {
  const index = good.findIndex((line) => line.includes(text));
  assert(index >= 0, text);
  return index;
}

function replay(lines: readonly string[]) {
  const replayer = new Replayer();
  const steps = [];
  for (const line of lines) {
    const step = replayer.accept(line);
    if (!step.ok) return { problem: step.reason, steps };
    steps.push(step.value);
  }
  return { problem: undefined, steps };
}

function problemWith(change: (lines: string[]) => void): string {
  const lines = [...good];
  change(lines);
  const { problem } = replay(lines);
  assert(problem !== undefined);
  return problem;
}

function differenceWith(change: (lines: string[]) => void) {
  const lines = [...good];
  change(lines);
  const { steps, problem } = replay(lines);
  assert.equal(problem, undefined);
  const differences = steps.flatMap(({ difference }) => difference ?? []);
  assert.equal(differences.length, 1);
  return differences[0];
}

describe('Replayer', () => {
  test('says what was said', () => {
    const { problem, steps } = replay(good);
    assert.equal(problem, undefined);
    const changes = steps
      .flatMap(({ events }) => events)
      .flatMap((event) => (event.kind === 'transition' ? [`${event.from} ${event.to}`] : []));
    assert.deepEqual(changes, ['init backup', 'backup master', 'master backup']);
    assert(steps.every(({ difference }) => difference === undefined));
  });

  test('tells at which line the engine decides otherwise', () => {
    const heard = find('advertReceived');
    const changed = differenceWith((lines) => {
      lines[heard] = (lines[heard] ?? '').replace('"priority":200', '"priority":201');
    });
    assert.equal(changed?.line, heard + 1);
    assert.equal(changed?.stimulus, 'advertReceived');
    assert.match(JSON.stringify(changed?.recorded), /"priority":200/);
    assert.match(JSON.stringify(changed?.replayed), /"priority":201/);
    const dropped = differenceWith((lines) => lines.splice(heard, 1));
    assert.equal(dropped?.stimulus, 'expire');
    assert.equal(dropped?.replayed, undefined);
    const event = find('"to":"master"');
    const unsaid = differenceWith((lines) => lines.splice(event, 1));
    assert.equal(unsaid?.recorded, undefined);
    assert.equal(unsaid?.replayed?.kind, 'transition');
  });

  test('expects no more events where the recording was cut off than are there', () => {
    const event = find('"to":"master"');
    for (const reason of ['limit', 'overrun'] as const) {
      const end = encodeEntry({ kind: 'end', at: seconds(10), reason });
      const { steps, problem } = replay([...good.slice(0, event), end]);
      assert.equal(problem, undefined);
      assert(steps.every(({ difference }) => difference === undefined));
    }
    const stopped = differenceWith((lines) => lines.splice(event, lines.length - event - 1));
    assert.equal(stopped?.recorded, undefined);
  });

  test('refuses what it cannot follow, with the line', () => {
    const heard = find('advertReceived');
    const at = heard + 1;
    const cases: readonly [string, (lines: string[]) => void][] = [
      ['line 1: not JSON', (lines) => lines.unshift('hello')],
      ['line 1: not a recording: it does not begin with a header', (lines) => lines.shift()],
      [
        `line 1: the recording has format 9, this program reads format ${RECORDING_FORMAT}`,
        (lines) => {
          lines[0] = '{"kind":"header","format":9,"other":1}';
        },
      ],
      ['line 2: the model is missing before this input', (lines) => lines.splice(1, 1)],
      ['line 3: a second model', (lines) => lines.splice(2, 0, lines[1] ?? '')],
      [
        `line ${at}: input: kind 'pigeonSeen' is not known to this version`,
        (lines) => {
          lines[heard] = (lines[heard] ?? '').replace('"advertReceived"', '"pigeonSeen"');
        },
      ],
      [
        `line ${at}: input.advert.vrid: expected an integer`,
        (lines) => {
          lines[heard] = (lines[heard] ?? '').replace('"vrid":51', '"vrid":"51"');
        },
      ],
      [`line ${at}: not JSON`, (lines) => lines.splice(heard, 99, '{"kind":"inp')],
      [
        `line ${at}: kind 'pigeon' is not known to this version`,
        (lines) => lines.splice(heard, 0, '{"kind":"pigeon"}'),
      ],
      [
        `line ${at}: time goes backwards`,
        (lines) => lines.splice(heard, 0, '{"kind":"expire","at":5}'),
      ],
      [
        `line ${good.length + 1}: there is something behind the end of the recording`,
        (lines) => lines.push('{"kind":"expire","at":99000000}'),
      ],
    ];
    for (const [problem, change] of cases) assert.equal(problemWith(change), problem);
  });

  test('whatever becomes of the lines, nothing throws', () => {
    const damage = fc.record({
      line: fc.nat(good.length - 1),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(12),
      instead: fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('0', '-1', 'null', '"', '{}')),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        const lines = [...good];
        for (const { line, at, length, instead } of damages) {
          const text = lines[line] ?? '';
          const from = Math.floor(at * text.length);
          lines[line] = text.slice(0, from) + instead + text.slice(from + length);
        }
        replay(lines);
      }),
      { numRuns: 500 },
    );
  });
});
