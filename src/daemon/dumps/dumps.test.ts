import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { read } from '../../config/keepalived/test-support.ts';
import type { Model } from '../../config/model/model.ts';
import { dataLines } from './data-text.ts';
import { configurationFacts } from './dumper.ts';
import { jsonText } from './json-text.ts';
import { addressText, instantText } from './words.ts';

function modelOf(globals: string, instance = ''): Model {
  return read(
    `global_defs {\nrouter_id r\n${globals}\n}\nvrrp_instance A {\ninterface eth0\n` +
      `virtual_router_id 1\n${instance}\nvirtual_ipaddress {\n10.0.0.1\n}\n}`,
  ).model;
}

function factsOf(globals: string, instance?: string) {
  return configurationFacts(modelOf(globals, instance), { identity: {} });
}

describe('dumps', () => {
  test('addresses are written as keepalived 2.2.7 was seen to', () => {
    const lines = [
      '192.168.200.66/24 brd 192.168.200.255 dev eth1 scope link label eth1:x noprefixroute',
      '192.168.200.67/24 brd 192.168.200.255 dev eth0 scope global home',
      '192.168.200.71 dev eth0 scope global',
      'fd00:200::67/64 dev eth0 scope global mngtmpaddr noprefixroute deprecated',
      'fd00:200::68/64 dev eth0 scope global -nodad no_track preferred_lft forever',
      'fe80::9 dev eth0 scope global deprecated',
    ];
    const written = [
      '192.168.200.66/24 brd + dev eth1 scope link label eth1:x noprefixroute',
      '192.168.200.67/24 brd 192.168.200.255 home',
      '192.168.200.71 preferred_lft 100',
      'fd00:200::67/64 preferred_lft 0 mngtmpaddr noprefixroute',
      'fd00:200::68/64 -nodad no_track',
      'fe80::9',
    ];
    const [instance] = read(
      `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n` +
        `virtual_ipaddress_excluded {\n${written.join('\n')}\n}\n}`,
    ).model.instances;
    assert(instance !== undefined);
    const texts = instance.excludedAddresses.map((one) => addressText(one, instance, 'away'));
    assert.deepEqual(texts, lines);
    const [first] = instance.addresses;
    assert(first !== undefined);
    assert.equal(addressText(first, instance, 'set'), '10.0.0.1 dev eth0 scope global set');
  });

  test('instants have microseconds, and none is the beginning of time', () => {
    assert.match(
      instantText(1_795_643_824_304.077),
      /^1795643824\.304077 \(Wed Nov 2\d \d\d:\d\d:04\.304077 2026\)$/,
    );
    assert.equal(instantText(undefined), '0.000000 (Thu Jan  1 00:00:00.000000 1970)');
  });

  test('both layouts of the JSON dump hold the same instances', () => {
    const first = JSON.parse(jsonText(factsOf('')));
    const second = JSON.parse(jsonText(factsOf('json_version 2')));
    assert.deepEqual(second, { vrrp: first, track_process: [] });
    assert.equal(first[0].data.iname, 'A');
    assert.equal(first[0].stats.auth_ext_replay, 0);
  });

  test('numbers and slashes are written as keepalived writes them', () => {
    const text = jsonText(factsOf('', 'notify /bin/x\nversion 3\nadvert_int 0.5'));
    assert.match(text, /"last_transition":0\.000000,/);
    assert.match(text, /"adver_int":0\.5,"master_adver_int":0\.5,"accept":1,/);
    assert.match(text, /"script":"'\\\/bin\\\/x'"/);
    assert.match(text, /\}\]\n$/);
  });

  test('no dump holds a password', () => {
    const facts = factsOf('', 'authentication {\nauth_type PASS\nauth_pass hunter2\n}');
    const all = `${dataLines(facts).join('\n')}${jsonText(facts)}`;
    assert.doesNotMatch(all, /hunter2/);
    assert.match(all, /Password = \*{8}/);
    assert.match(all, /"auth_type":1,"auth_data":"\*{8}"/);
  });

  test('before the start every instance is in INIT', () => {
    const lines = dataLines(factsOf('umask 022'));
    assert(lines.includes('   State = INIT'));
    assert(lines.includes('   Read timeout = 0.000000 (Thu Jan  1 00:00:00.000000 1970)'));
    assert(lines.includes(' umask = 022'));
    assert(lines.includes(' Router ID = r'));
  });
});
