import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LocalConnection } from '../../ports/local-socket.ts';
import { PrivateListener } from './private-listener.ts';

function connection(): LocalConnection & { closed: number } {
  const made = {
    closed: 0,
    peer: { pid: 1, uid: 0, gid: 0, groups: [] },
    read: () => 0,
    write: () => 0,
    watch: () => {},
    unwatch: () => {},
    close: () => {
      made.closed++;
    },
  };
  return made;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a private listener', () => {
  test('tells of what is offered on each turn until it is accepted', async () => {
    const listener = new PrivateListener();
    let told = 0;
    listener.watch(() => told++);
    await turn();
    assert.equal(told, 0);
    const [one, two] = [connection(), connection()];
    listener.offer(one);
    listener.offer(two);
    assert.equal(told, 0, 'told in the middle of something');
    await turn();
    await turn();
    assert(told >= 2);
    assert.equal(listener.accept(), one);
    assert.equal(listener.accept(), two);
    assert.equal(listener.accept(), 'none');
    const before = told;
    await turn();
    await turn();
    assert.equal(told, before);
  });

  test('keeps what is offered while nobody watches', async () => {
    const listener = new PrivateListener();
    const one = connection();
    listener.offer(one);
    let told = 0;
    listener.watch(() => told++);
    listener.unwatch();
    await turn();
    assert.equal(told, 0);
    await new Promise<void>((resolve) => listener.watch(resolve));
    assert.equal(listener.accept(), one);
  });

  test('closes what nobody has accepted', () => {
    const listener = new PrivateListener();
    const one = connection();
    listener.offer(one);
    listener.close();
    assert.equal(one.closed, 1);
    assert.equal(listener.accept(), 'none');
  });
});
