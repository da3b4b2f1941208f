import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { METRICS } from './exposition.ts';
import { KUBERNETES_METRICS } from './kubernetes-table.ts';

const FILE = 'docs/metrics.md';

/** `UPDATE_GOLDEN=1 npm test -- --only=prometheus` writes it anew. */
const TABLES = [
  ['metrics', METRICS],
  ['kubernetes metrics', KUBERNETES_METRICS],
] as const;

for (const [mark, metrics] of TABLES) {
  test(`docs/metrics.md lists all ${mark} as their table has them`, () => {
    const begin = `<!-- ${mark}: begin -->\n`;
    const end = `<!-- ${mark}: end -->\n`;
    const rows = metrics.map(({ name, type, labels, help }) => {
      const listed = labels.map((label) => `\`${label}\``).join(', ');
      return `| \`${name}\` | ${type} | ${listed} | ${help} |\n`;
    });
    const table = [
      '| Metric | Type | Labels | Meaning |\n',
      '| --- | --- | --- | --- |\n',
      ...rows,
    ];
    const text = readFileSync(FILE, 'utf8');
    const [before, rest = ''] = text.split(begin);
    const [listed, after] = rest.split(end);
    if (process.env.UPDATE_GOLDEN !== undefined) {
      writeFileSync(FILE, `${before}${begin}${table.join('')}${end}${after ?? ''}`);
      return;
    }
    assert.equal(listed, table.join(''));
  });
}
