import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseIp } from '../../src/base/ip.ts';
import { ZERO } from '../../src/base/time.ts';
import { sampleWords } from '../../src/config/haproxy/grammar/samples.ts';
import { findConverter } from '../../src/core/proxy/samples/converters.ts';
import { holds } from '../../src/core/proxy/samples/evaluate.ts';
import type { SampleFacts } from '../../src/core/proxy/samples/facts.ts';
import { findFetch } from '../../src/core/proxy/samples/fetches.ts';
import { liveOf } from './live.ts';

function namesOf(
  table: ReturnType<typeof sampleWords>,
  find: (name: string) => unknown,
): readonly string[] {
  return [...table]
    .filter(([name, { status }]) => status === 'acted' && find(name) === undefined)
    .map(([name]) => name);
}

describe('samples', () => {
  test('what the reader says is acted upon is', () => {
    assert.deepEqual(namesOf(sampleWords('sample'), findFetch), []);
    assert.deepEqual(namesOf(sampleWords('converter'), findConverter), []);
  });
});

/** Whether the condition holds for a request for `/static/logo.png?a=1&b=2` of 10.1.2.3. */
function judge(acl: string): boolean {
  const live = liveOf(`
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend f
  bind 127.0.0.1:80
  acl it ${acl}
  use_backend b if it
  default_backend b
backend b
  server a 10.0.0.1:80
  server down 10.0.0.2:80 disabled
`);
  const [front] = live.proxies;
  assert.ok(front !== undefined);
  const facts: SampleFacts = {
    ...{ live, front, now: ZERO, wallSeconds: 0, hostName: 'h', environment: {}, random: () => 0 },
    source: { ip: parseIp('10.1.2.3') ?? assert.fail(), port: 4000 },
    destination: { ip: parseIp('127.0.0.1') ?? assert.fail(), port: 80 },
    request: {
      ...{ method: 'GET', target: '/static/logo.png?a=1&b=2', version: '1.1', isFirst: true },
      headers: [
        ['host', 'www.Example.org:8080'],
        ['accept', 'text/html, image/png'],
        ['cookie', 'a=b; session=x7'],
        ['content-length', '12'],
      ],
    },
  };
  return holds(front.config.switching[0]?.when, facts);
}

describe('conditions', () => {
  for (const acl of [
    'path /static/logo.png',
    'path_beg /static',
    'path_end .png .gif',
    'path_dir static',
    'path_sub log',
    'path_reg ^/s.*png$',
    'path_len 16',
    'path_beg -i /STATIC',
    'url_param(b) 2',
    'query -m sub b=2',
    'hdr(host) -i www.example.org:8080',
    'hdr_dom(host) -i example.org',
    'hdr_beg(host) www.',
    'hdr_cnt(accept) 2',
    'hdr_sub(accept) png',
    'hdr_val(content-length) gt 10',
    'hdr_val(content-length) 10:15',
    'req.hdr(host),lower,field(1,:) www.example.org',
    'cook(session) x7',
    'method GET POST',
    'src 10.0.0.0/8',
    'src 10.1.2.3',
    'dst_port 80',
    'src_port ge 1024',
    'nbsrv(b) 1',
    'srv_is_up(b/a)',
    'req.hdr(cookie) -m found',
    'always_true',
    'req.ver 1.1',
  ])
    test(`${acl} holds`, () => assert.equal(judge(acl), true));
  for (const acl of [
    'path /static',
    'path_beg -m end x',
    'path_dir stat',
    'path_dom png.x',
    'hdr(x-none) -m found',
    'hdr_val(content-length) lt 12',
    'hdr_val(content-length) :5',
    'src 10.1.2.0/25 10.1.3.0/24 11.0.0.0/8 2001:db8::/32',
    'src 10.1.2.4',
    'nbsrv(b) ge 2',
    'srv_is_up(b/down)',
    'method POST',
    'always_false',
    'ssl_fc',
  ])
    test(`${acl} does not`, () => assert.equal(judge(acl), acl.startsWith('src 10.1.2.0/25')));
});
