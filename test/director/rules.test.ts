import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../src/base/rng.ts';
import { ZERO } from '../../src/base/time.ts';
import { read } from '../../src/config/keepalived/test-support.ts';
import { Director } from '../../src/core/balance/director.ts';
import type { DirectorEffect } from '../../src/core/balance/director-types.ts';
import { Stage, WEB, web } from './stage.ts';

describe('the timing of checks', () => {
  test('the first comes after a second, then each delay_loop', () => {
    const stage = new Stage().configure(web('', 'TCP_CHECK {\n}', 1));
    stage.run(25);
    assert.deepEqual(stage.asked(), ['1 10.0.0.2:80', '11 10.0.0.2:80', '21 10.0.0.2:80']);
  });

  test('warm-up spreads the first ones', () => {
    const stage = new Stage().configure(web('warmup 100', 'TCP_CHECK {\n}', 50));
    stage.run(101);
    const firsts = stage.asked().map((line) => Number(line.split(' ')[0]));
    assert.ok(Math.min(...firsts) < 10 && Math.max(...firsts) > 80);
  });

  test('before its first result a failure counts at once', () => {
    const stage = new Stage().configure(web()).set('10.0.0.2:80', 'down').run(2);
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1');
    assert.deepEqual(stage.news(), ['10.0.0.2:80 down by check', 'tell 10.0.0.2:80 down']);
  });

  test('later it is tried again as often, and as late, as configured', () => {
    const stage = new Stage().configure(web()).run(5);
    stage.asked();
    stage.set('10.0.0.2:80', 'down').run(9);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1', 'one of three attempts');
    stage.run(4);
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1');
    const attempts = stage.asked().filter((line) => line.endsWith('.2:80'));
    assert.deepEqual(attempts, ['11 10.0.0.2:80', '14 10.0.0.2:80', '17 10.0.0.2:80']);
  });

  test('a success between forgives what was before', () => {
    const stage = new Stage().configure(web()).run(5);
    stage.set('10.0.0.2:80', 'down').run(10).set('10.0.0.2:80', 'up').run(3);
    stage.set('10.0.0.2:80', 'down').run(14);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
    stage.run(8);
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1');
  });

  test('one that is down comes back with the first success', () => {
    const stage = new Stage().configure(web()).set('10.0.0.2:80', 'down').run(2);
    stage.set('10.0.0.2:80', 'up').run(8);
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1');
    stage.run(2);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
  });

  test('equal checks are one, whoever wants to know', () => {
    const other = web().replace('10.0.0.1 80', '10.0.0.9 80');
    const stage = new Stage()
      .configure(web() + other)
      .set('10.0.0.2:80', 'down')
      .run(5);
    assert.deepEqual(stage.asked(), ['1 10.0.0.2:80', '1 10.0.0.3:80']);
    assert.equal(stage.servers(WEB), stage.servers('tcp 10.0.0.9:80'));
  });
});

describe('checks of several urls', () => {
  const check = `HTTP_GET {
    url {
      path /a
    }
    url {
      path /b
    }
  }`;
  const ok = { kind: 'http-answered', status: 200, bodyBytes: 0 } as const;
  const bad = { ...ok, status: 503 };
  const begin = (words = '') =>
    new Stage()
      .configure(web(words, check, 1))
      .set('10.0.0.2:80/a', ok)
      .set('10.0.0.2:80/b', ok);

  test('are asked one after the other, and up when all are well', () => {
    const stage = begin('alpha').run(5);
    assert.equal(stage.servers(WEB), '');
    stage.run(10);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1');
    assert.deepEqual(stage.asked(), ['1 10.0.0.2:80/a', '11 10.0.0.2:80/b']);
  });

  test('while down only the one that failed is asked, then all of them', () => {
    const stage = begin().set('10.0.0.2:80/b', bad).run(12);
    assert.equal(stage.servers(WEB), '');
    stage.asked();
    stage.run(10).set('10.0.0.2:80/b', ok).run(30);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1');
    assert.deepEqual(
      stage.asked().map((line) => line.slice(-2)),
      ['/b', '/b', '/a', '/b'],
    );
  });
});

test('hosts of one SMTP check follow each other at once', () => {
  const check = 'SMTP_CHECK {\nhost {\nconnect_port 25\n}\nhost {\nconnect_port 587\n}\n}';
  const stage = new Stage().configure(web('', check, 1)).run(12);
  assert.deepEqual(stage.asked(), [
    '1 10.0.0.2:25',
    '1 10.0.0.2:587',
    '11 10.0.0.2:25',
    '11 10.0.0.2:587',
  ]);
  stage.set('10.0.0.2:587', 'down').run(20);
  assert.equal(stage.servers(WEB), '', 'all of them must answer');
});

describe('weights', () => {
  const script = (words = '') => `MISC_CHECK {\nmisc_path /bin/x\n${words}\n}`;
  const exit = (status: number) => ({ kind: 'exited', status }) as const;

  test('a dynamic script sets the weight, and 1 is a failure', () => {
    const stage = new Stage().configure(web('', `weight 5\n${script('misc_dynamic')}`, 1));
    for (const [status, servers] of [
      [0, '10.0.0.2:80*5'],
      [12, '10.0.0.2:80*10'],
      [0, '10.0.0.2:80*10'],
      [2, '10.0.0.2:80*0'],
      [255, '10.0.0.2:80*253'],
      [1, ''],
    ] as const) {
      stage.set('/bin/x', exit(status)).run(status === 1 ? 30 : 10);
      assert.equal(stage.servers(WEB), servers, `exit status ${status}`);
    }
  });

  test('another script has nothing to say but up and down', () => {
    const stage = new Stage()
      .configure(web('', script(), 1))
      .set('/bin/x', exit(7))
      .run(2);
    assert.equal(stage.servers(WEB), '');
  });

  test('a file adds to the weight, and may take the server out', () => {
    const files = 'track_file load {\nfile /run/load\nweight -1\n}\n';
    const stage = new Stage().configure(
      `${files}${web('', 'weight 100\nFILE_CHECK {\ntrack_file load\n}', 1)}`,
    );
    const read = (value: number) => stage.feed({ kind: 'fileRead', file: 'load', value });
    assert.equal(stage.servers(WEB), '10.0.0.2:80*100');
    read(30);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*70');
    read(300);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*0', 'never below 0');
    read(70_000);
    assert.equal(stage.servers(WEB), '');
  });
});

describe('quorum and sorry server', () => {
  const SORRY = 'sorry_server 10.0.0.99 80';

  test('is lost below quorum - hysteresis, and gained at quorum + hysteresis', () => {
    const words = 'quorum 3\nhysteresis 1\nquorum_up /bin/up\nquorum_down /bin/down';
    const stage = new Stage().configure(web(words, 'TCP_CHECK {\n}', 5)).run(2);
    stage.news();
    const fail = (...hosts: number[]) => {
      for (let host = 2; host <= 6; host++) {
        stage.set(`10.0.0.${host}:80`, hosts.includes(host) ? 'down' : 'up');
      }
      stage.run(30);
      return stage.news().filter((line) => line.includes('quorum'));
    };
    assert.deepEqual(fail(2, 3, 4), [], 'weight 2 is enough to keep it');
    assert.deepEqual(fail(2, 3, 4, 5), ['quorum down at 1', 'tell quorum down /bin/down']);
    assert.deepEqual(fail(2, 3), [], 'weight 3 is not enough to gain it');
    assert.deepEqual(fail(2), ['quorum up at 4', 'tell quorum up /bin/up']);
  });

  test('without a sorry server the live ones stay', () => {
    const stage = new Stage().configure(web('quorum 2')).set('10.0.0.2:80', 'down').run(2);
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1');
  });

  test('the sorry server takes the place of all, and hides what they do', () => {
    const stage = new Stage().configure(web(`quorum 2\n${SORRY}`)).run(2);
    stage.set('10.0.0.2:80', 'down').run(20);
    assert.equal(stage.servers(WEB), '10.0.0.99:80*1');
    stage.set('10.0.0.3:80', 'down').run(20);
    assert.equal(stage.servers(WEB), '10.0.0.99:80*1');
    stage.set('10.0.0.2:80', 'up').set('10.0.0.3:80', 'up').run(20);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
  });

  test('inhibited ones stay with weight 0', () => {
    const words = `inhibit_on_failure\nquorum 2\n${SORRY}\nsorry_server_inhibit`;
    const stage = new Stage().configure(web(words)).run(2);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1 10.0.0.99:80*0');
    stage.set('10.0.0.2:80', 'down').run(20);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*0 10.0.0.3:80*0 10.0.0.99:80*1');
  });
});

describe('beginning and end', () => {
  test('alpha begins with nobody', () => {
    const stage = new Stage().configure(web('alpha'));
    assert.equal(stage.servers(WEB), '');
    stage.run(2);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
    assert.ok(stage.news().includes('quorum up at 1'));
  });

  test('omega tells everybody of the end', () => {
    const scripts = 'notify_down /bin/down\nTCP_CHECK {\n}';
    const stage = new Stage().configure(web('omega\nquorum_down /bin/lost', scripts)).run(2);
    stage.feed({ kind: 'stopped' });
    assert.deepEqual(stage.news(), [
      'tell 10.0.0.2:80 down /bin/down',
      'tell 10.0.0.3:80 down /bin/down',
      'tell quorum down /bin/lost',
    ]);
    assert.equal(stage.director.nextDeadline(), undefined);
  });

  test('rs_init_notifies tells of the first states', () => {
    const stage = new Stage().configure(`global_defs {\nrs_init_notifies\n}\n${web()}`);
    assert.deepEqual(stage.news(), ['tell 10.0.0.2:80 up', 'tell 10.0.0.3:80 up']);
  });

  test('who goes on after a crash leaves out who was down, and nobody else', () => {
    const first = new Stage().configure(web('alpha')).set('10.0.0.2:80', 'down').run(5);
    const carried = JSON.parse(JSON.stringify(first.director.exportState()));
    const second = new Stage().configure(web('alpha'), carried);
    assert.equal(second.servers(WEB), '10.0.0.3:80*1');
    assert.deepEqual(second.news(), []);
  });

  test('a crash changes no weight that a script has set', () => {
    const text = web('', 'MISC_CHECK {\nmisc_path /bin/x\nmisc_dynamic\n}', 1);
    const first = new Stage().configure(text).set('/bin/x', { kind: 'exited', status: 9 }).run(2);
    assert.equal(first.servers(WEB), '10.0.0.2:80*7');
    const second = new Stage().configure(text, first.director.exportState());
    assert.equal(second.servers(WEB), '10.0.0.2:80*7');
  });

  test('the first states are not told once more after a crash', () => {
    const text = `global_defs {\nrs_init_notifies\n}\n${web()}`;
    const first = new Stage().configure(text).run(2);
    assert.deepEqual(new Stage().configure(text, first.director.exportState()).news(), []);
  });

  test('between its thresholds a quorum stays what it was, also after a crash', () => {
    const words = 'quorum 2\nhysteresis 1\nsorry_server 10.0.0.99 80';
    const text = web(words, 'TCP_CHECK {\n}', 3);
    const first = new Stage().configure(text).run(2);
    first.set('10.0.0.2:80', 'down').set('10.0.0.3:80', 'down').run(20);
    assert.equal(first.servers(WEB), '10.0.0.4:80*1');
    const second = new Stage().configure(text, first.director.exportState());
    assert.equal(second.servers(WEB), '10.0.0.4:80*1');
  });
});

test('who leaves alpha to others is not down for it, and asks together with them', () => {
  const other = web('alpha').replace('10.0.0.1 80', '10.0.0.9 80');
  const stage = new Stage().configure(web() + other);
  assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
  assert.equal(stage.servers('tcp 10.0.0.9:80'), '');
  stage.run(2);
  assert.equal(stage.asked().length, 2);
  assert.equal(stage.servers('tcp 10.0.0.9:80'), '10.0.0.2:80*1 10.0.0.3:80*1');
});

test('the kernel hears of it before any script does', () => {
  const stage = new Stage().configure(web('quorum 2')).run(2);
  stage.order('10.0.0.2:80', { kind: 'disable', connections: 'cut' });
  assert.deepEqual(stage.orderOfLast, ['realize', 'record', 'record', 'notify']);
});

test('of two virtual servers for one service the first counts', () => {
  const group = 'virtual_server_group g {\n10.0.0.1 80\n10.0.0.8 80\n}\n';
  const other = web().replace('10.0.0.1 80', 'group g').replaceAll('10.0.0.2 80', '10.0.0.7 80');
  const stage = new Stage()
    .configure(group + web() + other)
    .set('10.0.0.7:80', 'down')
    .run(2);
  assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
  assert.equal(stage.servers('tcp 10.0.0.8:80'), '10.0.0.3:80*1');
});

test('of a group of both families that of the real servers is balanced', () => {
  const group = 'virtual_server_group g {\n10.1.0.1 80\nfd00::1 80\nfwmark 7 inet6\n}\n';
  const stage = new Stage().configure(group + web().replace('10.0.0.1 80', 'group g'));
  assert.deepEqual([...stage.kernel.keys()], ['tcp 10.1.0.1:80']);
});

test('a sorry server that is a real server too is there once', () => {
  const text = web('quorum 2\nsorry_server 10.0.0.2 80\nsorry_server_inhibit');
  const stage = new Stage().configure(text);
  assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
  stage.set('10.0.0.3:80', 'down').run(2);
  assert.equal(stage.servers(WEB), '10.0.0.2:80*1');
});

describe('track_check', () => {
  const track = 'track_check api {\nretry 1\nTCP_CHECK {\nconnect_port 6443\n}\n}\n';

  test('asks at once, and tells each change', () => {
    const stage = new Stage().configure(track).run(1);
    assert.deepEqual(stage.news(), ['track api up']);
    stage.set('127.0.0.1:6443', 'down').run(5);
    assert.deepEqual(stage.news(), ['track api down']);
    stage.set('127.0.0.1:6443', 'up').run(5);
    assert.deepEqual(stage.news(), ['track api up']);
  });

  test('what is known is told again after a reload', () => {
    const stage = new Stage().configure(track).run(1);
    stage.news();
    stage.configure(track);
    assert.deepEqual(stage.news(), ['track api up']);
  });
});

test('ha_suspend: nothing is checked while the address is elsewhere, and what is known stays', () => {
  const stage = new Stage().configure(web('ha_suspend')).present('10.0.0.1').run(2);
  stage.present('10.0.0.77');
  stage.set('10.0.0.2:80', 'down');
  stage.asked();
  stage.run(60);
  assert.deepEqual([stage.asked(), stage.open], [[], 0]);
  assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
  stage.present('10.0.0.1').run(20);
  assert.equal(stage.servers(WEB), '10.0.0.3:80*1');
  assert.deepEqual(stage.news().slice(0, 2), ['suspended', 'resumed']);
});

test('lvs_method none: everything is checked and told, nothing is balanced', () => {
  const text = web().replace('lvs_method NAT', 'lvs_method none');
  const stage = new Stage().configure(text).set('10.0.0.2:80', 'down').run(2);
  assert.equal(stage.kernel.size, 0);
  assert.ok(stage.news().includes('tell 10.0.0.2:80 down'));
});

test('a group is one service for each of its entries', () => {
  const group = `virtual_server_group g {\n10.1.0.254-255 80\n10.1.1.0/31 81\nfwmark 7\n}\n`;
  const stage = new Stage().configure(group + web().replace('10.0.0.1 80', 'group g'));
  assert.deepEqual([...stage.kernel.keys()].slice(0, 2), [
    'tcp 10.1.0.254:80',
    'tcp 10.1.0.255:80',
  ]);
  assert.ok(stage.kernel.has('mark 7 ipv4' as never));
  stage.set('10.0.0.2:80', 'down').run(2);
  for (const id of stage.kernel.keys()) assert.equal(stage.servers(id), '10.0.0.3:80*1');
});

test('ten thousand servers: one result touches one service', () => {
  const model = new Stage().configure(web('', 'TCP_CHECK {\n}', 10));
  assert.equal(model.kernel.size, 1);
  const text = Array.from({ length: 1000 }, (_, index) =>
    web('', 'TCP_CHECK {\n}', 10)
      .replace('10.0.0.1 80', `10.2.${index >> 8}.${index & 255} 80`)
      .replaceAll(' 10.0.0.', ` 10.${3 + (index >> 8)}.${index & 255}.`),
  ).join('');
  const stage = new Stage().configure(text);
  stage.set('10.3.0.2:80', 'down').run(1.1);
  assert.equal(stage.servers('tcp 10.2.0.0:80').split(' ').length, 9);
  assert.equal(stage.news().length, 2);
});

test('the kernel is told before the checks of a new configuration are made', () => {
  const { loadBalancing: model } = read(web());
  const director = new Director(createRng(1));
  const checks: number[] = [];
  const push = ({ kind }: DirectorEffect): void => {
    if (kind === 'realize') checks.push([...director.board.entries()].length);
  };
  director.handle(ZERO, { kind: 'configured', model }, { push });
  assert.deepEqual(checks, [0]);
  assert.equal([...director.board.entries()].length, 2);
});
