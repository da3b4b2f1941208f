import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** Rows of the goals that this is measured against, but those of type LoadBalancer and of placing: 4, 5, 9 to 11. */
const MUST = [
  ...[1, 2, 3, 6, 7, 12, 13, 14, 15, 16, 17, 18, 20, 22, 23, 24, 26, 28, 29, 30, 31, 32, 33, 34],
  ...[35, 37, 38, 39, 40, 41, 42, 43, 44, 45, 50],
];

const text = readFileSync('docs/kubernetes.md', 'utf8');
const [, table = ''] = /<!-- rows: begin -->\n([\s\S]*?)<!-- rows: end -->/.exec(text) ?? [];
const rows = table
  .split('\n')
  .slice(2)
  .filter((line) => line !== '')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map((cells) => ({ number: Number(cells[1]), ours: cells[6] ?? '', where: cells[7] ?? '' }));

/** Names of the tests that are named after rows. */
function numbersIn(where: string): number[] {
  const file =
    where === 'played' ? 'test/daemon/kubernetes.test.ts' : `test/kubernetes/${where}.kt.ts`;
  const names = readFileSync(file, 'utf8').matchAll(/^ *test\('((?:row \d+(?:, |: ))+)/gm);
  return [...names].flatMap(([, head = '']) =>
    [...head.matchAll(/\d+/g)].map(([digits]) => Number(digits)),
  );
}

test('each row that must be has a test named after it, in the file that the docs name', () => {
  for (const { number, ours, where } of rows) {
    assert.match(ours, /^yes/, `row ${number}`);
    assert(numbersIn(where).includes(number), `row ${number} has no test in ${where}`);
  }
  const listed = rows.map(({ number }) => number);
  assert.deepEqual(
    MUST.filter((number) => !listed.includes(number)),
    [],
  );
});

test('each test that is named after a row has one in the docs', () => {
  for (const where of new Set(rows.map((row) => row.where)))
    for (const number of numbersIn(where))
      assert(
        rows.some((row) => row.number === number && row.where === where),
        `row ${number} of ${where}`,
      );
});
