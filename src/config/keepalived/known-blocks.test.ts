import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { serverOf } from '../model/server-outline.ts';
import type { HostFacts } from './host-check.ts';
import { checkAgainstHost, type KeepalivedConfig } from './index.ts';
import { KnownBlocks } from './known-blocks.ts';
import { read } from './test-support.ts';
import type { BlockText } from './text/plain-block.ts';
import type { Position } from './text/traced.ts';

const host: HostFacts = {
  interface: (name) => (name === 'eth9' ? 'missing' : 'present'),
  script: () => 'missing',
  user: () => 'present',
  group: () => 'present',
};

const others = {
  '/etc/keepalived/one.conf': 'vrrp_instance INCLUDED {\ninterface eth0\nvirtual_router_id 99\n}\n',
};

/** All that becomes of a text, also once it is held against the host. */
function outcome(config: KeepalivedConfig) {
  const { model, diagnostics, filesRead, positions } = config;
  const { outlines, virtualServers, ...balancing } = config.loadBalancing;
  // Which one another one is like tells how they were read; the whole of both is the same.
  assert.deepEqual(outlines?.map(serverOf), virtualServers);
  const loadBalancing = { ...balancing, virtualServers };
  const claims = sortedByPlace(config.claims);
  const checked = checkAgainstHost(model, positions, host, config.claims);
  const said = { diagnostics, filesRead, claims, loadBalancing, text: config.text() };
  return { model, ...said, faults: sortedByPlace(config.faults), checked };
}

function sortedByPlace<Placed extends { readonly at: Position }>(all: readonly Placed[]): Placed[] {
  const key = ({ at, ...rest }: Placed): string =>
    `${at.file} ${String(at.line).padStart(6)} ${at.column} ${JSON.stringify(rest)}`;
  return all.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function readWith(known: KnownBlocks, text: string) {
  return outcome(read(text, others, { known }));
}

const inside = [
  '    priority 90',
  '    priority 255',
  '    prioritty 90',
  '    advert_int 0.1',
  '    state MASTER ! a comment',
  '    authentication {\n        auth_type PASS\n        auth_pass "a # b"\n    }',
  '    track_interface {\n        eth1 weight 5\n    }',
  '    track_script {\n        CHECK\n    }',
  '    track_script {\n        CHECK weight 2\n        OTHER\n    }',
  '    track_interface {\n        eth1\n        eth9\n    }',
  '    notify /bin/true',
  '    nopreempt',
  '    garp_master_delay',
  '    interface $DEV',
  '    @holdfast fast_takeover off',
  '    @node1 priority 80',
  '    include one.conf',
  '    virtual_routes {\n        192.0.2.0/24 via 10.0.0.1 table here\n    }',
  '}',
  '{',
];

const instance = fc
  .tuple(
    fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F'),
    fc.constantFrom('eth0', 'eth1', 'eth1', 'eth9'),
    fc.constantFrom(1, 2, 3, 4),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant<readonly string[]>([]) },
      { weight: 2, arbitrary: fc.array(fc.constantFrom(...inside), { maxLength: 2 }) },
    ),
  )
  .map(
    ([name, device, vrid, more]) =>
      `vrrp_instance ${name} {\n    interface ${device}\n    virtual_router_id ${vrid}\n` +
      `    virtual_ipaddress {\n        10.0.${vrid}.1/24\n    }\n${more.map((line) => `${line}\n`).join('')}}`,
  );

const insideServers = [
  'lvs_method DR',
  'lvs_method TUN',
  'quorum 2',
  'hysteresis 1',
  'delay_loop 3 ! often',
  'persistence_timeout 50',
  'sorry_server 10.9.0.9 80',
  'sorry_server 10.9.0.9',
  'notify_up "/bin/up"',
  'weight 0',
  'wait 3',
  '$DEV=eth0',
  '@node1 weight 7',
  '}',
];

const realServer = fc
  .tuple(
    fc.constantFrom('10.9.0.1', '10.9.0.2', '10.9.0.3', '10.9.0.4', 'fd09::1', 'fe80::1', '10.9.1'),
    fc.constantFrom('80', '80', '81', '0', '65536'),
    fc.constantFrom(
      'TCP_CHECK {\n}',
      'TCP_CHECK {\nconnect_timeout 3\n}',
      'TCP_CHECK {\nconnect_port 99\n}',
      'HTTP_GET {\nurl {\npath /\n}\n}',
      'SMTP_CHECK {\nhost {\n}\n}',
      'weight 0',
      'weight 2',
      'FILE_CHECK {\ntrack_file one\n}',
      'TCP_CHECK {\nretri 1\n}',
    ),
  )
  .map(([address, port, body]) => `    real_server ${address} ${port} {\n${body}\n    }`);

const virtualServer = fc
  .tuple(
    fc.constantFrom('10.8.0.1', '10.8.0.2', '10.8.0.3', 'fd08::1'),
    fc.constantFrom('80', '80', '81'),
    fc.array(realServer, { maxLength: 3 }),
    fc.oneof(
      { weight: 4, arbitrary: fc.constant<readonly string[]>([]) },
      { weight: 2, arbitrary: fc.array(fc.constantFrom(...insideServers), { maxLength: 2 }) },
    ),
  )
  .map(
    ([address, port, servers, more]) =>
      `virtual_server ${address} ${port} {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n` +
      `${[...more, ...servers].map((line) => `${line}\n`).join('')}}`,
  );

const pieces = [
  'global_defs {\n    vrrp_version 3\n}',
  'global_defs {\n    vrrp_strict\n    script_user nobody\n}',
  'vrrp_script CHECK {\n    script "/bin/check"\n    weight 3\n}',
  'vrrp_sync_group G {\n    group {\n        A\n        B\n    }\n}',
  'vrrp_script CHECK {\n    script "/bin/check"\n}',
  'vrrp_script OTHER {\n    script "/bin/check"\n    weight 1\n}',
  'vrrp_sync_group G {\n    group {\n        A\n        B\n    }\n    sync_group_tracking_weight\n}',
  'vrrp_sync_group G {',
  'virtual_server 10.0.0.1 80 {',
  '$DEV=eth0',
  '$DEV=eth0 \\',
  '# nothing',
  '',
  'net_namespace blue',
  'include one.conf',
  'nonsense {',
  '}',
  '{',
];

const part = fc.oneof(
  { weight: 5, arbitrary: instance },
  { weight: 5, arbitrary: virtualServer },
  { weight: 2, arbitrary: fc.constantFrom(...pieces) },
);

suite('blocks that are known', () => {
  test('what is read with them is what is read without', () => {
    let blocks = 0;
    let known = 0;
    class Counted extends KnownBlocks {
      override modelOf(block: BlockText) {
        const model = super.modelOf(block);
        blocks++;
        if (model !== undefined) known++;
        return model;
      }
    }
    const texts = fc
      .tuple(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(7), fc.nat(1), part), { minLength: 1, maxLength: 3 }),
      )
      .map(([first, edits]) => {
        const states = [first];
        for (const [at, removed, instead] of edits) {
          states.push((states.at(-1) ?? []).toSpliced(at, removed, instead));
        }
        return states.map((parts) => parts.join('\n'));
      });
    fc.assert(
      fc.property(texts, (states) => {
        const counted = new Counted();
        for (const text of [...states, states.at(-1) ?? '']) {
          assert.deepEqual(readWith(counted, text), outcome(read(text, others)));
        }
      }),
      { numRuns: 400 },
    );
    assert(known > blocks / 4, `only ${known} of ${blocks} were known`);
  });

  const block = (name: string, vrid: number, line = ''): string =>
    `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\n${line}` +
    `virtual_ipaddress {\n10.0.0.${vrid}\n}\n}\n`;

  test('an instance stays the same object while its text and the defaults do', () => {
    const known = new KnownBlocks();
    const first = readWith(known, block('A', 1) + block('B', 2));
    const second = readWith(known, `! one line more\n${block('A', 1)}${block('B', 3)}`);
    assert.equal(second.model.instances[0], first.model.instances[0]);
    assert.equal(second.checked.model.instances[0], first.checked.model.instances[0]);
    assert.notEqual(second.model.instances[1], first.model.instances[1]);
    const weight = (number: number) => `vrrp_script S {\nscript "/bin/s"\nweight ${number}\n}\n`;
    const tracking = block('A', 1, 'track_script {\nS\n}\n');
    const weights = [1, 1, 2].map(
      (number) => readWith(known, weight(number) + tracking).model.instances[0]?.trackedScripts,
    );
    assert.equal(weights[0], weights[1]);
    assert.equal(weights[2]?.[0]?.weight, 2);
    const below = readWith(known, tracking + weight(2));
    assert.deepEqual(below.model.instances[0]?.trackedScripts, []);
    assert.deepEqual(
      below.diagnostics.map(({ code }) => code),
      ['unknown-script'],
    );
    const third = readWith(known, `global_defs {\nvrrp_version 3\n}\n${block('A', 1)}`);
    assert.equal(third.model.instances[0]?.version, 3);
    const pass = 'authentication {\nauth_type PASS\nauth_pass secret\n}\n';
    const both = block('A', 1) + block('B', 2, pass);
    const keys = (text: string) =>
      readWith(known, text).model.instances.map(({ peerKey = 'there' }) => peerKey);
    assert.deepEqual(keys(both), ['missing', 'there']);
    const keyed = 'global_defs {\n@holdfast peer_key 4be1c3d2a5f60718\n}\n';
    assert.deepEqual(keys(keyed + both), ['there', 'there']);
  });

  test('only the others are still to be read', () => {
    const known = new KnownBlocks();
    const strange = block('C', 3, 'prioritty 3\n');
    const before = block('A', 1) + block('B', 2) + strange;
    assert.equal(known.unknownPart(before), before);
    readWith(known, before);
    const changed = block('B', 2, 'priority 4\n');
    const left = `! more\n\n${changed}${strange}`;
    const all = `! more\n${block('A', 1)}${changed}${strange}`;
    assert.equal(known.unknownPart(all), left);
    readWith(known, block('B', 2));
    assert.equal(known.unknownPart(all), all);
  });

  test('what is told of a block is told with its place', () => {
    const known = new KnownBlocks();
    const places = (text: string) => {
      const { diagnostics, checked } = readWith(known, text);
      return [...diagnostics, ...checked.diagnostics].map(({ code, line }) => `${code} ${line}`);
    };
    const good = block('A', 1);
    const foreign = block('B', 2).replace('eth0', 'eth9');
    assert.deepEqual(places(good), []);
    assert.deepEqual(places(`${good}\n${good}`), ['duplicate-instance 9']);
    assert.deepEqual(places(`${good}${block('B', 1)}`), ['duplicate-vrid 8']);
    assert.deepEqual(places(`${good}${foreign}`), ['interface-not-found 9']);
    assert.deepEqual(places(`\n\n${foreign}${good}`), ['interface-not-found 4']);
    const strange = block('C', 3, 'prioritty 3\n');
    assert.deepEqual(places(`${good}${strange}`), ['unknown-keyword 11']);
    assert.deepEqual(places(`${strange}${good}`), ['unknown-keyword 4']);
    assert.deepEqual(places(`${good}priority 3\n`), ['unknown-keyword 8']);
    assert.deepEqual(places(`}\n${good}`), ['extra-close-brace 1']);
  });
});
