/** The pages of the documentation: each is in the navigation, and no link leads nowhere. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandsPage } from '../../tools/site/commands-page.ts';
import { parseDocument } from '../../tools/site/markdown.ts';
import { outputOf } from '../../tools/site/navigation.ts';
import {
  deadLinks,
  GENERATED,
  navigationMistakes,
  readPages,
  readSources,
} from '../../tools/site/pages.ts';

const written = readSources('.');
const made = GENERATED.map((file) => ({ file, text: commandsPage([]) }));

describe('the documentation', () => {
  test('has every page in the table of its navigation', () => {
    assert.deepEqual(navigationMistakes(written.map(({ file }) => file)), []);
  });

  test('has no link that leads nowhere', () => {
    assert.deepEqual(deadLinks('.', readPages([...written, ...made])), []);
  });

  test('has a page that is missed in the table, and links that lead nowhere, told', () => {
    const text =
      '# New\n\n[a](gone.md) [b](#none) [c](plan.md#none) [d](gone.sh) [e](plan.md) [f](gone/)\n';
    const sources = [...written, ...made, { file: 'docs/new.md', text }];
    const mistakes = navigationMistakes(sources.map(({ file }) => file)).join('\n');
    assert.match(mistakes, /^docs\/new\.md is in no group/m);
    const dead = deadLinks('.', readPages(sources)).filter((line) =>
      line.startsWith('docs/new.md'),
    );
    const targets = dead.map((line) => line.split(': ')[1]);
    assert.deepEqual(targets, ['gone.md', '#none', 'plan.md#none', 'gone.sh', 'gone/']);
  });

  const outputs: [file: string, output: string][] = [
    ['docs/plan.md', 'plan.html'],
    ['docs/README.md', 'index.html'],
    ['docs/zh/README.md', 'zh/index.html'],
    ['docs/lint/README.md', 'lint/index.html'],
    ['README.md', 'readme.html'],
  ];
  for (const [file, output] of outputs) {
    test(`${file} is written as ${output}`, () => assert.equal(outputOf(file), output));
  }
});

describe('markdown', () => {
  test('gives headings the anchors of GitHub', () => {
    const { headings } = parseDocument(
      '# `a_b`: C, d\n\n## 常见 问题？\n\n## Что и как\n\n## Что и как\n',
    );
    const anchors = headings.map(({ anchor }) => anchor);
    assert.deepEqual(anchors, ['a_b-c-d', '常见-问题', 'что-и-как', 'что-и-как-1']);
  });

  test('keeps comments from readers, in lists and across lines too', () => {
    const text = '# A\n\n<!-- run: a\n more -->\n- b\n  <!-- c -->\n  d <e>\n';
    const html = parseDocument(text).render((target) => target);
    assert.doesNotMatch(html, /run|more|c --/);
    assert.match(html, /d &lt;e&gt;/);
  });

  test('puts no blank between lines of Chinese', () => {
    const html = parseDocument('# A\n\n虚拟\n地址 VIP\n地址\n').render((target) => target);
    assert.match(html, /虚拟地址 VIP\n地址/);
  });

  test('has links lead where they are told', () => {
    const html = parseDocument('# A\n\n[b](c.md) ![d](e.png)\n').render((target) => `x/${target}`);
    assert.match(html, /href="x\/c\.md"/);
    assert.match(html, /src="x\/e\.png"/);
  });
});
