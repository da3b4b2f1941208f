import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { lint } from '../../src/config/lint/index.ts';
import { RULES } from '../../src/config/lint/registry.ts';
import { conf } from '../../src/config/lint/rules/examples.ts';
import { CATALOGUE } from './catalogue.ts';

/** For codes of the readers: a text about which lint says it. Rules have their own examples. */
const keepalived = (text: string) => ({ path: 'k.conf', text });
const haproxy = (...lines: readonly string[]) => ({
  path: 'h.cfg',
  text: `${['defaults', '  mode http', ...lines].join('\n')}\n`,
});
const timeouts = ['  timeout connect 5s', '  timeout client 1m', '  timeout server 1m'];
const backend = (...lines: readonly string[]) =>
  haproxy(...timeouts, 'listen app', '  bind :8000', ...lines.map((line) => `  ${line}`));
const SCRIPT = 'vrrp_script a {\n    script "/bin/true"\n    interval 1\n    timeout 5\n}\n';
const unicast = ['unicast_src_ip 10.0.0.1', 'unicast_peer {', '10.0.0.1', '10.0.0.2', '}'];
const server = (more = ''): string =>
  `virtual_server 10.0.0.9 80 {\n${more}real_server 10.0.0.1 80 {\nTCP_CHECK {\n}\n}\n}\n`;

const READERS: Readonly<Record<string, { readonly path: string; readonly text: string }>> = {
  'own-address-among-peers': keepalived(conf({ more: unicast })),
  'missing-close-brace': keepalived(conf().replace(/\}\n$/, '')),
  'missing-open-brace': keepalived(conf().replace('virtual_ipaddress {', 'virtual_ipaddress')),
  'extra-close-brace': keepalived(`${conf()}}\n`),
  'unknown-keyword': keepalived(conf({ more: ['prioritty 90'] })),
  'slash-comment': keepalived(conf({ more: ['// no comment'] })),
  'slash-comment-behind': keepalived(conf({ more: ['garp_master_delay 1 // seconds'] })),
  'password-truncated': keepalived(
    conf({ more: ['authentication {', 'auth_type PASS', 'auth_pass x7Kp2mQz9', '}'] }),
  ),
  'number-out-of-range': keepalived(conf({ priority: 300 })),
  'invalid-number': keepalived(conf().replace('priority 100', 'priority high')),
  'zero-interval': keepalived(SCRIPT.replace('interval 1', 'interval 0')),
  'two-addresses': keepalived(conf({ addresses: ['10.0.0.8 10.0.0.9'] })),
  'quoted-address': keepalived(conf({ addresses: ['"10.0.0.9/24 dev eth0"'] })),
  'nopreempt-cleared': keepalived(conf({ state: 'MASTER', more: ['nopreempt'] })),
  'own-interface-tracked': keepalived(conf({ more: ['track_interface {', 'eth0', '}'] })),
  'invalid-address': keepalived(server().replace('10.0.0.9', 'web')),
  'default-used': keepalived(server()),
  'script-timeout-over-interval': keepalived(SCRIPT),
  'placeholder-left': keepalived(conf().replace('eth0', '$NIC')),
  'no-final-newline': { path: 'h.cfg', text: backend('server a 10.0.0.1:80').text.trimEnd() },
  'same-name': haproxy(
    ...[...timeouts, 'frontend a', '  bind :8000', '  default_backend a', 'backend a'],
    '  server a 10.0.0.1:80',
  ),
  'missing-timeout': haproxy('listen a', '  bind :8000', '  server a 10.0.0.1:80'),
  'server-without-address': backend('server a :80'),
  'duplicate-server': backend('server a 10.0.0.1:80', 'server a 10.0.0.2:80'),
  'tls-without-ca': backend('server a 10.0.0.1:443 ssl verify required'),
  'no-effect-here': backend('mode tcp', 'option forwardfor', 'server a 10.0.0.1:80'),
  'removed-keyword': backend('reqadd X-A:\\ b', 'server a 10.0.0.1:80'),
  'old-keyword': backend('clitimeout 5000', 'server a 10.0.0.1:80'),
  'out-of-range': backend('server a 10.0.0.1:80 weight 300'),
};

/** Only a host, or the command, can tell. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'include-missing': 'files of others are not here: the command refuses a file that is not there',
  'executable-config':
    'the reader says it of an include, by its mode; of the file itself config-executable does',
  unresolved:
    'whether a name has an address is known where the proxy runs: holdfast haproxy -c says it',
};

describe('each row of the catalogue is said by a rule, or by a reader', () => {
  for (const [row, codes] of Object.entries(CATALOGUE)) {
    test(row, () => {
      for (const code of codes) {
        if (RULES.some((rule) => rule.code === code) || code in ELSEWHERE) continue;
        const source = READERS[code] ?? assert.fail(`nothing shows ${code}`);
        const said = lint([source]).map((finding) => finding.code);
        assert.ok(said.includes(code), `${code} is not among ${said.join(', ')}`);
      }
    });
  }
});

test('what is listed as shown elsewhere or by a reader is needed, and known', () => {
  const codes = new Set(Object.values(CATALOGUE).flat());
  const errors = readFileSync('docs/errors.md', 'utf8');
  for (const code of [...Object.keys(READERS), ...Object.keys(ELSEWHERE)]) {
    assert.ok(codes.has(code), code);
    assert.ok(errors.includes(`\`${code}\``), code);
  }
  assert.ok(Object.keys(ELSEWHERE).length <= 10);
});
