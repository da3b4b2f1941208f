import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NotificationPipe } from '../config/model/notification-pipes.ts';
import type { PipeSettings } from '../ports/notification-pipe.ts';
import type { ScriptOutcome } from '../ports/scripts.ts';
import { NotificationPipes } from './notification-pipes.ts';

/** Pipes that are lists, and programs that run until they are told to end. */
function createStage({ existing = [] }: { readonly existing?: readonly string[] } = {}) {
  const told: string[] = [];
  const log: string[] = [];
  const opened: PipeSettings[] = [];
  const readers: { argv: readonly string[]; end: (outcome: ScriptOutcome) => void }[] = [];
  let capacity = Number.POSITIVE_INFINITY;
  const pipes = new NotificationPipes({
    umask: 0o027,
    log: { write: ({ text }) => log.push(text), close: () => {} },
    openPipe: (settings) => {
      opened.push(settings);
      const { path } = settings;
      return {
        isNew: !existing.includes(path),
        write: (line) => {
          if (capacity-- <= 0) return 'full';
          told.push(`${path} ${line}`);
          return 'written';
        },
        close: (fate) => told.push(`${path} ${fate}`),
      };
    },
    scripts: {
      run: ({ argv }, { extraArguments = [] }, end) => {
        const call = [...argv, ...extraArguments];
        readers.push({ argv: call, end });
        return { pid: 1, kill: (signal) => told.push(`${call.join(' ')} ${signal}`) };
      },
    },
  });
  const take = (): string[] => told.splice(0);
  return { pipes, log, opened, readers, take, fill: () => (capacity = 0) };
}

function configured(...pipes: readonly NotificationPipe[]) {
  return pipes;
}

describe('notification pipes', () => {
  test('all get every line, in keepalived’s words', () => {
    const { pipes, opened, take } = createStage();
    pipes.configure(configured({ path: '/all' }, { path: '/vrrp' }));
    assert.deepEqual(
      opened.map(({ mode }) => mode.toString(8)),
      ['640', '640'],
    );
    pipes.tell('VI 1', 'MASTER_RX_LOWER_PRI', 100);
    assert.deepEqual(take(), [
      '/all INSTANCE "VI 1" MASTER_RX_LOWER_PRI 100\n',
      '/vrrp INSTANCE "VI 1" MASTER_RX_LOWER_PRI 100\n',
    ]);
    pipes.configure(configured({ path: '/all' }));
    pipes.tellPriority('A', 'master', 90);
    pipes.tellPriority('A', 'fault', 80);
    pipes.tellAgain('A', 'init', 80);
    pipes.tellAgain('A', 'backup', 80);
    assert.deepEqual(take(), [
      '/vrrp remove',
      '/all INSTANCE "A" MASTER_PRIORITY 90\n',
      '/all INSTANCE "A" BACKUP_PRIORITY 80\n',
      '/all INSTANCE "A" BACKUP 80\n',
    ]);
    pipes.close('remove');
    assert.deepEqual(take(), ['/all remove']);
  });

  test('what was there before stays, whichever program of this daemon closes it', () => {
    const { pipes, take } = createStage({ existing: ['/theirs', '/handed'] });
    pipes.importMade(['/handed']);
    pipes.configure(configured({ path: '/theirs' }, { path: '/handed' }));
    pipes.close('remove');
    assert.deepEqual(take(), ['/theirs leave', '/handed remove']);
    const first = createStage();
    first.pipes.configure(configured({ path: '/ours' }));
    first.pipes.close('leave');
    assert.deepEqual([first.take(), first.pipes.exportMade()], [['/ours leave'], ['/ours']]);
  });

  test('a full pipe is told of once, and nothing waits', () => {
    const { pipes, log, fill } = createStage();
    pipes.configure(configured({ path: '/all' }));
    fill();
    for (let count = 0; count < 3; count++) pipes.tell('A', 'MASTER', 1);
    assert.equal(pipes.dropped, 3);
    assert.deepEqual(log, ['notify FIFO /all takes no more: nobody reads it']);
  });

  test('a reader runs as long as its pipe is there, and comes back at a reload', () => {
    const { pipes, log, opened, readers, take } = createStage();
    const model = configured({ path: '/all', reader: { argv: ['/bin/reader', 'one'] } });
    pipes.configure(model);
    pipes.configure(model);
    assert.deepEqual(
      readers.map(({ argv }) => argv),
      [['/bin/reader', 'one', '/all']],
    );
    assert.equal(opened.length, 1);
    readers[0]?.end({ kind: 'exited', status: 0 });
    assert.deepEqual(log, ['notify FIFO script /bin/reader ended']);
    pipes.configure(model);
    assert.equal(readers.length, 2);
    pipes.configure([]);
    assert.deepEqual(take(), ['/bin/reader one /all SIGTERM', '/all remove']);
    readers[1]?.end({ kind: 'signalled', signal: 'SIGTERM' });
    assert.equal(log.length, 1, 'an end that was asked for is no news');
  });

  test('a user who does not exist has no pipe', () => {
    const { pipes, log, opened } = createStage();
    pipes.configure(configured({ path: '/all', user: 'nobody-of-this-name' }));
    assert.equal(opened.length, 0);
    assert.match(log.join(), /\/all is not used: no such user/);
  });
});
