import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { expandHostPattern } from './host-range.ts';
import { readCluster } from './index.ts';
import { readInventory } from './ini.ts';
import { Report } from './report.ts';
import { splitWords } from './words.ts';

const seed000 = readFileSync('test/seeds/files/000/hosts', 'utf8');

function read(text: string) {
  const report = new Report();
  return { inventory: readInventory('hosts', text, report), diagnostics: report.sorted() };
}

function codes(text: string): readonly string[] {
  return readCluster('hosts', text).diagnostics.map(({ code, line }) => `${code} ${line}`);
}

describe('an inventory', () => {
  test("sealos's own is read as it is", () => {
    const { cluster, diagnostics } = readCluster('hosts', seed000);
    assert.deepEqual(
      cluster?.hosts.map(({ name, address, holder, isServer }) => [
        name,
        address,
        holder,
        isServer,
      ]),
      [
        ['node01', '10.1.86.201', { priority: 100, state: 'MASTER' }, true],
        ['node02', '10.1.86.202', { priority: 80, state: 'BACKUP' }, true],
        ['node03', '10.1.86.203', undefined, true],
      ],
    );
    assert.deepEqual(cluster?.vips, [{ address: '10.1.86.209' }]);
    assert.deepEqual(
      [cluster?.frontPort, cluster?.backPort, cluster?.interface],
      [6444, 6443, 'eth0'],
    );
    assert.deepEqual(
      diagnostics.map(({ code, line }) => [code, line]),
      [
        ['server-without-vip', 4],
        ['guessed-interface', 16],
      ],
    );
  });

  test('variables: the host before its group, a group before its parent, all of them before all', () => {
    const { inventory, diagnostics } = read(`[inner]
a x=host
b
[outer:children]
inner
[outer]
c
[outer:vars]
x=outer
[inner:vars]
x = "inner"
[all:vars]
x=all
y=all # is a part of it
`);
    assert.deepEqual(diagnostics, []);
    const found = inventory.hosts.map(({ name, variables }) => {
      return [name, variables.get('x')?.value, variables.get('y')?.value];
    });
    assert.deepEqual(found, [
      ['a', 'host', 'all # is a part of it'],
      ['b', 'inner', 'all # is a part of it'],
      ['c', 'outer', 'all # is a part of it'],
    ]);
    assert.deepEqual(
      inventory.membersOf('outer')?.map(({ name }) => name),
      ['a', 'b', 'c'],
    );
    assert.equal(inventory.membersOf('none'), undefined);
  });

  test('ports and ranges are no part of a name', () => {
    const { inventory } = read(
      '[2001:db8::1]:22\n2001:db8::2\n10.0.0.1:2222\nn[08:10]:22 a=1\nm[a:c]\n',
    );
    assert.deepEqual(
      inventory.hosts.map(({ name }) => name),
      ['2001:db8::1', '2001:db8::2', '10.0.0.1', 'n08', 'n09', 'n10', 'ma', 'mb', 'mc'],
    );
  });

  test('every mistake is said at its place, and the rest is read', () => {
    const { inventory, diagnostics } = read(`[g:var]
[h]
a "x=1
b[5:1]
c junk
[i:children]
j
[k:vars]
x=1
[l:children]
m
[m:children]
l
`);
    assert.deepEqual(
      diagnostics.map(({ code, line, column }) => [code, line, column]),
      [
        ['bad-section', 1, 1],
        ['unmatched-quote', 3, 1],
        ['bad-range', 4, 1],
        ['bad-line', 5, 3],
        ['unknown-group', 7, 1],
        ['unknown-group', 8, 1],
        ['group-loop', 11, 1],
      ],
    );
    assert.deepEqual(
      inventory.hosts.map(({ name }) => name),
      ['c'],
    );
  });

  test('what contradicts itself gives no cluster', () => {
    assert.deepEqual(
      codes('[k8s-master]\n10.0.0.1 lb=MASTER priority=5\n10.0.0.2 lb=BACKUP priority=5\n'),
      ['missing-key 1', 'no-interface 2', 'no-interface 3', 'twice 3'],
    );
    const whole = (vars: string, host = '') =>
      codes(`[k8s-master]\n10.0.0.1 ${host}\n10.0.0.2\n[all:vars]\ninterface=eth0\n${vars}\n`);
    assert.deepEqual(whole('vip=10.0.0.9'), []);
    assert.deepEqual(whole('vip=10.0.0.1'), ['vip-is-host 6']);
    assert.deepEqual(whole('vip=2001:db8::9'), ['vip-family 6']);
    assert.deepEqual(whole('vip=10.0.0.9/33'), ['bad-prefix 6']);
    assert.deepEqual(whole('vip={{ x }}'), ['missing-key 1', 'template-left 6']);
    assert.deepEqual(whole('vip=10.0.0.9\nfront_port=6443'), ['same-port 7']);
    assert.deepEqual(whole('vip=10.0.0.9\nvrid=256'), ['bad-number 7']);
    assert.deepEqual(whole('vip=10.0.0.9\ndeployment=static_pod'), ['bad-choice 7']);
    assert.deepEqual(whole('vip=10.0.0.9', 'name="a b"'), ['bad-name 2']);
    assert.deepEqual(whole('vip=10.0.0.9', 'ansible_host=a.example'), ['bad-address 2']);
  });

  test('no text makes the reader throw', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      ':',
      'vars',
      'children',
      'a',
      '=',
      '"',
      "'",
      '\\',
      ' ',
      '\n',
      '#',
      '1',
      '-',
      '\r',
      'vip=1.2.3.4',
      'lb=',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        readCluster('f', pieces.join(''));
      }),
      { numRuns: 500 },
    );
  });
});

test('host patterns', () => {
  const expand = (pattern: string) => {
    const names = expandHostPattern(pattern);
    return names.ok ? names.value : names.reason;
  };
  assert.deepEqual(expand('a'), ['a']);
  assert.deepEqual(expand('a[1:5:2].b[x:y]'), [
    'a1.bx',
    'a1.by',
    'a3.bx',
    'a3.by',
    'a5.bx',
    'a5.by',
  ]);
  assert.match(String(expand('a[1:999999999]')), /not a range/);
  assert.match(String(expand('a[1:500]b[1:500]')), /more than/);
});

test('words of a line', () => {
  const split = (line: string) => {
    const words = splitWords(line, 1);
    return words.ok ? words.value.map(({ text, column }) => `${column} ${text}`) : words.reason;
  };
  assert.deepEqual(split('a  b="c d"\'e\' f\\ g #h'), ['1 a', '4 b=c de', '15 f g']);
  assert.deepEqual(split('a#b'), ['1 a#b']);
  assert.equal(split('a "b'), '"');
});
