import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { formatDiagnostic } from '../../base/diagnostics.ts';
import { ENVIRONMENT_CODES } from './codes.ts';
import { chooseImage, translate } from './index.ts';
import { parsePythonLiteral } from './python-literal.ts';
import { type ContainerSetup, type ImageChoice, MARK, type Translation } from './setup.ts';
import { parseYamlVariables } from './yaml-variables.ts';

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

function setup({ env = {}, argv = [], files = {} }: Given): ContainerSetup {
  return {
    env,
    argv,
    files: {
      read: (path) => files[path],
      list: (folder) => Object.keys(files).filter((path) => path.startsWith(`${folder}/`)),
    },
    firstAddress: (name) => (name === 'eth0' ? '192.0.2.7' : undefined),
  };
}

function run(image: ImageChoice, given: Given): Translation {
  return translate(setup(given), image);
}

/** `CODE VARIABLE` of everything that is told. */
function told({ diagnostics }: Translation): readonly string[] {
  return diagnostics.map(({ code, file }) => `${code} ${file}`);
}

const PEERS = { KEEPALIVED_UNICAST_PEERS: '192.0.2.8', KEEPALIVED_VIRTUAL_IPS: '192.0.2.9' };

describe('what is told of variables', () => {
  test('names the variable, what was read and what to write', () => {
    const { diagnostics } = run('osixia-keepalived', {
      env: { ...PEERS, KEEPALIVED_ROUTER_ID: '300' },
    });
    assert.deepEqual(diagnostics.map(formatDiagnostic), [
      "$KEEPALIVED_ROUTER_ID:1:1: error: 'virtual_router_id' must be a number from 1 to 255, not 300: " +
        'the instance is left out [number-out-of-range]',
    ]);
  });

  test('has the column within the value', () => {
    const translated = run('osixia-keepalived', {
      env: { ...PEERS, KEEPALIVED_VIRTUAL_IPS: '192.0.2.9/24 dew eth1' },
    });
    const [first] = translated.diagnostics;
    assert.deepEqual([first?.file, first?.column], ['$KEEPALIVED_VIRTUAL_IPS', 14]);
  });

  test('suggests the name that is nearly the same', () => {
    const env = {
      KEEPALIVED_VIRTUAL_IPADDRESS_1: '192.0.2.9',
      KEEPALVED_TRACK_INTERFACE_2: 'eth1',
    };
    const [first] = run('arcts-keepalived', { env }).diagnostics;
    assert.equal(first?.hint, 'did you mean KEEPALIVED_TRACK_INTERFACE_2?');
  });

  test('holds no secret', () => {
    for (const secret of ['hunter{2}', '"hunter2"', 'hun ter2', 'hunter2#']) {
      const given = {
        env: {
          ...PEERS,
          KEEPALIVED_PASSWORD: secret,
          KEEPALIVED_VIRTUAL_IPADDRESS_1: '192.0.2.9',
          KEEPALIVED_AUTH_PASS: secret,
        },
      };
      for (const image of ['osixia-keepalived', 'arcts-keepalived'] as const) {
        const translated = run(image, given);
        const shown = JSON.stringify([translated.uses, translated.diagnostics, translated.command]);
        assert.ok(!shown.includes('hun'), shown);
        assert.ok(translated.configuration?.text.includes('hun'));
      }
    }
  });

  test('is fatal where peers and addresses are in networks of others', () => {
    const codes = (networks: readonly string[]): boolean =>
      translate({ ...setup({ env: PEERS }), networks }, 'osixia-keepalived').diagnostics.some(
        ({ code, severity }) => code === 'image-out-of-reach' && severity === 'fatal',
      );
    assert.equal(codes(['127.0.0.1/8', '198.51.100.1/24']), true);
    assert.equal(codes(['198.51.100.1/24', '192.0.2.129/25']), true);
    assert.equal(codes(['198.51.100.1/24', '192.0.2.100/25']), false);
    assert.equal(codes(['127.0.0.1/8']), false);
  });

  test('is fatal where the old image stops', () => {
    assert.deepEqual(told(run('arcts-keepalived', {})).slice(0, 1), [
      'image-variable-missing $KEEPALIVED_VIRTUAL_IPADDRESS_1',
    ]);
    const env = { KEEPALIVED_VIRTUAL_IPADDRESS_1: '192.0.2.9', KEEPALIVED_INTERFACE: 'ens3' };
    assert.ok(
      told(run('arcts-keepalived', { env })).includes(
        'image-no-address $KEEPALIVED_UNICAST_SRC_IP',
      ),
    );
    const missing = told(run('vip-keepalived', { env: { PRIORITY: '90' } }));
    for (const name of ['VIP', 'VRID', 'INTERFACE']) {
      assert.ok(missing.includes(`image-variable-missing $${name}`), name);
    }
  });
});

describe('osixia', () => {
  test('is of 2026 where only that has the name or the option', () => {
    const dialect = (given: Given): string | undefined => run('osixia-keepalived', given).dialect;
    assert.equal(dialect({ env: PEERS }), 'classic');
    assert.equal(dialect({ env: { KEEPALIVED_NOTIFY_SCRIPT: '' } }), '2026');
    assert.equal(dialect({ argv: ['--', '--vrrp'] }), '2026');
    assert.equal(dialect({ argv: ['--copy-service', '--', '--vrrp'] }), 'classic');
    assert.equal(dialect({ files: { '/etc/keepalived/keepalived.conf': 'x' } }), '2026');
  });

  test('knows the file that it has written itself from one that is mounted', () => {
    const path = '/container/service/keepalived/assets/keepalived.conf';
    const again = run('osixia-keepalived', { env: PEERS, files: { [path]: `${MARK}old` } });
    assert.equal(again.configuration?.path, path);
    assert.ok(again.configuration?.text.includes('192.0.2.9'));
    const mounted = run('osixia-keepalived', {
      env: PEERS,
      files: { [path]: 'global_defs {\n}\n' },
    });
    assert.equal(
      mounted.configuration?.path,
      '/container/run/service/keepalived/assets/keepalived.conf',
    );
  });

  test('writes one line for each row of a list, and keeps braces out', () => {
    const env = {
      KEEPALIVED_UNICAST_PEERS: "#PYTHON2BASH:['192.0.2.7', '192.0.2.8']",
      KEEPALIVED_VIRTUAL_IPS: '#JSON2BASH:["192.0.2.9/24 dev eth1", "192.0.2.10"]',
      KEEPALIVED_PASSWORD: 'a}b',
    };
    const translated = run('osixia-keepalived', { env });
    assert.deepEqual(told(translated), ['image-braces $KEEPALIVED_PASSWORD']);
    const lines = translated.configuration?.text.split('\n').map((line) => line.trim()) ?? [];
    const at = lines.indexOf('unicast_peer {');
    assert.deepEqual(lines.slice(at + 1, at + 4), ['192.0.2.7', '192.0.2.8', '}']);
    assert.ok(lines.includes('192.0.2.9/24 dev eth1') && lines.includes('192.0.2.10'));
    assert.ok(lines.includes('auth_pass ab'));
  });

  test('takes the environment before files', () => {
    const files = { '/container/environment/01/a.yaml': 'KEEPALIVED_PRIORITY: 90\n' };
    const env = { ...PEERS, KEEPALIVED_PRIORITY: '120' };
    const { configuration } = run('osixia-keepalived', { env, files });
    assert.match(configuration?.text ?? '', /^ +priority 120$/m);
  });

  test('says where a value comes from', () => {
    const file = '/container/environment/01/a.yaml';
    const { uses } = run('osixia-keepalived', {
      env: PEERS,
      files: { [file]: 'KEEPALIVED_PRIORITY: 90\n' },
    });
    const origin = (name: string): string | undefined =>
      uses.find((use) => use.name === name)?.origin;
    assert.equal(origin('KEEPALIVED_PRIORITY'), file);
    assert.equal(origin('KEEPALIVED_VIRTUAL_IPS'), 'environment');
    assert.equal(origin('KEEPALIVED_STATE'), 'default');
  });

  test('runs a command in the place of keepalived, and hands options on', () => {
    assert.deepEqual(run('osixia-keepalived', { argv: ['-l', 'debug', 'bash', '-l'] }).command, [
      'bash',
      '-l',
    ]);
    const { command } = run('osixia-keepalived', { argv: ['--', '-D'] });
    assert.equal(command.at(-1), '-D');
    assert.deepEqual(told(run('osixia-keepalived', { env: PEERS, argv: ['--keepalive'] })), [
      'image-option --keepalive',
    ]);
  });

  test('takes nothing of a file of variables that it cannot read', () => {
    const file = '/container/environment/01/a.yaml';
    const files = { [file]: 'KEEPALIVED_PRIORITY: 90\nnonsense\n' };
    const [first] = run('osixia-keepalived', { env: PEERS, files }).diagnostics;
    assert.equal(first?.file, file);
    assert.match(first?.message ?? '', /line 2/);
  });
});

describe('images without variables', () => {
  test('put their program before options and leave other commands alone', () => {
    const command = (image: ImageChoice, ...argv: string[]): string =>
      run(image, { argv }).command.join(' ');
    const conf = '/etc/keepalived/keepalived.conf';
    const cfg = '/usr/local/etc/haproxy/haproxy.cfg';
    assert.equal(command('keepalived'), `keepalived -n -d -D -f ${conf} --log-console`);
    assert.equal(command('keepalived', '-n', '-f', '/x'), 'keepalived -n -f /x');
    assert.equal(command('keepalived', 'keepalived', '-n', '--all'), 'keepalived -n --all');
    assert.equal(command('keepalived', 'sh', '-c', 'x'), 'sh -c x');
    assert.equal(command('haproxy'), `haproxy -W -db -f ${cfg}`);
    assert.equal(command('haproxy', 'haproxy', '-f', cfg), `haproxy -W -db -f ${cfg}`);
    assert.equal(command('haproxy', '-c', '-f', cfg), `haproxy -W -db -c -f ${cfg}`);
    assert.equal(command('holdfast', 'check'), 'holdfast check');
  });

  test('say that the file is not mounted', () => {
    assert.deepEqual(told(run('haproxy', {})), [
      'image-config-missing /usr/local/etc/haproxy/haproxy.cfg',
    ]);
  });
});

test('an image is forced, named by its entry, or seen by its variables', () => {
  const choose = (env: Record<string, string>, named?: string, argv: string[] = []): unknown => {
    const chosen = chooseImage({ env, argv }, named);
    return chosen.ok ? chosen.value.image : chosen.reason;
  };
  assert.equal(choose({ HOLDFAST_IMAGE: 'haproxy', VIP: '1' }, 'keepalived'), 'haproxy');
  assert.equal(choose({ VIP: '1' }, 'keepalived'), 'keepalived');
  assert.equal(choose({ KEEPALIVED_VIRTUAL_IPADDRESS_1: '1' }), 'arcts-keepalived');
  assert.equal(choose({ KEEPALIVED_VIRTUAL_IPS: '1' }), 'osixia-keepalived');
  assert.equal(choose({ VIP: '1' }), 'vip-keepalived');
  assert.equal(choose({}, undefined, ['-n']), 'keepalived');
  assert.equal(choose({}, undefined, ['/kube-keepalived-vip', '--v=2']), 'kube-keepalived-vip');
  assert.equal(choose({}), 'holdfast');
  assert.match(
    String(choose({ HOLDFAST_IMAGE: 'osixia-keepalive' })),
    /did you mean osixia-keepalived\?/,
  );
});

test('kube-keepalived-vip gets its flags, by its name or without', () => {
  const flags = ['--services-configmap=default/vips', '--use-unicast'];
  for (const argv of [flags, ['/kube-keepalived-vip', ...flags]]) {
    const { command, diagnostics } = run('kube-keepalived-vip', { argv });
    assert.deepEqual([command, diagnostics], [['kube-keepalived-vip', ...flags], []]);
  }
  assert.deepEqual(run('kube-keepalived-vip', { argv: ['sh'] }).command, ['sh']);
});

test('literals of Python', () => {
  const text = (source: string): unknown => {
    const value = parsePythonLiteral(source);
    return value?.kind === 'text' ? value.text : value?.kind;
  };
  const cases: readonly (readonly [string, unknown])[] = [
    ["'a'", 'a'],
    ['"a\\n\\x41\\u0042\\q"', 'a\nAB\\q'],
    ["r'a\\n'", 'a\\n'],
    ["'''a\nb'''", 'a\nb'],
    ['\'a\' "b"', 'ab'],
    [' 10 ', '10'],
    ['-0x10', '-16'],
    ['1_000', '1000'],
    ['010', undefined],
    ['1.50', '1.5'],
    ['1e3', '1000.0'],
    ['None', ''],
    ['True', 'True'],
    ['(1)', '1'],
    ['(1,)', 'tuple'],
    ['[]', 'list'],
    ['{1: 2}', 'dict'],
    ["['a',, 'b']", undefined],
    ["['a'", undefined],
    ["'a", undefined],
    ['10.2.1.1', undefined],
    ['name', undefined],
    [`${'['.repeat(100)}${']'.repeat(100)}`, undefined],
  ];
  for (const [source, expected] of cases) assert.equal(text(source), expected, source);
});

test('files of variables in YAML', () => {
  const text = `---
A: plain # comment
B: "x # \\u0041"
C: 'it''s'
D:
  - one
  - "two three"
E: [a, 'b, c', 10]
F:
G: yes
H: |
  text
`;
  const read = parseYamlVariables(text);
  assert.ok(read.ok);
  assert.deepEqual(Object.fromEntries(read.value), {
    A: 'plain',
    B: 'x # A',
    C: "it's",
    D: ['one', 'two three'],
    E: ['a', 'b, c', 10],
    F: null,
    G: true,
    H: 'text\n',
  });
  assert.deepEqual(parseYamlVariables('A: 1\nnonsense\n'), { ok: false, reason: 2 });
  assert.deepEqual(parseYamlVariables('- A\n'), { ok: false, reason: 1 });
  assert.deepEqual(parseYamlVariables(''), { ok: true, value: new Map() });
});

test('docs/errors.md lists every code with its severity and meaning, and no other', () => {
  const section =
    readFileSync('docs/errors.md', 'utf8').split('\n## Variables of containers\n')[1] ?? '';
  const listed = section.split('\n## ')[0]?.match(/^\| `.*$/gm) ?? [];
  const known = Object.entries(ENVIRONMENT_CODES).map(([code, [severity, meaning]]) => {
    return `| \`${code}\` | ${severity} | ${meaning} |`;
  });
  assert.deepEqual([...listed].sort(), known.sort());
});
