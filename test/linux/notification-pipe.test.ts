import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openNotificationPipe } from '../../src/linux/notification-pipe.ts';
import type { OpenPipe, PipeSettings } from '../../src/ports/notification-pipe.ts';
import { testPath } from '../../tools/sweep.ts';

const folder = testPath('pipes');
const isRoot = process.getuid?.() === 0;
let count = 0;

function settings(more: Partial<PipeSettings> = {}): PipeSettings {
  const path = join(folder, `pipe-${++count}`);
  return { path, uid: undefined, gid: undefined, mode: 0o600, ...more };
}

function open(wanted: PipeSettings): OpenPipe {
  const pipe = openNotificationPipe(wanted);
  assert('write' in pipe, JSON.stringify(pipe));
  return pipe;
}

function refusal(wanted: PipeSettings): string {
  const pipe = openNotificationPipe(wanted);
  assert('reason' in pipe);
  return pipe.reason;
}

describe('notification pipes', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  before(() => mkdirSync(folder));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('are made with their mode, read by others, and removed', () => {
    const wanted = settings({ mode: 0o640 });
    const pipe = open(wanted);
    assert.equal(pipe.isNew, true);
    assert.equal(statSync(wanted.path).mode & 0o777, 0o640);
    const reader = openSync(wanted.path, constants.O_RDONLY | constants.O_NONBLOCK);
    assert.equal(pipe.write('one\n'), 'written');
    assert.equal(pipe.write('two\n'), 'written');
    const bytes = Buffer.alloc(64);
    assert.equal(bytes.toString('utf8', 0, readSync(reader, bytes)), 'one\ntwo\n');
    closeSync(reader);
    pipe.close('remove');
    assert.equal(existsSync(wanted.path), false);
  });

  test('take no more when nobody reads, without waiting, and lines stay whole', () => {
    const pipe = open(settings());
    const line = `${'x'.repeat(999)}\n`;
    let written = 0;
    while (pipe.write(line) === 'written') written++;
    assert(written > 10 && written < 10_000);
    assert.equal(pipe.write(line), 'full');
    pipe.close('remove');
  });

  test('that are there already are used and left', () => {
    const wanted = settings();
    execFileSync('mkfifo', ['-m', '0622', wanted.path]);
    const pipe = open(wanted);
    assert.equal(pipe.isNew, false);
    assert.equal(statSync(wanted.path).mode & 0o777, 0o622);
    pipe.close('leave');
    assert.equal(existsSync(wanted.path), true);
  });

  test('are not removed where something else has their name now', () => {
    const wanted = settings();
    const pipe = open(wanted);
    renameSync(wanted.path, `${wanted.path}.moved`);
    writeFileSync(wanted.path, 'of somebody else');
    pipe.close('remove');
    assert.equal(existsSync(wanted.path), true);
  });

  test('are nothing but FIFOs, and no links to them', () => {
    const file = settings();
    writeFileSync(file.path, '');
    assert.equal(refusal(file), 'it is not a FIFO');
    const link = settings();
    execFileSync('mkfifo', [`${link.path}.target`]);
    symlinkSync(`${link.path}.target`, link.path);
    assert.match(refusal(link), /ELOOP/);
    assert.notEqual(refusal(settings({ path: '/nowhere/pipe' })), '');
  });

  test('belong to their user, and are not taken from another', {
    skip: !isRoot && 'needs root',
  }, () => {
    const wanted = settings({ uid: 65_534, gid: 65_533 });
    open(wanted).close('leave');
    const { uid, gid } = statSync(wanted.path);
    assert.deepEqual([uid, gid], [65_534, 65_533]);
    open(wanted).close('leave');
    chownSync(wanted.path, 1234, 1234);
    assert.equal(refusal(wanted), 'it belongs to user 1234');
  });
});
