import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readReloadTime } from './reload-time.ts';

const now = new Date('2026-11-25T12:00:00Z');
const iso = (text: string, at = now): string => {
  const read = readReloadTime(text, at);
  return read.ok ? `${new Date(read.value.atMs).toISOString()} ${read.value.kind}` : read.reason;
};

describe('the time in a reload_time_file', () => {
  it('is the next one to come where there is no date', () => {
    assert.equal(iso('12:00:01Z\n'), '2026-11-25T12:00:01.000Z daily');
    assert.equal(iso('12:00:00Z'), '2026-11-26T12:00:00.000Z daily');
    assert.equal(iso('11:59:59Z\nanything'), '2026-11-26T11:59:59.000Z daily');
  });

  it('is read with a date, in UTC and in local time', () => {
    assert.equal(iso('26-12-31 23:59:59Z'), '2026-12-31T23:59:59.000Z once');
    assert.equal(iso('2026-12-31 23:59:59Z'), '2026-12-31T23:59:59.000Z once');
    const local = new Date(2027, 0, 2, 3, 4, 5);
    assert.equal(iso('2027-01-02 03:04:05'), `${local.toISOString()} once`);
    const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 0, 0, 1);
    assert.equal(iso('00:00:01'), `${tomorrow.toISOString()} daily`);
  });

  it('is refused where it is past, or no time', () => {
    assert.match(iso('2026-11-25 11:59:59Z'), /is in the past/);
    assert.match(iso('2027-02-30 00:00:00Z'), /does not exist/);
    for (const text of ['24:00:00Z', '00:60:00Z']) assert.match(iso(text), /does not exist/);
    for (const text of ['', 'noon', '1:00:00', '12:00', '12:00:00 Z', '2026/11/25 12:00:00']) {
      assert.match(iso(text), /is neither/);
    }
  });
});
