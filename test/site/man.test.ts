/** The man pages: what becomes of Markdown, and that groff has nothing to say about any page. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { manPageOf, manPages } from '../../tools/site/man.ts';

const options = { version: '1.2.3', date: '2026-11-26' };
const hasGroff = spawnSync('groff', ['--version']).status === 0;

describe('a man page', () => {
  const text = [
    ...['# A cluster', '', 'Says `plan -o`.', '', '## Files', '', '- one', '- two', ''],
    ...['```', '.hidden', '', "'quoted'", '```', '', '<!-- secret -->', ''],
    ...['| a | b | c |', '| --- | --- | --- |', '| x | y | z |', ''],
    ...['| a | |', '| --- | --- |', '| k | v |', ''],
  ].join('\n');
  const page = manPageOf({ name: 'holdfast-x', section: 8 }, text, options);

  test('has its name, its day and its version', () => {
    assert.match(page, /^\.TH HOLDFAST-X 8 "2026-11-26" "holdfast 1\.2\.3"$/m);
    assert.match(page, /^holdfast\\-x \\- A cluster$/m);
  });

  test('has headings, words in bold, lists, code and the rows of tables', () => {
    assert.match(page, /^Says \\fBplan \\-o\\fR\.$/m);
    assert.match(page, /^\.SH "Files"$/m);
    assert.match(page, /^\.IP \\\(bu 2\none\n\.IP \\\(bu 2\ntwo$/m);
    assert.match(page, /^\.nf\n\\&\.hidden\n\.sp\n\\&'quoted'\n\.fi$/m);
    assert.match(page, /^\.TP\nx\nb: y; c: z\n\.TP\nk\nv$/m);
    assert.doesNotMatch(page, /secret/);
  });

  for (const { name, text: roff } of manPages('.', options)) {
    test(`${name} is read by groff without a warning`, { skip: !hasGroff && 'needs groff' }, () => {
      const words = ['-man', '-Tutf8', '-Kutf8', '-ww', '-z'];
      const { status, stderr } = spawnSync('groff', words, { input: roff, encoding: 'utf8' });
      assert.equal(status, 0);
      // Long words, as paths are, cannot be set otherwise.
      const complaints = stderr.split('\n').filter((line) => !/break|^$|adjust/.test(line));
      assert.deepEqual(complaints, []);
    });
  }
});
