import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../base/secret.ts';
import { micros, seconds } from '../../base/time.ts';
import { VirtualRouter } from './machine.ts';
import { ip, testAdvert, testModel } from './test-model.ts';
import type { VrrpEffect, VrrpInput } from './types.ts';

test('the same advert is judged anew once something else is asked of it', () => {
  const model = testModel();
  const router = new VirtualRouter(model);
  const out: VrrpEffect[] = [];
  const tell = (input: VrrpInput, at = seconds(0)): void => router.handle(at, input, out);
  tell({ kind: 'linkChanged', state: 'up' });
  tell({ kind: 'sourceChanged', source: ip('10.0.0.10') });
  tell({ kind: 'start', listenFrom: micros(0) });
  const heard = { kind: 'advertReceived', advert: testAdvert({ priority: 200 }) } as const;
  tell(heard, seconds(1));
  tell(heard, seconds(2));
  assert.equal(router.snapshot().statistics.advertsReceived, 2);
  const until = router.nextDeadline();

  const secret = { kind: 'simple', password: new Secret('secret') } as const;
  const guard = { kind: 'none' } as const;
  tell({ kind: 'reconfigured', model: { ...model, authentication: secret }, guard }, seconds(2));
  tell(heard, seconds(3));
  const { statistics } = router.snapshot();
  assert.equal(statistics.advertsReceived, 2);
  assert.equal(statistics.authTypeMismatch, 1);
  assert.equal(router.nextDeadline(), until);

  tell({ kind: 'reconfigured', model, guard }, seconds(3));
  tell(heard, seconds(4));
  assert.equal(router.snapshot().statistics.advertsReceived, 3);
});
