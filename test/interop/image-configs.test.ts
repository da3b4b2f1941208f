import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { HOST_ADDRESSES } from '../images/case.ts';
import { createTestNamespace, skipKernelTests, type TestNamespace } from '../linux/namespaces.ts';

// Where holdfast makes another file of a container's variables than the old image, keepalived takes it as
// well or better.

const KEEPALIVED = '/usr/sbin/keepalived';
const FOLDER = 'test/images/golden';
const skip = skipKernelTests || (existsSync(KEEPALIVED) ? false : 'needs keepalived');

describe('files of the images beside keepalived', { skip }, () => {
  let host: TestNamespace;

  before(() => {
    host = createTestNamespace('images');
    for (const [name, address] of Object.entries(HOST_ADDRESSES)) {
      host.ip(`link add ${name} type veth peer name p${name}`);
      host.ip(`addr add ${address}/24 dev ${name}`);
      host.ip(`link set ${name} up`);
    }
  });
  after(() => host.remove());

  /** 0 where nothing is wrong; null where it crashes. */
  const statusOf = (path: string): number | null => {
    const command = ['netns', 'exec', host.name, KEEPALIVED, '-t', '-f', resolve(path)];
    return spawnSync('ip', command, { stdio: 'ignore' }).status;
  };

  for (const original of readdirSync(FOLDER)) {
    test(`${original}: what differs passes where the original does`, () => {
      const ours = readdirSync(join(FOLDER, original)).filter((name) =>
        name.endsWith('.holdfast.conf'),
      );
      assert.ok(ours.length > 0);
      for (const name of ours) {
        const theirs = statusOf(join(FOLDER, original, name.replace('.holdfast', '')));
        const status = statusOf(join(FOLDER, original, name));
        assert.ok(
          status !== null && (theirs !== 0 || status === 0),
          `${name}: ${status}, not ${theirs}`,
        );
      }
    });
  }

  test('what is made of sound variables passes', () => {
    // arcts' image tracks the own interface, which keepalived finds superfluous.
    const sound = {
      'osixia-classic/seed-first-node': 0,
      'osixia-2026/words-with-prefixes': 0,
      'arcts/peers-in-order-of-names': 5,
    };
    for (const [name, status] of Object.entries(sound)) {
      assert.equal(statusOf(join(FOLDER, `${name}.conf`)), status, name);
    }
  });
});
