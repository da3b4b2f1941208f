import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { evaluateCondition } from './conditions.ts';
import { readSize, readTime } from './units.ts';
import { splitLine } from './words.ts';

const variables: Readonly<Record<string, string>> = { HOME: '/root', LIST: 'x y  z', EMPTY: '' };
const value = (name: string) => variables[name];

function textsOf(line: string): readonly string[] {
  const split = splitLine(line, value);
  assert(split.ok, split.ok ? '' : split.problem.message);
  return split.words.map(({ text }) => text);
}

function problemOf(line: string): string {
  const split = splitLine(line, value);
  assert(!split.ok);
  return `${split.problem.kind} ${split.problem.column}`;
}

describe('words', () => {
  test('are what stands between blanks, up to a comment', () => {
    assert.deepEqual(textsOf('  bind\t*:80  # all\r'), ['bind', '*:80']);
    assert.deepEqual(textsOf('# nothing'), []);
    assert.deepEqual(textsOf('a#b'), ['a']);
  });

  test('quotes keep blanks, and may be glued to other text', () => {
    assert.deepEqual(textsOf(`a"b c"'d e'f`), ['ab cd ef']);
    assert.deepEqual(textsOf(`"a#b'c" 'a"b'`), ["a#b'c", 'a"b']);
    assert.deepEqual(textsOf('""'), ['']);
  });

  test('backslashes are read as HAProxy reads them', () => {
    assert.deepEqual(textsOf('a\\ b a\\#b \\"x\\"'), ['a b', 'a#b', '"x"']);
    assert.deepEqual(textsOf('a\\x41b "a\\tb" a\\qb'), ['aAb', 'a\tb', 'a\\qb']);
    assert.deepEqual(textsOf(`'a\\nb' "\\$HOME" \\$HOME`), ['a\\nb', '$HOME', '\\$HOME']);
    assert.equal(problemOf(' description "a\\x4"'), 'bad-escape 16');
  });

  test('variables count inside double quotes alone', () => {
    assert.deepEqual(textsOf(`"$HOME/x" "\${HOME}" $HOME '$HOME'`), [
      ...['/root/x', '/root', '$HOME', '$HOME'],
    ]);
    assert.deepEqual(textsOf(`"\${NO-a b}" "\${EMPTY-x}" "$NO"`), ['a b', '', '']);
    assert.deepEqual(textsOf(`"\${LIST[*]}" "a\${LIST[*]}b"`), ['x', 'y', 'z', 'ax', 'y', 'zb']);
    for (const wrong of [`"\${HOME"`, '"$"', '"$1"', `"\${}"`]) {
      assert.equal(problemOf(wrong), 'bad-variable 2');
    }
  });

  test('tell of dollars that are text, and of variables that left nothing', () => {
    const split = splitLine(`server a $IP:80 "\${NO}:80" "\${NO-x}:80"`, value);
    const said = split.words.map(({ literalVariable, unset }) => literalVariable ?? unset?.[0]);
    assert.deepEqual(said, [undefined, undefined, 'IP', 'NO', undefined]);
  });

  test('quotes are closed, and words are 64 at most', () => {
    assert.equal(problemOf('a "b'), 'unmatched-quote 3');
    assert.equal(problemOf("a 'b"), 'unmatched-quote 3');
    const line = (count: number) => Array.from({ length: count }, () => 'x').join(' ');
    assert.equal(textsOf(line(64)).length, 64);
    assert.equal(problemOf(line(65)), 'too-many-words 129');
  });
});

describe('conditions', () => {
  const holds = (text: string): boolean | string => {
    const result = evaluateCondition(text, value);
    return result.ok ? result.value : 'bad';
  };

  test('numbers, not, and, or, parentheses', () => {
    for (const text of ['1', '5', '-1', '!0', '! 0', '1||0', '(1||0)&&1', '0 || 1 && 1']) {
      assert.equal(holds(text), true, text);
    }
    for (const text of ['0', '', '!1', '!!0', '1 && 0', '(1||0)&&0', '!(1)']) {
      assert.equal(holds(text), false, text);
    }
    for (const text of ['foo', '1 1', '1 &&', '(1', '1 & 1', '2.6', '!', ')']) {
      assert.equal(holds(text), 'bad', text);
    }
  });

  test('predicates, as HAProxy 2.6.12 answers them', () => {
    const yes = [
      ...['defined(HOME)', '!defined(NO)', 'streq(a,a)', 'strneq(a,b)', 'streq("a b","a b")'],
      ...['streq(a\\ b,a\\ b)', 'streq(,)', 'feature(THREAD)', 'ssllib_name_startswith(OpenSSL)'],
      ...['version_atleast(2.6)', 'version_atleast(2.6.12)', 'version_atleast(2.6-dev5)'],
      ...['version_before(3.0)', 'version_atleast(2)', 'version_atleast()'],
      ...['openssl_version_atleast(1.1.1)', 'streq(a,b)||1'],
    ];
    const no = [
      ...['defined(NO)', 'defined()', 'streq(a, a)', 'feature(QUIC)', 'feature(openssl)'],
      ...['version_atleast(2.6.13)', 'version_atleast(2.6.12-1)', 'version_atleast(10)'],
    ];
    const bad = [
      'strstr(abc,b)',
      'enabled(POLL)',
      'streq(a)',
      'streq()',
      'strneq(a,b,c)',
      'streq(a,a',
    ];
    for (const text of yes) assert.equal(holds(text), true, text);
    for (const text of no) assert.equal(holds(text), false, text);
    for (const text of bad) assert.equal(holds(text), 'bad', text);
  });

  test('nobody nests so deeply that it would not be answered', () => {
    assert.equal(holds(`${'('.repeat(10_000)}1${')'.repeat(10_000)}`), 'bad');
    assert.equal(holds(`${'!'.repeat(10_000)}1`), 'bad');
  });
});

test('times are whole numbers with a unit, in milliseconds without one', () => {
  const timeOf = (text: string, unit?: 's'): number | string => {
    const read = readTime(text, unit);
    return read.ok ? read.value / 1000 : read.reason;
  };
  assert.equal(timeOf('5'), 5);
  assert.equal(timeOf('5', 's'), 5000);
  assert.equal(timeOf('2m'), 120_000);
  assert.equal(timeOf('1us'), 1);
  assert.equal(timeOf('0'), 0);
  assert.equal(timeOf('24d'), 24 * 86_400_000);
  assert.equal(timeOf('25d'), 'overflow');
  assert.equal(timeOf('1S'), 'bad-unit');
  assert.equal(timeOf('1.5s'), 'bad-unit');
  assert.equal(timeOf('-1'), 'no-number');
  assert.deepEqual(readTime('10ms5'), { ok: true, value: 10_000, rest: '5' });
});

test('sizes know k, m and g', () => {
  assert.deepEqual(readSize('16k'), { ok: true, value: 16_384 });
  assert.deepEqual(readSize('1M'), { ok: true, value: 1_048_576 });
  assert.equal(readSize('1x').ok, false);
  assert.equal(readSize('8g').ok, false);
});
