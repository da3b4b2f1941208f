import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Crowd } from './crowd.ts';

const changes = fc.array(fc.tuple(fc.nat(20), fc.boolean()), { maxLength: 200 });

test('whoever has come and not gone is there once', () => {
  fc.assert(
    fc.property(changes, (list) => {
      const members = Array.from({ length: 21 }, (_, name) => ({ name, seat: -1 }));
      const crowd = new Crowd<(typeof members)[number]>();
      const known = new Set<number>();
      for (const [name, comes] of list) {
        const member = members[name];
        assert.ok(member !== undefined);
        if (comes) {
          crowd.add(member);
          known.add(name);
        } else assert.equal(crowd.delete(member), known.delete(name));
        assert.equal(crowd.size, known.size);
        const names = crowd.all().map((each) => each.name);
        assert.deepEqual(
          names.sort((a, b) => a - b),
          [...known].sort((a, b) => a - b),
        );
      }
    }),
  );
});
