import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../base/rng.ts';
import { readKeepalivedConfig } from './index.ts';
import { createMemoryFiles } from './memory-files.ts';
import { read, summary } from './test-support.ts';

const withAddresses = (lines: string): string =>
  `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n${lines}\n}\n}\n`;

function addressesOf(text: string, ...rest: [Record<string, string>?, object?]): string[] {
  const config = read(text, ...rest);
  assert.deepEqual(summary(config), []);
  return config.model.instances.flatMap(({ addresses }) => addresses.map(({ address }) => address));
}

describe('lines', () => {
  const layouts: [what: string, text: string][] = [
    [
      'the brace on the next line',
      'vrrp_instance A\n{\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress\n{\n10.0.0.1\n}\n}',
    ],
    [
      'closing braces that share a line',
      'vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress { 10.0.0.1 } }',
    ],
    ['carriage returns and tabs', withAddresses('\t10.0.0.1').replaceAll('\n', '\r\n')],
    ['no line end at the end', withAddresses('10.0.0.1').trimEnd()],
    [
      'comments of both kinds',
      withAddresses('10.0.0.1 # eth0 { \n! } "\n10.0.0.1#x'.replace('\n10.0.0.1#x', '')),
    ],
    ['quoted values', withAddresses('10.0.0.1').replace('eth0', '"eth0"')],
  ];
  for (const [what, text] of layouts) {
    test(what, () => assert.deepEqual(addressesOf(text), ['10.0.0.1']));
  }

  test('a byte order mark and a long line are read, though keepalived reads neither', () => {
    const marked = read(`\uFEFF${withAddresses('10.0.0.1')}`);
    assert.deepEqual(summary(marked), ['byte-order-mark 1:1']);
    assert.equal(marked.model.instances.length, 1);
    const atLimit = `10.0.0.1 # ${'é'.repeat(506)}`;
    assert.deepEqual(addressesOf(withAddresses(`${atLimit}`)), ['10.0.0.1']);
    const long = read(withAddresses(`10.0.0.2${' '.repeat(1000)}dev eth1 ${'é'.repeat(9)}`));
    assert.deepEqual(summary(long), ['line-too-long 5:1', 'unknown-address-option 5:1018']);
    assert.equal(long.model.instances[0]?.addresses[0]?.interface, 'eth1');
  });

  test('an escaped mark is a character', () => {
    const { model } = read(withAddresses('10.0.0.1').replace('{', '{\nnotify_master /bin/a\\#b'));
    assert.deepEqual(model.instances[0]?.notify.master?.argv, ['/bin/a#b']);
  });

  test('marks within quotes are characters', () => {
    const { model } = read(
      withAddresses('10.0.0.1').replace('{', '{\nnotify_master "/bin/a #1 !"'),
    );
    assert.deepEqual(model.instances[0]?.notify.master?.argv, ['/bin/a', '#1', '!']);
  });
});

describe('definitions', () => {
  test('names are replaced, also in braces and by other names', () => {
    const text = `$NET=10.0.0\n$VIP=\${NET}.7/24\n${withAddresses(`$VIP\n\${NET}.8 dev eth1`)}`;
    assert.deepEqual(addressesOf(text), ['10.0.0.7', '10.0.0.8']);
  });

  test('a value of several lines stands for several lines', () => {
    const text = `$LIST= \\\n10.0.0.1 \\\n10.0.0.2\n${withAddresses('$LIST')}`;
    assert.deepEqual(addressesOf(text), ['10.0.0.1', '10.0.0.2']);
  });

  test('a block may come from a definition', () => {
    const auth = `$AUTH=authentication { \\\nauth_type PASS \\\nauth_pass x \\\n}\n`;
    const text = auth + withAddresses('10.0.0.1').replace('{', '{\n$AUTH');
    const { model } = read(text);
    assert.equal(model.instances[0]?.authentication.kind, 'simple');
  });

  test('sequences and lists repeat their line', () => {
    const text = withAddresses(
      `~SEQ(N, 3) 10.0.0.$N\n~SEQ(N, 10, 12) 10.0.1.\${N}\n~SEQ(N, 0, 4, 8) 10.0.2.$N\n` +
        `~LST(X, 1, 5) 10.0.3.$X\n~LST({A,B},{1,2},{3,4}) 10.\${A}.4.\${B}`,
    );
    assert.deepEqual(addressesOf(text), [
      ...['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.1.10', '10.0.1.11', '10.0.1.12'],
      ...['10.0.2.0', '10.0.2.4', '10.0.2.8', '10.0.3.1', '10.0.3.5', '10.1.4.2', '10.3.4.4'],
    ]);
  });

  // What keepalived 2.2.7 made of the same lines.
  const forms: [line: string, before: string, found: string[]][] = [
    ['~SEQ (N, 2) 10.0.1.$N', '', ['10.0.1.1', '10.0.1.2']],
    ['~SEQ(N , 2) 10.0.1.$N', '', ['10.0.1.1', '10.0.1.2']],
    ['~SEQ(N,2)10.0.1.$N', '', ['10.0.1.1', '10.0.1.2']],
    ['~SEQ(N, 0x10, 0x11) 10.0.1.$N', '', ['10.0.1.16', '10.0.1.17']],
    ['~SEQ(N, 010, 011) 10.0.1.$N', '', ['10.0.1.8', '10.0.1.9']],
    ['~SEQ(N, 7, -3, 1) 10.0.1.$N', '', ['10.0.1.7', '10.0.1.4', '10.0.1.1']],
    ['~SEQ(N,$A,$B) 10.0.1.$N', '$A=1\n$B=2\n', ['10.0.1.1', '10.0.1.2']],
    ['~SEQ(N,1,2) @^other 10.0.1.$N', '', ['10.0.1.1', '10.0.1.2']],
    ['~SEQ(N,1,2) @other 10.0.1.$N', '', []],
    ['~SEQ(N,1,2) $V', '$V=10.0.1.$N\n', ['10.0.1.1', '10.0.1.2']],
    ['~SEQ(N,1,2) 10.0.1.$N', '$N=7\n', ['10.0.1.1', '10.0.1.2']],
    ['$V', '$V=~SEQ(N,1,2) 10.0.1.$N\n', ['10.0.1.1', '10.0.1.2']],
    ['$V', '$V=@other 10.0.1.1\n', []],
    ['$V', '@other $V=10.0.1.1\n@^other $V=10.0.1.2\n', ['10.0.1.2']],
    [`~LST({A,B},1,2) 10.0.1.1\${A}\${B}`, '', ['10.0.1.11', '10.0.1.12']],
    [`~LST({A, B}, {1, 2}, {3}) 10.\${A}.1.1\${B}`, '', ['10.1.1.12', '10.3.1.1']],
    ['$V', `$V=\${W}.5\n$W=10.0.1\n`, ['10.0.1.5']],
    ['$V', '$V=10.0.1.1 # comment\n', ['10.0.1.1']],
    ['$V', '$V=10.0.1.1 \\ \n10.0.1.2\n', ['10.0.1.1', '10.0.1.2']],
    ['10.0.1.1 $V', '$V=\n', ['10.0.1.1']],
  ];
  for (const [line, before, found] of forms) {
    test(`${before.replaceAll('\n', '; ')}${line}`, () => {
      assert.deepEqual(addressesOf(before + withAddresses(`10.0.0.9\n${line}`)), [
        '10.0.0.9',
        ...found,
      ]);
    });
  }

  const refused: [code: string, line: string, before: string][] = [
    ['malformed-sequence', '~SEQ(N, 1, -1, 5) 10.0.1.$N', ''],
    ['malformed-sequence', '~LST(X, a b, c) 10.0.1.1 label $X', ''],
    ['malformed-sequence', '~LST(X, {1,2}, {3,4}) 10.0.1.$X', ''],
    ['invalid-address', '$V dev eth0', '$V=10.0.1.1 \\\n10.0.1.2\n'],
    ['invalid-address', '$V/24', '$V=10.0.1.1\n'],
    ['invalid-address', '@^other @^third 10.0.1.1', ''],
    ['invalid-address', '~SEQ(N, 1) 10.0.1.$N/24', ''],
  ];
  for (const [code, line, before] of refused) {
    test(`${code}: ${before.replaceAll('\n', '; ')}${line}`, () => {
      const { diagnostics, model } = read(before + withAddresses(`10.0.0.9\n${line}`));
      assert.deepEqual(
        diagnostics.map((one) => one.code),
        [code],
      );
      assert.equal(model.instances[0]?.addresses.length, 1);
    });
  }

  test('sequences nest', () => {
    const text = withAddresses(`~SEQ(A, 1, 2) ~SEQ(B, 3, 4) 10.0.\${A}.\${B}`);
    assert.deepEqual(addressesOf(text), ['10.0.1.3', '10.0.1.4', '10.0.2.3', '10.0.2.4']);
  });

  test('predefined names', () => {
    const text = withAddresses('10.0.0.1').replace(
      '{',
      `{\nnotify "\${_PWD}/n \${_INSTANCE} \${_ENV WHO} a\${_HASH}b\${_BANG} \${_RANDOM 5 5}"`,
    );
    const { model } = read(text, {}, { environment: { WHO: 'me' } });
    assert.deepEqual(model.instances[0]?.notify.any?.argv, [
      ...['/etc/keepalived/n', 'node1', 'me', 'a#b!', '5'],
    ]);
  });

  test('a diagnostic points at the reference, or behind it where it was written', () => {
    const text = `$P=300\n$K=priority\n${withAddresses('10.0.0.1').replace('{', '{\n  priority $P\n $K 301')}`;
    assert.deepEqual(summary(read(text)), ['number-out-of-range 4:12', 'number-out-of-range 5:5']);
  });
});

describe('conditions', () => {
  const text = withAddresses(
    '@node1 10.0.0.1\n@^node1 10.0.0.2\n@other 10.0.0.3\n@holdfast 10.0.0.4',
  );

  test('lines are kept by the host name up to its first dot', () => {
    assert.deepEqual(addressesOf(text), ['10.0.0.1', '10.0.0.4']);
  });

  test('lines are kept by the config id, ours always', () => {
    assert.deepEqual(addressesOf(text, {}, { configId: 'other' }), [
      ...['10.0.0.2', '10.0.0.3', '10.0.0.4'],
    ]);
  });
});

describe('includes', () => {
  test('patterns are relative to the file that includes, in sorted order', () => {
    const found = addressesOf(withAddresses('include vips/*.conf'), {
      '/etc/keepalived/vips/b.conf': '10.0.0.2\n',
      '/etc/keepalived/vips/a.conf': '10.0.0.1\ninclude more/x.conf\n',
      '/etc/keepalived/vips/more/x.conf': '10.0.0.9',
      '/etc/keepalived/other/c.conf': '10.0.0.3',
    });
    assert.deepEqual(found, ['10.0.0.1', '10.0.0.9', '10.0.0.2']);
  });

  test('mistakes are reported in the file that has them', () => {
    const { diagnostics } = read(withAddresses('10.0.0.1\ninclude a.conf'), {
      '/etc/keepalived/a.conf': '10.0.0.2\n  10.0.0.300\n',
    });
    assert.deepEqual(
      diagnostics.map(({ file, line, column }) => [file, line, column]),
      [['/etc/keepalived/a.conf', 2, 3]],
    );
  });

  test('what is ours may be included so that keepalived skips it', () => {
    const found = addressesOf(withAddresses('10.0.0.1\n@holdfast include ours.conf'), {
      '/etc/keepalived/ours.conf': '10.0.0.2',
    });
    assert.deepEqual(found, ['10.0.0.1', '10.0.0.2']);
  });

  test('files that include each other are told of the chain', () => {
    const { diagnostics } = read('include a.conf', {
      '/etc/keepalived/a.conf': 'include b.conf',
      '/etc/keepalived/b.conf': 'include a.conf',
    });
    assert.deepEqual(
      diagnostics.map(({ code, file }) => [code, file]),
      [['include-loop', '/etc/keepalived/b.conf']],
    );
  });

  test('a configuration that does not exist is fatal', () => {
    const { diagnostics, model } = readKeepalivedConfig('/nowhere.conf', {
      files: createMemoryFiles({}),
      environment: { get: () => undefined },
      rng: createRng(1),
      hostName: 'node1',
    });
    assert.deepEqual(
      diagnostics.map(({ code, severity }) => [code, severity]),
      [['config-unreadable', 'fatal']],
    );
    assert.deepEqual(model.instances, []);
  });
});
