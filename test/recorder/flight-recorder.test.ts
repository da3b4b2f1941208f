import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { micros } from '../../src/base/time.ts';
import { decodeEntry, type ReadEntry } from '../../src/core/recording/entry.ts';
import { testAdvert } from '../../src/core/vrrp/test-model.ts';
import { FlightRecorder } from '../../src/daemon/recorder/flight-recorder.ts';
import { openRecordingFile, type RecordingFile } from '../../src/daemon/recorder/recording-file.ts';
import type { LogRecord } from '../../src/ports/log.ts';
import { testPath } from '../../tools/sweep.ts';

const folder = testPath('recorder');

/** A file in memory whose disk answers when it is told to. */
function slowFile() {
  const written: string[] = [];
  let answer: (() => void) | undefined;
  let phase: 'open' | 'closed' = 'open';
  const file: RecordingFile = {
    write: (bytes, done) => {
      const text = Buffer.from(bytes).toString();
      answer = () => {
        answer = undefined;
        written.push(text);
        done(undefined);
      };
    },
    writeAtOnce: (bytes) => {
      answer?.();
      written.push(Buffer.from(bytes).toString());
    },
    close: () => {
      phase = 'closed';
    },
  };
  return {
    file,
    isClosed: () => phase === 'closed',
    /** Lets the disk take everything. */
    catchUp: async () => {
      for (let turns = 0; turns < 2000 && phase === 'open'; turns++) {
        answer?.();
        await sleep(0);
      }
    },
    entries: (): readonly ReadEntry[] =>
      written
        .join('')
        .split('\n')
        .slice(0, -1)
        .map((line) => {
          const entry = decodeEntry(line);
          assert(entry.ok, entry.ok ? '' : `${entry.reason}: ${line}`);
          return entry.value;
        }),
  };
}

function record(file: RecordingFile, limitBytes = 1 << 26) {
  const log: LogRecord[] = [];
  const recorder = new FlightRecorder({
    file,
    header: { version: 'x', commit: '', host: 'h', monotonicUs: micros(0), wallUs: 0 },
    limitBytes,
    log: { write: (line) => log.push(line), close: () => {} },
    now: () => micros(7),
  });
  const hear = (count: number): void => {
    for (let index = 0; index < count; index++) {
      const advert = testAdvert();
      recorder.input(micros(index), { kind: 'advertReceived', interface: 'e', family: 4, advert });
    }
  };
  return { recorder, hear, said: () => log.map(({ text }) => text) };
}

describe('FlightRecorder', () => {
  before(() => mkdirSync(folder, { recursive: true }));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('a disk that does not keep up ends the recording once, and the file says so', async () => {
    const disk = slowFile();
    const { recorder, hear, said } = record(disk.file);
    hear(30_000);
    assert.deepEqual(said(), ['the recording ends: the disk does not keep up']);
    hear(10);
    await disk.catchUp();
    const entries = disk.entries();
    assert.equal(entries[0]?.kind, 'header');
    assert.deepEqual(entries.at(-1), { kind: 'end', at: 7, reason: 'overrun' });
    assert(entries.length > 1000 && entries.length < 30_000, `${entries.length}`);
    assert(disk.isClosed());
    recorder.close();
    assert.equal(said().length, 1);
  });

  test('what waits is written when the process ends, in order and once', async () => {
    const disk = slowFile();
    const { recorder, hear } = record(disk.file);
    hear(100);
    await sleep(80);
    hear(100);
    recorder.close();
    const times = disk.entries().flatMap((entry) => (entry.kind === 'input' ? [entry.at] : []));
    const once = Array.from({ length: 100 }, (_, index) => index);
    assert.deepEqual(times, [...once, ...once]);
    assert.deepEqual(disk.entries().at(-1), { kind: 'end', at: 7, reason: 'stopped' });
  });

  test('never becomes larger than it may be', async () => {
    for (const limit of [600, 5000, 70_000]) {
      const path = `${folder}/limit-${limit}`;
      const file = openRecordingFile(path);
      assert(file.ok);
      const { recorder, hear, said } = record(file.value, limit);
      hear(1000);
      recorder.close();
      const text = readFileSync(path, 'utf8');
      assert(text.length <= limit && text.length > limit - 700, `${text.length} of ${limit}`);
      assert(text.endsWith('{"kind":"end","at":7,"reason":"limit"}\n'), text.slice(-80));
      assert.deepEqual(said(), [`the recording ends: it has ${limit} bytes`]);
    }
  });

  test('an error ends the recording with one line', async () => {
    const disk = slowFile();
    const { recorder, hear, said } = record({
      ...disk.file,
      write: (_bytes, done) => done(new Error('ENOSPC: no space')),
    });
    hear(3);
    await sleep(80);
    hear(3);
    recorder.close();
    assert.deepEqual(said(), ['the recording breaks off: ENOSPC: no space']);
    assert(disk.isClosed());
  });

  test('the file is ours alone, and the one before it is kept', () => {
    const path = `${folder}/mode`;
    for (const text of ['first', 'second']) {
      const file = openRecordingFile(path);
      assert(file.ok);
      file.value.writeAtOnce(Buffer.from(text));
      file.value.close();
      assert.equal(statSync(path).mode & 0o777, 0o600);
    }
    assert.equal(readFileSync(`${path}.1`, 'utf8'), 'first');
    assert.equal(readFileSync(path, 'utf8'), 'second');
  });

  test('nothing is written through a link, or to what is no file', () => {
    const target = `${folder}/target`;
    symlinkSync(target, `${folder}/link`);
    for (const path of [`${folder}/link`, folder, '/dev/null', `${folder}/none/x`]) {
      const file = openRecordingFile(path);
      assert(!file.ok, path);
      assert.match(file.reason, /no regular file|no such file/);
    }
    assert(!existsSync(target));
  });
});
