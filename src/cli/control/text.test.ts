import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ExplainResult, InstanceStatus, StatusResult } from '../../api/protocol.ts';
import { explainText } from './explain.ts';
import { reloadText } from './reload.ts';
import { statusText } from './status-text.ts';
import { alignTable, durationText } from './table.ts';

const NOW = Date.parse('2026-11-25T12:00:00.000Z');

const backup: InstanceStatus = {
  name: 'web',
  state: 'backup',
  since: '2026-11-25T11:58:56.000Z',
  cause: 'started',
  priority: { effective: 100, configured: 100, override: null },
  interface: 'eth0',
  vrid: 51,
  family: 4,
  version: 3,
  advertIntervalMs: 1000,
  source: '192.0.2.1',
  master: { address: '192.0.2.2', priority: 150 },
  addresses: { configured: 1, held: [] },
  faults: [],
  departure: null,
  restraint: 'none',
  guard: { kind: 'lifetime', afterMs: 4000 },
};

const master: InstanceStatus = {
  ...backup,
  name: 'database',
  state: 'master',
  cause: 'no advertisement from 192.0.2.2 any more',
  priority: { effective: 130, configured: 150, override: null },
  master: { address: '192.0.2.1', priority: 130 },
  addresses: { configured: 2, held: ['192.0.2.10/24', '192.0.2.11/24'] },
};

const status: StatusResult = {
  program: 'holdfast',
  version: '1.2.3',
  pid: 42,
  host: 'lb1',
  startedAt: '2026-11-25T10:00:00.000Z',
  configFile: '/etc/keepalived/keepalived.conf',
  configuredAt: '2026-11-25T10:00:00.000Z',
  lastReload: null,
  serving: 'serving',
  phase: 'running',
  lastEvent: 9,
  instances: [backup, master],
};

const textOf = (result: StatusResult, width = 200): string =>
  statusText(result, { nowMs: NOW, width });

describe('status as text', () => {
  test('is a table, aligned', () => {
    const [, , , ...rows] = textOf(status).split('\n');
    assert.deepEqual(rows, [
      'INSTANCE  STATE   PRIORITY  HOLDS                    MASTER           SINCE      WHY',
      'web       BACKUP  100       -                        192.0.2.2 (150)  1 min 4 s  started',
      'database  MASTER  130/150   all 2 (192.0.2.10/24 …)  this host        1 min 4 s  ' +
        'no advertisement from 192.0.2.2 any more',
      '',
    ]);
    assert.match(textOf(status), /^holdfast 1\.2\.3 on lb1, process 42, running for 2 h\n/);
  });

  test('fits the terminal', () => {
    const lines = textOf(status, 80).split('\n').slice(3);
    assert(lines.every((line) => line.length <= 80));
    assert(lines.some((line) => line.endsWith('…')));
  });

  test('says what is out of the ordinary', () => {
    const odd = textOf({
      ...status,
      serving: 'drained',
      phase: 'stopping',
      lastReload: { at: '2026-11-25T11:00:00.000Z', outcome: 'refused' },
      instances: [
        { ...backup, state: 'fault', faults: ['interface eth0 down'], master: null, since: null },
        { ...master, departure: 'drain', addresses: { configured: 3, held: ['192.0.2.10/24'] } },
        { ...backup, restraint: 'handed-over' },
        { ...backup, priority: { effective: 30, configured: 100, override: 50 } },
      ],
    });
    for (const said of [
      /DRAINED by an operator/,
      /stopping: it waits for its successors/,
      /its reload at .* was refused/,
      /\(web\) in fault: interface eth0 down/,
      /MASTER \(leaving\) .* 1 of 3/,
      /BACKUP \(handed over\)/,
      /30\/100 \(set 50\)/,
    ]) {
      assert.match(odd, said);
    }
    assert.match(textOf({ ...status, instances: [] }), /no instances are configured/);
  });
});

describe('explain as text', () => {
  const result: ExplainResult = {
    instance: 'database',
    status: master,
    priority: {
      effective: 254,
      sum: 260,
      parts: [
        { what: 'configured', name: null, points: 150, why: 'configured' },
        { what: 'tracker', name: 'check', points: -20, why: 'script is down' },
        { what: 'tracker', name: 'eth1', points: 130, why: 'interface is up' },
      ],
    },
    trackers: [],
    peers: {
      known: [
        {
          address: '192.0.2.2',
          by: 'presence',
          state: null,
          priority: null,
          preempts: null,
          heardMsAgo: null,
        },
      ],
      unknown: ['priority of 192.0.2.2'],
    },
    guard: { kind: 'none', renewedMsAgo: null },
    handover: { planned: 'on', fastTakeover: 'off', onAddressLoss: 'restore', preempt: 'preempt' },
    lastEvents: ['2026-11-25T11:00:00.000Z (database) something happened'],
  };

  test('adds the priority up', () => {
    const text = explainText(result, NOW);
    assert.match(text, /configured +150 +configured\n/);
    assert.match(text, /check +- +20 +script is down\n/);
    assert.match(text, /eth1 +\+ +130 +interface is up\n/);
    assert.match(text, /= +254 +in force \(the sum 260, held within 1 to 254\)\n/);
  });

  test('tells what is known from what is not', () => {
    const text = explainText(result, NOW);
    assert.match(text, /192\.0\.2\.2 {2}state unknown {2}priority unknown/);
    assert.match(text, /Not known:\n {2}priority of 192\.0\.2\.2\n/);
    assert.match(text, /Guard: none/);
    assert.match(text, /\(database\) something happened/);
  });
});

describe('a reload as text', () => {
  test('is the difference, or that there is none', () => {
    const nothing = { diagnostics: [], added: [], removed: [], changed: [], settings: [] };
    assert.equal(
      reloadText({ ...nothing, unchanged: 3 }),
      'reloaded: nothing has changed (3 instances)\n',
    );
    const fields = [{ field: 'priority', before: '1', after: '2' }];
    const changed = [{ instance: 'a', how: 'replaced', fields } as const];
    const text = reloadText({ ...nothing, changed, settings: ['script check'], unchanged: 0 });
    assert.match(text, /^changed {2}a \(another one on the wire: stopped and started\)$/m);
    assert.match(text, /^ +priority: 1 -> 2$/m);
    assert.match(text, /^changed {2}script check$/m);
  });
});

describe('text for terminals', () => {
  test('durations have two units at most', () => {
    const cases: [ms: number, text: string][] = [
      [0, '0 s'],
      [-5, '0 s'],
      [59_999, '59 s'],
      [60_000, '1 min'],
      [192_000, '3 min 12 s'],
      [7_500_000, '2 h 5 min'],
      [1_047_600_000, '12 d 3 h'],
    ];
    for (const [ms, text] of cases) assert.equal(durationText(ms), text);
  });

  test('rows of different lengths align', () => {
    assert.equal(alignTable([['a', 'b'], ['ccc']]), 'a    b\nccc\n');
    assert.equal(alignTable([]), '');
  });
});
