import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatDiagnostic } from '../../base/diagnostics.ts';
import { parseIp } from '../../base/ip.ts';
import { millis, seconds } from '../../base/time.ts';
import type { ProxySection } from '../model/proxy.ts';
import { createMemoryFiles } from './files.ts';
import { type HaproxyReading, readHaproxy } from './index.ts';
import { formatAsHaproxy } from './shape.ts';

const HEAD = `defaults
 timeout connect 1s
 timeout client 1s
 timeout server 1s
`;

function read(
  text: string,
  more: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): HaproxyReading {
  const files = createMemoryFiles({ f: text, ...more });
  const resolve = (name: string) => (name === 'known' ? parseIp('192.0.2.7') : undefined);
  return readHaproxy({ paths: ['f'], files, environment, resolve, hostName: 'here' });
}

/** Lines of a listen that has a bind; what is said is `CODE LINE` of these lines. */
function listen(lines: string, more: Readonly<Record<string, string>> = {}): ProxySection {
  const { config, diagnostics } = read(`${HEAD}listen x\n bind :80\n${lines}\n`, more);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity !== 'info'),
    [],
  );
  const [proxy] = config.proxies;
  assert(proxy !== undefined);
  return proxy;
}

function said(reading: HaproxyReading): readonly string[] {
  return reading.diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`);
}

const saidOf = (lines: string): readonly string[] =>
  said(read(`${HEAD}listen x\n bind :80\n${lines}\n`));

describe('servers', () => {
  test('options, defaults and their inheritance', () => {
    const { servers } = listen(` default-server inter 5s fall 2 weight 7 check
 server a 192.0.2.1:80 weight 3 backup maxconn 10 slowstart 3s on-marked-down shutdown-sessions
 default-server no-check
 server b known:81 downinter 9s disabled
 server c /run/c.sock send-proxy-v2 check
 server d 192.0.2.4:+10
 server e *:6443
 server-template t 2-3 192.0.2.9:80`);
    const [a, b, c, d, e, ...rest] = servers;
    assert.deepEqual(a?.check, {
      ...{ inter: seconds(5), fastinter: seconds(5), downinter: seconds(5) },
      ...{ rise: 2, fall: 2, sendProxy: 'none' },
    });
    assert.deepEqual([a?.weight, a?.backup, a?.maxconn, a?.slowstart], [3, true, 10, seconds(3)]);
    assert.equal(a?.onMarkedDown, 'shutdown-sessions');
    assert.deepEqual(b?.address, { kind: 'ip', ip: '192.0.2.7' });
    assert.deepEqual([b?.check, b?.weight, b?.disabled], [undefined, 7, true]);
    assert.deepEqual(c?.address, { kind: 'unix', path: '/run/c.sock' });
    assert.equal(c?.check?.sendProxy, 'v2');
    assert.deepEqual(d?.port, { kind: 'offset', offset: 10 });
    assert.deepEqual(e?.address, { kind: 'client' });
    assert.deepEqual(
      rest.map(({ name, id }) => [name, id]),
      [
        ['t2', 6],
        ['t3', 7],
      ],
    );
  });

  test('a check that goes to another port speaks neither TLS nor PROXY by itself', () => {
    const { servers } = listen(` server a 192.0.2.1:443 ssl verify none send-proxy check
 server b 192.0.2.1:443 ssl verify none send-proxy check port 80
 server c 192.0.2.1:443 verify none check-ssl check check-sni x`);
    const [a, b, c] = servers.map(({ check }) => check);
    assert.deepEqual([a?.tls?.verify, a?.sendProxy], ['none', 'v1']);
    assert.deepEqual([b?.tls, b?.sendProxy, b?.port], [undefined, 'none', 80]);
    assert.deepEqual(c?.tls?.sni, { fetch: 'str', args: ['x'], converters: [] });
  });

  test('a name that has no address yet stays a name, and the server is down', () => {
    const { config, diagnostics } = read(`${HEAD}listen x\n bind :80\n server a db.example:80\n`);
    assert.deepEqual(config.proxies[0]?.servers[0]?.address, {
      ...{ kind: 'name', host: 'db.example', prefer: 'ipv6' },
    });
    assert.deepEqual(
      diagnostics.map(({ code, severity }) => [code, severity]),
      [['unresolved', 'warning']],
    );
  });

  test('in addresses variables count outside double quotes, too', () => {
    const { config, diagnostics } = readHaproxy({
      paths: ['f'],
      files: createMemoryFiles({ f: `${HEAD}listen x\n bind $IP:80\n server a \${IP}:\${PORT}\n` }),
      environment: { IP: '192.0.2.1', PORT: '81' },
    });
    assert.deepEqual(diagnostics, []);
    const [bound] = config.proxies[0]?.binds[0]?.addresses ?? [];
    assert.deepEqual(bound, { kind: 'ip', ip: '192.0.2.1', port: 80 });
    assert.deepEqual(config.proxies[0]?.servers[0]?.address, { kind: 'ip', ip: '192.0.2.1' });
  });

  test('a check may name its port with the address, and negate a word at once', () => {
    const { config, diagnostics } = read(`${HEAD}listen x
 bind :80
 option tcp-check
 tcp-check connect addr 192.0.2.9:99
 tcp-check expect !string no
 server a 192.0.2.1:80 check addr 192.0.2.2:90
 server b 192.0.2.1:80 check addr [2001:db8::1]:90 port 91
 server c 192.0.2.1:80 check addr 2001:db8::1
`);
    assert.deepEqual(diagnostics, []);
    const [{ servers, check }] = config.proxies as [ProxySection];
    assert.deepEqual(
      servers.map((server) => [server.check?.ip, server.check?.port]),
      [
        ['192.0.2.2', 90],
        ['2001:db8::1', 91],
        ['2001:db8::1', undefined],
      ],
    );
    assert.ok(check.kind === 'tcp');
    const [connect, expect] = check.steps;
    assert.ok(connect?.kind === 'connect' && expect?.kind === 'expect');
    assert.deepEqual([connect.ip, connect.port], ['192.0.2.9', 99]);
    assert.deepEqual([expect.negated, expect.match], [true, 'string']);
  });

  test('what is wrong is told where it stands', () => {
    assert.deepEqual(saidOf(' server a 192.0.2.1:80 chekc'), ['unknown-keyword 7:24']);
    assert.deepEqual(saidOf(' server a $IP:80'), ['literal-variable 7:11']);
    assert.deepEqual(saidOf(` server a "\${IP}:80"`), ['server-without-address 7:11']);
    assert.deepEqual(saidOf(' server a 192.0.2.1:80 weight 300'), ['out-of-range 7:31']);
    assert.deepEqual(saidOf(' server a 192.0.2.1 check'), ['check-without-port 7:9']);
    assert.deepEqual(saidOf(' server a 192.0.2.1:80\n server a 192.0.2.2:80'), [
      'duplicate-server 8:9',
    ]);
    assert.deepEqual(saidOf(' server a 192.0.2.1:80 ssl'), ['tls-without-ca 7:9']);
    assert.deepEqual(saidOf(' server a 192.0.2.1:80 track b'), ['tracking 7:9']);
  });

  test('the name of the variable that was empty is said, and what to write', () => {
    const { diagnostics } = read(`${HEAD}listen x\n bind :80\n server a "\${IP}:6443" check\n`);
    const [only] = diagnostics;
    assert(only !== undefined);
    assert.match(
      formatDiagnostic(only),
      /^f:7:11: error: the variable IP is not set.*\$\{IP-ADDRESS\}/,
    );
    assert.match(
      formatAsHaproxy(only, 5),
      /^\[ALERT\] {4}\(5\) : config : parsing \[f:7\] : the variable IP/,
    );
  });
});

describe('bind', () => {
  test('addresses, ranges, several of them, sockets and descriptors', () => {
    const { config, diagnostics } = read(
      `${HEAD}frontend f
 bind 192.0.2.1:80-82,:::90 name n maxconn 5 accept-proxy
 bind /run/f.sock mode 660
 bind abns@f
 bind "fd@\${FD}"
 bind ipv6@:443 v4v6
`,
      {},
      { FD: '7' },
    );
    assert.deepEqual(diagnostics, []);
    const binds = config.proxies[0]?.binds ?? [];
    assert.deepEqual(binds[0]?.addresses, [
      ...[80, 81, 82].map((port) => ({ kind: 'ip', ip: '192.0.2.1', port })),
      { kind: 'ip', ip: '::', port: 90 },
    ]);
    assert.deepEqual([binds[0]?.name, binds[0]?.maxconn, binds[0]?.acceptProxy], ['n', 5, true]);
    assert.equal(binds[1]?.mode, 0o660);
    assert.deepEqual(binds[2]?.addresses, [{ kind: 'abstract', path: 'f' }]);
    assert.deepEqual(binds[3]?.addresses, [{ kind: 'descriptor', fd: 7 }]);
    assert.equal(binds[4]?.v4v6, true);
  });

  test('certificates are read, from files and folders, with keys beside them', () => {
    const pem = '-----BEGIN CERTIFICATE-----\n';
    const key = '-----BEGIN PRIVATE KEY-----\n';
    const { binds } = listen(' bind :443 ssl crt /c/one.pem crt /d alpn h2,http/1.1 no-tlsv10', {
      '/c/one.pem': pem + key,
      '/d/two.pem': pem,
      '/d/two.pem.key': key,
    });
    const tls = binds[1]?.tls;
    assert.deepEqual(
      tls?.certificates.map(({ file }) => file),
      ['/c/one.pem', '/d/two.pem'],
    );
    assert.match(tls?.certificates[1]?.pem.reveal() ?? '', /PRIVATE KEY/);
    assert.deepEqual([tls?.alpn, tls?.minVersion], [['h2', 'http/1.1'], 'TLSv1.1']);
    assert.deepEqual(saidOf(' bind :443 ssl crt /nope'), ['file-unreadable 7:20']);
    assert.deepEqual(saidOf(' bind :443 ssl'), ['bad-certificate 7:2']);
  });
});

describe('sections', () => {
  test('defaults hold for what follows, by name where that is asked for', () => {
    const { config } = read(`defaults base
 mode http
 timeout client 1s
 retries 7
defaults more from base
 timeout client 2s
frontend a from base
 bind :80
frontend b
 bind :81
`);
    const [a, b] = config.proxies;
    assert.deepEqual([a?.mode, a?.timeouts.client, a?.retries], ['http', millis(1000), 7]);
    assert.deepEqual([b?.mode, b?.timeouts.client], ['http', millis(2000)]);
  });

  test('variables that global sets count from the next line on', () => {
    const text = 'global\n maxconn "$M"\n setenv M 7\n maxconn "$M"\n';
    const { config, diagnostics } = read(text);
    assert.equal(config.global.maxconn, 7);
    assert.equal(diagnostics.filter(({ code }) => code === 'not-a-number').length, 1);
  });

  test('files and folders, each of which begins outside sections', () => {
    const files = createMemoryFiles({
      'd/2.cfg': 'frontend f\n bind :80\n default_backend b\n',
      'd/1.cfg': HEAD,
      'd/no.txt': 'nonsense\n',
      last: 'backend b\n server s 192.0.2.1:80\n',
      loose: ' maxconn 5\n',
    });
    const { config, diagnostics, files: names } = readHaproxy({ paths: ['d', 'last'], files });
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(names, ['d/1.cfg', 'd/2.cfg', 'last']);
    assert.equal(config.proxies.length, 2);
    const codes = said(readHaproxy({ paths: ['d', 'loose', 'none'], files }));
    assert(codes.includes('outside-section 1:2'));
    assert(codes.includes('config-missing 1:1'));
  });

  test('a last line without newline is read, and said', () => {
    const { config, diagnostics } = read(`${HEAD}frontend f\n bind :80`);
    assert.equal(config.proxies[0]?.binds.length, 1);
    assert.deepEqual(
      diagnostics.map(({ code, severity }) => [code, severity]),
      [['no-final-newline', 'warning']],
    );
    assert.deepEqual(
      said(read('global\n maxconn \0\n')),
      ['no-listener 1:1', 'nul-in-line 2:1'].slice(1),
    );
  });

  test('holdfast’s own words stand where HAProxy does not see them', () => {
    const proxy = listen('.if defined(HOLDFAST)\n option holdfast-offload\n.endif');
    assert(proxy.options.has('holdfast-offload'));
  });

  test('users and pages for errors', () => {
    const page = 'HTTP/1.0 503 Off\r\n\r\nsorry';
    const text = `http-errors site\n errorfile 503 /503\nuserlist u\n group g users a
 user a insecure-password x\n user b password $6$y groups g
${HEAD} mode http\nfrontend f\n bind :80\n errorfiles site\n`;
    const { config, diagnostics } = read(text, { '/503': page });
    assert.deepEqual(diagnostics, []);
    assert.equal(config.proxies[0]?.errorFiles.get(503), page);
    assert.deepEqual(
      config.userLists?.[0]?.users.map(({ name, groups, isPlain }) => [name, groups, isPlain]),
      [
        ['a', ['g'], true],
        ['b', ['g'], false],
      ],
    );
  });
});

describe('conditions and rules', () => {
  test('lines of one acl are alternatives; unless is turned into terms', () => {
    const proxy = listen(` acl net src 10.0.0.0/8
 acl net src 192.168.0.0/16
 acl busy dst_port gt 80
 tcp-request content reject unless net busy || { dst_port 5 }`);
    const when = proxy.tcpRules[0]?.when ?? [];
    assert.deepEqual(
      when.map((terms) => terms.map(({ negated, acls }) => [negated, acls.length])),
      [
        [
          [true, 2],
          [true, 1],
        ],
        [
          [true, 1],
          [true, 1],
        ],
      ],
    );
    assert.deepEqual(when[1]?.[0]?.acls[0]?.patterns, ['gt 80']);
  });

  test('an unless that would have too many alternatives is refused', () => {
    const pairs = Array.from({ length: 10 }, () => 'TRUE FALSE').join(' or ');
    assert.deepEqual(saidOf(` tcp-request content reject unless ${pairs}`), [
      'condition-too-large 7:29',
    ]);
  });

  test('rules of HTTP', () => {
    const proxy = listen(` mode http
 acl api path_beg -i /api /v1
 http-request deny deny_status 429 if api !{ src 10.0.0.0/8 }
 http-request set-header X-Src %[src]
 http-request redirect scheme https code 301 unless { ssl_fc }
 http-request return status 200 content-type text/plain string ok if { path /ping }
 http-response del-header Server
 http-response set-status 500 reason "no luck"
 redirect prefix /new drop-query if { hdr(host),lower -m end .old }`);
    assert.deepEqual(
      proxy.httpRequestRules.map(({ kind }) => kind),
      ['deny', 'set-header', 'redirect', 'return', 'redirect'],
    );
    const [deny] = proxy.httpRequestRules;
    const acl = deny?.when?.[0]?.[0]?.acls[0];
    assert.deepEqual([acl?.sample.fetch, acl?.method, acl?.ignoreCase], ['path', 'beg', true]);
    const [, status] = proxy.httpResponseRules;
    assert.deepEqual(status, { kind: 'set-status', status: 500, reason: 'no luck' });
  });

  test('checks', () => {
    const http = listen(` option httpchk GET /ready
 http-check connect port 8080 ssl
 http-check send hdr Host x ver HTTP/1.1
 http-check expect ! status 500,502-504`);
    assert.deepEqual(http.check, {
      kind: 'http',
      disableOn404: false,
      steps: [
        { kind: 'connect', tls: true, sendProxy: false, port: 8080 },
        {
          ...{ kind: 'send', method: 'GET', uri: '/ready', version: 'HTTP/1.1' },
          headers: [['Host', 'x']],
        },
        {
          ...{ kind: 'expect', negated: true, match: 'status' },
          ranges: [
            [500, 500],
            [502, 504],
          ],
        },
      ],
    });
    const redis = listen(` option tcp-check
 tcp-check send PING\\r\\n
 tcp-check comment pong
 tcp-check expect string +PONG
 tcp-check send-binary 00ff`);
    assert.deepEqual(redis.check, {
      kind: 'tcp',
      steps: [
        { kind: 'send', data: 'PING\r\n' },
        {
          ...{ kind: 'expect', negated: false, match: 'string' },
          pattern: '+PONG',
          comment: 'pong',
        },
        { kind: 'send', data: '\x00\xff' },
      ],
    });
  });
});

test('one mistake is one message: what follows from it is not told', () => {
  const alone = (text: string, code: string): void =>
    assert.deepEqual(
      read(text).diagnostics.map((each) => each.code),
      [code],
      text,
    );
  alone(`${HEAD}frontend f\n bind :80 nmae x\nfrontend g\n bind :81\n`, 'unknown-keyword');
  alone(`${HEAD} timeout client 1x\nfrontend f\n bind :80\n`, 'invalid-value');
  alone(`defaults\n timeout client 1x\nfrontend f\n bind :80\n`, 'invalid-value');
  alone(
    `${HEAD} mode htpp\nlisten f\n bind :80\n option forwardfor\n http-request deny\n`,
    'invalid-value',
  );
  alone(`${HEAD}listen f\n bind :80\n acl a scr x\n tcp-request content reject if a\n`, 'bad-acl');
  alone(
    `${HEAD}listen f\n bind :80\n server a 1.2.3:80 check\n server b 192.0.2.1:80 track a\n`,
    'short-address',
  );
});
