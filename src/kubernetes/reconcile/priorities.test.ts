import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { assignPriorities } from './priorities.ts';

const nodes = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 150 })
  .map((names) =>
    names.map((name, index) => ({ name, createdAt: `2026-01-01T00:00:${1000 + (index >> 1)}Z` })),
  );

describe('priorities', () => {
  test('a node that is added changes nobody’s', () => {
    fc.assert(
      fc.property(nodes, fc.integer({ min: 1, max: 255 }), (all, salt) => {
        const before = assignPriorities(all.slice(0, -1), salt);
        const newest = all.map((node, index) =>
          index === all.length - 1 ? { ...node, createdAt: '2027-01-01T00:00:00Z' } : node,
        );
        const after = assignPriorities(newest, salt);
        for (const [name, priority] of before) assert.equal(after.get(name), priority);
      }),
    );
  });

  test('they are different, of 1 to 254, and the same in whatever order nodes come', () => {
    fc.assert(
      fc.property(nodes, fc.integer({ min: 1, max: 255 }), (all, salt) => {
        const priorities = assignPriorities(all, salt);
        assert.equal(new Set(priorities.values()).size, all.length);
        assert([...priorities.values()].every((value) => value >= 1 && value <= 254));
        const reversed = assignPriorities([...all].reverse(), salt);
        for (const [name, priority] of priorities) assert.equal(reversed.get(name), priority);
      }),
    );
  });

  test('up to 100 nodes have 100 to 199', () => {
    const many = Array.from({ length: 100 }, (_, at) => ({ name: `n${at}`, createdAt: '' }));
    const values = [...assignPriorities(many, 50).values()];
    assert.deepEqual([Math.min(...values), Math.max(...values)], [100, 199]);
  });

  test('more nodes than numbers share some', () => {
    const many = Array.from({ length: 400 }, (_, at) => ({ name: `n${at}`, createdAt: '' }));
    const values = [...assignPriorities(many, 50).values()];
    assert.equal(values.length, 400);
    assert(values.every((value) => value >= 1 && value <= 254));
  });

  test('an annotation goes before', () => {
    const two = [
      { name: 'a', createdAt: '', priority: 7 },
      { name: 'b', createdAt: '' },
    ];
    assert.equal(assignPriorities(two, 50).get('a'), 7);
  });

  test('groups have orders of their own', () => {
    const three = ['a', 'b', 'c'].map((name) => ({ name, createdAt: '' }));
    const first = (salt: number): string =>
      [...assignPriorities(three, salt)].sort((x, y) => y[1] - x[1])[0]?.[0] ?? '';
    const masters = new Set(Array.from({ length: 20 }, (_, salt) => first(salt + 1)));
    assert.equal(masters.size, 3);
  });
});
