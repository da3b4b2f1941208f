import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seconds } from '../../../base/time.ts';
import type { LiveConfig } from '../live.ts';
import { everything, listRows, type RowFilter } from './rows.ts';
import { csvHeader, rowsAsCsv, rowsAsJson, rowsAsTyped } from './tables.ts';
import { NOW, serverOf, testLive } from './test-live.ts';

function rows(live: LiveConfig, filter: Partial<RowFilter> = {}, legends = true) {
  return listRows(live, NOW, { ...everything, ...filter, legends });
}

/** One row by the names of its columns. */
function fields(
  live: LiveConfig,
  name: string,
  filter: Partial<RowFilter> = {},
): Record<string, string> {
  const names = csvHeader.slice(2).split(',');
  const [, ...lines] = rowsAsCsv(rows(live, filter)).trimEnd().split('\n');
  const line = lines.find((text) => text.split(',').slice(0, 2).join('/') === name);
  assert.ok(line !== undefined, name);
  return Object.fromEntries(line.split(',').map((value, index) => [names[index] ?? '', value]));
}

function field(
  live: LiveConfig,
  name: string,
  column: string,
  filter: Partial<RowFilter> = {},
): string | undefined {
  return fields(live, name, filter)[column];
}

function status(live: LiveConfig, name: string): string | undefined {
  return field(live, name, 'status');
}

describe('statistics as CSV', () => {
  it('has a row for each side, listener and server', () => {
    const names = rowsAsCsv(rows(testLive()))
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(',').slice(0, 2).join('/'));
    assert.deepEqual(names, [
      ...['web/FRONTEND', 'app/s1', 'app/s2', 'app/s3', 'app/s4', 'app/s5', 'app/BACKEND'],
      ...['tcpl/FRONTEND', 'tcpl/sock-1', 'tcpl/second', 'tcpl/t1', 'tcpl/BACKEND'],
    ]);
  });

  it('counts', () => {
    const live = testLive();
    const { counters, averages, health } = serverOf(live, 's1');
    Object.assign(counters, {
      bytesIn: 83,
      bytesOut: 217,
      retries: 3,
      chosen: 2,
      lastChosenUs: seconds(996),
    });
    counters.responses[5] = 4;
    averages.connect = 1.6;
    Object.assign(health, {
      failures: 2,
      last: { status: 'L7STS', code: 503, durationMs: 7, description: 'a, "b"' },
      isChecking: true,
    });
    const line = rowsAsCsv(rows(live)).split('\n')[2] ?? '';
    assert.match(line, /,"a, ""b""",/);
    health.last.description = '';
    const { bin, bout, wretr, lbtot, lastsess, hrsp_5xx, ctime, chkfail, ...more } = fields(
      live,
      'app/s1',
    );
    assert.deepEqual(
      { bin, bout, wretr, lbtot, lastsess, hrsp_5xx, ctime, chkfail },
      {
        bin: '83',
        bout: '217',
        wretr: '3',
        lbtot: '2',
        lastsess: '4',
        hrsp_5xx: '4',
        ctime: '2',
        chkfail: '2',
      },
    );
    const { check_status, check_code, check_duration, check_desc, slim, lastchg } = more;
    assert.deepEqual(
      { check_status, check_code, check_duration, check_desc, slim, lastchg },
      {
        check_status: '* L7STS',
        check_code: '503',
        check_duration: '7',
        check_desc: 'Layer7 wrong status',
        slim: '50',
        lastchg: '100',
      },
    );
    assert.equal(field(live, 'app/s2', 'lastsess'), '-1');
    assert.equal(field(live, 'app/BACKEND', 'slim'), '10');
  });

  it('tells states as haproxy does', () => {
    const live = testLive();
    const { health } = serverOf(live, 's1');
    assert.equal(status(live, 'app/s1'), 'UP 1/3');
    health.health = 4;
    assert.equal(status(live, 'app/s1'), 'UP');
    health.admin.add('drain');
    assert.equal(status(live, 'app/s1'), 'DRAIN');
    health.admin.clear();
    health.operational = 'stopping';
    assert.equal(status(live, 'app/s1'), 'NOLB');
    Object.assign(health, { operational: 'stopped', health: 1 });
    assert.equal(status(live, 'app/s1'), 'DOWN 1/2');
    health.health = 0;
    assert.equal(status(live, 'app/s1'), 'DOWN');
    assert.equal(status(live, 'app/s3'), 'no check');
    assert.equal(status(live, 'app/s4'), 'MAINT');
    serverOf(live, 's5').health.admin.add('inherited-maint');
    assert.equal(status(live, 'app/s5'), 'MAINT (via app/s1)');
    serverOf(live, 's3').health.admin.add('name');
    assert.equal(status(live, 'app/s3'), 'MAINT (resolution)');
  });

  it('adds up a backend', () => {
    const live = testLive();
    const { act, bck, weight } = fields(live, 'app/BACKEND');
    assert.deepEqual({ act, bck, weight }, { act: '3', bck: '1', weight: '12' });
    for (const name of ['s1', 's3', 's5']) serverOf(live, name).health.operational = 'stopped';
    assert.equal(field(live, 'app/BACKEND', 'weight'), '1');
    assert.equal(status(live, 'app/BACKEND'), 'UP');
    serverOf(live, 's2').health.operational = 'stopped';
    assert.equal(status(live, 'app/BACKEND'), 'DOWN');
    assert.equal(field(live, 'app/BACKEND', 'status', { onlyUp: true }), 'DOWN (0/5)');
  });

  it('shows those that are asked for', () => {
    const live = testLive();
    const names = (filter: Partial<RowFilter>) =>
      rows(live, filter).map((row) => (row.kind === 'server' ? row.server.config.name : row.kind));
    assert.deepEqual(names({ proxyId: 3, typeMask: 4 }), ['s1', 's2', 's3', 's4', 's5']);
    assert.deepEqual(names({ proxyId: 3, typeMask: 6, id: 2 }), ['s2', 'backend']);
    assert.deepEqual(names({ proxyId: 4, typeMask: 8 }), ['listener', 'listener']);
    assert.deepEqual(names({ typeMask: 4, noMaintenance: true, proxyId: 3 }), [
      's1',
      's2',
      's3',
      's5',
    ]);
    serverOf(live, 's1').health.operational = 'stopped';
    assert.deepEqual(names({ typeMask: 4, onlyUp: true, proxyId: 3 }), ['s2', 's3', 's5']);
    assert.deepEqual(names({ isInScope: (name) => name === 'web' }), ['frontend']);
  });

  it('hides addresses from those who may not see them', () => {
    const lines = rowsAsCsv(rows(testLive(), {}, false));
    assert.doesNotMatch(lines, /127\.0\.0\.1|roundrobin|c1/);
  });
});

describe('statistics as typed lines and JSON', () => {
  it('name what each figure is', () => {
    const lines = rowsAsTyped(rows(testLive(), { proxyId: 3, typeMask: 4, id: 1 }), {
      describe: 'names',
    });
    assert.match(lines, /^S\.3\.1\.0\.pxname\.1:KNS:str:app$/m);
    assert.match(lines, /^S\.3\.1\.19\.act\.1:SGP:u32:1$/m);
    assert.match(lines, /^S\.3\.1\.55\.lastsess\.1:MAP:s32:-1$/m);
    const described = rowsAsTyped(rows(testLive(), { proxyId: 2 }), { describe: 'sentences' });
    assert.match(described, /^F\.2\.0\.4\.scur\.1:MGP:u32:0:"Sessions now"$/m);
  });

  it('is JSON that can be read', () => {
    const items = JSON.parse(rowsAsJson(rows(testLive(), { proxyId: 2 })));
    assert.deepEqual(items[0][2], {
      objType: 'Frontend',
      proxyId: 2,
      id: 0,
      field: { pos: 4, name: 'scur' },
      processNum: 1,
      tags: { origin: 'Metric', nature: 'Gauge', scope: 'Process' },
      value: { type: 'u32', value: 0 },
    });
  });
});
