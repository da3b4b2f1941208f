import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { runAsHaproxy } from './haproxy.ts';
import { readArguments } from './haproxy-options.ts';

function optionsOf(line: string) {
  const read = readArguments(line.split(' '));
  assert(read.ok, read.ok ? '' : read.message);
  return read.options;
}

describe('options', () => {
  test('are those of haproxy', () => {
    const options = optionsOf(
      '-W -S /m -db -f a.cfg -f d -p /p -L me -n 100 -sf 12 13 -x /s -dM -dr -- b',
    );
    assert.deepEqual(options.paths, ['a.cfg', 'd', 'b']);
    assert.deepEqual(options.oldProcesses, [12, 13]);
    const { masterWorker, masterSocket, foreground, pidFile, localPeer, maxconn, socketsFrom } =
      options;
    assert.deepEqual(
      [masterWorker, masterSocket, foreground, pidFile, localPeer, maxconn, socketsFrom],
      [true, '/m', true, '/p', 'me', 100, '/s'],
    );
  });

  test('what ends old processes, what tells systemd', () => {
    assert.equal(optionsOf('-st 5 -f a').endsOld, 'at-once');
    assert.equal(optionsOf('-Ws').notifies, true);
    assert.deepEqual(optionsOf('-sf').oldProcesses, []);
    assert.equal(optionsOf('-c -q').verbosity, 'quiet');
  });

  test('others are refused, and values must be there', () => {
    for (const line of ['-zz', 'file', '-f', '-L', '-cc', '--help-me']) {
      assert.equal(readArguments(line.split(' ')).ok, false, line);
    }
  });
});

describe('haproxy -c', () => {
  const folder = mkdtempSync(join(tmpdir(), 'haproxy-cli-'));
  after(() => rmSync(folder, { recursive: true }));
  const times = ' timeout connect 1s\n timeout client 1s\n timeout server 1s\n';
  const files: Readonly<Record<string, string>> = {
    good: `defaults\n${times}frontend f\n bind :18080\n`,
    warned: 'frontend f\n bind :18080\n',
    idle: `defaults\n${times}backend b\n`,
    bad: 'frontend f\n bind :18080 nmae x\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);

  async function run(line: string): Promise<{ code: number; out: string; err: string }> {
    const said = { out: '', err: '' };
    const output = {
      out: (text: string) => {
        said.out += text;
      },
      err: (text: string) => {
        said.err += text;
      },
    };
    const words = line.split(' ').map((word) => word.replace('@', `${folder}/`));
    const code = await runAsHaproxy('haproxy', words, output);
    return { code, ...said };
  }
  const runText = async (line: string): Promise<string> => {
    const { code, out } = await run(line);
    return `${code} ${out.trim().replaceAll('\n', ' | ')}`;
  };

  test('ends and speaks as HAProxy does', async () => {
    assert.equal(await runText('-c -f @good'), '0 Configuration file is valid');
    assert.equal(await runText('-c -q -f @good'), '0 ');
    assert.equal(
      await runText('-c -f @warned'),
      '0 Warnings were found. | Configuration file is valid',
    );
    assert.equal(await runText('-c -dW -f @warned'), '1 ');
    assert.equal(await runText('-c -f @bad'), '1 ');
    assert.equal(await runText('-c -f @none'), '1 ');
    assert.match(
      await runText('-c -f @idle'),
      /^2 Configuration file has no error but will not start/,
    );
    assert.equal((await run('-c')).code, 1);
    assert.equal((await run('-C /nowhere -c -f @good')).code, 1);
  });

  test('messages have the shape of its own, and say what was meant', async () => {
    const { err } = await run('-c -f @bad');
    const [version, path, first, ...rest] = err.trim().split('\n');
    assert.match(version ?? '', /^\[NOTICE\] {3}\(\d+\) : haproxy version is 2\.6\.12/);
    assert.match(path ?? '', /^\[NOTICE\] {3}\(\d+\) : path to executable is /);
    assert.match(
      first ?? '',
      /^\[ALERT\] {4}\(\d+\) : config : parsing \[.*bad:2\] : 'bind' has no option 'nmae' \(did you mean 'name'\?\)\.$/,
    );
    assert.match(rest.at(-1) ?? '', /: config : Fatal errors found in configuration\.$/);
    const quiet = await run('-c -q -f @warned');
    assert.equal(quiet.err, '');
  });

  test('conditions are answered by the exit code', async () => {
    const codes = ['1', '0', 'defined(HOLDFAST)', 'version_atleast(2.6)', 'feature(QUIC)', 'no'];
    const answers = await Promise.all(
      codes.map(async (condition) => (await run(`-cc ${condition}`)).code),
    );
    assert.deepEqual(answers, [0, 1, 0, 0, 1, 2]);
  });

  test('the version is that which conditions ask about', async () => {
    assert.match(await runText('-v'), /^0 HAProxy version 2\.6\.12/);
  });
});
