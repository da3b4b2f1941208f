import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { cut, heal } from '../../src/lab/partition.ts';
import { isRoot } from './support.ts';

describe('cutting hosts off from one another', { skip: isRoot ? false : 'needs root' }, () => {
  let lab: Lab;

  before(async () => {
    const hosts = ['a', 'b', 'c'].map((name) => ({ name }));
    lab = await createLab({ prefix: `hft-${process.pid}-cut-`, hosts });
  });
  after(() => lab.destroy());

  /** Whether `to` resolves the hardware address of `from`, asked afresh. */
  async function canReach(from: string, to: string): Promise<boolean> {
    const address = lab.host(to).address(4);
    const { status } = await lab
      .host(from)
      .run(
        `ip neigh flush dev eth0; timeout 1 bash --norc -c 'echo > /dev/tcp/${address}/1' 2>&1 | grep -q refused`,
      );
    return status === 0;
  }

  test('two hosts are parted, others are not, and healing joins them', async () => {
    const [a, b] = [lab.host('a'), lab.host('b')];
    assert.equal(await canReach('a', 'b'), true);
    await cut({ from: a, to: b });
    assert.equal(await canReach('a', 'b'), false);
    assert.equal(await canReach('a', 'c'), true);
    assert.equal(await canReach('c', 'b'), true);
    await heal(lab.hosts);
    assert.equal(await canReach('a', 'b'), true);
  });
});
