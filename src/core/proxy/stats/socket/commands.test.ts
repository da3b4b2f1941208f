import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../../base/rng.ts';
import type { LiveConfig } from '../../live.ts';
import type { StatsOrder } from '../orders.ts';
import type { SessionView } from '../session-list.ts';
import { serverOf, testLive, testMoment } from '../test-live.ts';
import type { CommandAnswer, Level } from './command.ts';
import { runCommand, splitLine } from './commands.ts';

const session: SessionView = {
  ...{ id: '0x7f', protocol: 'tcpv4', source: '127.0.0.1:5', frontend: 'web' },
  ...{
    backend: 'app',
    server: 's1',
    ageSeconds: 3,
    pendingToServer: 0,
    pendingToClient: 9,
    retries: 1,
  },
};

function run(line: string, live: LiveConfig = testLive(), level: Level = 'admin'): CommandAnswer {
  const [words = []] = splitLine(line);
  const sessions = { list: () => [session] };
  return runCommand(words, { ...testMoment(live), session: { level, mode: 'once' }, sessions });
}

/** Orders without the objects that they are about. */
function orders(line: string): unknown[] {
  return run(line).orders.map((order: StatsOrder) => {
    const { server, proxy, ...rest } = order as unknown as Record<
      string,
      { config: { name: string } }
    >;
    return { ...rest, of: server?.config.name ?? proxy?.config.name };
  });
}

describe('the stats socket', () => {
  it('takes a line to pieces', () => {
    assert.deepEqual(splitLine(' show  info ;; a\\ b\\;c d;'), [
      ['show', 'info'],
      ['a b;c', 'd'],
    ]);
  });

  // What haproxy 2.6.12 answers.
  const answers: readonly (readonly [line: string, answer: string])[] = [
    ['get weight app/s1', '10 (initial 10)\n'],
    ['get weight app', "Require 'backend/server'.\n"],
    ['get weight', "Require 'backend/server'.\n"],
    ['get weight app/x', 'No such server.\n'],
    ['get weight #3/#1', '10 (initial 10)\n'],
    ['get weight web/s1', 'No such backend.\n'],
    ['set weight app/s1', 'Require <weight> or <weight%>.\n'],
    ['set weight app/s1 300', 'Absolute weight can only be between 0 and 256 inclusive.\n'],
    ['set server app/s1 state', "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n"],
    [
      'set server app/s1 health x',
      "'set server <srv> health' expects 'up', 'stopping', or 'down'.\n",
    ],
    ['set server app/s1 agent up', 'agent checks are not enabled on this server.\n'],
    ['enable agent app/s1', 'Agent was not configured on this server, cannot enable.\n'],
    ['disable agent app/s1', ''],
    ['enable health app/s3', 'Health check was not configured on this server, cannot enable.\n'],
    ['disable frontend', 'A frontend name is expected.\n'],
    ['disable frontend app', 'No such frontend.\n'],
    ['enable frontend web', 'All sockets are already enabled.\n'],
    ['shutdown session abc', "Session pointer expected (use 'show sess').\n"],
    ['shutdown session 0x123', "No such session (use 'show sess').\n"],
    ['set maxconn server app/s1', 'Require <maxconn>.\n'],
    ['set maxconn server app/s1 abc', 'maxconn string empty or preceded by garbage\n'],
    ['set maxconn frontend web -5', 'Value out of range.\n'],
    ['set maxconn global 5000', 'Value out of range.\n'],
    ['set timeout', "'set timeout' only supports 'cli'.\n"],
    ['show stat x 1 1', 'No such proxy.\n'],
    ['show servers state x', "Can't find backend.\n"],
    ['show env HOME', 'HOME=/root\n'],
    ['show env BOGUS', 'Variable not found\n'],
    ['show errors', 'Total events captured on [26/Nov/2026:07:35:08.042] : 0\n'],
    ['show backend', '# name\napp\ntcpl\n'],
    ['show table x', 'No such table\n'],
    ['show cli level', 'admin\n'],
    ['show sess 0x1', 'Session not found.\n'],
    ['set server app/s1 addr x', "Invalid addr 'x' by 'stats socket command'\n"],
    ['set server app/s1 addr 127.0.0.1', "no need to change the addr by 'stats socket command'\n"],
    [
      'set server app/s1 addr 127.0.0.2 port 81',
      "IP changed from '127.0.0.1' to '127.0.0.2', port changed from '80' to '81' by 'stats socket command'\n",
    ],
  ];
  for (const [line, answer] of answers) {
    it(`answers ${line}`, () => assert.equal(run(line).text, answer));
  }

  it('gives orders', () => {
    const wanted: readonly (readonly [line: string, order: object])[] = [
      [
        'disable server app/s1',
        { kind: 'server', of: 's1', order: { kind: 'state', to: 'maint' } },
      ],
      ['enable server app/s1', { kind: 'server', of: 's1', order: { kind: 'state', to: 'ready' } }],
      [
        'set server app/s1 state drain',
        { kind: 'server', of: 's1', order: { kind: 'state', to: 'drain' } },
      ],
      [
        'set weight app/s1 50%',
        { kind: 'server', of: 's1', order: { kind: 'weight', percent: 50 } },
      ],
      [
        'set server app/s1 weight 7',
        { kind: 'server', of: 's1', order: { kind: 'weight', weight: 7 } },
      ],
      [
        'disable health app/s1',
        { kind: 'server', of: 's1', order: { kind: 'checks', what: 'check', to: 'disabled' } },
      ],
      ['set maxconn server app/s1 60', { kind: 'serverMaxconn', of: 's1', maxconn: 60 }],
      ['set maxconn frontend web 5', { kind: 'frontendMaxconn', of: 'web', maxconn: 5 }],
      ['set maxconn global 500', { kind: 'processMaxconn', of: undefined, maxconn: 500 }],
      ['disable frontend web', { kind: 'frontend', of: 'web', to: 'disabled' }],
      ['shutdown frontend web', { kind: 'frontend', of: 'web', to: 'shutdown' }],
      ['shutdown sessions server app/s1', { kind: 'shutdownSessions', of: 's1' }],
      ['shutdown session 0x7F', { kind: 'shutdownSession', of: undefined, id: '0x7f' }],
      ['clear counters', { kind: 'clearCounters', of: undefined, what: 'maxima' }],
      ['set timeout cli 2m', { kind: 'clientTimeout', of: undefined, timeout: 120_000_000 }],
    ];
    for (const [line, order] of wanted) {
      assert.deepEqual(orders(line), [order], line);
      assert.equal(run(line).text, '', line);
    }
  });

  it('lets each level do what it may', () => {
    for (const line of [
      'show env',
      'show sess',
      'clear counters',
      'set weight app/s1 1',
      'operator',
    ])
      assert.equal(run(line, testLive(), 'user').text, 'Permission denied\n', line);
    for (const line of ['set weight app/s1 1', 'clear counters all', 'disable frontend web'])
      assert.equal(run(line, testLive(), 'operator').text, 'Permission denied\n', line);
    assert.equal(run('clear counters', testLive(), 'operator').orders.length, 1);
    assert.doesNotMatch(run('show stat', testLive(), 'user').text, /127\.0\.0\.1/);
    assert.match(run('show stat', testLive(), 'operator').text, /127\.0\.0\.1:80/);
    assert.deepEqual(run('user').session, { level: 'user', mode: 'once' });
    assert.deepEqual(run('prompt').session, { level: 'admin', mode: 'interactive' });
    assert.equal(run('quit').closes, 'now');
  });

  it('helps with what it does not know', () => {
    const lost = 'Unknown command, but maybe one of the following ones is a better match:\n';
    const last = ['help [<command>]', 'prompt', 'quit'];
    const commandsIn = (text: string) =>
      text
        .split('\n')
        .slice(1, -1)
        .map((line) => line.slice(2, 42).trimEnd());
    const servers = run('show servers').text;
    assert.ok(servers.startsWith(lost));
    assert.deepEqual(commandsIn(servers), [
      ...['show servers conn [<backend>]', 'show servers state [<backend>]', ...last],
    ]);
    assert.deepEqual(commandsIn(run('shw stat').text), [
      ...['show stat [desc|json|no-maint|typed|up]*', ...last],
    ]);
    assert.deepEqual(commandsIn(run('help set server').text), [
      'set server <bk>/<srv> [opts]',
      ...last,
    ]);
    assert.ok(commandsIn(run('help').text).length > 35);
  });

  it('shows the process, servers and sessions', () => {
    const info = run('show info').text;
    assert.match(info, /^Name: HAProxy\nVersion: 1\.2\.3\n/);
    assert.match(info, /^Uptime: 0d 0h01m40s\nUptime_sec: 100$/m);
    assert.match(run('show info typed').text, /^47\.Tasks\.1:MGP:u32:20$/m);
    assert.equal(JSON.parse(run('show info json').text)[0].value.value, 'HAProxy');
    const live = testLive();
    serverOf(live, 's1').health.admin.add('drain');
    const state = run('show servers state app', live).text.split('\n');
    assert.equal(state[2], '3 app 1 s1 127.0.0.1 2 8 10 10 100 1 0 2 6 0 0 0 - 80 - 0 0 - - 0');
    assert.equal(state[5], '3 app 4 s4 127.0.0.1 0 5 1 1 100 1 0 0 14 0 0 0 - 80 - 0 0 - - 0');
    assert.match(
      run('show servers conn app').text,
      /^app\/s1 3\/1 127\.0\.0\.1 80 - 0 0 0 0 0 0 -1 0 0$/m,
    );
    assert.equal(
      run('show sess').text,
      '0x7f: proto=tcpv4 src=127.0.0.1:5 fe=web be=app srv=s1 age=3s rq[i=0] rp[i=9] exp= rc=1\n',
    );
    JSON.parse(run('show schema json').text);
  });

  it('has an answer to whatever is asked', () => {
    const rng = createRng(317);
    const words = [
      ...['show', 'set', 'get', 'disable', 'enable', 'shutdown', 'clear', 'help', 'stat', 'info'],
      ...['server', 'servers', 'state', 'weight', 'maxconn', 'frontend', 'global', 'agent', 'addr'],
      ...[
        'health',
        'session',
        'sessions',
        'counters',
        'timeout',
        'cli',
        'app/s1',
        'app/',
        '/s1',
        '#3/#1',
      ],
      ...[
        'web',
        '#0',
        '-1',
        '99999999999999999999',
        '%',
        '50%',
        '0x',
        '\\',
        ';',
        '__proto__',
        'toString',
      ],
      ...[
        '127.0.0.1',
        '::1',
        'port',
        'json',
        'typed',
        'up',
        '\u0000',
        '"',
        'constructor/constructor',
      ],
    ];
    const live = testLive();
    for (let count = 0; count < 5000; count++) {
      const line = Array.from(
        { length: 1 + rng.integer(0, 5) },
        () => words[rng.integer(0, words.length - 1)],
      );
      for (const command of splitLine(line.join(rng.chance(0.1) ? '' : ' '))) {
        const { text } = run(command.join(' '), live);
        assert.ok(text === '' || text.endsWith('\n'), command.join(' '));
      }
    }
  });
});
