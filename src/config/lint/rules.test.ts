import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CODES as PROXY_CODES } from '../haproxy/codes.ts';
import { CODES as KEEPALIVED_CODES } from '../keepalived/codes.ts';
import { indexOf, pageOf } from './format/page.ts';
import { lint } from './index.ts';
import { RULES } from './registry.ts';
import type { LintHost, Rule } from './types.ts';

/** A host that has nothing: rules about the host speak about all that a file asks for. */
const EMPTY_HOST: LintHost = {
  script: () => 'missing',
  interface: () => 'missing',
  addresses: () => [],
};

function codesOf(files: Rule['bad'], mode = 0o644): readonly string[] {
  const isExecutable = (mode & 0o111) !== 0;
  const sources = Object.entries(files).map(([path, text]) => ({ path, text, isExecutable }));
  return lint(sources, { host: EMPTY_HOST }).map(({ code }) => code);
}

describe('each rule speaks about its bad example, and is silent about its good one', () => {
  for (const { code, bad, good, badMode } of RULES) {
    test(code, () => {
      const said = codesOf(bad, badMode);
      assert.ok(said.includes(code), `silent; said: ${said.join(', ')}`);
      assert.ok(!codesOf(good).includes(code), 'speaks about the good example');
    });
  }
});

test('codes are kebab-case, unique, and none of a reader; texts are sentences', () => {
  const codes = RULES.map(({ code }) => code);
  assert.equal(new Set(codes).size, codes.length);
  for (const { code, title, explanation } of RULES) {
    assert.match(code, /^[a-z]+(-[a-z0-9]+)*$/);
    assert.ok(!(code in KEEPALIVED_CODES) && !(code in PROXY_CODES), code);
    assert.match(title, /^\S.*\.$/);
    assert.match(explanation, /^\S[\s\S]*[.`]$/);
  }
});

test('docs/lint/ has a page for each rule, as tools/lint-docs.ts writes it, and no other', () => {
  const names = RULES.map(({ code }) => `${code}.md`);
  assert.deepEqual(readdirSync('docs/lint').sort(), [...names, 'README.md'].sort());
  assert.equal(readFileSync('docs/lint/README.md', 'utf8'), indexOf(RULES));
  for (const rule of RULES) {
    assert.equal(readFileSync(`docs/lint/${rule.code}.md`, 'utf8'), pageOf(rule), rule.code);
  }
});
