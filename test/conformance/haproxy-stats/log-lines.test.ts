import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { failed, ok } from '../../../src/base/result.ts';
import type { LogTarget } from '../../../src/config/model/proxy.ts';
import { compileLogFormat } from '../../../src/core/proxy/log/compile.ts';
import { sealMessage } from '../../../src/core/proxy/log/envelope.ts';
import type { SessionFacts } from '../../../src/core/proxy/log/facts.ts';
import { connectionLine, predefinedWriter } from '../../../src/core/proxy/log/predefined.ts';
import { HAPROXY, Peer } from './peer.ts';

const skip = existsSync(HAPROXY) ? false : 'needs Debian’s haproxy';

/**
 * Of what depends neither on time nor on what haproxy makes of headers inside (its bytes are not those of the wire).
 * Frontend `f0`, `f1`, …
 */
const formats = [
  '%ci:%cp|%fi:%fp|%bi:%bp|%si:%sp|%{+X}ci:%{+X}cp|%{+X}bi:%{+X}sp',
  '%f|%ft|%b|%s|%{+Q}f|%{+Q}s|%pid|%{+X}pid|%H|%{+Q}H|%ID|%{+Q}ID',
  '%r|%{+Q}r|%{+E}r|%{+Q,+E}r|%{+Q}hr|%{+Q}hrl|%hrl|%hsl|%hs|%hr|%{+E}hr|%{+Q,+E}hrl|%{+E}hsl',
  '%HM|%HP|%HPO|%HQ|%HU|%HV|%{+Q}HQ|%{+Q}HM|%{+E}HU',
  '%ST|%CC|%CS|%tsc|%ts|%rc|%sc|%sq|%bq|%{+X}ST',
  '%sslc|%sslv|%{+Q}sslc|%{+Q}CC|%{+Q}CS|%{+Q}ts|%{+Q}ST|%{+Q}pid',
  '  a  b   %hr  c   d %% e  ',
  '%{+Q}o %ci %cp %bi %bp %ts %{-Q}b|%{+E}f %s %si %sp %ID %HM %ST %tsc %hr %hs %hrl %hsl %r',
  '%{+X,+Q}o %ci:%cp %fp %b %ST %{-X}cp %{-Q,-X}f %{+E}s x',
  '%[int(5)]|%{+Q}[int(5)]|%[var(txn.none)]|%{+Q}[var(txn.none)]|%{+E}[int(7)]',
  '%{+Q,+E}[capture.req.hdr(1)]|%[capture.req.hdr(1)]|%{+Q}[capture.req.hdr(1)]',
];

/** As predefined formats; their times and numbers are compared by their shape. */
const predefined = ['httplog', 'clf', 'tcplog'] as const;

const targets = [
  'rfc3164',
  'rfc5424',
  'local',
  'priority',
  'short',
  'timed',
  'iso',
  'raw',
] as const;

const answer =
  'http-request return status 200 content-type text/plain string "hello" hdr X-Out out[1]';

const text = `
global
  stats socket @/admin.sock
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
${formats
  .map(
    (format, index) => `
frontend f${index}
  bind unix@@/f${index}.sock accept-proxy
  log stdout format raw local0
  log-format "@${index}@ ${format.replaceAll('"', '\\"')}"
  declare capture request len 12
  capture request header X-One len 12
  capture request header X-Two len 12
  ${answer}`,
  )
  .join('\n')}
${predefined
  .map(
    (name) => `
frontend ${name}
  bind unix@@/${name}.sock accept-proxy
  log stdout format raw local0
  ${name === 'tcplog' ? 'mode tcp\n  option tcplog' : `option httplog ${name === 'clf' ? 'clf' : ''}\n  ${answer}`}`,
  )
  .join('\n')}
frontend none
  mode tcp
  bind unix@@/none.sock accept-proxy
  log stdout format raw local0
${targets
  .map(
    (format) => `
frontend to-${format}
  bind unix@@/to-${format}.sock accept-proxy
  log stdout len 120 format ${format} local2 info notice
  log-tag a-tag
  log-format "@${format}@ ${'0123456789 '.repeat(20)}"
  ${answer}`,
  )
  .join('\n')}
`;

/** `declare capture` is the first of the captures, and nothing fills it. */
const uri = '/p%20q/%7b{c|d}"e[x]?a="1"&b=%5d]#';
const request = `GET ${uri.replace('#', '')} HTTP/1.1\r\nHost: h\r\nX-One: a"b]{c}|\\\r\nConnection: close\r\n\r\n`;
const proxyLine = 'PROXY TCP4 192.0.2.1 192.0.2.2 50230 80\r\n';

let peer: Peer;
let response = '';

before(async () => {
  if (skip !== false) return;
  peer = new Peer('log', text);
  await peer.until('listening', () => existsSync(`${peer.folder}/to-raw.sock`));
  for (const name of [...formats.map((_, index) => `f${index}`), 'httplog', 'clf'])
    response = await peer.exchange(`${name}.sock`, proxyLine + request);
  for (const name of ['tcplog', 'none']) await peer.exchange(`${name}.sock`, proxyLine);
  for (const format of targets) await peer.exchange(`to-${format}.sock`, proxyLine + request);
  const lines = formats.length + predefined.length + 1 + targets.length;
  await peer.until('all lines written', () => peer.said.split('\n').length > lines);
});
after(() => (skip === false ? peer.stop() : undefined));

function line(has: string): string {
  const found = peer.said.split('\n').find((candidate) => candidate.includes(has));
  assert.ok(found !== undefined, `no line with ${has} in\n${peer.said}`);
  return found;
}

const parse = (address: string, port: number) =>
  ({ kind: 'ip', ip: address as never, port }) as const;

function facts(frontend: string): SessionFacts {
  return {
    ...{ frontend, isTls: false, backend: frontend, server: '<NOSRV>' },
    ...{ client: parse('192.0.2.1', 50_230), destination: parse('192.0.2.2', 80) },
    ...{ acceptedAtMs: Date.now(), requestAtMs: Date.now() },
    times: {
      ...{ handshake: 0, idle: 0, request: 0, queue: -1, connect: -1, response: -1 },
      ...{ active: 0, total: 0 },
    },
    ...{ bytesOut: response.length, bytesIn: request.length, status: 200 },
    termination: { cause: 'L', phase: 'R', cookie: '-', cookieAction: '-' },
    counts: { process: 1, frontend: 1, backend: 0, server: 0 },
    ...{ retries: 0, isRedispatched: false, serverQueue: 0, backendQueue: 0 },
    request: { method: 'GET', uri: uri.replace('#', ''), version: 'HTTP/1.1' },
    ...{ requestNumber: 1, logNumber: 1, isEarly: false },
  };
}

const values: Readonly<Record<string, string | undefined>> = {
  'int(5)': '5',
  'int(7)': '7',
  'var(txn.none)': undefined,
  'capture.req.hdr(1)': 'a"b]{c}|\\',
};
const samples = {
  read: (expression: string) =>
    Object.hasOwn(values, expression) ? ok(expression) : failed(`no sample: ${expression}`),
  fetch: (expression: string) => values[expression],
};

/** Numbers of several digits at once, and names of months. */
function shape(written: string): string {
  return written.replace(/\d+/g, 'N').replace(/\b[A-Z][a-z]{2}\b/g, 'Mmm');
}

describe('lines of the log beside haproxy 2.6', { skip }, () => {
  const context = () => ({ hostName: hostName(), pid: peer.pid, zoneMinutes: 0 });
  const hostName = () => line('@1@').split('|')[8] ?? '';

  for (const [index, format] of formats.entries())
    test(`are the same for ${format}`, () => {
      const writer = compileLogFormat(`@${index}@ ${format}`, 'http', samples);
      assert.ok(writer.ok, JSON.stringify(writer));
      const captures = { requestHeaders: [undefined, 'a"b]{c}|\\', undefined] };
      assert.equal(
        writer.value({ ...facts(`f${index}`), ...captures }, context()),
        line(`@${index}@`),
      );
    });

  test('have the shapes of the predefined formats', () => {
    const written = (name: (typeof predefined)[number], change: Partial<SessionFacts> = {}) =>
      predefinedWriter(name)({ ...facts(name), ...change }, context());
    const httplog = line(' httplog httplog/');
    assert.equal(shape(written('httplog')), shape(httplog));
    assert.equal(shape(written('clf')), shape(line('"clf" "clf"')));
    const termination = { cause: 'S', phase: 'C', cookie: '-', cookieAction: '-' } as const;
    assert.equal(
      shape(written('tcplog', { termination, bytesOut: 0 })),
      shape(line(' tcplog tcplog/')),
    );
    assert.equal(connectionLine(facts('none'), 'tcp'), line('Connect from'));
  });

  test('have the same envelopes', () => {
    for (const format of targets) {
      const target: LogTarget = {
        ...{ to: { kind: 'descriptor', fd: 1 }, format, facility: 18, maxLevel: 6, minLevel: 5 },
        ...{ length: 120, tag: 'a-tag' },
      };
      const message = `@${format}@ ${'0123456789 '.repeat(20)}`;
      const sealed = sealMessage(target, {
        ...{ level: 6, text: message, nowMs: Date.now(), zoneMinutes: 0, pid: peer.pid },
      });
      const theirs = line(`@${format}@`);
      // `<150>` stays as it is; dates do not.
      const dateless = (written: string) =>
        written
          .replace(/[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d/, 'DATE')
          .replace(/\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d/, 'ISO');
      assert.equal(dateless(sealed ?? ''), `${dateless(theirs)}\n`);
    }
  });
});
