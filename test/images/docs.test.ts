import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { imageDocs } from '../../tools/image-docs.ts';

test('docs/images.md has the variables of the tables', () => {
  assert.equal(
    readFileSync('docs/images.md', 'utf8'),
    imageDocs(),
    'npm run image-docs writes it anew',
  );
});
