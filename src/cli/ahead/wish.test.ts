import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { wishOf } from './wish.ts';

suite('what a command line asks of the checker process', () => {
  test('keepalived under each of its names and in each way to ask for it', () => {
    const words = ['-n', '-C', '-f', '/etc/one.conf', '-i', 'left'];
    const expected = { configFile: '/etc/one.conf', mode: 'foreground', configId: 'left' };
    for (const [program, argv] of [
      ['keepalived', words],
      ['holdfast', words],
      ['holdfast', ['keepalived', ...words]],
    ] as const) {
      const { configFile, mode, configId } = wishOf(program, argv) ?? {};
      assert.deepEqual({ configFile, mode, configId }, expected);
    }
  });

  test('holdfast run, where it is plain which file is meant', () => {
    assert.deepEqual(wishOf('holdfast', ['run', '-f', 'a.conf', '--namespace', 'n']), {
      ...{ configFile: 'a.conf', mode: 'foreground', networkNamespace: 'n' },
    });
    assert.equal(wishOf('holdfast', ['run'])?.configFile, '/etc/keepalived/keepalived.conf');
    assert.equal(wishOf('holdfast', ['run', '-f', 'a.conf', '-f', 'b.cfg']), undefined);
  });

  test('and all of it, where keepalived is asked for', () => {
    const { whole } = wishOf('holdfast', ['keepalived', '-C', '-p', '/run/x.pid']) ?? {};
    assert.equal(whole?.programName, 'holdfast');
    assert.equal(whole?.vrrp, 'off');
    assert.deepEqual(whole?.pidFiles, ['/run/x.pid']);
    assert.equal(wishOf('holdfast', ['run'])?.whole, undefined);
  });

  test('what keeps the process from being started ahead is passed on', () => {
    assert.equal(wishOf('keepalived', ['-P'])?.checkers, 'off');
    assert.notEqual(wishOf('keepalived', ['-m'])?.coreDumps, undefined);
    assert.equal(wishOf('keepalived', [])?.mode, 'background');
  });

  test('nothing where no daemon is asked for, or something is wrong', () => {
    for (const argv of [['-t'], ['-v'], ['-h'], ['-T', '-u', '/'], ['--genh'], ['--nonsense']])
      assert.equal(wishOf('keepalived', argv), undefined, argv.join(' '));
    for (const argv of [[], ['status'], ['run', '--help'], ['run', '--nonsense'], ['check', 'f']])
      assert.equal(wishOf('holdfast', argv), undefined, argv.join(' '));
    for (const program of ['haproxy', 'genhash', 'kube-keepalived-vip', 'kubectl-holdfast'])
      assert.equal(wishOf(program, ['-f', 'x']), undefined, program);
  });
});
