import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok } from '../../src/base/result.ts';
import { micros } from '../../src/base/time.ts';
import type { Model } from '../../src/config/model/model.ts';
import { Node } from '../../src/core/node.ts';
import { decodeEntry, type ReadEntry } from '../../src/core/recording/entry.ts';
import { Replayer } from '../../src/core/recording/replayer.ts';
import { testAdvert } from '../../src/core/vrrp/test-model.ts';
import { FlightRecorder } from '../../src/daemon/recorder/flight-recorder.ts';
import { openRecordingFile, type RecordingFile } from '../../src/daemon/recorder/recording-file.ts';
import type { LogRecord } from '../../src/ports/log.ts';
import { testPath } from '../../tools/sweep.ts';

const folder = testPath('recorder');
const model: Model = {
  global: {
    dynamicInterfaces: false,
    startupDelay: micros(0),
    delayAfterBoot: micros(0),
    logUnknownVrids: false,
    scriptSecurity: 'off',
    deadMan: 'off',
  },
  scripts: [],
  instances: [],
};
const state = new Node(model).exportState();

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

function record(
  file: RecordingFile | string,
  limitBytes = 1 << 26,
  begin: 'anew' | 'continue' = 'anew',
) {
  const log: LogRecord[] = [];
  const recorder = new FlightRecorder({
    begin,
    open: (how) =>
      typeof file === 'string' ? openRecordingFile(file, how) : ok({ file, sizeBytes: 0 }),
    sign: () => ({ version: 'x', commit: '', host: 'h', monotonicUs: micros(7), wallUs: 0 }),
    limitBytes,
    log: { write: (line) => log.push(line), close: () => {} },
  });
  recorder.model(model);
  const hear = (count: number, from = 0): void => {
    for (let index = 0; index < count; index++) {
      const advert = testAdvert();
      recorder.input(micros(from + index), {
        kind: 'advertReceived',
        interface: 'e',
        family: 4,
        advert,
      });
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
    for (const limit of [900, 5000, 70_000]) {
      const path = `${folder}/limit-${limit}`;
      const { recorder, hear, said } = record(path, limit);
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
      const opened = openRecordingFile(path, 'anew');
      assert(opened.ok);
      opened.value.file.writeAtOnce(Buffer.from(text));
      opened.value.file.close();
      assert.equal(statSync(path).mode & 0o777, 0o600);
    }
    assert.equal(readFileSync(`${path}.1`, 'utf8'), 'first');
    assert.equal(readFileSync(path, 'utf8'), 'second');
  });

  test('nothing is written through a link, or to what is no file', () => {
    const target = `${folder}/target`;
    symlinkSync(target, `${folder}/link`);
    for (const path of [`${folder}/link`, folder, '/dev/null', `${folder}/none/x`]) {
      const file = openRecordingFile(path, path.length % 2 === 0 ? 'anew' : 'continue');
      assert(!file.ok, path);
      assert.match(file.reason, /no regular file|no such file/);
    }
    assert(!existsSync(target));
  });

  /** What stands in a file, kind by kind. */
  const kinds = (path: string): string[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const entry = decodeEntry(line);
        assert(entry.ok, entry.ok ? '' : entry.reason);
        return entry.value.kind === 'end' ? entry.value.reason : entry.value.kind;
      });

  test('programs that follow one another write one recording', () => {
    const path = `${folder}/upgrade`;
    const one = record(path);
    one.hear(2);
    const next = record(path, 1 << 26, 'continue');
    next.hear(1);
    one.recorder.handedOver();
    one.hear(5);
    next.recorder.resumed(micros(9), model, state);
    next.hear(3, 9);
    next.recorder.handedOver();
    // The one after that has failed: this one goes on.
    next.recorder.thawed(micros(20), new Node(model));
    next.hear(1, 20);
    next.recorder.close();
    one.recorder.close();
    assert.deepEqual(kinds(path), [
      ...['header', 'model', 'input', 'input', 'upgraded'],
      ...['resumed', 'input', 'input', 'input', 'upgraded'],
      ...['thawed', 'input', 'stopped'],
    ]);
    const replayer = new Replayer();
    for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
      const step = replayer.accept(line);
      assert(step.ok, step.ok ? '' : step.reason);
    }
    assert.equal(replayer.ended, 'stopped');
  });

  test('behind a recording that has ended otherwise a new one begins', () => {
    const path = `${folder}/ended`;
    const one = record(path);
    one.hear(1);
    one.recorder.close();
    const next = record(path, 1 << 26, 'continue');
    next.recorder.resumed(micros(9), model, state);
    next.recorder.close();
    assert.deepEqual(kinds(path), ['header', 'resumed', 'stopped']);
    assert.deepEqual(kinds(`${path}.1`), ['header', 'model', 'input', 'stopped']);
  });

  test('a descriptor is closed only when no write to it is under way', async () => {
    const path = `${folder}/closed`;
    const opened = openRecordingFile(path, 'anew');
    assert(opened.ok);
    const { file } = opened.value;
    file.write(Buffer.alloc(1 << 20, 'a'), () => assert.fail('it was closed'));
    file.writeAtOnce(Buffer.from('end'));
    file.close();
    const text = readFileSync(path, 'latin1');
    assert.equal(text.length, (1 << 20) + 3);
    await sleep(50);
    assert.equal(readFileSync(path, 'latin1'), text);
  });
});
