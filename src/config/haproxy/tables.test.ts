import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GLOBAL_KEYWORDS } from './grammar/global-keywords.ts';
import type { Keyword } from './grammar/keyword.ts';
import { PROXY_KEYWORDS } from './grammar/proxy-keywords.ts';
import { SERVER_OPTIONS } from './grammar/server-options.ts';
import { GLOBAL_HANDLERS } from './interpret/globals.ts';
import { PROXY_HANDLERS } from './interpret/proxies.ts';
import { SERVER_SETTERS } from './interpret/server-setters.ts';

const actedOf = (rows: readonly Keyword[]): readonly string[] =>
  rows.flatMap(({ name, status, stillRead }) =>
    status === 'acted' || stillRead !== undefined ? [name] : [],
  );

test('what the tables call acted upon is acted upon', () => {
  const lacks = (names: readonly string[], handlers: object): readonly string[] =>
    names.filter((name) => !Object.hasOwn(handlers, name));
  assert.deepEqual(lacks(actedOf(GLOBAL_KEYWORDS), GLOBAL_HANDLERS), []);
  assert.deepEqual(lacks(actedOf(PROXY_KEYWORDS), PROXY_HANDLERS), []);
  const options = SERVER_OPTIONS.flatMap(({ name, status }) => (status === 'acted' ? [name] : []));
  assert.deepEqual(lacks(options, SERVER_SETTERS), []);
});

test('handlers stand in the tables', () => {
  const names = (rows: readonly { name: string }[]) => new Set(rows.map(({ name }) => name));
  const strangers = (handlers: object, known: ReadonlySet<string>): readonly string[] =>
    Object.keys(handlers).filter((name) => !known.has(name));
  assert.deepEqual(strangers(GLOBAL_HANDLERS, names(GLOBAL_KEYWORDS)), []);
  assert.deepEqual(strangers(PROXY_HANDLERS, names(PROXY_KEYWORDS)), []);
  assert.deepEqual(strangers(SERVER_SETTERS, names(SERVER_OPTIONS)), []);
});

test('no keyword stands twice, and each that is not acted upon says why', () => {
  for (const rows of [GLOBAL_KEYWORDS, PROXY_KEYWORDS, SERVER_OPTIONS]) {
    const names = rows.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const { name, status, note } of rows) {
      assert(status === 'acted' || (note ?? '') !== '', name);
    }
  }
});
