import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { seconds } from '../../base/time.ts';
import { CODES } from './codes.ts';
import { readScenario } from './index.ts';
import { isWordError, parseFailures } from './words.ts';

test('a scenario: programs, a story, and what must hold', () => {
  const text = `as: keepalived
nodes:
  b: { program: holdfast, address: 10.0.0.12 }
failures: [crash a, 'cable eth0 a and stop b']
slowness: 3
events:
  - 20s mend crash a
  - 1500ms crash a
require: { max_gap: 4s, no_split_brain: true, holder: a, returns: false }
`;
  const { scenario, diagnostics } = readScenario('s.yaml', text);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(scenario, {
    program: 'keepalived',
    nodes: { b: { program: 'holdfast', address: '10.0.0.12' } },
    failures: [
      [{ kind: 'crash', nodes: ['a'] }],
      [
        { kind: 'cable', nodes: ['a'], subject: 'eth0' },
        { kind: 'stop', nodes: ['b'] },
      ],
    ],
    slowness: 3,
    events: [
      { at: seconds(1.5), act: 'strike', failures: [{ kind: 'crash', nodes: ['a'] }] },
      { at: seconds(20), act: 'mend', failures: [{ kind: 'crash', nodes: ['a'] }] },
    ],
    requirements: { maxGap: seconds(4), noSplitBrain: true, holder: 'a', returns: false },
  });
});

const MISTAKES: readonly (readonly [text: string, code: string, place: string])[] = [
  ['as: [', 'scenario-not-yaml', '1:6'],
  ['- crash a', 'scenario-not-yaml', '1:1'],
  ['as: vrrpd', 'scenario-bad-value', '1:5'],
  ['requires:\n  holder: a', 'scenario-unknown-key', '1:1'],
  ['require:\n  max_gpa: 4s', 'scenario-unknown-key', '2:3'],
  ['require:\n  max_gap: soon', 'scenario-bad-value', '2:12'],
  ['require:\n  returns: maybe', 'scenario-bad-value', '2:12'],
  ['require: 4s', 'scenario-bad-value', '1:10'],
  ['failures: triple', 'scenario-bad-value', '1:11'],
  ['failures:\n  - explode a', 'scenario-bad-value', '2:5'],
  ['events:\n  - crash a', 'scenario-bad-value', '2:5'],
  ['events: 5s crash a', 'scenario-bad-value', '1:9'],
  ['nodes:\n  a: { address: here }', 'scenario-bad-value', '2:17'],
  ['slowness: 0', 'scenario-bad-value', '1:11'],
];

for (const [text, code, place] of MISTAKES) {
  test(`a mistake is told where it is: ${JSON.stringify(text)}`, () => {
    const { diagnostics } = readScenario('s.yaml', text);
    const [first] = diagnostics;
    assert.equal(first?.code, code);
    assert.equal(`${first?.line}:${first?.column}`, place);
    assert(first?.hint !== undefined);
  });
}

test('an empty scenario asks for nothing', () => {
  const { scenario, diagnostics } = readScenario('s.yaml', '');
  assert.deepEqual([scenario, diagnostics], [{ nodes: {}, events: [], requirements: {} }, []]);
});

test('failures in words', () => {
  assert.deepEqual(parseFailures('script chk a'), [
    { kind: 'script', nodes: ['a'], subject: 'chk' },
  ]);
  assert.deepEqual(parseFailures('partition a+b'), [{ kind: 'partition', nodes: ['a', 'b'] }]);
  for (const text of ['', 'crash', 'crash eth0 a', 'script a', 'cable x y z', 'crash a and']) {
    assert(isWordError(parseFailures(text)), text);
  }
});

test('docs/errors.md lists every code with its meaning, and no other', () => {
  const section = readFileSync('docs/errors.md', 'utf8').split('\n## A scenario\n')[1] ?? '';
  const listed = section.split('\n## ')[0]?.match(/^\| `.*$/gm) ?? [];
  const known = Object.entries(CODES).map(
    ([code, meaning]) => `| \`${code}\` | fatal | ${meaning} |`,
  );
  assert.deepEqual([...listed].sort(), known.sort());
});
