import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Stage, WEB, web } from './stage.ts';

describe('reloads', () => {
  test('who is down stays so, also where the pace of the check changes', () => {
    const stage = new Stage().configure(web()).set('10.0.0.2:80', 'down').run(5);
    stage.news();
    stage.configure(web('quorum 1')).configure(web().replace('delay_loop 10', 'delay_loop 20'));
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1');
    assert.deepEqual(stage.news(), []);
  });

  test('what goes is removed, what comes is added, questions about it are dropped', () => {
    const stage = new Stage().configure(web()).run(5);
    const other = web().replaceAll('10.0.0.2 80', '10.0.0.7 80');
    stage.configure(other);
    assert.equal(stage.servers(WEB), '10.0.0.7:80*1 10.0.0.3:80*1');
    stage.configure(web().replace('10.0.0.1 80', '10.0.0.8 80'));
    assert.deepEqual([...stage.kernel.keys()], ['tcp 10.0.0.8:80']);
    stage.configure('');
    assert.equal(stage.kernel.size, 0);
    assert.equal(stage.director.nextDeadline(), undefined);
  });

  test('a question about what goes is dropped, one about what stays is not asked again', () => {
    const stage = new Stage().configure(web()).answerBy('hanging').run(2);
    assert.equal(stage.open, 2);
    stage.configure(web('', 'TCP_CHECK {\n}', 1)).run(60);
    assert.equal(stage.open, 1);
    stage.set('10.0.0.2:80', 'down').answerBy('prompt');
    assert.equal(stage.servers(WEB), '');
    stage.configure('');
    assert.equal(stage.open, 0);
  });

  test('an unchanged configuration changes nothing', () => {
    const stage = new Stage().configure(web()).run(5);
    const before = stage.kernel.get(WEB as never);
    stage.configure(web());
    assert.equal(stage.kernel.get(WEB as never), before);
  });

  test('a new check takes out nobody who was well, and lets in nobody who was not', () => {
    for (const words of ['', 'alpha']) {
      const stage = new Stage().configure(web(words)).set('10.0.0.2:80', 'down').run(2);
      stage.configure(web(words, 'PING_CHECK {\n}'));
      assert.equal(stage.servers(WEB), '10.0.0.3:80*1', words);
      stage.set('10.0.0.2:80', 'up').run(2);
      assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1', words);
    }
  });

  test('a server that comes begins as at the start', () => {
    for (const [words, servers] of [
      ['', '10.0.0.2:80*1 10.0.0.3:80*1 10.0.0.4:80*1'],
      ['alpha', '10.0.0.2:80*1 10.0.0.3:80*1'],
    ] as const) {
      const stage = new Stage().configure(web(words)).run(2);
      stage.configure(web(words, 'TCP_CHECK {\n}', 3));
      assert.equal(stage.servers(WEB), servers);
    }
  });

  test('whose failed check is taken away comes back, and that is told', () => {
    const stage = new Stage().configure(web()).set('10.0.0.2:80', 'down').run(2);
    stage.news();
    stage.configure(web('', ''));
    assert.equal(stage.servers(WEB), '10.0.0.2:80*1 10.0.0.3:80*1');
    assert.deepEqual(stage.news(), ['10.0.0.2:80 up by reload', 'tell 10.0.0.2:80 up']);
  });

  test('another pace loses neither the weight that a script has set nor a probe', () => {
    const script = 'MISC_CHECK {\nmisc_path /bin/x\nmisc_timeout 5\nmisc_dynamic\n}';
    const stage = new Stage().configure(web('', script, 1));
    stage.set('/bin/x', { kind: 'exited', status: 9 }).run(2);
    // Also twice, before the script has run again.
    for (const pace of [30, 20]) {
      stage.configure(web(`delay_loop ${pace}`, script, 1));
      assert.equal(stage.servers(WEB), '10.0.0.2:80*7');
    }
    stage.asked();
    stage.run(25);
    assert.deepEqual(stage.asked(), ['2 /bin/x', '22 /bin/x']);
  });

  test('another quorum is judged at once', () => {
    const stage = new Stage().configure(web('quorum 1\nsorry_server 10.0.0.99 80'));
    stage.set('10.0.0.2:80', 'down').run(2);
    stage.configure(web('quorum 2\nsorry_server 10.0.0.99 80'));
    assert.equal(stage.servers(WEB), '10.0.0.99:80*1');
    stage.configure(web('quorum 1\nsorry_server 10.0.0.99 80'));
    assert.equal(stage.servers(WEB), '10.0.0.3:80*1');
  });

  test('who rests goes on resting, and nothing is told of it', () => {
    const stage = new Stage().configure(web('ha_suspend')).present('10.0.0.77');
    assert.deepEqual(stage.news(), ['suspended']);
    stage.configure(web('ha_suspend')).run(20);
    assert.deepEqual([stage.news(), stage.asked()], [[], []]);
  });
});
