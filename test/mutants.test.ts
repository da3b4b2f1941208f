import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allMutants, withBug } from '../tools/mutants/all.ts';

describe('planted bugs', () => {
  test('each still has its place in the sources, exactly one', () => {
    const lost = allMutants.flatMap((mutant) => {
      try {
        withBug('.', mutant);
        return [];
      } catch (error) {
        return [(error as Error).message];
      }
    });
    assert.deepEqual(lost, []);
  });

  test('each has a name of its own', () => {
    const names = allMutants.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
  });
});
