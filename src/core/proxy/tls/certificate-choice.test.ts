import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCertificateChoice } from './certificate-choice.ts';

const certificates = [['a.test'], ['*.b.test', 'b.test'], ['x.b.test'], ['a.test', '*.c.test']];

test('a name of its own goes before a wildcard, which stands for one label', () => {
  const choose = createCertificateChoice(certificates, 'lenient');
  const wanted: readonly (readonly [string | undefined, number])[] = [
    ['a.test', 0],
    ['B.test', 1],
    ['y.b.test', 1],
    ['X.b.TEST', 2],
    ['y.x.b.test', 0],
    ['c.test', 0],
    ['z.c.test', 3],
    ['localhost', 0],
    [undefined, 0],
  ];
  for (const [name, index] of wanted) assert.equal(choose(name), index, name);
});

test('in strict order nobody else gets the first', () => {
  const choose = createCertificateChoice(certificates, 'strict');
  assert.deepEqual(
    [choose('z.test'), choose(undefined), choose('y.b.test')],
    [undefined, undefined, 1],
  );
});
