import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { seconds } from '../../../src/base/time.ts';
import { buildLive } from '../../../src/core/proxy/build-live.ts';
import type { LiveConfig } from '../../../src/core/proxy/live.ts';
import { answerMetrics } from '../../../src/core/proxy/stats/metrics/exporter.ts';
import { answerPage } from '../../../src/core/proxy/stats/page/answer.ts';
import type { StatsMoment } from '../../../src/core/proxy/stats/process-facts.ts';
import type { Level } from '../../../src/core/proxy/stats/socket/command.ts';
import { runCommand, splitLine } from '../../../src/core/proxy/stats/socket/commands.ts';
import { csvHeader } from '../../../src/core/proxy/stats/tables.ts';
import { HAPROXY, type HttpAnswer, Peer } from './peer.ts';

const skip = existsSync(HAPROXY) ? false : 'needs Debian’s haproxy';

// Once they are checked, there is quiet. With servers in every state, sides alone and together, both modes, limits,
// listeners and a tracked server.
const text = `
global
  maxconn 1005
  stats socket @/admin.sock level admin
  stats socket @/operator.sock level operator
  stats socket @/user.sock level user
  node node1
  description "what it is"
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend web
  bind unix@@/web.sock
  maxconn 33
  http-request use-service prometheus-exporter if { path /metrics }
  default_backend app
frontend other
  bind unix@@/other.sock
  use_backend app if { path /x }
  default_backend empty
backend app
  balance leastconn
  server up unix@@/web.sock check inter 1h weight 10 maxconn 50 maxqueue 5
  server down 127.0.0.1:1 check inter 100 downinter 1h weight 20 backup
  server plain 127.0.0.1:20113
  server away 127.0.0.1:20114 disabled
  server off 127.0.0.1:20115 check disabled
  server follows 127.0.0.1:20116 track app/up
  server light 127.0.0.1:20117 weight 0
  server six [::1]:80
backend empty
backend only-backups
  mode tcp
  balance source
  server b1 127.0.0.1:1 check inter 100 downinter 1h
  server b2 unix@@/web.sock backup weight 5
  server b3 unix@@/web.sock backup weight 6
backend nobody
  mode tcp
  fullconn 7
  server n1 127.0.0.1:1 check inter 100 downinter 1h
listen both
  mode tcp
  description "two, three"
  bind unix@@/both1.sock
  bind unix@@/both2.sock name second
  option socket-stats
  server t1 127.0.0.1:20111
listen stats
  bind unix@@/stats.sock
  stats enable
  stats uri /st
  stats refresh 7s
  stats show-legends
  stats admin if TRUE
listen reading
  bind unix@@/reading.sock
  stats enable
  stats uri /st
  stats scope app
backend gone
  disabled
  server g1 127.0.0.1:20118
`;

let peer: Peer;
let live: LiveConfig;

before(async () => {
  if (skip !== false) return;
  peer = new Peer('statistics', text);
  live = buildLive(peer.config, seconds(0));
  await peer.until('all servers checked', async () => {
    const rows = await readCsv(await peer.ask('show stat'));
    const state = (name: string) => rows.get(name)?.get('status');
    const isDown = ['app/down', 'only-backups/b1', 'nobody/n1'].every(
      (name) => state(name) === 'DOWN',
    );
    return isDown && rows.get('app/up')?.get('check_status') === 'L4OK' && state('app/up') === 'UP';
  });
  asChecked();
});
after(() => (skip === false ? peer.stop() : undefined));

/** Ours in the state of theirs. */
function asChecked(): void {
  for (const { back } of live.proxies)
    for (const { config, health } of back?.servers ?? []) {
      if (config.check === undefined || config.disabled) continue;
      const isUp = config.name === 'up';
      health.last = {
        ...{ status: isUp ? 'L4OK' : 'L4CON', code: -1, durationMs: 0 },
        description: isUp ? '' : 'Connection refused',
      };
      Object.assign(health, { operational: isUp ? 'running' : 'stopped', health: isUp ? 4 : 0 });
    }
}

function moment(): StatsMoment {
  return {
    ...{ live, now: seconds(2), wallMs: Date.now(), zoneMinutes: 0 },
    facts: {
      ...{ product: 'HAProxy', version: 'x', releaseDate: 'x', pid: peer.pid, hostName: 'h' },
      ...{ maxDescriptors: 2037, maxconn: 1005, hardMaxconn: 1005, memoryBytes: 0, tasks: 1 },
      ...{ idlePercent: 100, state: 'running', droppedLogs: 0, failedResolutions: 0 },
      ...{ bytesOutPerSecond: 0, tlsConnections: 0, environment: process.env },
    },
  };
}

function ours(line: string, level: Level = 'admin'): string {
  const [words = []] = splitLine(line);
  const sessions = { list: () => [] };
  return runCommand(words, { ...moment(), session: { level, mode: 'once' }, sessions }).text;
}

/** Where two lists are not the same. */
function differences(mine: readonly unknown[], theirs: readonly unknown[]): string[] {
  const length = Math.max(mine.length, theirs.length);
  return Array.from({ length }, (_, index) => [mine[index], theirs[index]])
    .map((pair) => pair.map((item) => JSON.stringify(item)))
    .filter(([own, other]) => own !== other)
    .map(([own, other]) => `ours ${own}, theirs ${other}`)
    .slice(0, 10);
}

type Rows = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** By `proxy/name`, then by column. */
function readCsv(csv: string): Rows {
  const [header = '', ...lines] = csv.trimEnd().split('\n');
  const names = header.slice(2).split(',');
  return new Map(
    lines.map((line) => {
      const cells = line.split(',');
      const row = new Map(names.map((name, index) => [name, cells[index] ?? '']));
      return [`${row.get('pxname')}/${row.get('svname')}`, row];
    }),
  );
}

/** Columns whose values follow from configuration and state, not from traffic or time. */
const exact = [
  ...['slim', 'status', 'weight', 'act', 'bck', 'qlimit', 'pid', 'iid', 'sid', 'tracked', 'type'],
  ...['rate_lim', 'check_status', 'check_desc', 'last_chk', 'check_rise', 'check_fall'],
  ...['check_health', 'addr', 'mode', 'algo', 'uweight', 'lastsess'],
];

function compareRows(mine: Rows, theirs: Rows): string[] {
  assert.deepEqual([...mine.keys()], [...theirs.keys()]);
  return [...theirs].flatMap(([name, row]) =>
    [...row].flatMap(([column, value]) => {
      const own = mine.get(name)?.get(column) ?? '';
      const differs = exact.includes(column) ? own !== value : (own === '') !== (value === '');
      return differs ? [`${name} ${column}: ours '${own}', theirs '${value}'`] : [];
    }),
  );
}

/** What has no traffic: the page and the metrics are fetched over some of them. */
function isQuiet(difference: string): boolean {
  return !/^(?:web|stats|reading|app)\/.* lastsess/.test(difference);
}

describe('statistics beside haproxy 2.6', { skip }, () => {
  test('have the same CSV', async () => {
    const theirs = await peer.ask('show stat');
    assert.equal(theirs.split('\n')[0], csvHeader);
    const differing = compareRows(readCsv(ours('show stat')), readCsv(theirs));
    assert.deepEqual(differing.filter(isQuiet), []);
  });

  test('hide addresses from users', async () => {
    const theirs = readCsv(await peer.ask('show stat', 'user.sock'));
    const differing = compareRows(readCsv(ours('show stat', 'user')), theirs);
    assert.deepEqual(differing.filter(isQuiet), []);
  });

  test('filter in the same way', async () => {
    for (const line of [
      ...['show stat up', 'show stat no-maint', 'show stat app 4 -1', 'show stat app 7 2'],
      ...['show stat -1 1 -1', 'show stat 4 6 -1 up', 'show stat both 8 -1', 'show stat -1 8 1'],
    ]) {
      const theirs = readCsv(await peer.ask(line));
      const differing = compareRows(readCsv(ours(line)), theirs).filter(isQuiet);
      assert.deepEqual(differing, [], line);
    }
  });

  test('have the same typed figures and JSON', async () => {
    const keys = (typed: string) =>
      typed.split('\n').map((line) => line.split(':').slice(0, 3).join(':'));
    const theirs = keys((await peer.ask('show stat typed')).slice(0, -1));
    assert.deepEqual(differences(keys(ours('show stat typed')), theirs), []);
    const items = (json: string) =>
      (JSON.parse(json) as { value: { type: string; value?: unknown } }[][]).map((row) =>
        row.map(({ value, ...rest }) => ({ ...rest, type: value.type })),
      );
    const json = items(await peer.ask('show stat json'));
    assert.deepEqual(differences(items(ours('show stat json')).flat(), json.flat()), []);
    JSON.parse(ours('show schema json'));
  });

  test('tell of the process in the same fields', async () => {
    const names = (text: string) => [...text.matchAll(/^([^:\n]+):/gm)].map(([, name]) => name);
    assert.deepEqual(names(ours('show info')), names(await peer.ask('show info')));
    const keys = (typed: string) =>
      typed.split('\n').map((line) => line.split(':').slice(0, 3).join(':'));
    const theirs = (await peer.ask('show info typed')).slice(0, -1);
    assert.deepEqual(keys(ours('show info typed')), keys(theirs));
    for (const key of ['Maxconn', 'node', 'description', 'Listeners', 'Stopping'])
      assert.equal(
        fieldOf(ours('show info'), key),
        fieldOf(theirs, key) ?? fieldOf(await peer.ask('show info'), key),
        key,
      );
  });

  test('have the same states of servers', async () => {
    const lines = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => {
          const fields = line.split(' ');
          // Numbers of servers in a disabled backend, and seconds.
          return fields.length < 20 || fields[0] === '#' ? line : fields.with(9, 'T').join(' ');
        });
    const theirs = lines(await peer.ask('show servers state')).filter(
      (line) => !line.includes(' gone '),
    );
    const mine = lines(ours('show servers state')).filter((line) => !line.includes(' gone '));
    assert.deepEqual(mine, theirs);
  });

  test('export the same series', async () => {
    const series = (text: string) =>
      text
        .split('\n')
        .map((line) =>
          line.startsWith('# HELP') ? line.split(' ')[2] : line.replace(/ [^ ]+$/, ''),
        );
    const isSame = (line: string | undefined) => !line?.startsWith('haproxy_process_build_info{');
    for (const query of [
      '',
      '?scope=server',
      '?scope=global&scope=listener',
      '?no-maint&scope=server',
      '?scope=',
    ]) {
      const theirs = await peer.http('web.sock', `/metrics${query}`);
      const mine = answerMetrics(`/metrics${query}`, moment());
      assert.equal(mine.status, theirs.status);
      const [own, other] = [mine, theirs].map(({ body }) => series(body).filter(isSame));
      assert.deepEqual(differences(own ?? [], other ?? []), [], query);
    }
    assert.equal((await peer.http('web.sock', '/metrics?scope=bogus')).status, 400);
  });
});

function fieldOf(text: string, key: string): string | undefined {
  return new RegExp(`^${key}: (.*)$`, 'm').exec(text)?.[1];
}

describe('the stats socket beside haproxy 2.6', { skip }, () => {
  const lines = [
    ...['get weight app/up', 'get weight app', 'get weight app/x', 'get weight x/y', 'get weight'],
    ...[
      'set weight app/up',
      'set weight app/up 300',
      'set weight app/up -1',
      'set server app',
      'set server',
    ],
    ...['set server x/up state ready', 'set server app/x state ready', 'set server app/up state'],
    ...['set server app/up state bogus', 'set server app/up health', 'set server app/up agent up'],
    ...['set server app/up weight', 'enable agent app/up', 'disable agent app/up'],
    ...['enable health app/plain', 'disable server app', 'disable server', 'disable server app/x'],
    ...['enable server x/up', 'enable frontend web', 'disable frontend app', 'disable frontend'],
    ...['shutdown frontend', 'shutdown frontend x', 'shutdown session', 'shutdown session 0x123'],
    ...['shutdown session abc', 'shutdown sessions server', 'shutdown sessions server app/x'],
    ...['shutdown sessions server app/up', 'set maxconn server', 'set maxconn server app/up'],
    ...['set maxconn server app/up abc', 'set maxconn server x/up 60', 'set maxconn frontend'],
    ...['set maxconn frontend web', 'set maxconn frontend web -5', 'set maxconn frontend x 500'],
    ...[
      'set maxconn global',
      'set maxconn global 500000',
      'show stat x 1 1',
      'show servers state x',
    ],
    ...[
      'show servers conn x',
      'show env BOGUS',
      'show env HOME',
      'show sess 0x1234',
      'show cli level',
    ],
    ...[
      'show table x',
      'show table',
      'show errors x',
      'show backend',
      'set timeout',
      'set timeout cli',
    ],
    ...['set timeout cli 10', 'show cli sockets', 'operator', 'user'],
    ...[
      'set server app/plain addr',
      'set server app/plain addr bogus',
      'set server app/plain addr 127.0.0.1',
    ],
    'set server app/plain addr 127.0.0.1 port 20113',
    // Changes something of theirs.
    ...['set server app/plain addr 127.0.0.2 port 81', 'clear counters', 'clear counters all'],
  ];

  test('answers as it does', async () => {
    const differing: string[] = [];
    for (const line of lines) {
      const theirs = await peer.ask(line);
      const mine = ours(line);
      // Not all of theirs end with an empty line.
      if (mine.trimEnd() !== theirs.trimEnd())
        differing.push(`${line}: ours ${JSON.stringify(mine)}, theirs ${JSON.stringify(theirs)}`);
    }
    assert.deepEqual(differing, []);
  });

  test('permits each level the same', async () => {
    const asked = [
      ...['show info', 'show stat', 'show env', 'show sess', 'show errors', 'show servers state'],
      ...[
        'show servers conn',
        'show backend',
        'show activity',
        'show pools',
        'show version',
        'show table',
      ],
      ...['show cli sockets', 'show schema json', 'get weight app/up', 'set weight app/up 10'],
      ...[
        'set server app/up weight 10',
        'enable server app/up',
        'enable health app/up',
        'enable frontend web',
      ],
      ...['set maxconn server app/up 50', 'set maxconn frontend web 33', 'set maxconn global 1005'],
      ...[
        'shutdown sessions server app/up',
        'shutdown session 0x1',
        'clear counters',
        'clear counters all',
      ],
      ...['set timeout cli 10', 'operator', 'user', 'help'],
    ];
    for (const level of ['user', 'operator'] as const)
      for (const line of asked) {
        const isDenied = (text: string) => text.startsWith('Permission denied');
        const theirs = await peer.ask(line, `${level}.sock`);
        assert.equal(isDenied(ours(line, level)), isDenied(theirs), `${level}: ${line}`);
      }
  });

  test('offers what is near to what it does not know', async () => {
    for (const line of ['bogus', 'show servers', 'shutdown', 'set maxconn']) {
      const [theirs] = (await peer.ask(line)).split('\n');
      const [mine, ...offers] = ours(line).trimEnd().split('\n');
      assert.equal(mine, theirs);
      for (const offer of offers) assert.match(offer, /^ {2}\S.{39}: \S/);
    }
    const theirs = await peer.ask('help');
    const usage = (text: string) =>
      [...text.matchAll(/^ {2}([a-z][a-z -]+[a-z])/gm)].map(([, words]) => words);
    const known = usage(theirs);
    for (const words of usage(ours('help'))) assert.ok(known.includes(words), words);
  });
});

function header({ headers }: HttpAnswer, name: string): string | undefined {
  return headers[name]?.toString();
}

describe('the stats page beside haproxy 2.6', { skip }, () => {
  function page(target: string, name: string, how: { method?: string; body?: string } = {}) {
    const proxy = live.proxies.find(({ config }) => config.name === name);
    assert.ok(proxy !== undefined);
    const role = name === 'stats' ? 'admin' : 'reader';
    const request = { method: how.method ?? 'GET', target, role, header: () => undefined } as const;
    return answerPage(
      { ...request, ...(how.body !== undefined && { body: how.body }) },
      proxy,
      moment(),
    );
  }

  const titles = [
    ...['Queue', 'Session rate', 'Sessions', 'Bytes', 'Denied', 'Errors', 'Warnings', 'Server'],
    ...['Cur', 'Max', 'Limit', 'Total', 'LbTot', 'Last', 'In', 'Out', 'Req', 'Resp', 'Conn'],
    ...['Retr', 'Redis', 'Status', 'LastChk', 'Wght', 'Act', 'Bck', 'Chk', 'Dwn', 'Dwntme'],
    'Thrtle',
  ];

  test('has the same tables', async () => {
    const columnsOf = (html: string) =>
      [...html.matchAll(/<th[^>]*>([^<]+)<\/th>/g)]
        .map(([, title = '']) => title.trim())
        .filter((title) => titles.includes(title));
    const anchors = (html: string) =>
      [...html.matchAll(/ (?:id|name)="([\w-]+\/\+?[\w-]+)"/g)].map(([, name]) => name);
    for (const [socket, target] of [
      ['stats', '/st'],
      ['stats', '/st;up'],
      ['stats', '/st?scope=ap'],
      ['reading', '/st'],
    ] as const) {
      const theirs = await peer.http(`${socket}.sock`, target);
      const mine = page(target, socket);
      assert.deepEqual(columnsOf(mine?.body ?? ''), columnsOf(theirs.body), target);
      assert.deepEqual(anchors(mine?.body ?? ''), anchors(theirs.body), target);
      const refresh = mine?.headers.find(([name]) => name === 'refresh')?.[1];
      assert.equal(refresh, header(theirs, 'refresh'));
    }
  });

  test('takes the same forms', async () => {
    for (const body of [
      ...['s=up&action=bogus&b=%234', 's=nope&action=ready&b=%234', 'action=ready&b=%234'],
      ...[
        's=up&s=nope&action=ready&b=%234',
        's=up&action=ready&b=app',
        's=up&action=ready&b=%2399',
      ],
      ...[
        '',
        's=plain&action=dhlth&b=%234',
        's=up&action=ehlth&b=%234',
        's=up&action=&b=%234',
        'x=1',
      ],
    ])
      for (const name of ['stats', 'reading']) {
        const how = { method: 'POST', body };
        const theirs = await peer.http(`${name}.sock`, '/st;up?scope=ap', how);
        const mine = page('/st;up?scope=ap', name, how);
        assert.equal(mine?.status, theirs.status);
        const location = mine?.headers.find(([header]) => header === 'location')?.[1];
        assert.equal(location, header(theirs, 'location'), `${name}: ${body}`);
      }
  });
});
