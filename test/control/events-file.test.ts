import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { EventsFile } from '../../src/daemon/events/events-file.ts';
import type { LogRecord, LogSink } from '../../src/ports/log.ts';
import { testPath } from '../../tools/sweep.ts';

describe('the events file', () => {
  const folder = testPath('events-file');
  before(() => mkdirSync(folder, { recursive: true }));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function createLog(): LogSink & { readonly records: LogRecord[] } {
    const records: LogRecord[] = [];
    return { records, write: (record) => records.push(record), close: () => {} };
  }
  const closed = (file: EventsFile): Promise<void> => new Promise((resolve) => file.close(resolve));
  const linesOf = (path: string): number => readFileSync(path, 'utf8').split('\n').length - 1;

  test('has one line an event, also those of the last moment', async () => {
    const log = createLog();
    const file = new EventsFile(join(folder, 'plain'), log);
    file.write({ json: '{"number":1}' });
    file.write({ json: '{"number":2}' });
    await closed(file);
    file.write({ json: '{"number":3}' });
    await closed(file);
    assert.equal(readFileSync(file.path, 'utf8'), '{"number":1}\n{"number":2}\n');
    assert.equal(statSync(file.path).mode & 0o137, 0);
    assert.deepEqual(log.records, []);
  });

  test('is continued by the next process, and set aside when it has grown large', async () => {
    const path = join(folder, 'large');
    for (let round = 0; round < 30; round++) {
      const file = new EventsFile(path, createLog(), 1000);
      file.write({ json: 'x'.repeat(99) });
      await closed(file);
    }
    assert.equal(linesOf(path) + linesOf(`${path}.1`), 20);
    assert(statSync(path).size <= 1000);
  });

  test('that was moved away is begun anew when asked', async () => {
    const path = join(folder, 'moved');
    const file = new EventsFile(path, createLog());
    file.write({ json: 'one' });
    while (statSync(path, { throwIfNoEntry: false })?.size !== 4) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    renameSync(path, `${path}.old`);
    file.reopen();
    file.write({ json: 'two' });
    await closed(file);
    assert.equal(readFileSync(path, 'utf8'), 'two\n');
  });

  test('that cannot be written is told of once, and nobody waits for it', async () => {
    const target = join(folder, 'target');
    symlinkSync(target, join(folder, 'link'));
    for (const path of [join(folder, 'missing', 'file'), folder, join(folder, 'link')]) {
      const log = createLog();
      const file = new EventsFile(path, log);
      for (let round = 0; round < 5; round++) {
        file.write({ json: 'x' });
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await closed(file);
      assert.equal(log.records.length, 1, path);
      assert.match(log.records[0]?.text ?? '', /events cannot be written to/);
    }
    assert.equal(statSync(target, { throwIfNoEntry: false }), undefined);
  });
});
