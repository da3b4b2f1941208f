import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailReport } from '../../api/mail-child.ts';
import { Outbox, type SendResult } from './outbox.ts';

/** An outbox on a clock of its own; `answers` are what sending comes to, the last one from then on. */
function box(...answers: SendResult['kind'][]) {
  const reports: MailReport[] = [];
  const attempts: [number, string][] = [];
  let nowMs = 0;
  const outbox = new Outbox({
    send: async ({ subject }) => {
      attempts.push([nowMs, subject]);
      const kind = (answers.length > 1 ? answers.shift() : answers[0]) ?? 'sent';
      return kind === 'sent' ? { kind } : { kind, reason: kind };
    },
    report: (report) => reports.push(report),
    nowMs: () => nowMs,
    pause: async (ms) => {
      nowMs += ms;
    },
  });
  const add = (id: number) => outbox.add(id, { subject: `m${id}`, body: '' });
  const settled = async () => {
    for (let turn = 0; turn < 1000; turn++) await Promise.resolve();
  };
  return { outbox, add, settled, reports, attempts };
}

test('mails go one after the other, and what fails is tried again before the next', async () => {
  const { add, settled, reports, attempts } = box('failed', 'failed', 'sent');
  add(1);
  add(2);
  await settled();
  assert.deepEqual(attempts, [
    [0, 'm1'],
    [1000, 'm1'],
    [3000, 'm1'],
    [3000, 'm2'],
  ]);
  assert.deepEqual(reports, [
    { kind: 'waiting', reason: 'failed' },
    { kind: 'sent', id: 1 },
    { kind: 'sent', id: 2 },
  ]);
});

test('what is refused is given up at once, what fails after five minutes', async () => {
  const refused = box('refused', 'sent');
  refused.add(1);
  refused.add(2);
  await refused.settled();
  assert.deepEqual(refused.reports, [
    { kind: 'failed', id: 1, reason: 'refused' },
    { kind: 'sent', id: 2 },
  ]);
  const failing = box('failed');
  failing.add(1);
  await failing.settled();
  assert.equal(failing.reports.at(-1)?.kind, 'failed');
  assert(failing.attempts.length > 8);
  const lastMs = failing.attempts.at(-1)?.[0] ?? 0;
  assert(lastMs >= 300_000 && lastMs < 331_000, String(lastMs));
});

test('at the end each is tried once', async () => {
  const { outbox, add, reports, attempts } = box('failed');
  add(1);
  add(2);
  await outbox.end();
  assert(attempts.length <= 3, String(attempts.length));
  assert.deepEqual(
    reports.filter(({ kind }) => kind === 'failed').map((report) => 'id' in report && report.id),
    [1, 2],
  );
});
