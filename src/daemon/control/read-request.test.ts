import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isChange, readRequest } from './read-request.ts';

describe('requests', () => {
  const accepted: [line: string, request: object][] = [
    ['{"op":"status"}', { op: 'status' }],
    ['{"op":"status","instance":"VI_1","id":7}', { op: 'status', instance: 'VI_1', id: 7 }],
    ['{"op":"events"}', { op: 'events', since: 0, limit: 100, follow: false }],
    [
      ' {"id":"x","op":"events","since":5,"limit":200,"follow":true} ',
      { op: 'events', since: 5, limit: 200, follow: true, id: 'x' },
    ],
    [
      '{"op":"priority","instance":"a","priority":254}',
      { op: 'priority', instance: 'a', priority: 254 },
    ],
    ['{"op":"priority","instance":"a"}', { op: 'priority', instance: 'a', priority: null }],
    ['{"op":"drain","further":"is ignored"}', { op: 'drain' }],
    ['{"op":"change-servers"}', { op: 'change-servers', reading: '', text: '', removed: [] }],
    [
      '{"op":"change-servers","reading":"r","text":"x {","removed":["tcp 10.0.0.1:80"]}',
      { op: 'change-servers', reading: 'r', text: 'x {', removed: ['tcp 10.0.0.1:80'] },
    ],
  ];
  for (const [line, request] of accepted) {
    test(`accepts ${line}`, () => assert.deepEqual(readRequest(line), { ok: true, request }));
  }

  const refused: [line: string, code: string, says: RegExp][] = [
    ['', 'malformed', /one JSON object/],
    ['status', 'malformed', /one JSON object/],
    ['[]', 'malformed', /one JSON object/],
    ['null', 'malformed', /one JSON object/],
    ['{"op":"status"', 'malformed', /one JSON object/],
    ['{}', 'unknown-op', /op is one of status/],
    ['{"op":1}', 'unknown-op', /op is one of status/],
    ['{"op":"handvoer"}', 'unknown-op', /did you mean 'handover'/],
    ['{"op":"toString"}', 'unknown-op', /no op 'toString'/],
    ['{"op":"__proto__"}', 'unknown-op', /no op/],
    ['{"op":"status","id":{}}', 'invalid-argument', /id is/],
    ['{"op":"status","id":1e999}', 'invalid-argument', /id is/],
    ['{"op":"explain"}', 'invalid-argument', /instance is the name/],
    ['{"op":"handover","instance":""}', 'invalid-argument', /instance is the name/],
    ['{"op":"handover","instance":["a"]}', 'invalid-argument', /instance is the name/],
    ['{"op":"events","since":-1}', 'invalid-argument', /since/],
    ['{"op":"events","since":0.5}', 'invalid-argument', /since/],
    ['{"op":"events","limit":0}', 'invalid-argument', /limit/],
    ['{"op":"events","limit":201}', 'invalid-argument', /limit/],
    ['{"op":"events","follow":1}', 'invalid-argument', /follow/],
    ['{"op":"priority","instance":"a","priority":0}', 'invalid-argument', /1 to 254/],
    ['{"op":"priority","instance":"a","priority":255}', 'invalid-argument', /1 to 254/],
    ['{"op":"priority","instance":"a","priority":"9"}', 'invalid-argument', /1 to 254/],
    ['{"op":"change-servers","reading":1}', 'invalid-argument', /reading is/],
    ['{"op":"change-servers","text":{}}', 'invalid-argument', /text is a keepalived.conf/],
    ['{"op":"change-servers","removed":"x"}', 'invalid-argument', /removed is a list/],
    ['{"op":"change-servers","removed":[1]}', 'invalid-argument', /removed is a list/],
  ];
  for (const [line, code, says] of refused) {
    test(`refuses ${line || 'an empty line'}`, () => {
      const read = readRequest(line);
      assert(!read.ok);
      assert.equal(read.error.code, code);
      assert.match(read.error.message, says);
    });
  }

  test('what is refused still says whom the answer is for', () => {
    const read = readRequest('{"op":"explain","id":"mine"}');
    assert(!read.ok);
    assert.equal(read.id, 'mine');
  });

  test('only what changes something is a change', () => {
    const changes = (line: string): boolean => {
      const read = readRequest(line);
      return read.ok && isChange(read.request);
    };
    for (const op of ['drain', 'undrain', 'reload', 'upgrade']) assert(changes(`{"op":"${op}"}`));
    for (const op of ['handover', 'priority']) assert(changes(`{"op":"${op}","instance":"a"}`));
    for (const op of ['status', 'events', 'metrics']) assert(!changes(`{"op":"${op}"}`));
    assert(!changes('{"op":"explain","instance":"a"}'));
  });

  test('whatever the bytes: no exception, and a short answer', () => {
    const json = fc.json({ maxDepth: 4 });
    const objects = fc
      .record({ op: fc.anything(), instance: fc.anything(), priority: fc.anything() })
      .map((value) => JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? 0 : one)));
    fc.assert(
      fc.property(fc.oneof(fc.string(), json, objects), (line) => {
        const read = readRequest(line);
        if (!read.ok) assert(read.error.message.length < 300);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});
