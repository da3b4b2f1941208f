import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Secret } from '../../base/secret.ts';
import { seconds } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';
import { admitAdvert, countRefusal, passwordHex } from './admission.ts';
import { ip, testAdvert, testModel } from './test-model.ts';
import { newStatistics } from './types.ts';

function verdict(
  model: Partial<VrrpInstanceModel>,
  advert: Partial<ReceivedAdvert>,
  checksum: VrrpInstanceModel['checksum'] = 'detect',
): string {
  const admission = admitAdvert(testModel(model), checksum, testAdvert(advert), undefined);
  return admission.kind === 'refused' ? admission.reason : admission.addressList;
}

const v3 = { version: 3 } as const;
const simple = {
  authentication: { kind: 'simple', password: new Secret('secret') },
} as const;
const right = { authType: 1, authData: passwordHex('secret') };
const peers = [{ address: ip('10.0.0.99'), minTtl: 250, maxTtl: 254 }];
const unicast = { transport: { kind: 'unicast', peers, ttl: 255, checkSource: true } } as const;
const toUs = { destination: ip('10.0.0.10'), ttl: 252 };
const sums = { plain: false, pseudoHeader: false, groupPseudoHeader: false };

describe('admission', () => {
  const cases: [string, Partial<VrrpInstanceModel>, Partial<ReceivedAdvert>, string][] = [
    ['what is right', {}, {}, 'same'],
    ['wrong length', {}, { length: 'wrong' }, 'length'],
    ['TTL 254', {}, { ttl: 254 }, 'ttl'],
    ['unknown TTL', {}, { ttl: undefined }, 'same'],
    ['other version', {}, { version: 3 }, 'version'],
    ['authentication of no kind', {}, { authType: 3 }, 'auth-type-invalid'],
    ['AH where nothing is expected', {}, { authType: 2 }, 'auth-type-mismatch'],
    ['a password where none is expected', {}, right, 'auth-type-mismatch'],
    ['no password', simple, {}, 'auth-type-mismatch'],
    ['the password', simple, right, 'same'],
    ['another', simple, { ...right, authData: passwordHex('secreT') }, 'auth-failure'],
    ['a longer one', simple, { ...right, authData: `${passwordHex('secret')}00` }, 'auth-failure'],
    ['an empty one', simple, { ...right, authData: '' }, 'auth-failure'],
    ['v2, other interval', {}, { advertInterval: seconds(2) }, 'interval'],
    ['v3, other interval', v3, { ...v3, advertInterval: seconds(2) }, 'same'],
    ['type 2', {}, { type: 2 }, 'type'],
    ['v2 sum with pseudo header', {}, { checksum: { ...sums, pseudoHeader: true } }, 'checksum'],
    ['v3 sum without', v3, { ...v3, checksum: { ...sums, plain: true } }, 'checksum'],
    ['unicast', {}, { destination: ip('10.0.0.10') }, 'transport'],
    ['multicast where unicast is expected', unicast, {}, 'transport'],
    ['a peer', unicast, toUs, 'same'],
    ['a stranger', unicast, { ...toUs, source: ip('10.0.0.98') }, 'not-a-peer'],
    ['a peer from too far', unicast, { ...toUs, ttl: 249 }, 'not-a-peer'],
    ['a peer from too near', unicast, { ...toUs, ttl: 255 }, 'not-a-peer'],
    ['fewer addresses', {}, { addressCount: 0, addresses: [] }, 'differs'],
    ['another address', {}, { addresses: [ip('10.0.0.1')] }, 'differs'],
  ];
  for (const [name, model, advert, expected] of cases) {
    test(name, () => assert.equal(verdict(model, advert), expected));
  }

  test('an owner that ignores adverts', () => {
    assert.equal(verdict({ ownerIgnoreAdverts: true, priority: 255 }, {}), 'owner');
    assert.equal(verdict({ ownerIgnoreAdverts: true, priority: 254 }, {}), 'same');
    assert.equal(verdict({ priority: 255 }, {}), 'same');
  });

  test('the ways of summing v3 over IPv4', () => {
    const group = { ...v3, ...toUs, checksum: { ...sums, groupPseudoHeader: true } };
    const none = { ...v3, ...toUs, checksum: sums };
    const model = { ...v3, ...unicast };
    assert.equal(verdict(model, none, 'plain'), 'same');
    assert.equal(verdict(model, group, 'pseudo-header'), 'checksum');
    assert.equal(verdict(model, group, 'old-unicast'), 'same');
    assert.equal(verdict(model, none, 'old-unicast'), 'checksum');
    assert.equal(verdict(model, group, 'detect'), 'same');
    const detected = admitAdvert(testModel(model), 'detect', testAdvert(group), undefined);
    assert(detected.kind === 'accepted' && detected.checksum === 'old-unicast');
  });

  test('every refusal but the owner is counted under its own name', () => {
    const statistics = newStatistics();
    const before = { ...statistics };
    countRefusal(statistics, 'owner');
    assert.deepEqual(statistics, before);
    countRefusal(statistics, 'auth-type-mismatch');
    assert.deepEqual(statistics, { ...before, authTypeMismatch: 1 });
  });

  test('a password fills 8 bytes', () => {
    assert.equal(passwordHex('ab'), '6162000000000000');
    assert.equal(passwordHex('123456789'), '3132333435363738');
  });
});
