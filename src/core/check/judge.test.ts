import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IpAddress, parseIp } from '../../base/ip.ts';
import { seconds } from '../../base/time.ts';
import type { HttpUrl } from '../../config/model/health-check.ts';
import { checkId, subjectOf } from './identity.ts';
import { judge } from './judge.ts';
import type { Finding } from './probe.ts';
import { type AskingCheck, requestsOf } from './requests.ts';

const PACE = {
  interval: seconds(10),
  retries: 2,
  retryDelay: seconds(3),
  warmup: seconds(4),
  alpha: false,
  logAllFailures: false,
} as const;
const REGEX = { pattern: 'ready', options: [], minOffset: 0 } as const;

function web(url: Partial<HttpUrl> = {}, address = '10.0.0.2'): AskingCheck {
  return {
    ...{ kind: 'https', ...PACE, version: '1.0', sendServerName: true },
    ...{ fastRecovery: false, strictTls: false },
    target: {
      ...{ address: parseIp(address) as IpAddress, port: 443 },
      ...{ connectTimeout: seconds(5), firewallMark: 0 },
    },
    urls: [{ path: '/', statusCodes: [{ first: 200, last: 299 }], strictTls: false, ...url }],
  };
}

function script(setsWeight: boolean): AskingCheck {
  return { kind: 'script', ...PACE, command: { argv: ['x'] }, timeout: seconds(1), setsWeight };
}

function answered(status: number, more: Partial<Finding> = {}): Finding {
  return { kind: 'http-answered', status, bodyBytes: 0, ...more } as Finding;
}

const CODES = [
  { first: 301, last: 302 },
  { first: 404, last: 404 },
];
const CASES: readonly (readonly [string, AskingCheck, Finding, string])[] = [
  ['least status', web(), answered(200), 'passed'],
  ['greatest status', web(), answered(299), 'passed'],
  ['below', web(), answered(199), 'failed: status 199 for /, not 200-299'],
  ['above', web(), answered(300), 'failed: status 300 for /, not 200-299'],
  ['one of two ranges', web({ statusCodes: CODES }), answered(404), 'passed'],
  ['none', web({ statusCodes: CODES }), answered(200), 'failed: status 200 for /, not 301-302 404'],
  ['digest', web({ digest: 'ab' }), answered(200, { digest: 'ab' }), 'passed'],
  [
    'other digest',
    web({ digest: 'ab' }),
    answered(200, { digest: 'cd' }),
    'failed: digest cd for /',
  ],
  ['no digest', web({ digest: 'ab' }), answered(200), 'failed: digest missing for /'],
  [
    'regex',
    web({ regex: { ...REGEX, expected: 'match' } }),
    answered(200, { regex: 'match' }),
    'passed',
  ],
  [
    ...(['no match', web({ regex: { ...REGEX, expected: 'match' } })] as const),
    ...([
      answered(200, { regex: 'no-match' }),
      'failed: the body of / does not match ready',
    ] as const),
  ],
  [
    ...(['regex_no_match', web({ regex: { ...REGEX, expected: 'no-match' } })] as const),
    ...([answered(200, { regex: 'match' }), 'failed: the body of / matches ready'] as const),
  ],
  ['exit 0', script(false), { kind: 'exited', status: 0 }, 'passed'],
  ['exit 3', script(false), { kind: 'exited', status: 3 }, 'failed: exit status 3'],
  ['dynamic 0', script(true), { kind: 'exited', status: 0 }, 'passed'],
  ['dynamic 1', script(true), { kind: 'exited', status: 1 }, 'failed: exit status 1'],
  ['dynamic 2', script(true), { kind: 'exited', status: 2 }, 'passed with weight 0'],
  ['dynamic 255', script(true), { kind: 'exited', status: 255 }, 'passed with weight 253'],
];

for (const [name, check, finding, verdict] of CASES) {
  test(`a finding is judged: ${name}`, () => {
    const { kind, detail, ...rest } = judge(check, 0, finding);
    const weight = 'weight' in rest ? ` with weight ${rest.weight}` : '';
    assert.equal(kind === 'passed' ? `${kind}${weight}` : `${kind}: ${detail}`, verdict);
  });
}

test('the Host header has the port where it is the address, and no port else', () => {
  const host = (check: AskingCheck) => requestsOf(check).map((one) => 'host' in one && one.host);
  assert.deepEqual(host(web()), ['10.0.0.2:443']);
  assert.deepEqual(host(web({}, 'fd00::2')), ['[fd00::2]:443']);
  assert.deepEqual(host(web({ virtualHost: 'example.org' })), ['example.org']);
});

test('TLS names the virtual host where it may', () => {
  const named = { ...web({ virtualHost: 'example.org' }) };
  const name = (check: AskingCheck) =>
    requestsOf(check).map((one) => ('serverName' in one ? one.serverName : undefined));
  assert.deepEqual(name(named), ['example.org']);
  assert.deepEqual(name({ ...named, serverName: 'sni' } as AskingCheck), ['sni']);
  assert.deepEqual(name({ ...named, sendServerName: false } as AskingCheck), [undefined]);
});

test('equal checks have one name, whatever the order of their fields', () => {
  const check = web();
  const turned = Object.fromEntries(Object.entries(check).reverse()) as unknown as AskingCheck;
  assert.equal(checkId(turned), checkId(check));
  const others: Partial<AskingCheck>[] = [{ alpha: true }, { logAllFailures: true }];
  for (const more of others) {
    assert.equal(checkId({ ...check, ...more } as AskingCheck), checkId(check));
  }
});

test('another question is another check; another pace is another check of one subject', () => {
  const check = web();
  const paces: Partial<AskingCheck>[] = [
    { interval: seconds(11) },
    { retries: 3 },
    { retryDelay: seconds(4) },
    { warmup: seconds(5) },
  ];
  const subject = subjectOf(checkId(check));
  for (const more of paces) {
    const id = checkId({ ...check, ...more } as AskingCheck);
    assert.notEqual(id, checkId(check));
    assert.equal(subjectOf(id), subject);
  }
  const path = web({ path: '/ every 1' });
  for (const other of [path, web({}, '10.0.0.3'), web({ digest: 'ab' }), script(true)]) {
    assert.notEqual(subjectOf(checkId(other)), subject);
  }
  assert.notEqual(checkId(script(true)), checkId(script(false)));
});
