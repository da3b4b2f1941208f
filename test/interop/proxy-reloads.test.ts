/** A short part of `npm run bench:proxy-reloads`. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { runReloads } from '../../bench/proxy-reloads/run.ts';
import { modes } from '../../bench/proxy-reloads/stage.ts';
import { skipKernelTests } from '../linux/namespaces.ts';

const programs = ['/usr/sbin/nginx', '/usr/bin/wrk', '/usr/bin/curl'];
const missing = programs.filter((program) => !existsSync(program));
const skip = skipKernelTests || (missing.length > 0 && `needs ${missing.join(', ')}`);

test('under load, reloads one after the other lose no request and leave nothing', {
  skip,
}, async () => {
  for (const outcome of await runReloads('holdfast', modes, 4)) {
    const { mode, requests, answered, broken, late, refused, lost, left, descriptors } = outcome;
    assert.deepEqual({ broken, late, refused, lost }, NOTHING, mode);
    assert.ok(requests > 100 && answered > 20, `${mode}: ${requests} and ${answered} answered`);
    assert.deepEqual(left, []);
    assert.equal(descriptors, 0);
  }
});

const NOTHING = { broken: 0, late: 0, refused: 0, lost: [] };
