import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judge, MISTAKES, plans } from './mistakes.ts';

describe('one mistake planted in a valid file gives one diagnostic, and costs nobody else an address', () => {
  const planted = new Map<string, number>();
  const wrong = new Map<string, string[]>();
  for (const plan of plans()) {
    const { name } = plan.mistake;
    planted.set(name, (planted.get(name) ?? 0) + 1);
    const verdict = judge(plan);
    if (verdict === undefined) continue;
    const where = `${plan.file}:${plan.line + 1} "${plan.lines[plan.line]}"`;
    wrong.set(name, [...(wrong.get(name) ?? []), `${where}: ${verdict}`]);
  }
  for (const { name } of MISTAKES) {
    test(name, () => {
      assert((planted.get(name) ?? 0) >= 40, `planted ${planted.get(name)} times only`);
      assert.deepEqual(wrong.get(name) ?? [], []);
    });
  }
});
