import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kindOfFile } from './file-kind.ts';

describe('the kind of a file', () => {
  const cases: readonly (readonly [name: string, path: string, text: string, found: string])[] = [
    ['a block', '/x.cfg', '! comment\n  vrrp_instance VI_1 {\n}\n', 'keepalived'],
    ['a section', '/x.conf', '# comment\nglobal\n  daemon\n', 'haproxy'],
    ['behind a condition', '/x', '@node1 global_defs {\n}\n', 'keepalived'],
    ['a word of the other inside', '/x', 'global_defs {\n  global\n}\n', 'keepalived'],
    ['braces of samples', '/x', 'frontend a\n  acl x hdr(%[src]) -m str {\nbackend b\n', 'haproxy'],
    ['nothing but a name', '/etc/haproxy.cfg', '', 'haproxy'],
    ['an include', '/etc/keepalived.conf', 'include /etc/keepalived/*.conf\n', 'keepalived'],
    ['nothing at all', '/x', 'hello\n', 'unclear 1'],
    ['both', '/x', 'vrrp_script a {\n}\n\nfrontend b\n', 'unclear 4'],
  ];
  for (const [name, path, text, found] of cases) {
    test(name, () => {
      const finding = kindOfFile(path, text);
      const said = finding.kind === 'unclear' ? `unclear ${finding.line}` : finding.kind;
      assert.equal(said, found);
    });
  }
});
