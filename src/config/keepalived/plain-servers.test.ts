import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Diagnostic, formatDiagnostic } from '../../base/diagnostics.ts';
import type { HostFacts } from './host-check.ts';
import { checkAgainstHost } from './index.ts';
import { KnownBlocks } from './known-blocks.ts';
import { read } from './test-support.ts';

const VRRP = `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress {
    10.0.0.1
  }
}
`;

function server(place: string, ...lines: readonly string[]): string {
  return `virtual_server ${place} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

const both = (text: string) => {
  const whole = read(text, {}, { known: new KnownBlocks() });
  const rest = read(text, {}, { known: new KnownBlocks(), plainServers: 'left out' });
  return { whole, rest };
};

test('what is left out means nothing, is not told of, and is known to be there', () => {
  const text =
    VRRP +
    server('10.0.0.1 80', 'lvs_sched rr', 'lvs_metod NAT') +
    server('10.0.0.1 443', 'protocol TCP', 'real_server 10.1.0.1 443 {', '}');
  const { whole, rest } = both(text);
  assert.equal(whole.loadBalancing.virtualServers.length, 1);
  assert.deepEqual(rest.loadBalancing.virtualServers, []);
  assert.deepEqual(rest.model, whole.model);
  assert.deepEqual(rest.diagnostics, []);
  assert(whole.diagnostics.length > 2);
  assert.deepEqual(whole.ofPlainServers(whole.diagnostics), whole.diagnostics);
  assert.equal(rest.text(), whole.text());
});

test('a file of nothing but servers asks for the checker process, and for the instance it follows', () => {
  const text = server('10.0.0.1 80', 'real_server 10.1.0.1 80 {', '}');
  assert.deepEqual(both(text).rest.model.checker, {});
  const followed = `global_defs {\n  lvs_sync_daemon eth0 VI_1\n}\n${VRRP}${text}`;
  assert.deepEqual(both(followed).rest.model.checker, { follows: 'VI_1' });
  assert.equal(both(VRRP).rest.model.checker, undefined);
});

test('one that is not plain is told to stand twice by whoever knows the plain one', () => {
  const lines = ['lvs_sched rr', 'lvs_method NAT', 'protocol TCP'];
  const body = [...lines, 'real_server 10.1.0.1 80 {', '}'];
  const { whole, rest } = both(
    server('10.0.0.1 80', ...body) + server('10.0.0.1 80', '$A=80', ...body),
  );
  assert.deepEqual(
    whole.diagnostics.map(({ code }) => code),
    ['duplicate-virtual-server'],
  );
  assert.deepEqual(rest.diagnostics, []);
  assert.deepEqual(whole.ofPlainServers(whole.diagnostics), whole.diagnostics);
});

/** Of all scripts without security the first one is told, which may be another one for each. */
const ONCE = 'scripts-unprotected';
const LINES = [
  ...['lvs_sched rr', 'lvs_sched none-such', 'lvs_method NAT', 'protocol TCP', 'protocol', 'alpha'],
  ...['delay_loop 5', 'quorum 7', 'quorum_up /bin/none', 'sorry_server_inhibit', 'persistence_x'],
  ...['real_server 10.1.0.1 80 {\n    notify_down /bin/none nobody-at-all\n  }', 'weight 1'],
  ...['real_server fd00::1 80 {\n  }', 'real_server 10.1.0.2 80 {\n    FILE_CHECK {\n    }\n  }'],
  ...['real_server 10.1.0.3 80 {\n    TCP_CHECK {\n      connect_port x\n    }\n  }', '}', '{'],
];
const OTHERS = [
  ...[VRRP, 'virtual_server_group G {\n  10.0.0.9 80\n}\n', 'virtual_server group G {\n}\n'],
  ...['virtual_server group H {\n  protocol TCP\n}\n', 'global_defs {\n  smtp_alert_checker\n}\n'],
  ...['vrrp_script S {\n  script /bin/none\n}\n', '}\n', 'virtual_server fwmark 1 {\n  alpha\n}\n'],
  ...[
    'track_file F {\n  file /tmp/x\n}\n',
    'SSL {\n  password x\n}\n',
    'nonsense {\n',
    'include x\n',
  ],
];

test('what is told of the rest and of the servers is what is told of the whole', () => {
  const block = fc
    .tuple(
      fc.constantFrom('10.0.0.1 80', '10.0.0.2 80', 'fd00::9 53', 'VIP 80'),
      fc.array(fc.constantFrom(...LINES), { maxLength: 6 }),
    )
    .map(([place, lines]) => server(place, ...lines));
  const part = fc.oneof({ weight: 2, arbitrary: block }, fc.constantFrom(...OTHERS));
  const host: HostFacts = {
    interface: () => 'missing',
    script: () => 'not-executable',
    user: () => 'present',
    group: () => 'missing',
  };
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const { whole, rest } = both(parts.join(''));
      const told = [whole, rest].map((one) => [
        ...one.diagnostics,
        ...checkAgainstHost(one.model, one.positions, host, one.claims).diagnostics,
      ]);
      const [all = [], outside = []] = told;
      const texts = (of: readonly Diagnostic[]) => [
        ...new Set(of.map((one) => (one.code === ONCE ? ONCE : formatDiagnostic(one)))),
      ];
      const together = [...outside, ...whole.ofPlainServers(all)];
      assert.deepEqual(texts(together).toSorted(), texts(all).toSorted());
    }),
    { numRuns: 1000 },
  );
});
