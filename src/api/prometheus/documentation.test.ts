import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { METRICS } from './exposition.ts';

const FILE = 'docs/metrics.md';
const BEGIN = '<!-- metrics: begin -->\n';
const END = '<!-- metrics: end -->\n';

/** `UPDATE_GOLDEN=1 npm test -- --only=prometheus` writes it anew. */
test('docs/metrics.md lists every metric as the table has it', () => {
  const rows = METRICS.map(({ name, type, labels, help }) => {
    const listed = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${listed} | ${help} |\n`;
  });
  const table = ['| Metric | Type | Labels | Meaning |\n', '| --- | --- | --- | --- |\n', ...rows];
  const text = readFileSync(FILE, 'utf8');
  const [before, rest = ''] = text.split(BEGIN);
  const [listed, after] = rest.split(END);
  if (process.env.UPDATE_GOLDEN !== undefined) {
    writeFileSync(FILE, `${before}${BEGIN}${table.join('')}${END}${after ?? ''}`);
    return;
  }
  assert.equal(listed, table.join(''));
});
