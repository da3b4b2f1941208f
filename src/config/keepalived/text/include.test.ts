import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exitClass } from '../index.ts';
import { read, summary } from '../test-support.ts';

const folder = '/etc/keepalived';
const files = {
  [`${folder}/ok.conf`]: '',
  [`${folder}/two.cnf`]: '',
  [`${folder}/a b.conf`]: 'global_defs {\n router_id blank\n}',
  [`${folder}/folder/x`]: '',
  [`${folder}/sub/lax.conf`]: 'global_defs {\n include_check -match\n}\ninclude none.conf\n',
};

const KEYWORDS = ['include', 'includer', 'includem', 'includew', 'includeb', 'includea'];

/** The exit code of keepalived 2.2.7 -t for each keyword, in the order above. */
const exits: [pattern: string, exits: number[]][] = [
  ['ok.conf', [0, 0, 0, 0, 0, 0]],
  ['o*.conf', [0, 0, 0, 0, 0, 0]],
  ['none.conf', [0, 0, 6, 6, 0, 6]],
  ['none*.conf', [0, 0, 0, 6, 0, 6]],
  ['{ok,none}.conf', [0, 0, 0, 0, 6, 6]],
  ['{none,nix}.conf', [0, 0, 0, 0, 6, 6]],
  ['{ok,none*}.conf', [0, 0, 0, 0, 0, 0]],
  ['{ok,two}.c*', [0, 0, 0, 0, 0, 0]],
  ['folder', [0, 6, 6, 6, 6, 6]],
  ['f*', [0, 6, 6, 6, 6, 6]],
  ['nowhere/*.conf', [0, 0, 6, 6, 0, 6]],
  ['/nowhere/x.conf', [0, 0, 6, 6, 0, 6]],
];

describe('what an include does not find, as keepalived takes it', () => {
  for (const [pattern, wanted] of exits) {
    test(pattern, () => {
      const found = KEYWORDS.map((keyword) =>
        exitClass(read(`${keyword} ${pattern}`, files).diagnostics),
      );
      assert.deepEqual(found, wanted);
    });
  }
});

/** Lines of global_defs, an include below them, and keepalived's exit code for both. */
const checks: [lines: string, include: string, exit: number][] = [
  ['', 'none.conf', 0],
  ['include_check', 'none.conf', 6],
  ['include_check', 'none*.conf', 6],
  ['include_check', '{ok,none}.conf', 6],
  ['include_check', 'folder', 6],
  ['include_check read', 'none.conf', 0],
  ['include_check match', 'none.conf', 6],
  ['include_check match', 'none*.conf', 0],
  ['include_check match', 'folder', 6],
  ['include_check match -read', 'folder', 0],
  ['include_check wildcard_match', 'none*.conf', 6],
  ['include_check wildcard_match', 'none.conf', 0],
  ['include_check brace_match', '{ok,none}.conf', 6],
  ['include_check brace_match', 'none.conf', 0],
  ['include_check +match', 'none.conf', 6],
  ['include_check -match', 'none.conf', 0],
  ['include_check match +read', 'none.conf', 6],
  ['include_check +match -wildcard_match +read', 'none.conf', 6],
  ['include_check\ninclude_check -match', 'none*.conf', 6],
  ['include_check\ninclude_check -match -wildcard_match', 'none*.conf', 0],
  ['include_check\ninclude_check read', 'none.conf', 0],
  ['include_check foo', 'ok.conf', 5],
  ['include_check +foo', 'none.conf', 5],
  ['include_check\ninclude_check foo', 'none.conf', 5],
  ['include_check match wildcard_match', 'none*.conf', 5],
  ['include_check match read', 'none.conf', 6],
  ['include_check match,read', 'none.conf', 5],
  ['include_check + match', 'none.conf', 5],
  ['include_check match -', 'ok.conf', 5],
  ['@other include_check', 'none.conf', 0],
  ['@node1 include_check', 'none.conf', 6],
  ['$A=match\ninclude_check $A', 'none.conf', 6],
];

describe('include_check, as keepalived takes it', () => {
  for (const [lines, include, wanted] of checks) {
    test(`${lines}; include ${include}`.replaceAll('\n', '; '), () => {
      const config = read(`global_defs {\n${lines}\n}\ninclude ${include}`, files);
      assert.equal(exitClass(config.diagnostics), wanted, summary(config).join('\n'));
    });
  }

  test('it may share a line with its block', () => {
    const config = read('global_defs { include_check match }\ninclude none.conf', files);
    assert.deepEqual(summary(config), ['include-required 2:9']);
  });

  test('it counts for what stands below it, in this file and those included', () => {
    const above = read('include none.conf\nglobal_defs {\ninclude_check\n}', files);
    assert.deepEqual(summary(above), ['include-missing 1:9']);
    const below = read(
      'global_defs {\ninclude_check match\n}\ninclude sub/lax.conf\ninclude none.conf',
      files,
    );
    assert.deepEqual(summary(below), ['include-required 5:9', 'include-missing 4:9']);
  });

  test('whatever it says, all is checked where the command line asks for it', () => {
    const text = 'global_defs {\ninclude_check -match\n}\ninclude none*.conf';
    assert.deepEqual(summary(read(text, files, { includes: 'all' })), ['include-required 4:9']);
    assert.deepEqual(summary(read(text, files)), []);
  });

  test('outside global_defs it is no keyword and checks nothing', () => {
    assert.deepEqual(summary(read('include_check\ninclude none.conf', files)), [
      'unknown-keyword 1:1',
      'include-missing 2:9',
    ]);
  });
});

test('the whole rest of the line is the name, blanks and all', () => {
  const config = read('include a b.conf # the blank one', files);
  assert.deepEqual(summary(config), []);
  assert.equal(config.model.global.routerId, 'blank');
});

test('quotes, which keepalived takes for a part of the name, are told and taken away', () => {
  const config = read('include "a b.conf"', files);
  assert.deepEqual(summary(config), ['include-quoted 1:9']);
  assert.equal(config.model.global.routerId, 'blank');
});

test('alternatives are read in the order in which they are written, each file once', () => {
  const { filesRead } = read('include {two,ok}.c*\ninclude {ok,o*}.conf', files);
  assert.deepEqual(
    filesRead.map((path) => path.slice(folder.length + 1)),
    ['main.conf', 'two.cnf', 'ok.conf', 'ok.conf'],
  );
});

test('braces without end and files included without end cost no more than a moment', () => {
  const started = process.hrtime.bigint();
  read(`include ${'{a,b}'.repeat(5000)}`, files);
  const again = { [`${folder}/long.conf`]: '# nothing\n'.repeat(2000) };
  const { diagnostics } = read('include long.conf\n'.repeat(5000), { ...files, ...again });
  assert.equal(diagnostics[0]?.code, 'expansion-too-large');
  const words = Array.from({ length: 5000 }, (_, number) => `nonsense${number}`);
  read(words.join('\n'));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  assert(seconds < 10, `${seconds} s`);
});
