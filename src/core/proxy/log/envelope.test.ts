import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogTarget } from '../../../config/model/proxy.ts';
import { sealMessage } from './envelope.ts';

const target: LogTarget = {
  to: { kind: 'unix', path: '/dev/log' },
  format: 'rfc3164',
  facility: 18,
  maxLevel: 6,
  minLevel: 0,
  length: 1024,
  tag: 'tg',
};
// 2026-12-06T07:40:43.443000Z
const message = { level: 6, text: 'text', nowMs: 1_796_542_843_443.25, zoneMinutes: 0, pid: 317 };

function seal(change: Partial<LogTarget> = {}): string | undefined {
  return sealMessage({ ...target, ...change }, message);
}

describe('the envelope of a log message', () => {
  it('has the form that is asked for', () => {
    const iso = '2026-12-06T07:40:43.443250+00:00';
    assert.equal(seal(), '<150>Dec  6 07:40:43 localhost tg[317]: text\n');
    assert.equal(seal({ hostName: 'hn' }), '<150>Dec  6 07:40:43 hn tg[317]: text\n');
    assert.equal(seal({ format: 'local', hostName: 'hn' }), '<150>Dec  6 07:40:43 tg[317]: text\n');
    assert.equal(seal({ format: 'rfc5424' }), `<150>1 ${iso} - tg 317 - - text\n`);
    assert.equal(seal({ format: 'rfc5424', hostName: 'hn' }), `<150>1 ${iso} hn tg 317 - - text\n`);
    assert.equal(seal({ format: 'priority' }), '<150>text\n');
    assert.equal(seal({ format: 'short' }), '<6>text\n');
    assert.equal(seal({ format: 'timed' }), `<6>${iso} text\n`);
    assert.equal(seal({ format: 'iso' }), `${iso} text\n`);
    assert.equal(seal({ format: 'raw' }), 'text\n');
  });

  it('cuts what is too long', () => {
    assert.equal(seal({ format: 'short', length: 5 }), '<6>te\n');
    assert.equal(seal({ format: 'raw', length: 3 }), 'te\n');
    const to = { kind: 'descriptor', fd: 1 } as const;
    assert.equal(seal({ format: 'short', length: 5, to }), '<6>t\n');
  });

  it('holds back what is less grave, and says no more than it may', () => {
    assert.equal(seal({ maxLevel: 5 }), undefined);
    assert.equal(
      sealMessage({ ...target, format: 'short', minLevel: 5 }, { ...message, level: 1 }),
      '<5>text\n',
    );
  });
});
