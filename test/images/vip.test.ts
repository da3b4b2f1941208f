import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { translate } from '../../src/config/environment/index.ts';
import { MARK } from '../../src/config/environment/setup.ts';
import { setupOf } from './translate-case.ts';

// Of the image of seed 002 no source is published: the measure is the file that the seed shows, made from its Pods.

const POD = { VIP: '192.168.143.32', VRID: '32', INTERFACE: 'bond0' };
const ROLES = {
  master: { PRIORITY: '100', REAL_IP: '192.168.143.65' },
  slave: { PRIORITY: '90', REAL_IP: '192.168.143.60' },
} as const;

function translated(env: Readonly<Record<string, string>>, files: Record<string, string> = {}) {
  return translate(setupOf({ env: { ...POD, ...env }, files }), 'vip-keepalived');
}

/** Statements without comments (// is none, but meant as one) and blanks. */
function statements(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) =>
      line
        .replace(/(?:[#!]|\/\/).*$/, '')
        .trim()
        .replace(/\s+/g, ' '),
    )
    .filter((line) => line !== '');
}

describe('the Pods of seed 002', () => {
  for (const [role, env] of Object.entries(ROLES)) {
    test(`the ${role} gets the file that the seed shows`, () => {
      const seed = statements(readFileSync(`test/seeds/files/002/${role}/keepalived.conf`, 'utf8'));
      const script = { '/etc/keepalived/mysql.sh': '#!/bin/sh\n' };
      const text = translated(env, script).configuration?.text.replace(MARK, '') ?? '';
      const ours = statements(text);
      // The address where the seed has the word VIP; the last brace, which the seed forgets.
      const expected = [...seed, '}'].map((line) =>
        line.replace(/^virtual_server VIP/, `virtual_server ${POD.VIP}`),
      );
      const forKeepalived = ours.filter((line) => !line.startsWith('@holdfast'));
      assert.deepEqual(
        forKeepalived.filter((line) => line !== 'lvs_sched wlc'),
        expected,
      );
      assert.deepEqual(
        ours
          .filter((line) => line.startsWith('@holdfast'))
          .map((line) => line.slice('@holdfast '.length)),
        [
          ...[
            'track_check real_server {',
            'delay_loop 2',
            'TCP_CHECK {',
            `connect_ip ${env.REAL_IP}`,
          ],
          ...['connect_port 3306', 'connect_timeout 3', '}', '}'],
          ...['track_check {', 'real_server', '}', 'lvs_method none'],
        ],
      );
      assert.deepEqual(translated(env, script).diagnostics, []);
    });
  }

  test('run a script only where somebody has mounted it', () => {
    assert.doesNotMatch(translated(ROLES.master).configuration?.text ?? '', /notify_down/);
  });

  test('have no check without REAL_IP, and other names for the same', () => {
    const { configuration, diagnostics, uses } = translate(
      setupOf({ env: { VIRTUAL_IP: '192.0.2.9', VROUTERID: '7', ETH: 'eth0' } }),
      'vip-keepalived',
    );
    assert.doesNotMatch(configuration?.text ?? '', /real_server/);
    assert.match(configuration?.text ?? '', /virtual_router_id 7\n/);
    assert.deepEqual(diagnostics, []);
    assert.ok(uses.some(({ name, origin }) => name === 'VIRTUAL_IP' && origin === 'environment'));
  });
});
