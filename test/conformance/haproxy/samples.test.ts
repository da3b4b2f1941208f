import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleWords } from '../../../src/config/haproxy/grammar/samples.ts';
import { findConverter } from '../../../src/core/proxy/samples/converters.ts';
import { findFetch } from '../../../src/core/proxy/samples/fetches.ts';

test('samples and converters are called acted upon where the proxy takes them, and nowhere else', () => {
  for (const [name, { status }] of sampleWords('sample')) {
    assert.equal(status === 'acted', findFetch(name) !== undefined, name);
  }
  for (const [name, { status }] of sampleWords('converter')) {
    assert.equal(status === 'acted', findConverter(name) !== undefined, name);
  }
});
