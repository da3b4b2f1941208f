import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerMaster, type MasterView, splitCommands } from './master-commands.ts';

const master: MasterView = {
  version: '2.6.12',
  failedReloads: 1,
  processes: [
    { pid: 10, kind: 'master', reloads: 2, uptimeSeconds: 90_061 },
    { pid: 12, kind: 'worker', reloads: 0, uptimeSeconds: 5 },
    { pid: 11, kind: 'old worker', reloads: 1, uptimeSeconds: 65 },
  ],
};

describe('commands of the master', () => {
  test('show proc has the lines of haproxy', () => {
    const answer = answerMaster('show  proc', master, 'user');
    assert.ok(answer.kind === 'say');
    assert.deepEqual(answer.text.split('\n'), [
      '#<PID>          <type>          <reloads>       <uptime>        <version>      ',
      '10              master          2 [failed: 1]   1d01h01m01s     2.6.12         ',
      '# workers',
      '12              worker          0               0d00h00m05s     2.6.12         ',
      '# old workers',
      '11              worker          1               0d00h01m05s     2.6.12         ',
      '# programs',
      '',
    ]);
  });

  test('a prefix names who is meant', () => {
    const ask = (text: string) => answerMaster(text, master, 'admin');
    assert.deepEqual(ask('@1 show info'), { kind: 'pass-on', pid: 12, line: 'show info' });
    assert.deepEqual(ask('@!11 show info'), { kind: 'pass-on', pid: 11, line: 'show info' });
    assert.deepEqual(ask('@!12'), { kind: 'aim', pid: 12 });
    assert.deepEqual(ask('@master'), { kind: 'aim', pid: undefined });
    assert.equal(ask('@master reload').kind, 'reload');
    assert.equal(ask('@!10 reload').kind, 'reload');
    for (const nobody of ['@2 x', '@0 x', '@!13 x', '@x y', '@']) {
      const answer = ask(nobody);
      assert.ok(answer.kind === 'say');
      assert.match(answer.text, /^Can't find the target PID matching the prefix '@/);
    }
  });

  test('the level may only fall, and says what is permitted', () => {
    assert.deepEqual(answerMaster('reload', master, 'operator'), {
      kind: 'say',
      text: 'Permission denied\n',
    });
    assert.deepEqual(answerMaster('user', master, 'operator'), { kind: 'level', level: 'user' });
    assert.equal(answerMaster('operator', master, 'user').kind, 'say');
  });

  test('commands are parted by semicolons that have no backslash', () => {
    assert.deepEqual(splitCommands(' @1 show info ;; reload; a\\;b \\'), [
      '@1 show info',
      'reload',
      'a\\;b \\',
    ]);
  });
});
