import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Stage, WEB, web } from './stage.ts';

describe('operators', () => {
  test('disable drains or cuts, whatever checks say; enable lets them decide', () => {
    const stage = new Stage().configure(web()).run(2);
    stage.order('10.0.0.2:80', { kind: 'disable', connections: 'drain' });
    assert.equal(stage.servers(WEB), '10.0.0.2:80*0 10.0.0.3:80*1');
    stage.order('10.0.0.2:80', { kind: 'disable', connections: 'cut' });
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1');
    stage.configure(web('quorum 1'));
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1', 'a reload does not forget it');
    const carried = stage.director.exportState();
    stage.order('10.0.0.2:80', { kind: 'enable' });
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
    assert.equal(new Stage().configure(web(), carried).servers(WEB), '10.0.0.3:80*1');
  });

  test('a disabled server counts for no quorum', () => {
    const stage = new Stage().configure(web('quorum 2\nsorry_server 10.0.0.99 80')).run(2);
    stage.order('10.0.0.2:80', { kind: 'disable', connections: 'cut' });
    assert.equal(stage.servers(WEB), '10.0.0.99:80*1');
  });

  test('a weight is set and reset, in one service or in all', () => {
    const other = web().replace('10.0.0.1 80', '10.0.0.9 80');
    const stage = new Stage().configure(web() + other).run(2);
    stage.order('10.0.0.2:80', { kind: 'weigh', weight: 7 }, WEB);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*7 10.0.0.3:80*1');
    assert.equal(stage.servers('tcp 10.0.0.9:80'), '10.0.0.2:80*1 10.0.0.3:80*1');
    stage.order('10.0.0.2:80', { kind: 'weigh' });
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
  });

  test('an order to cut ends connections, and only those of that server', () => {
    const stage = new Stage().configure(web('', 'TCP_CHECK {\n}', 3)).run(2);
    const fate = () => stage.kernel.get(WEB as never)?.removedConnections;
    assert.equal(fate(), 'drain');
    stage.order('10.0.0.2:80', { kind: 'disable', connections: 'cut' });
    assert.equal(fate(), 'cut');
    stage.set('10.0.0.3:80', 'down').run(20);
    assert.equal(stage.servers(WEB), '10.0.0.4:80*1');
    assert.equal(fate(), 'drain');
  });

  test('a server that fails while it is drained leaves like any other', () => {
    const stage = new Stage().configure(web()).run(2);
    stage.order('10.0.0.2:80', { kind: 'disable', connections: 'drain' });
    stage.news();
    stage.set('10.0.0.2:80', 'down').run(20);
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1');
    assert.deepEqual(stage.news(), ['tell 10.0.0.2:80 down']);
    stage.order('10.0.0.2:80', { kind: 'enable' });
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1', 'enabled, it is still down');
    stage.set('10.0.0.2:80', 'up').run(20);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
  });

  test('cut means out, also where failed servers are inhibited', () => {
    const stage = new Stage().configure(web('inhibit_on_failure')).run(2);
    stage.order('10.0.0.2:80', { kind: 'disable', connections: 'cut' });
    stage.set('10.0.0.2:80', 'down').run(20);
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1');
  });

  test('an operator has the last word about a weight', () => {
    const script = 'MISC_CHECK {\nmisc_path /bin/x\nmisc_dynamic\n}';
    const stage = new Stage().configure(web('', script, 1));
    stage.set('/bin/x', { kind: 'exited', status: 9 }).run(2);
    stage.order('10.0.0.2:80', { kind: 'weigh', weight: 70_000 });
    assert.equal(stage.servers(WEB), '10.0.0.2:80*65535');
    stage.order('10.0.0.2:80', { kind: 'weigh', weight: 3 });
    stage.set('/bin/x', { kind: 'exited', status: 12 }).run(20);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*3');
    stage.order('10.0.0.2:80', { kind: 'weigh' });
    assert.equal(stage.servers(WEB), '10.0.0.2:80*10');
  });

  test('one service may be an exception of what holds for all', () => {
    const other = web().replace('10.0.0.1 80', '10.0.0.9 80');
    const stage = new Stage().configure(web() + other).run(2);
    stage.order('10.0.0.2:80', { kind: 'disable', connections: 'cut' });
    stage.order('10.0.0.2:80', { kind: 'enable' }, WEB);
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
    assert.equal(stage.servers('tcp 10.0.0.9:80'), '10.0.0.3:80*1');
    assert.equal(stage.director.exportState().orders.length, 2);
    stage.order('10.0.0.2:80', { kind: 'enable' });
    assert.deepEqual(stage.director.exportState().orders, []);
    assert.equal(stage.servers('tcp 10.0.0.9:80'), '10.0.0.2:80*1 10.0.0.3:80*1');
  });
});
