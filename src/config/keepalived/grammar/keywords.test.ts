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
    assert.match(name, /^[A-Za-z][A-Za-z0-9_-]*$/);
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

const SERVER = ['virtual_server 192.0.2.1 80', 'real_server 192.0.2.2 80'];

/** What is to be opened, one inside the other, to stand in a block; its name alone for most. */
const parents: Partial<Record<BlockName, readonly string[]>> = {
  authentication: ['vrrp_instance X', 'authentication'],
  auth_hmac: ['vrrp_instance X', 'auth_hmac'],
  virtual_server: SERVER.slice(0, 1),
  real_server: SERVER,
  ...Object.fromEntries(
    [...BLOCKS.real_server.values()].flatMap(({ name, body }) =>
      body?.kind === 'keywords' && body.block === name ? [[name, [...SERVER, name]]] : [],
    ),
  ),
  url: [...SERVER, 'HTTP_GET', 'url'],
  host: [...SERVER, 'SMTP_CHECK', 'host'],
};

/** What keywords need that take words of a grammar of their own. */
const values: Readonly<Record<string, string>> = {
  virtual_server: '192.0.2.1 80',
  real_server: '192.0.2.2 80',
  sorry_server: '192.0.2.3 80',
  lvs_timeouts: 'tcp 5',
  payload: 'ab',
};

function writeDown(block: BlockName, keyword: Keyword): string {
  const written = keyword.arguments.map((argument) => samples[argument.kind](argument)).join(' ');
  const braces = keyword.body === undefined ? '' : ' {\n}';
  const line = `${keyword.name} ${values[keyword.name] ?? written}${braces}`;
  if (block === 'root') return line;
  const isNameless = BLOCKS.root.get(block)?.arguments.length === 0;
  const openers = parents[block] ?? [`${block}${isNameless ? '' : ' X'}`];
  return [...openers.map((opener) => `${opener} {`), line, ...openers.map(() => '}')].join('\n');
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
