import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Micros, micros } from '../../src/base/time.ts';
import type { Model } from '../../src/config/model/model.ts';
import type { Node } from '../../src/core/node.ts';
import {
  encodeEntry,
  RECORDING_FORMAT,
  type RecordingEntry,
} from '../../src/core/recording/entry.ts';
import { InputRedaction } from '../../src/core/recording/redact-input.ts';
import { Replayer } from '../../src/core/recording/replayer.ts';
import { passwordHex } from '../../src/core/vrrp/admission.ts';
import type { SimHost } from '../../src/sim/host.ts';
import { runSeed } from '../../src/sim/run.ts';
import type { Step } from '../../src/sim/types.ts';

const SEEDS = 60;

/** One run of one host's process. */
class Recording {
  readonly lines: string[] = [];
  readonly secrets = new Set<string>();
  events = 0;
  upgrades = 0;
  readonly #redaction = new InputRedaction();

  constructor(model: Model) {
    this.#remember(model);
    const at = micros(0);
    const host = { version: 'test', commit: '', host: 'sim' };
    this.#add({
      kind: 'header',
      format: RECORDING_FORMAT,
      ...host,
      monotonicUs: at,
      wallUs: 0,
    });
    this.#add({ kind: 'model', model: this.#redaction.model(model) });
  }

  step({ now, stimulus, effects }: Step): void {
    if (stimulus.kind === 'expire') this.#add({ kind: 'expire', at: now });
    else {
      if (stimulus.kind === 'reconfigured') this.#remember(stimulus.model);
      this.#add({ kind: 'input', at: now, input: this.#redaction.input(stimulus) });
    }
    for (const effect of effects) {
      if (effect.kind !== 'record') continue;
      this.events++;
      this.#add({ kind: 'event', event: effect.event });
    }
  }

  /** Another program goes on with the host's engine. */
  upgrade(host: SimHost, at: Micros): void {
    const { node } = host;
    // Before the start there is nothing to go on with.
    if (node?.isSettled() !== true || node.snapshots().length === 0) return;
    const state = JSON.parse(JSON.stringify(node.exportState()));
    if (host.upgrade() === 'later') return;
    this.upgrades++;
    this.#add({ kind: 'end', at, reason: 'upgraded' });
    const model = this.#redaction.model(node.model);
    const signature = { version: 'next', commit: '', monotonicUs: at, wallUs: 0 };
    this.#add({ kind: 'resumed', ...signature, model, state });
  }

  end(at: Micros): void {
    this.#add({ kind: 'end', at, reason: 'stopped' });
  }

  #add(entry: RecordingEntry): void {
    this.lines.push(encodeEntry(entry));
  }

  #remember({ instances }: Model): void {
    for (const { authentication } of instances) {
      if (authentication.kind === 'simple') this.secrets.add(authentication.password.reveal());
    }
  }
}

function recordSeed(seed: number, upgrades: 'none' | 'now-and-then'): readonly Recording[] {
  const recordings: Recording[] = [];
  const running = new Map<Node, Recording>();
  let last = micros(0);
  let steps = 0;
  runSeed(seed, {
    onStep: (step) => {
      const { node } = step.host;
      if (node === undefined) return;
      let recording = running.get(node);
      if (recording === undefined) {
        recording = new Recording(node.model);
        running.set(node, recording);
        recordings.push(recording);
      }
      recording.step(step);
      last = step.now;
      if (upgrades === 'now-and-then' && ++steps % 50 === 0) {
        recording.upgrade(step.host, step.now);
        const next = step.host.node;
        if (next !== undefined) running.set(next, recording);
      }
    },
  });
  for (const recording of recordings) recording.end(last);
  return recordings;
}

describe('recordings of simulated hosts', () => {
  test(`${SEEDS} seeds: each process, replayed, says what it said`, () => {
    let events = 0;
    let secrets = 0;
    let upgrades = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      for (const recording of recordSeed(seed, seed % 2 === 0 ? 'now-and-then' : 'none')) {
        const replayer = new Replayer();
        for (const line of recording.lines) {
          const step = replayer.accept(line);
          assert(step.ok, `seed ${seed}: ${step.ok || step.reason}`);
          assert.equal(step.value.difference, undefined, `seed ${seed}`);
        }
        assert.equal(replayer.ended, 'stopped');
        upgrades += recording.upgrades;
        events += recording.events;
        secrets += recording.secrets.size;
        const text = recording.lines.join('\n');
        for (const secret of recording.secrets) {
          assert(!text.includes(passwordHex(secret)), `seed ${seed} shows ${secret} as bytes`);
          // A single letter is everywhere.
          if (secret.length > 1) assert(!text.includes(secret), `seed ${seed} shows ${secret}`);
        }
      }
    }
    const reached = `${events} events, ${secrets} secrets, ${upgrades} upgrades`;
    assert(events > 1000 && secrets > 20 && upgrades > 100, reached);
  });
});
