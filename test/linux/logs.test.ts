import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { bind, close, recv } from '../../src/linux/ffi/libc.ts';
import { openSocket } from '../../src/linux/ffi/open-socket.ts';
import { AF_UNIX, encodeSockaddrUnix } from '../../src/linux/ffi/sockaddr.ts';
import { createJournalSink, encodeJournalEntry } from '../../src/linux/journal.ts';
import { createSyslogSink, formatTime } from '../../src/linux/syslog.ts';
import { testPath } from '../../tools/sweep.ts';
import { succeeded } from './namespaces.ts';

const folder = testPath('logs');
const path = `${folder}/socket`;

/** A logger at `path`, as syslogd or journald is one. */
function openLogger() {
  rmSync(path, { force: true });
  const address = encodeSockaddrUnix(path);
  const fd = succeeded(
    openSocket({ domain: AF_UNIX, type: 2, protocol: 0, mode: 'non-blocking' }, [
      { call: 'bind', need: 'required', run: (each) => bind(each, address, address.length) },
    ]),
  );
  const buffer = Buffer.alloc(1 << 20);
  return {
    next: (): string | undefined => {
      const length = recv(fd, buffer, buffer.length, 0);
      return length < 0 ? undefined : buffer.toString('utf8', 0, length);
    },
    close: () => close(fd),
  };
}

describe('log sinks', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  before(() => {
    mkdirSync(folder, { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const syslog = () =>
    createSyslogSink({ ident: 'Keepalived_vrrp', facility: 'local1', path, wallMs: () => 0 });

  test('syslog: priority, time, name and one line', () => {
    const logger = openLogger();
    const sink = syslog();
    sink.write({ level: 'notice', text: '(VI_1) Entering MASTER STATE\nx\0' });
    const head = `<141>${formatTime(new Date(0))} Keepalived_vrrp[${process.pid}]: `;
    assert.equal(logger.next(), `${head}(VI_1) Entering MASTER STATE x `);
    sink.write({ level: 'info', text: 'a'.repeat(1 << 20) });
    assert.match(logger.next() ?? '', /^<142>.*: a{900,1024}$/);
    sink.close();
    sink.write({ level: 'info', text: 'after the end' });
    assert.equal(logger.next(), undefined);
    logger.close();
  });

  test('syslog: the day is padded with a space', () => {
    assert.match(formatTime(new Date(2024, 1, 3, 4, 5, 6)), /^Feb {2}3 04:05:06$/);
  });

  test('syslog: a logger that was started anew is found, losses are told', () => {
    let logger = openLogger();
    const sink = syslog();
    sink.write({ level: 'info', text: 'one' });
    assert.match(logger.next() ?? '', /one$/);
    logger.close();
    rmSync(path);
    for (let round = 0; round < 3; round++) sink.write({ level: 'info', text: 'lost' });
    logger = openLogger();
    const started = performance.now();
    while (performance.now() - started < 1010);
    sink.write({ level: 'info', text: 'two' });
    sink.write({ level: 'info', text: 'three' });
    const lines: string[] = [];
    for (let line = logger.next(); line !== undefined; line = logger.next()) lines.push(line);
    assert.match(lines[0] ?? '', /^<140>.*3 log messages were lost$/);
    assert.match(lines[1] ?? '', /two$/);
    assert.match(lines[2] ?? '', /three$/);
    logger.close();
    sink.close();
  });

  test('syslog: a logger that does not read never blocks us', () => {
    const logger = openLogger();
    const sink = syslog();
    const started = performance.now();
    for (let round = 0; round < 2000; round++) sink.write({ level: 'info', text: `n${round}` });
    assert.ok(performance.now() - started < 1000);
    while (logger.next() !== undefined);
    sink.write({ level: 'info', text: 'last' });
    assert.match(logger.next() ?? '', /\d+ log messages were lost$/);
    logger.close();
    sink.close();
  });

  test('journal: fields, and values of several lines', () => {
    const logger = openLogger();
    const sink = createJournalSink({ ident: 'holdfast', path });
    sink.write({ level: 'warning', text: 'hello', fields: { oldState: 'backup', vrid: 51 } });
    assert.equal(
      logger.next(),
      'MESSAGE=hello\nPRIORITY=4\nSYSLOG_IDENTIFIER=holdfast\n' +
        'HOLDFAST_OLD_STATE=backup\nHOLDFAST_VRID=51\n',
    );
    const entry = Buffer.from(encodeJournalEntry('x', { level: 'error', text: 'a\nb' }));
    assert.equal(
      entry.toString('latin1'),
      'MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\nPRIORITY=3\nSYSLOG_IDENTIFIER=x\n',
    );
    sink.close();
    logger.close();
  });
});
