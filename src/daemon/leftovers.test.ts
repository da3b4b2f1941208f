import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ip, testModel } from '../core/vrrp/test-model.ts';
import { AddressList, configuredAddresses } from './leftovers.ts';

const folder = mkdtempSync(join(tmpdir(), 'leftovers-'));
after(() => rmSync(folder, { recursive: true }));

const having = (name: string, ...addresses: readonly string[]) =>
  testModel({
    name,
    addresses: addresses.map((text) => ({ address: ip(text), prefixLength: 32, scope: 0 })),
  });

test('a list is extended by what has changed, and has what it had', () => {
  const list = new AddressList(join(folder, 'a.pid'));
  const [first, second] = [having('A', '10.0.0.1'), having('B', '10.0.0.2')];
  list.write(configuredAddresses([first, second]));
  const changed = having('B', '10.0.0.2', '10.0.0.3');
  assert.equal(list.extend([first, second], [first, changed]), 'written');
  const lines = (...ends: readonly number[]) => ends.map((end) => `eth0 10.0.0.${end}/32`);
  assert.deepEqual(list.read(), lines(1, 2, 2, 3));
  assert.equal(list.extend([first, changed], [first, changed]), 'written');
  assert.deepEqual(list.read(), lines(1, 2, 2, 3));
});

test('a list that is gone, or is not from here, is written as a whole', () => {
  const file = join(folder, 'b.pid');
  const [first, second] = [having('A', '10.0.0.1'), having('B', '10.0.0.2')];
  new AddressList(file).write(['eth0 10.0.0.9/32']);
  const list = new AddressList(file);
  const whole = ['eth0 10.0.0.1/32', 'eth0 10.0.0.2/32'];
  assert.equal(list.extend([first], [first, second]), 'written');
  assert.deepEqual(list.read(), whole);
  list.remove();
  assert.equal(list.extend([first], [first, second]), 'written');
  assert.deepEqual(list.read(), whole);
});

test('a list does not grow for ever', () => {
  const list = new AddressList(join(folder, 'c.pid'));
  let before = [having('A', '10.0.0.1')];
  list.write(configuredAddresses(before));
  for (let round = 0; round < 1500; round++) {
    const next = [having('A', `10.1.${round >> 8}.${round & 255}`)];
    list.extend(before, next);
    before = next;
  }
  const lines = list.read();
  assert(lines.length <= 1002, `${lines.length} lines`);
  assert.equal(lines.at(-1), 'eth0 10.1.5.219/32');
});
