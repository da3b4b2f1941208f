import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../base/rng.ts';
import { createMemoryFiles } from '../haproxy/files.ts';
import { readHaproxy } from '../haproxy/index.ts';
import { alwaysFails } from './extract/script-ends.ts';
import { applyFixes, FIXABLE } from './fixes.ts';
import { formatSarif } from './format/sarif.ts';
import { formatText, hideSecrets } from './format/text.ts';
import { lint } from './index.ts';
import { RULES } from './registry.ts';
import { conf, proxy } from './rules/examples.ts';
import { readSubject } from './subject.ts';

const script = (...lines: readonly string[]): string => ['#!/bin/sh', ...lines].join('\n');

describe('a script that can never succeed', () => {
  const never: readonly (readonly string[])[] = [
    ['exit 1'],
    ['if [ -gt 0 ]; then', 'exit 0', 'else', 'exit 1', 'fi'],
    ['if true; then', 'exit 2', 'else', 'exit 1', 'fi'],
    ['if a; then', 'exit 2', 'elif b; then', 'exit 3', 'else', 'exit 1', 'fi', 'exit 0'],
  ];
  for (const lines of never) {
    test(lines.join('; '), () => assert.equal(alwaysFails(script(...lines)), true));
  }
  const sometimes: readonly (readonly string[])[] = [
    ['true'],
    ['exit 0', 'exit 1'],
    ['if a; then', 'exit 1', 'fi'],
    ['if a; then', 'exit 0', 'fi', 'exit 1'],
    ['if a; then exit 0; fi', 'exit 1'],
    ['a || exit 1'],
    ['a && exit 0', 'exit 1'],
    ['exit $?'],
    ['while true; do', 'exit 0', 'done', 'exit 1'],
    ['if a; then', 'if b; then', 'exit 0', 'fi', 'fi', 'exit 1'],
    ['if [ -gt 0 ]; then', 'exit 1', 'fi'],
    ['case $1 in', 'x) exit 0 ;;', 'esac', 'exit 1'],
  ];
  for (const lines of sometimes) {
    test(lines.join('; '), () => assert.equal(alwaysFails(script(...lines)), false));
  }
});

const place = (path: string, text: string, code: string): string | undefined => {
  const found = lint([{ path, text }]).find((finding) => finding.code === code);
  return found === undefined ? undefined : `${found.line}:${found.column}`;
};

describe('findings point into the file that was given', () => {
  const inner = conf({ vrid: 51 });
  const indented = inner.replace(/^(?=.)/gm, '    ');
  test('a keepalived.conf', () => assert.equal(place('k.conf', inner, 'known-vrid'), '4:5'));
  test('a block of a document', () => {
    const text = `# Title\n\n\`\`\`\n${inner}\`\`\`\n`;
    assert.equal(place('guide.md', text, 'known-vrid'), '7:5');
  });
  test('a here document in a block', () => {
    const text = `# T\n\n   ~~~sh\n   cat > /etc/k.conf << EOF\n${indented}   EOF\n   ~~~\n`;
    assert.equal(place('guide.md', text, 'known-vrid'), '8:9');
  });
  test('a ConfigMap', () => {
    const text = `apiVersion: v1\nkind: ConfigMap\ndata:\n  keepalived.conf: |\n${indented}`;
    assert.equal(place('map.yaml', text, 'known-vrid'), '8:9');
  });
});

test('a comment silences a code on its line, or on the next', () => {
  const text = conf({ vrid: 51 });
  const line = '    virtual_router_id 51';
  const mark = '# holdfast-lint: ignore known-vrid';
  assert.ok(place('k.conf', text, 'known-vrid') !== undefined);
  assert.equal(place('k.conf', text.replace(line, `${line} ${mark}`), 'known-vrid'), undefined);
  assert.equal(place('k.conf', text.replace(line, `${mark}\n${line}`), 'known-vrid'), undefined);
  const other = text.replace(line, `${line} # holdfast-lint: ignore other-code`);
  assert.ok(place('k.conf', other, 'known-vrid') !== undefined);
});

test('only and ignore choose by code', () => {
  const sources = [{ path: 'k.conf', text: conf({ vrid: 51 }) }];
  const codes = (options: Parameters<typeof lint>[1]): readonly string[] =>
    lint(sources, options).map(({ code }) => code);
  assert.deepEqual(codes({ only: ['known-vrid'] }), ['known-vrid']);
  assert.ok(!codes({ ignore: ['known-vrid'] }).includes('known-vrid'));
});

const FIXES: Readonly<Record<string, readonly [path: string, bad: string, good: string]>> = {
  'slash-comment-behind': [
    'k.conf',
    conf().replace('advert_int 1', 'advert_int 1 // seconds'),
    conf().replace('advert_int 1', 'advert_int 1 # seconds'),
  ],
  'slash-comment': ['k.conf', conf({ more: ['// a note'] }), conf({ more: ['# a note'] })],
  'no-final-newline': ['h.cfg', proxy([]).trimEnd(), proxy([])],
};

describe('a fix changes its line, no other byte, and nothing that runs', () => {
  test('each kind has a case', () => {
    assert.deepEqual(Object.keys(FIXES).sort(), [...FIXABLE].sort());
  });
  const runs = (path: string, text: string): unknown => {
    const { subject } = readSubject([{ path, text }], {});
    const [node] = subject.nodes;
    if (node !== undefined) return node.reading.model;
    return readHaproxy({ paths: [path], files: createMemoryFiles({ [path]: text }) }).config;
  };
  for (const [code, [path, bad, good]] of Object.entries(FIXES)) {
    test(code, () => {
      const found = lint([{ path, text: bad }], { only: [code] });
      const fixes = found.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
      assert.equal(fixes.length, 1);
      const mended = applyFixes(bad, fixes);
      assert.equal(mended, good);
      assert.deepEqual(lint([{ path, text: mended }], { only: [code] }), []);
      assert.deepEqual(runs(path, mended), runs(path, bad));
    });
  }
  test('a line of // with a brace stays, since keepalived counts it', () => {
    const text = `// one {\n}\n${conf()}`;
    const found = lint([{ path: 'k.conf', text }], { only: ['slash-comment'] });
    assert.ok(found.every(({ fix }) => fix === undefined));
  });
});

test('the text shows the line with a mark, and no password', () => {
  const more = ['authentication {', '    auth_type PASS', '    auth_pass kubernetes', '}'];
  const sources = [{ path: 'k.conf', text: conf({ more }) }];
  const said = formatText(lint(sources), sources);
  assert.match(
    said,
    /^k\.conf:9:19: warning: .* \[known-password\]\n {2}9 \| +auth_pass \*{10}\n/m,
  );
  assert.match(said, /^ {4}\| {19}\^$/m);
  assert.ok(!said.includes('kubernetes'));
  assert.equal(hideSecrets('-e KEEPALIVED_PASSWORD=abc -d'), '-e KEEPALIVED_PASSWORD=*** -d');
});

test('SARIF has a rule for each result', () => {
  const findings = lint([{ path: 'a b.conf', text: conf({ vrid: 51 }) }]);
  const log = JSON.parse(formatSarif(findings, '1.0.0'));
  const [{ results, tool }] = log.runs;
  assert.equal(log.version, '2.1.0');
  assert.equal(results.length, findings.length);
  for (const { ruleId, ruleIndex, locations } of results) {
    assert.equal(tool.driver.rules[ruleIndex].id, ruleId);
    assert.equal(locations[0].physicalLocation.artifactLocation.uri, 'a%20b.conf');
  }
});

test('names that look like regular expressions are names', () => {
  const before = ['vrrp_script a+(b[ {', '    script "/bin/x*(y"', '    weight -5', '}'];
  const more = ['track_script {', '    a+(b[', '}'];
  const sources = [100, 90].map((priority, index) => ({
    path: `${index}.conf`,
    text: conf({ priority, before, more }),
  }));
  const codes = lint(sources).map(({ code }) => code);
  assert.ok(codes.includes('weight-too-small'), codes.join(', '));
  const shell = "cat > '/usr/bin/x*(y' << 'EOF'\n#!/bin/sh\nexit 0\nEOF\n";
  assert.doesNotThrow(() => lint([...sources, { path: 'x.sh', text: shell }]));
});

test('whatever is left of a text, nothing throws, and places are in it', () => {
  const texts = RULES.flatMap(({ bad, good }) => [...Object.entries(bad), ...Object.entries(good)]);
  const rng = createRng(7);
  const below = (limit: number): number => Math.floor(rng.next() * limit);
  for (const [path, text] of texts) {
    const lines = text.split('\n');
    const cut = text.slice(0, below(text.length));
    const mixed = lines.map((line) => (below(4) === 0 ? (lines[below(lines.length)] ?? '') : line));
    for (const broken of [cut, mixed.join('\n'), text.slice(below(text.length))]) {
      const count = broken.split('\n').length;
      for (const { line, column, code } of lint([{ path, text: broken }])) {
        assert.ok(line >= 1 && line <= count + 1 && column >= 1, `${code} ${line}:${column}`);
      }
    }
  }
});

test('a VRID on two networks makes two groups, whatever the order of the instances', () => {
  const inner = conf({ priority: 100 });
  const outer = conf({ priority: 100, addresses: ['192.0.2.9/32'] })
    .replace('vrrp_instance api', 'vrrp_instance web')
    .replace('eth0', 'eth1');
  const lower = (text: string): string => text.replace('priority 100', 'priority 90');
  const sources = [
    { path: 'a.conf', text: inner + outer },
    { path: 'b.conf', text: lower(outer) + lower(inner) },
  ];
  const errors = lint(sources).filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, []);
  const equal = [sources[0] ?? assert.fail(), { path: 'b.conf', text: outer + inner }];
  const found = lint(equal, { only: ['equal-priorities'] });
  assert.equal(found.length, 2);
});
