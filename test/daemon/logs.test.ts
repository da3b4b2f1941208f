import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { createDaemonLab, holdfast, instance, masterOf, skipDaemon } from './support.ts';

describe('what the daemon says', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
  });
  after(() => lab?.destroy());

  test('--log-format json: every line parses, and transitions carry fields', async () => {
    const config = `${instance()}vrrp_instance broken {\n    nonsense 1\n}\n`;
    const daemon = await host.start({
      program: 'holdfast',
      config,
      args: ['-d', '--log-format', 'json'],
    });
    await masterOf(daemon);
    assert.equal((await daemon.stop()).status, 0);
    const lines = daemon.log.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    for (const line of lines) {
      assert.match(String(line.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.match(String(line.level), /^(?:error|warning|notice|info|debug)$/);
      assert.equal(typeof line.message, 'string');
    }
    const transition = lines.find(({ state }) => state === 'MASTER');
    assert.equal(transition?.instance, 'VI_1');
    assert.equal(transition?.from, 'BACKUP');
    assert.equal(transition?.priority, 100);
    assert.equal(typeof transition?.cause, 'string');
  });

  test('text has a time and the name in front, as on the console of keepalived', async () => {
    const daemon = await host.start({ program: 'holdfast', config: instance() });
    await masterOf(daemon);
    assert.equal((await daemon.stop()).status, 0);
    for (const { text } of daemon.log) {
      assert.match(text, /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}: |^[A-Z]/);
    }
    assert(daemon.log.some(({ text }) => / holdfast: \(VI_1\) Entering MASTER STATE$/.test(text)));
  });

  /** Files in which a password stands, most of them with an error near it. */
  const password = 'Xq7sEcrT';
  const authentication = (...rows: string[]) =>
    instance({ lines: ['authentication {', ...rows.map((row) => `    ${row}`), '}'] })
      .replace('version 3', 'version 2')
      .replace('advert_int 0.1', 'advert_int 1');
  const secretive: Readonly<Record<string, string>> = {
    right: authentication('auth_type PASS', `auth_pass ${password}`),
    'too long': authentication('auth_type PASS', `auth_pass ${password}AndMore`),
    'with a word too many': authentication('auth_type PASS', `auth_pass nothing ${password}`),
    quoted: authentication('auth_type PASS', `auth_pass "${password}"`),
    'unterminated quote': authentication('auth_type PASS', `auth_pass "${password}`),
    'with a brace': authentication('auth_type PASS', `auth_pass ${password} }`),
    'of an unknown type': authentication('auth_type HMAC', `auth_pass ${password}`),
    'of type AH': authentication('auth_type AH', `auth_pass ${password}`),
    'given twice': authentication(
      'auth_type PASS',
      `auth_pass ${password}`,
      `auth_pass ${password}2`,
    ),
    'misspelt keyword': authentication('auth_type PASS', `auth_pas ${password}`),
    'misspelt twice': authentication('auth_type PASS', `authpassword ${password}`),
    'outside of its block': instance({ lines: [`auth_pass ${password}`] }),
    'in version 3': instance({
      lines: ['authentication {', '  auth_type PASS', `  auth_pass ${password}`, '}'],
    }),
    'by a definition': `$SECRET=${password}\n${authentication('auth_type PASS', 'auth_pass $SECRET')}`,
  };

  for (const [title, config] of Object.entries(secretive)) {
    test(`a password ${title} appears nowhere`, async () => {
      const file = host.write('secret.conf', config);
      const commands = [['check'], ['check', '--json'], ['-t']];
      const said = await Promise.all(
        commands.map((words) => host.run([holdfast, ...words, '-f', file])),
      );
      for (const { stdout, stderr } of said) {
        assert.doesNotMatch(stdout + stderr, new RegExp(password));
      }
    });
  }

  test('the log with -D and the dump with -d hold no password, also after a reload', async () => {
    const file = host.write('secret.conf', secretive.right ?? '');
    const daemon = await host.start({ program: 'holdfast', config: { file }, args: ['-d'] });
    await masterOf(daemon);
    for (const config of Object.values(secretive)) {
      host.write('secret.conf', config);
      const sinceMs = monotonicMs();
      daemon.signal('SIGHUP');
      await daemon.logContains(/reload refused|Configuration reloaded/, { afterMs: sinceMs });
    }
    assert.equal((await daemon.stop()).status, 0);
    const log = daemon.log.map(({ text }) => text).join('\n');
    assert.doesNotMatch(log, new RegExp(password));
    assert.match(log, /Virtual Router ID = 51/, 'the dump is there');
  });
});
