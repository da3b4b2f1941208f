import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failed, ok } from '../../../base/result.ts';
import { compileLogFormat } from './compile.ts';
import { connectionLine, predefinedWriter } from './predefined.ts';
import { sampleFacts } from './test-facts.ts';
import type { LogContext } from './variables.ts';

const context: LogContext = { hostName: 'vm', pid: 24819, zoneMinutes: 0 };
const samples = {
  read: (expression: string) => (expression === 'bad' ? failed('not known') : ok(expression)),
  fetch: (sample: string) => (sample === 'none' ? undefined : `<${sample}>`),
};

const { request: _request, ...withoutRequest } = sampleFacts();

function write(format: string, change = {}, mode: 'tcp' | 'http' = 'http'): string {
  const writer = compileLogFormat(format, mode, samples);
  assert.ok(writer.ok, JSON.stringify(writer));
  return writer.value(sampleFacts(change), context);
}

function problem(format: string, mode: 'tcp' | 'http' = 'http') {
  const writer = compileLogFormat(format, mode, samples);
  return writer.ok ? undefined : writer.reason;
}

// The expected lines are what haproxy 2.6.12 wrote for such sessions.
describe('log-format', () => {
  it('writes addresses and ports, in hexadecimal too', () => {
    assert.equal(
      write('%ci:%cp|%fi:%fp|%bi:%bp|%si:%sp|%{+X}ci:%{+X}cp'),
      '127.0.0.1:50230|127.0.0.1:20101|127.0.0.1:39018|127.0.0.1:20111|7F000001:C436',
    );
    const nobody = { server: '<NOSRV>', source: undefined, target: undefined };
    assert.equal(write('%s %{+Q}s %si:%sp %{+X}sp', nobody), '<NOSRV> "<NOSRV>" -:- -');
  });

  it('writes numbers in hexadecimal where they are numbers of something', () => {
    assert.equal(
      write('%{+X}pid %{+X}rt %{+X}ms %{+X}Ts %{+X}B %{+X}ST'),
      '60F3 0001 2A 6B07E12C 116 200',
    );
  });

  it('encodes what would break a line, and escapes for structured data', () => {
    const requestHeaders = ['a"b]c"', undefined];
    assert.equal(
      write('%{+Q}r|%{+E}HU|%{+Q}hr|%{+Q}hrl|%hsl|%hs|%{+E}hr', { requestHeaders }),
      '"GET /p%20q?x=#221#22&y=a|b HTTP/1.1"|/p%20q?x=#221#22&y=a|b|"{a#22b]c#22|}"|' +
        '"a#22b]c#22" ""|||{a#22b\\]c#22|}',
    );
    assert.equal(write('%hrl', { requestHeaders: ['q\x7fr{#'] }), 'q#7Fr#7B#23');
  });

  it('takes a request line to pieces', () => {
    assert.equal(
      write('%HM|%HP|%HPO|%HQ|%HU|%HV'),
      'GET|/p%20q|/p%20q|?x=#221#22&y=a|b|/p%20q?x=#221#22&y=a|b|HTTP/1.1',
    );
    const request = { method: 'GET', uri: 'http://h:1/x?y', version: 'HTTP/1.1' };
    assert.equal(write('%HP|%HPO', { request }), 'http://h:1/x|/x');
    assert.equal(write('%r|%{+Q}HM', { request: undefined }), '<BADREQ>|"<BADREQ>"');
  });

  it('writes dates in the zones of host and Greenwich', () => {
    const writer = compileLogFormat('%t|%T|%Tl|%trg|%Ts|%ms', 'http', samples);
    assert.ok(writer.ok);
    assert.equal(
      writer.value(sampleFacts(), { ...context, zoneMinutes: -210 }),
      '26/Nov/2026:04:05:08.042|26/Nov/2026:07:35:08 +0000|26/Nov/2026:04:05:08 -0330|' +
        '26/Nov/2026:07:35:08 +0000|1795678508|042',
    );
    assert.equal(write('%T', { acceptedAtMs: 951_782_399_000 }), '28/Feb/2000:23:59:59 +0000');
    assert.equal(write('%T', { acceptedAtMs: 951_868_800_000 }), '01/Mar/2000:00:00:00 +0000');
  });

  it('tells what was never reached, and what is not over', () => {
    const times = {
      handshake: 1,
      idle: 2,
      request: -1,
      queue: -1,
      connect: -1,
      response: -1,
      active: 7,
      total: 10,
    };
    assert.equal(write('%Th/%Ti/%TR/%Tq/%Tr/%Td/%Ta/%Tt/%Tu', { times }), '1/2/-1/-1/-1/-1/7/10/8');
    assert.equal(write('%Ta %Tt %Tr %B %U %Td', { isEarly: true }), '+5 +5 3 +116 108 2');
    assert.equal(write('%rc', { retries: 3, isRedispatched: true }), '+3');
  });

  it('makes one blank of several, and none beside nothing', () => {
    assert.equal(write('  a  b %hr c %hs|%hrl %hsl|  %ST'), 'a b c | | 200');
  });

  it('holds flags for one variable or for all that follow', () => {
    assert.equal(write('%{+Q}o %ci %ts %{-Q}b %f %CC %% end'), '"127.0.0.1" -- app "web" "" % end');
  });

  it('takes samples', () => {
    assert.equal(
      write('%[req.hdr(a])]|%{+Q}[none]|%[none]|%{+Q,+E}[x]'),
      '<req.hdr(a])>|""|-|"<x>"',
    );
  });

  it('names what it cannot do, and where', () => {
    assert.deepEqual(problem('ab %zz'), {
      at: 3,
      message: "'%zz' is no variable; a percent sign is '%%'",
    });
    assert.match(problem('%HX')?.message ?? '', /'%H[A-Z]?' is/);
    assert.match(problem('%r', 'tcp')?.message ?? '', /'mode http' only/);
    assert.match(problem('x %[src')?.message ?? '', /no ']'/);
    assert.match(problem('%{+Y}r')?.message ?? '', /'\+Y' is no flag/);
    assert.match(problem('100 %')?.message ?? '', /'%%'/);
    assert.deepEqual(problem('%[bad]'), { at: 0, message: 'not known' });
    assert.match(problem('%constructor')?.message ?? '', /no variable/);
  });
});

describe('predefined log formats', () => {
  it('writes tcplog', () => {
    assert.equal(
      predefinedWriter('tcplog')(
        sampleFacts({ frontend: 'tcpl', backend: 'tcpl', server: 't1' }),
        context,
      ),
      '127.0.0.1:50230 [26/Nov/2026:07:35:08.042] tcpl tcpl/t1 0/0/5 116 -- 1/1/0/0/0 0/0',
    );
  });

  it('writes httplog with and without captures', () => {
    const write = predefinedWriter('httplog');
    const start =
      '127.0.0.1:50230 [26/Nov/2026:07:35:08.042] web app/s1 0/0/0/3/5 200 116 - - ---- 1/1/0/0/0 0/0';
    const request = { method: 'GET', uri: '/x', version: 'HTTP/1.1' };
    assert.equal(write(sampleFacts({ request }), context), `${start} "GET /x HTTP/1.1"`);
    assert.equal(
      write(sampleFacts({ request, requestHeaders: ['h'], responseHeaders: [undefined] }), context),
      `${start} {h} {} "GET /x HTTP/1.1"`,
    );
  });

  it('writes clf', () => {
    assert.equal(
      predefinedWriter('clf')({ ...withoutRequest, status: 400 }, context),
      '127.0.0.1 - - [26/Nov/2026:07:35:08 +0000] "<BADREQ>" 400 116 "" "" 50230 042 ' +
        '"web" "app" "s1" 0 0 0 3 5 ---- 1 1 0 0 0 0 0 "" "" ',
    );
  });

  it('writes a line for a connection', () => {
    assert.equal(
      connectionLine(sampleFacts({ frontend: 'raw' }), 'tcp'),
      'Connect from 127.0.0.1:50230 to 127.0.0.1:20101 (raw/TCP)',
    );
  });
});
