/** What pages say about their blocks, read without typing them; and how shown and printed text are compared. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { LANGUAGES, originalOf } from '../../tools/site/navigation.ts';
import { listPages } from '../../tools/site/pages.ts';
import { stepsToTake } from './run-page.ts';
import { matchesShown } from './shown.ts';
import { readSteps, type Step } from './steps.ts';

const all = listPages('.');
const pages = all.filter((file) => /(?:quick-start|how-to)\//.test(file));
/** Kept for those who work on the project, or written by another one. */
const NOT_FOR_OPERATORS = /^(?:CHANGELOG|CONTRIBUTING|ARCHITECTURE)\.md$|^docs\/(?:adr|lint)\//;
const stepsOf = (file: string) => readSteps(readFileSync(file, 'utf8'));
const withoutLine = ({ line, ...step }: Step) => step;

describe('the pages that are typed', () => {
  for (const file of pages) {
    test(`${file} says of every block of commands where it is typed`, () => {
      const { steps, mistakes } = stepsOf(file);
      assert.deepEqual(mistakes, []);
      assert.equal(steps[0]?.kind, 'lab');
      assert.ok(steps.some(({ kind }) => kind === 'type'));
    });
    if (originalOf(file) === file) continue;
    test(`${file} has the commands and the output of the page that it translates`, () => {
      const own = stepsOf(file).steps.map(withoutLine);
      assert.deepEqual(own, stepsOf(originalOf(file)).steps.map(withoutLine));
    });
  }

  for (const file of all.filter((one) => !pages.includes(one) && !NOT_FOR_OPERATORS.test(one))) {
    test(`${file} says of its blocks of commands where they are typed, or why not`, () => {
      const { steps, mistakes } = stepsOf(file);
      assert.deepEqual(mistakes, []);
      for (const step of steps) {
        if (step.kind === 'typed-by') assert.ok(readFileSync(step.file, 'utf8').includes(file));
        if (step.kind === 'not-typed') assert.ok(step.reason.length > 20, `line ${step.line}`);
      }
      const taken = stepsToTake(file).steps;
      assert.ok(taken.length === 0 || taken[0]?.kind === 'lab', 'what is typed is on hosts');
    });
  }

  test('have every quick start in every language', () => {
    const originals = pages.filter((file) => file.startsWith('docs/quick-start/'));
    for (const language of LANGUAGES.filter((one) => one !== 'en'))
      for (const file of originals)
        assert.ok(
          pages.includes(file.replace('docs/', `docs/${language}/`)),
          `${language}: ${file}`,
        );
  });
});

describe('steps', () => {
  test('are read from comments and blocks', () => {
    const text = [
      ...['# A', '<!-- lab: a=192.0.2.1/24 client=192.0.2.9/24 -->', '<!-- write: a /etc/x -->'],
      ...['```', 'x', '```', '<!-- type: a, until shown -->', '```sh', 'cat x', '```'],
      ...['<!-- shown -->', '```', 'x', '```', '<!-- do: a power off -->'],
    ].join('\n');
    const { steps, mistakes } = readSteps(text);
    assert.deepEqual(mistakes, []);
    assert.deepEqual(steps.map(withoutLine), [
      {
        kind: 'lab',
        hosts: [
          { name: 'a', address: '192.0.2.1/24' },
          { name: 'client', address: '192.0.2.9/24' },
        ],
      },
      { kind: 'write', hosts: ['a'], file: '/etc/x', text: 'x\n' },
      {
        ...{ kind: 'type', hosts: ['a'], text: 'cat x\n', status: 0 },
        ...{ patience: 'until-shown', shown: 'x\n' },
      },
      { kind: 'do', host: 'a', what: 'power off' },
    ]);
  });

  const wrong: [text: string, mistake: RegExp][] = [
    ['```sh\ncat x\n```', /^line 1: nothing says where this is typed/],
    ['<!-- type: a -->', /^line 1: no block follows/],
    ['<!-- type: a -->\n<!-- type: b -->\n```\nx\n```', /^line 2: no block follows 'type: a'/],
    ['<!-- shown -->\n```\nx\n```', /stands behind a block that is typed/],
  ];
  for (const [text, mistake] of wrong) {
    test(`${JSON.stringify(text)} is a mistake`, () => {
      assert.match(readSteps(text).mistakes.join(), mistake);
    });
  }
});

describe('what is shown', () => {
  const cases: [shown: string, printed: string, isEqual: boolean][] = [
    ['a\n', 'a\n', true],
    ['a\n', 'b\n', false],
    ['a\n', 'a\nb\n', false],
    ['a\n…\n', 'a\nb\nc\n', true],
    ['…\nc\n', 'a\nb\nc\n', true],
    ['…\nc\n', 'a\nb\n', false],
    ['a … c\n', 'a b c\n', true],
    ['a … c\n', 'a b d\n', false],
    ['WHY  x\n', 'WHY      x  \n', true],
    ['up for 4 s\n', 'up for 12.5 min\n', true],
    ['up for 4 s\n', 'up for ever\n', false],
    ['2026-11-26 19:48:25.196 x\n', '2027-01-02 03:04:05.678 x\n', true],
    ['process 62, a\n', 'process 7, a\n', true],
    ['no master was heard\n', 'no master was heard (noticed 1.5 ms late)\n', true],
    ['a  b, ours is 1\n', 'a  b, ours is 1 (noticed 12 ms late)\n', true],
    ['no master was heard\n', 'no master was heard (nowhere)\n', false],
    ['priority 90\n', 'priority 80\n', false],
    ['a.b\n', 'aXb\n', false],
  ];
  for (const [shown, printed, isEqual] of cases) {
    test(`${JSON.stringify(shown)} ${isEqual ? 'is' : 'is not'} ${JSON.stringify(printed)}`, () => {
      assert.equal(matchesShown(shown, printed), isEqual);
    });
  }
});
