import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { secretsOfHaproxy, TextRedaction, withoutComments } from '../../src/doctor/redaction.ts';

describe('redaction of a support bundle', () => {
  const plain = new TextRedaction([]);
  const PLANTED: readonly (readonly [text: string, secret: string])[] = [
    ['auth_pass s3cr3t!', 's3cr3t!'],
    ['peer_key "0123456789abcdef 0123456789"', '0123456789abcdef'],
    ['check.sh --password=hunter22 --host a', 'hunter22'],
    ['check.sh --api-key hunter22', 'hunter22'],
    ['DB_PASSWORD="hunter22"', 'hunter22'],
    ['curl https://admin:hunter22@192.0.2.1/x', 'hunter22'],
    ['  stats auth admin:hunter22', 'hunter22'],
    ['user bob insecure-password hunter22', 'hunter22'],
    ['user bob password $6$abc$def.ghi/', '$6$abc$def.ghi/'],
    ['Authorization: Bearer eyJhbGciOi.J9', 'eyJhbGciOi.J9'],
    ['http-check send hdr Authorization "Basic YWRtaW46aHVudGVy"', 'YWRtaW46aHVudGVy'],
    ['"token": "abcdef123456"', 'abcdef123456'],
    ['-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----', 'MHcCAQEE'],
    ['-----BEGIN PRIVATE KEY-----\nMHcCAQEE and no end', 'MHcCAQEE'],
  ];
  for (const [text, secret] of PLANTED) {
    test(`takes it out of: ${text.split('\n')[0]}`, () => {
      const shown = plain.text(text);
      assert(!shown.includes(secret), shown);
      assert(shown.includes('<redacted>'), shown);
    });
  }

  test('leaves what is no secret', () => {
    for (const text of [
      'auth_type PASS',
      'keepalived_script passes its check',
      'priority 100 -> 80: script check_pass: exited with status 7',
      'http://192.0.2.1:8080/healthz',
      'key 5 of 7',
    ]) {
      assert.equal(plain.text(text), text);
    }
  });

  test('takes known values out wherever they stand; short ones as words only', () => {
    const redaction = new TextRedaction(['1111', 'correct-horse', '']);
    assert.equal(redaction.count, 2);
    assert.equal(
      redaction.text('said 1111, at 11112 and xcorrect-horsex'),
      'said <redacted>, at 11112 and x<redacted>x',
    );
    assert.deepEqual(redaction.json({ a: ['1111', 1111], 'correct-horse': 1, password: 'x' }), {
      ...{ a: ['<redacted>', 1111], '<redacted>': 1, password: '<redacted>' },
    });
    assert.equal(redaction.jsonLines('{"a":"1111"}\n1111\n'), '{"a":"<redacted>"}\n<redacted>\n');
  });

  test('knows what of a haproxy.cfg is secret by its place', () => {
    const text = `global
  setenv DB_TOKEN "abc123"
  setenv PLACE here
userlist u
  user a insecure-password plainword groups g
listen x
  stats auth admin:statsword
`;
    assert.deepEqual(secretsOfHaproxy(text), ['abc123', 'plainword', 'statsword']);
  });

  test('comments do not go along', () => {
    assert.equal(withoutComments('# old: hunter22\na b # was hunter22\nc "#d"\n'), 'a b\nc "#d"\n');
  });
});
