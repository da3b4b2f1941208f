import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { millis } from '../../src/base/time.ts';
import type { CheckTarget } from '../../src/config/model/health-check.ts';
import { skipKernelTests, testEnds } from '../linux/namespaces.ts';
import { missingPrograms, openProbeLab, type ProbeLab, targetOf, untilPasses } from './support.ts';

const skip = skipKernelTests || missingPrograms('aiosmtpd');
const [{ right }] = testEnds;
const heloName = 'smtpchecker.keepalived.org';
const passed = { kind: 'passed', detail: 'greeted, and took leave' };

describe('smtp probes', { skip }, () => {
  let lab: ProbeLab;
  const servers: Server[] = [];

  before(async () => {
    lab = await openProbeLab('probe-smtp');
    lab.serve('aiosmtpd', '-n', '-l', `${right}:25`, '-c', 'aiosmtpd.handlers.Sink');
    await untilPasses(lab, { kind: 'tcp', target: targetOf(right, 25) });
  });
  after(async () => {
    for (const server of servers) server.close();
    await lab.close();
  });

  async function ask(port: number, changes: Partial<CheckTarget> = {}, name = heloName) {
    const target = targetOf(right, port, changes);
    return (await lab.ask({ kind: 'smtp', target, heloName: name })).finding;
  }

  /** Says the first line at once, the others each when something was said; then it ends. */
  function saying(lines: readonly string[], heard: string[] = []): number {
    const server = createServer((socket) => {
      const rest = [...lines];
      socket.on('error', () => {});
      socket.on('data', (piece) => {
        heard.push(piece.toString('latin1'));
        const next = rest.shift();
        if (next === undefined) socket.end();
        else socket.write(next);
      });
      // In two pieces, as networks may cut it.
      const greeting = rest.shift() ?? '';
      socket.write(greeting.slice(0, 2));
      setTimeout(() => socket.write(greeting.slice(2)), 5);
    });
    servers.push(server);
    lab.right.inside(() => void server.listen(0));
    const address = server.address();
    assert(address !== null && typeof address === 'object');
    return address.port;
  }

  test('a mail server passes, at the port of the protocol', async () => {
    assert.deepEqual(await ask(0), passed);
  });

  test('what is said has the bytes that keepalived says', async () => {
    const heard: string[] = [];
    await ask(saying(['220 hi\r\n', '250 ok\r\n', '221 bye\r\n'], heard));
    // Recorded of keepalived 2.2.7.
    assert.deepEqual(heard, ['HELO smtpchecker.keepalived.org\r\n', 'QUIT\r\n']);
  });

  test('several lines, bare line feeds and codes alone are replies; good-bye is as it likes', async () => {
    for (const lines of [
      ['220-hi\r\n220-and\r\n220 welcome\r\n', '250-ok\r\n250 PIPELINING\r\n', '221 bye\r\n'],
      ['220 hi\n', '250 ok\n', '221 bye\n'],
      ['220\r\n', '250\r\n', '221\r\n'],
      ['220 hi\r\n', '250 ok\r\n', '500 what\r\n'],
      ['220 hi\r\n', '250 ok\r\n'],
    ]) {
      assert.deepEqual(await ask(saying(lines)), passed, lines.join());
    }
  });

  test('wrong, silent and closed servers fail', async () => {
    const short = { connectTimeout: millis(100) };
    const answer = (detail: string) => ({ kind: 'failed', cause: 'answer', detail });
    const late = (missing: string) => ({
      kind: 'failed',
      cause: 'timeout',
      detail: `no ${missing} within 0.1 s`,
    });
    const cases: [readonly string[], unknown][] = [
      [['554 go away\r\n'], answer('greeting: 554, not 220')],
      [['SSH-2.0-OpenSSH\r\n'], answer('greeting: no SMTP')],
      [['220 hi\r\n', '502 what\r\n'], answer('reply to HELO: 502, not 250')],
      [['220 hi\r\n'], answer('the connection ended instead of a reply to HELO')],
      [[`${'220-x\r\n'.repeat(3000)}`], answer('greeting: no SMTP')],
      [['220-hi\r\n'], late('greeting')],
      [['220 hi\r\n', '250-ok\r\n'], late('reply to HELO')],
      [['220 hi\r\n', '250 ok\r\n', '221-'], late('reply to QUIT')],
    ];
    for (const [lines, expected] of cases) {
      assert.deepEqual(await ask(saying(lines), short), expected, lines[0]?.slice(0, 20));
    }
    assert.deepEqual(await ask(26), {
      kind: 'failed',
      cause: 'refused',
      detail: 'connection refused',
    });
  });
});
