import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { micros, seconds } from '../../src/base/time.ts';
import { encodeEntry, RECORDING_FORMAT } from '../../src/core/recording/entry.ts';
import { testModel } from '../../src/core/vrrp/test-model.ts';
import { execute } from '../../src/lab/execute.ts';
import { prepareProgram } from '../../src/lab/programs.ts';
import { testPath } from '../../tools/sweep.ts';
import { holdfast } from './support.ts';

const folder = testPath('replay');
const header = encodeEntry({
  kind: 'header',
  format: RECORDING_FORMAT,
  version: '9.9.9',
  commit: '',
  host: 'node1',
  monotonicUs: seconds(100),
  wallUs: Date.UTC(2026, 0, 2, 3, 4, 5) * 1000,
});
const model = encodeEntry({
  kind: 'model',
  model: {
    global: {
      dynamicInterfaces: false,
      startupDelay: micros(0),
      delayAfterBoot: micros(0),
      logUnknownVrids: false,
      scriptSecurity: 'off',
      deadMan: 'off',
    },
    scripts: [],
    instances: [testModel()],
  },
});
const start = encodeEntry({
  kind: 'input',
  at: micros(100_000_250),
  input: { kind: 'start', listenFrom: micros(100_000_250) },
});
const event = JSON.stringify({
  kind: 'event',
  event: {
    kind: 'transition',
    instance: 'VI_1',
    at: 100_000_250,
    from: 'init',
    to: 'fault',
    cause: { kind: 'interface', name: 'eth0', state: 'missing' },
    priority: 100,
  },
});
const faults = encodeEntry({
  kind: 'event',
  event: {
    kind: 'faultChanged',
    instance: 'VI_1',
    at: micros(100_000_250),
    faults: ['interface eth0 missing', 'no source address'],
  },
});
const end = encodeEntry({ kind: 'end', at: seconds(101), reason: 'stopped' });

describe('holdfast replay', () => {
  before(async () => {
    mkdirSync(folder, { recursive: true });
    await prepareProgram('holdfast');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function replay(text: string, ...args: readonly string[]) {
    const file = join(folder, 'flight');
    writeFileSync(file, text);
    return execute([holdfast, 'replay', file, ...args]);
  }

  const file = (...lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

  test('prints transitions with the time of day of the host that recorded', async () => {
    const { status, stdout, stderr } = await replay(file(header, model, start, event, end));
    assert.equal(status, 0);
    assert.equal(
      stdout,
      '2026-01-02T03:04:05.000250Z (VI_1) INIT -> FAULT: interface eth0 missing\n',
    );
    assert.match(stderr, /^holdfast replay: recorded by holdfast 9\.9\.9, replayed by \S+\n$/);
    const json = await replay(file(header, model, start, event, end), '--json');
    const said = JSON.parse(json.stdout);
    assert.equal(said.why, 'interface eth0 missing');
    assert.equal(said.event.to, 'fault');
  });

  test('says at which line the program decides otherwise', async () => {
    const otherwise = event.replace('"priority":100', '"priority":99');
    const text = file(header, model, start, otherwise, end);
    const { status, stdout } = await replay(text, '--verify');
    assert.equal(status, 3);
    assert.match(stdout, /^differs at line 3 \(start, 2026-01-02T03:04:05\.000250Z\):\n/);
    assert.match(stdout, / {2}recorded: .*"priority":99.*\n {2}replayed: .*"priority":100/);
    const json = await replay(text, '--verify', '--json');
    assert.equal(json.status, 3);
    assert.equal(JSON.parse(json.stdout).difference.line, 3);
    const same = await replay(file(header, model, start, event, faults, end), '--verify');
    assert.equal(same.status, 0);
    assert.equal(same.stdout, 'agrees: 2 events, as recorded (6 lines)\n');
  });

  test('says where a file cannot be read', async () => {
    const unknown = start.replace('"start"', '"starship"');
    const cases: readonly [string, RegExp][] = [
      ['', /line 1: the file is empty/],
      ['hello\n', /line 1: not JSON/],
      ['{"kind":"input"}\n', /line 1: .*/],
      [file(model, start), /line 1: not a recording/],
      ['{"kind":"header","format":2}\n', /line 1: the recording has format 2, .* reads format 1/],
      [file(header, model, unknown), /line 3: input: kind 'starship' is not known/],
      [file(header, model, start) + event.slice(0, 40), /line 4: cut off/],
      [file(header, model, start, event, end, end), /line 6: there is something behind the end/],
      [file(header, '\0'.repeat(100)), /line 2: not JSON/],
    ];
    for (const [text, problem] of cases) {
      const { status, stderr } = await replay(text);
      assert.match(stderr, problem);
      assert.equal(status, 2, stderr);
      assert.doesNotMatch(stderr, /\n\s+at /, 'no stack');
    }
    for (const path of [join(folder, 'nothing'), folder]) {
      const { status, stderr } = await execute([holdfast, 'replay', path]);
      assert.equal(status, 2);
      assert.match(stderr, /no such file|EISDIR/);
    }
  });

  test('what stands before the trouble is told', async () => {
    const { stdout, status } = await replay(`${file(header, model, start, event)}{"kind":`);
    assert.equal(status, 2);
    assert.match(stdout, /INIT -> FAULT/);
    const open = await replay(file(header, model, start, event));
    assert.equal(open.status, 0);
    assert.match(open.stderr, /breaks off after line 4: the daemon runs, or was killed/);
  });

  test('wrong options are told with the usage', async () => {
    for (const args of [[], ['a', 'b'], ['--nonsense', 'a'], ['a', '--json=x']]) {
      const { status, stderr } = await execute([holdfast, 'replay', ...args]);
      assert.equal(status, 1, args.join());
      assert.match(stderr, /Usage: holdfast replay/);
    }
    const help = await execute([holdfast, 'replay', '--help']);
    assert.equal(help.status, 0);
    for (const limit of ['64', '1T', '-1M', '']) {
      const run = ['run', '-f', '/nowhere', '--record', 'x', `--record-limit=${limit}`];
      const { status, stderr } = await execute([holdfast, ...run]);
      assert.equal(status, 1);
      assert.match(stderr, /--record-limit is a size such as 256M/);
    }
    const alone = await execute([holdfast, 'run', '-f', '/nowhere', '--record-limit=1M']);
    assert.match(alone.stderr, /--record-limit needs --record FILE/);
  });
});
