import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { micros } from '../../base/time.ts';
import { relayLimit } from './limits.ts';

const open = { client: false, server: false };
const at = (client: number, server: number) => ({ client: micros(client), server: micros(server) });

describe('limits of the proxy', () => {
  test('of both sides the one that is over first, the client among equals', () => {
    const [client, server] = [{ client: micros(100) }, { server: micros(60) }];
    assert.deepEqual(relayLimit({ activeAt: at(0, 0), ended: open }, client, server), {
      at: 60,
      side: 'server',
    });
    assert.deepEqual(relayLimit({ activeAt: at(0, 40), ended: open }, client, server), {
      at: 100,
      side: 'client',
    });
    assert.equal(relayLimit({ activeAt: at(0, 0), ended: open }, {}, {}), undefined);
  });

  test('who has ended is not waited for; the other one has its fin', () => {
    const times = { client: micros(100), clientFin: micros(5) };
    const ended = { client: false, server: true };
    assert.deepEqual(relayLimit({ activeAt: at(7, 0), ended }, times, { server: micros(1) }), {
      at: 12,
      side: 'client',
    });
  });

  test('a tunnel has one limit for both', () => {
    const tunnel = { tunnel: micros(900), server: micros(1) };
    assert.equal(relayLimit({ activeAt: at(1, 5), ended: open }, {}, tunnel)?.at, 901);
  });
});
