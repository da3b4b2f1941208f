import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mapSecrets } from '../../model/map-secrets.ts';
import { encodeModel } from '../../model/model-codec.ts';
import { BLOCKS } from '../grammar/blocks.ts';
import type { Argument, BlockName, PlacedKeyword } from '../grammar/keyword.ts';
import type { KeepalivedConfig } from '../index.ts';
import { read, summary } from '../test-support.ts';
import { splitCommand, splitScriptLine } from '../text/script-words.ts';
import { type RenderOptions, render } from './render.ts';

const plain: RenderOptions = { secrets: 'shown', defaults: 'left-out' };

function rendered(config: KeepalivedConfig, options: Partial<RenderOptions> = {}): string {
  return render(config, { ...plain, ...options }, (text) => read(text).model);
}

const meaning = ({ model, loadBalancing }: KeepalivedConfig): object => ({
  ...encodeModel(model, { secrets: 'revealed' }),
  loadBalancing: mapSecrets(loadBalancing, (secret) => secret.reveal()),
});

const TEXT = `! two hosts
$AUTH = no definition, since there is a blank
$AUTHENTICATION=authentication { \\
  auth_type PASS \\
  auth_pass "a # b" \\
}
global_defs {
  router_id "two words" # and a comment
  @holdfast dead_man off
  @other vrrp_version 3
  vrrp_rlimit_rtime 5000
  notification_email { a@example.org
    b@example.org }
}
vrrp_script chk {
  script "/bin/sh -c 'exit 0' \\"x y\\" \\\\x22 \\\\\\\\ '' {} #"
  weight 300
}
vrrp_instance A { interface eth0
  virtual_router_id 7
  $AUTHENTICATION
  priority 90 nopreempt
  virtual_ipaddress {
    ~SEQ(N, 1, 2) 10.0.0.$N dev eth1
    10.0.0.300
  }
  nonsense {
    a
  }
  notify '/bin/a "b c"' nobody :nogroup
}
vrrp_instance B {
  interface eth0
}
`;

test('comments, macros, conditions and mistakes are gone', () => {
  assert.equal(
    rendered(read(TEXT)),
    `global_defs {
    router_id "two words"
    @holdfast dead_man off
    vrrp_rlimit_rttime 5000
    notification_email {
        a@example.org
        b@example.org
    }
}

vrrp_script chk {
    script "/bin/sh -c 'exit 0' 'x y' \\\\042 \\\\134 '' {} #"
}

vrrp_instance A {
    interface eth0
    virtual_router_id 7
    authentication {
        auth_type PASS
        auth_pass "a # b"
    }
    priority 90
    virtual_ipaddress {
        10.0.0.1 dev eth1
        10.0.0.2 dev eth1
    }
    notify "/bin/a 'b c'" nobody :nogroup
}
`,
  );
});

test('what is left means the same, with defaults too, and reads without an error', () => {
  const config = read(TEXT);
  for (const defaults of ['left-out', 'stated'] as const) {
    const again = read(rendered(config, { defaults }));
    assert.deepEqual(meaning(again), meaning(config));
    const errors = again.diagnostics.filter(({ severity }) => severity === 'error');
    assert.deepEqual(errors, []);
    assert.equal(rendered(again), rendered(config, { defaults }));
  }
});

test('secrets are shown on demand only, and what stands for them can be read', () => {
  const text = `global_defs {\n@holdfast peer_key 0123456789abcdef0123456789abcdef\n}
SSL {\npassword hunter2\n}
vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}
authentication {\nauth_type PASS\nauth_pass s3cret\n}
auth_hmac {\nkey 1 "0123456789abcdef 0123456789abcdef"\nactive_key 1\n}\n}\n`;
  const config = read(text);
  const secrets = ['0123456789abcdef', 'hunter2', 's3cret'];
  const shown = rendered(config);
  const hidden = rendered(config, { secrets: 'redacted' });
  for (const secret of secrets) {
    assert(shown.includes(secret), secret);
    assert(!hidden.includes(secret), secret);
  }
  assert.match(hidden, /^# Secrets are written as 'redacted'/);
  assert.deepEqual(summary(read(hidden)).length, summary(config).length);
  assert(!rendered(read('vrrp_version 3'), { secrets: 'redacted' }).startsWith('#'));
});

test('a block for holdfast alone is kept from others with all that is in it', () => {
  const config = read(
    '@holdfast vrrp_script own {\n@holdfast script /bin/true\n@holdfast interval 3\n@holdfast }',
  );
  assert.equal(
    rendered(config),
    `@holdfast vrrp_script own {
@holdfast     script /bin/true
@holdfast     interval 3
@holdfast }
`,
  );
});

test('errors in some copies of a line take only those away', () => {
  const config = read(
    `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {
~SEQ(N, 254, 257) 10.0.0.$N\n}\n}`,
  );
  assert.deepEqual(rendered(config).match(/10\.0\.0\.\d+/g), ['10.0.0.254', '10.0.0.255']);
});

/** Arguments that are right for each kind, as texts before quoting. */
function argumentOf(argument: Argument): fc.Arbitrary<string> {
  switch (argument.kind) {
    case 'integer':
      return fc
        .integer({ min: Math.max(argument.min, -2147483648), max: Math.min(argument.max, 1000) })
        .map(String);
    case 'seconds':
    case 'millis':
      return fc
        .integer({ min: Math.ceil(argument.min), max: Math.min(argument.max, 1000) })
        .map(String);
    case 'choice':
      return fc.constantFrom(...argument.words);
    case 'bool':
      return fc.constantFrom('true', 'false', 'on', 'off');
    case 'address':
      return fc.constantFrom('192.0.2.1', '224.0.0.18', 'fd00::1');
    case 'word':
    case 'words':
      return fc.oneof(
        fc.constantFrom('eth0', 'a b', '#x', '!', '{', '}', '$X', '@id', '~SEQ(', 'include', '\\'),
        fc.stringMatching(/^[^"\n\r]{1,12}$/),
      );
    case 'script':
      return fc.constantFrom('/bin/true', "/bin/sh -c 'exit 0'", '/a b');
  }
}

function statementOf(keyword: PlacedKeyword, depth: number): fc.Arbitrary<string> {
  const args = fc.tuple(
    ...keyword.arguments.map((argument) =>
      argumentOf(argument).map((text) => (/^[\w.:/-]+$/.test(text) ? text : `"${text}"`)),
    ),
  );
  const head = args.map((words) => [keyword.name, ...words].join(' '));
  const { body } = keyword;
  if (body === undefined) return head;
  const inside =
    body.kind === 'keywords'
      ? blockOf(body.block, depth + 1)
      : fc.array(fc.constantFrom('10.0.0.1', 'eth0 weight 5', 'A', 'a@b'), { maxLength: 3 });
  return fc
    .tuple(head, inside, fc.constantFrom(' ', '\n'))
    .map(([text, lines, gap]) => `${text}${gap}{\n${lines.join('\n')}\n}`);
}

function blockOf(block: BlockName, depth: number): fc.Arbitrary<string[]> {
  const keywords = [...BLOCKS[block].values()].filter(
    ({ body }) => body?.kind !== 'opaque' && (depth < 3 || body === undefined),
  );
  if (keywords.length === 0) return fc.constant([]);
  return fc.array(
    fc.constantFrom(...keywords).chain((keyword) => statementOf(keyword, depth)),
    { maxLength: depth === 0 ? 4 : 6 },
  );
}

/** Rendered and read again it means the same, and is rendered as the same text. */
function assertSame(text: string): void {
  const config = read(text);
  const first = rendered(config);
  const again = read(first);
  assert.deepEqual(meaning(again), meaning(config), first);
  assert.equal(rendered(again), first);
}

describe('whatever is configured', () => {
  test('rendering and reading again gives the same model and the same text', () => {
    const configurations = blockOf('root', 0).map((parts) => parts.join('\n'));
    fc.assert(
      fc.property(configurations, (text) => {
        assertSame(text);
      }),
      { numRuns: 400 },
    );
  });

  const instanceOf = (lines: string): string =>
    `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n${lines}\nvirtual_ipaddress {\n10.0.0.9/24\n}\n}`;
  for (const text of [
    'global_defs {\nvrrp_mcast_group6 192.0.2.1\nvrrp_mcast_group6 192.0.2.1\n}',
    'global_defs {\nvrrp_mcast_group6 ff02::99\nvrrp_mcast_group6 192.0.2.1\n}',
    'global_defs {\nvrrp_mcast_group4 10.0.0.1\nvrrp_mcast_group4 224.0.0.99\n}',
    'global_defs {\numask eth0\numask eth0\n}',
    'global_defs {\numask 022\numask eth0\n}',
    instanceOf('mcast_src_ip 10.0.0.1\nmcast_src_ip fd00::1'),
    instanceOf('mcast_dst_ip 224.0.0.99\nmcast_dst_ip ff02::99'),
  ])
    test(`and where something is said twice: ${text.replaceAll('\n', ' ')}`, () => {
      assertSame(text);
    });

  for (const lines of [
    'UDP_CHECK {\npayload zz\npayload yy\n}',
    'UDP_CHECK {\npayload 61\npayload yy\n}',
    'UDP_CHECK {\nrequire_reply 61\nrequire_reply zz\n}',
    `HTTP_GET {\nurl {\npath /\ndigest zz\ndigest ${'a'.repeat(32)}\n}\n}`,
    `HTTP_GET {\nurl {\npath /\ndigest ${'a'.repeat(32)}\ndigest zz\n}\n}`,
  ])
    test(`also where it is said twice: ${lines.replaceAll('\n', ' ')}`, () => {
      const server = `real_server 10.0.0.2 80 {\n${lines}\n}`;
      assertSame(`virtual_server 10.0.0.1 80 {\nprotocol TCP\n${server}\n}`);
    });

  test('a command keeps its arguments, whatever is in them', () => {
    const argument = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(
        '',
        ' ',
        '"',
        "'",
        '\\',
        '#',
        '!',
        '{',
        '}',
        '$A',
        `\${_HASH}`,
        '\t',
        '\u00a0',
      ),
    );
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (words) => {
        const argv = words.map((word) => word.replaceAll('\0', '0'));
        if (argv[0] === '') return;
        const written = argv
          .map((word) => [...word].map((c) => `\\\\x${hex(c)}`).join(''))
          .map((word) => `'${word}'`)
          .join(' ');
        const text = `vrrp_script s {\nscript "${written}"\n}`;
        const config = read(text);
        const bytes = argv.map((word) => String.fromCharCode(...latin(word)));
        assert.deepEqual(config.model.scripts[0]?.command.argv, bytes);
        const again = read(rendered(config));
        assert.deepEqual(again.model.scripts[0]?.command.argv, bytes, rendered(config));
        const line = again.statements[0]?.block?.statements[0]?.source;
        assert(line !== undefined);
        assert.deepEqual(splitCommand(splitScriptLine(line)[1]?.text ?? ''), bytes);
      }),
      { numRuns: 500 },
    );
  });
});

function latin(word: string): number[] {
  return [...word].map((character) => (character.codePointAt(0) ?? 0) & 0xff || 1);
}

function hex(character: string): string {
  return (latin(character)[0] ?? 1).toString(16).padStart(2, '0');
}
