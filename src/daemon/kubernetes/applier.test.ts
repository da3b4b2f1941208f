import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ControlError } from '../../api/client.ts';
import type { ReloadResult } from '../../api/protocol.ts';
import { parseIp } from '../../base/ip.ts';
import type { Plan } from '../../kubernetes/reconcile/plan.ts';
import { Applier } from './applier.ts';
import { readLastState } from './last-state.ts';

function planOf(last: number): Plan {
  const address = parseIp(`10.0.0.${last}`);
  assert(address !== undefined);
  return {
    ...{ instances: [], servers: [], diagnoses: [], hasProxy: false },
    bare: [address],
    good: { [address]: '' },
  };
}

const NOTHING: ReloadResult = {
  ...{ diagnostics: [], added: [], removed: [], changed: [], settings: [], unchanged: 0 },
};

/** A daemon that answers when, and as, it is told to. */
class Daemon {
  readonly asked: ((outcome: 'taken' | 'refused' | 'gone') => void)[] = [];
  #onAsk: (() => void) | undefined;

  reload(): Promise<ReloadResult> {
    return new Promise((resolve, reject) => {
      this.asked.push((outcome) => {
        if (outcome === 'taken') resolve(NOTHING);
        else if (outcome === 'gone') reject(new ControlError('no-daemon', 'nobody there'));
        else reject(new ControlError('failed', 'line 3 is wrong'));
      });
      this.#onAsk?.();
    });
  }

  /** Answers the next question, when it comes. */
  async answer(outcome: 'taken' | 'refused' | 'gone'): Promise<void> {
    while (this.asked.length === 0) {
      await new Promise<void>((resolve) => {
        this.#onAsk = resolve;
      });
    }
    this.asked.shift()?.(outcome);
  }
}

describe('kubernetes: bringing plans into force', () => {
  const folder = mkdtempSync(join(tmpdir(), `hft-${process.pid}-applier-`));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function create(name: string) {
    const daemon = new Daemon();
    const applied: Plan[] = [];
    const refusals: (string | undefined)[] = [];
    let onApplied: (() => void) | undefined;
    const settings = {
      configMap: { namespace: 'default', name: 'vips' },
      configFile: join(folder, `${name}.conf`),
      stateFile: join(folder, `${name}.json`),
    };
    const applier = new Applier({
      ...{ settings, daemon, tell: () => {} },
      applied: (plan) => {
        applied.push(plan);
        onApplied?.();
      },
      refused: (why) => refusals.push(why),
    });
    const isApplied = async (plan: Plan): Promise<void> => {
      while (applied.at(-1) !== plan) {
        await new Promise<void>((resolve) => {
          onApplied = resolve;
        });
      }
    };
    const text = (): string => readFileSync(settings.configFile, 'utf8');
    const state = () => readLastState(settings.stateFile, 'default/vips');
    return { daemon, applier, applied, refusals, isApplied, text, state };
  }

  test('the file, the daemon, and then the disk', async () => {
    const { daemon, applier, isApplied, text, state } = create('order');
    const plan = planOf(1);
    applier.apply(plan);
    await daemon.answer('taken');
    await isApplied(plan);
    assert.match(text(), /10\.0\.0\.1\n$/);
    assert.deepEqual(state()?.good, { '10.0.0.1': '' });
    assert.equal(state()?.text, text());
    assert.equal(readLastState(join(folder, 'order.json'), 'default/other'), undefined);
  });

  test('of what comes meanwhile only the last counts', async () => {
    const { daemon, applier, applied, isApplied, text } = create('last');
    const plans = [1, 2, 3, 4].map(planOf);
    for (const plan of plans) applier.apply(plan);
    await daemon.answer('taken');
    await daemon.answer('taken');
    const [first, , , last] = plans;
    assert(first !== undefined && last !== undefined);
    await isApplied(last);
    assert.deepEqual(applied, [first, last]);
    assert.match(text(), /10\.0\.0\.4\n$/);
  });

  test('what is refused is taken back, told, and not asked again', async () => {
    const { daemon, applier, applied, refusals, isApplied, text, state } = create('refused');
    const [good, bad, next] = [1, 2, 3].map(planOf);
    assert(good !== undefined && bad !== undefined && next !== undefined);
    applier.apply(good);
    await daemon.answer('taken');
    await isApplied(good);
    applier.apply(bad);
    await daemon.answer('refused');
    applier.apply(bad);
    while (refusals.at(-1) !== 'line 3 is wrong') await new Promise(setImmediate);
    assert.match(text(), /10\.0\.0\.1\n$/);
    assert.deepEqual(state()?.good, { '10.0.0.1': '' });
    applier.apply(next);
    await daemon.answer('taken');
    await isApplied(next);
    assert.deepEqual(applied, [good, next]);
    assert.equal(refusals.at(-1), undefined);
  });

  test('a daemon that is not there is asked until it is', async () => {
    const { daemon, applier, isApplied } = create('gone');
    const plan = planOf(1);
    applier.apply(plan);
    await daemon.answer('gone');
    await daemon.answer('taken');
    await isApplied(plan);
  });
});
