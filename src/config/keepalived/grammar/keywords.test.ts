import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearestWord } from '../../../base/edit-distance.ts';
import { read } from '../test-support.ts';
import { BLOCKS } from './blocks.ts';
import type { Argument, BlockName, Keyword } from './keyword.ts';

const entries = Object.entries(BLOCKS).flatMap(([block, keywords]) =>
  [...keywords.values()].map((keyword) => [block as BlockName, keyword] as const),
);

function isInUnactedBlock(block: BlockName): boolean {
  return entries.every(
    ([, { body, status }]) =>
      body?.kind !== 'keywords' || body.block !== block || status === 'not-yet',
  );
}

test('the table is sound', () => {
  for (const [block, keyword] of entries) {
    const { name, status, meaning, spellingOf, age } = keyword;
    assert.match(name, /^[A-Za-z][A-Za-z0-9_]*$/);
    if (status !== 'not-yet') assert.equal(status === 'no-effect', meaning !== undefined, name);
    else if (meaning === undefined) assert(isInUnactedBlock(block), `${block} ${name}`);
    assert(keyword.required <= keyword.arguments.length, name);
    if (spellingOf !== undefined && spellingOf !== 'linkbeat_interfaces') {
      assert(BLOCKS[block].has(spellingOf), `${block} ${name}: ${spellingOf}`);
    }
    if (age !== undefined) assert(block !== 'authentication');
    for (const argument of keyword.arguments) {
      if ('min' in argument) assert(argument.min <= argument.max, name);
    }
  }
  for (const keywords of Object.values(BLOCKS)) assert(keywords.size > 0);
});

const samples: Readonly<Record<Argument['kind'], (argument: Argument) => string>> = {
  integer: (argument) => ('min' in argument ? String(Math.max(argument.min, 1)) : ''),
  seconds: () => '2',
  millis: () => '2000',
  choice: (argument) => ('words' in argument ? (argument.words[0] ?? '') : ''),
  bool: () => 'true',
  address: () => '192.0.2.1',
  word: () => 'word',
  words: () => '',
  script: () => '"/bin/true x"',
};

const parents: Partial<Record<BlockName, string>> = {
  authentication: 'vrrp_instance X',
  auth_hmac: 'vrrp_instance X',
};

function writeDown(block: BlockName, keyword: Keyword): string {
  const values = keyword.arguments.map((argument) => samples[argument.kind](argument)).join(' ');
  const braces = keyword.body === undefined ? '' : ' {\n}';
  const line = `${keyword.name} ${values}${braces}`;
  if (block === 'root') return line;
  const parent = parents[block];
  const inner = `${block}${BLOCKS.root.get(block)?.arguments.length === 0 ? '' : ' X'} {\n${line}\n}`;
  return parent === undefined ? inner : `${parent} {\n${inner.replace(' X', '')}\n}`;
}

test('every keyword is known where the table says', () => {
  const grammatical = new Set(['unknown-keyword', 'missing-parameter', 'extra-words']);
  for (const [block, keyword] of entries) {
    const { diagnostics } = read(writeDown(block, keyword));
    const wrong = diagnostics.filter(({ code }) => grammatical.has(code));
    assert.deepEqual(wrong, [], `${block} ${keyword.name}`);
    const isTold = diagnostics.some(
      ({ code, message }) => code === 'not-yet' && message.startsWith(`'${keyword.name}'`),
    );
    assert.equal(
      isTold,
      keyword.status === 'not-yet' && keyword.meaning !== undefined,
      `${block} ${keyword.name}`,
    );
  }
});

test('a misspelt keyword is answered with the right one', () => {
  for (const [block, keyword] of entries) {
    if (keyword.name.length < 6 || block === 'auth_hmac') continue;
    const letters = [...keyword.name];
    const [third = '', fourth = ''] = letters.splice(2, 2);
    letters.splice(2, 0, fourth, third);
    const misspelt = letters.join('');
    if (misspelt === keyword.name) continue;
    const nearest = nearestWord(misspelt, BLOCKS[block].keys());
    assert(editDistance(misspelt, nearest ?? '', 5) <= 1, `${misspelt}: ${nearest}`);
  }
});

test('distances', () => {
  const cases: [string, string, number][] = [
    ['', '', 0],
    ['priority', 'priority', 0],
    ['priorty', 'priority', 1],
    ['prioirty', 'priority', 1],
    ['interface', 'interfaces', 1],
    ['state', 'weight', 3],
  ];
  for (const [a, b, distance] of cases) {
    assert.equal(editDistance(a, b, 2), distance, `${a} ${b}`);
    assert.equal(editDistance(b, a, 2), distance, `${b} ${a}`);
  }
});
