/** Checks of the proxy's servers: limits, TLS, ways, agents, and what is given up. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { Secret } from '../../src/base/secret.ts';
import { millis, seconds, ZERO } from '../../src/base/time.ts';
import type {
  ProxySection,
  Server as ServerModel,
  ServerTls,
} from '../../src/config/model/proxy.ts';
import type { Sample } from '../../src/config/model/proxy-rules.ts';
import { buildLive } from '../../src/core/proxy/build-live.ts';
import {
  testBackend,
  testCheck,
  testConfig,
  testServer,
} from '../../src/core/proxy/health/test-stage.ts';
import type { AgentReport, CheckResult } from '../../src/core/proxy/health/types.ts';
import type { LiveServer } from '../../src/core/proxy/live.ts';
import { createClock } from '../../src/linux/clock.ts';
import { createPatternCompiler } from '../../src/linux/patterns.ts';
import { createProxyChecks } from '../../src/probe/proxy-check/checks.ts';
import { testPath } from '../../tools/sweep.ts';
import { ip, skipKernelTests, until } from '../linux/namespaces.ts';

const checks = createProxyChecks({
  clock: createClock(),
  patterns: createPatternCompiler(),
  bufferBytes: 16_384,
  most: 100,
});
const folder = testPath('proxy-checks-probe');
const servers: Server[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function serve(behave: (socket: Socket) => void): Promise<number> {
  return listen(
    createServer((socket) => {
      socket.on('error', () => {});
      behave(socket);
    }),
  );
}

function serverOf(
  port: number,
  changes: Partial<ServerModel> = {},
  backend: Partial<ProxySection> = {},
): LiveServer {
  const server = testServer('s', {
    address: { kind: 'ip', ip: ip('127.0.0.1') },
    port: { kind: 'port', port },
    check: testCheck({ inter: seconds(20) }),
    ...changes,
  });
  const live = buildLive(testConfig([testBackend('b', [server], backend)]), ZERO);
  const [found] = live.proxies[0]?.back?.servers ?? [];
  assert.ok(found !== undefined);
  return found;
}

function check(server: LiveServer, using = checks): Promise<CheckResult> {
  return new Promise((resolve) => {
    using.check({ kind: 'probe', server, what: 'check', notFound: 'conditional' }, resolve);
  });
}

function askAgent(port: number, said?: string): Promise<AgentReport> {
  const agent = { port, inter: seconds(20), ...(said !== undefined && { send: said }) };
  const server = serverOf(1, { agent });
  return new Promise((resolve) => {
    checks.askAgent({ kind: 'probe', server, what: 'agent', notFound: 'failure' }, resolve);
  });
}

/** Without how long it took. */
function brief({ verdict, outcome }: CheckResult): unknown[] {
  const { status, code, description } = outcome;
  return [
    verdict,
    status,
    ...(code < 0 ? [] : [code]),
    ...(description === '' ? [] : [description]),
  ];
}

const greeting = (wanted: string): Partial<ProxySection> => ({
  check: {
    kind: 'tcp',
    steps: [{ kind: 'expect', negated: false, match: 'string', pattern: wanted }],
  },
});

describe('checks of proxied servers', { skip: skipKernelTests }, () => {
  before(() => void mkdirSync(folder, { recursive: true }));
  after(() => {
    checks.close();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('limits', () => {
    let port: number;
    before(async () => {
      port = await serve((socket) => void socket.resume());
    });
    const timed = async (
      timeouts: ProxySection['timeouts'],
      inter = millis(300),
    ): Promise<[unknown[], number]> => {
      const server = serverOf(
        port,
        { check: testCheck({ inter }) },
        { ...greeting('x'), timeouts },
      );
      const result = await check(server);
      return [brief(result), result.outcome.durationMs];
    };

    test('without timeout check: all of it within inter', async () => {
      const [result, ms] = await timed({ connect: millis(10) });
      assert.deepEqual(result, [
        ...['failed', 'L7TOUT', " at step 1 of tcp-check (expect string 'x')"],
      ]);
      assert.ok(ms >= 300, `${ms}`);
    });

    test('with it: so long after the connection', async () => {
      const [result, ms] = await timed({ connect: seconds(20), check: millis(100) }, seconds(20));
      assert.equal(result[1], 'L7TOUT');
      assert.ok(ms >= 100 && ms < 10_000, `${ms}`);
    });

    test('an answer without end is looked at as far as the buffer goes', async () => {
      const endless = await serve((socket) => {
        const more = (): void => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'a')));
        };
        socket.on('drain', more);
        more();
      });
      const result = await check(serverOf(endless, {}, greeting('b')));
      assert.deepEqual(brief(result).slice(0, 2), ['failed', 'L7RSP']);
    });
  });

  test('one that is reset at once was connected', async () => {
    const port = await serve((socket) => socket.resetAndDestroy());
    for (let round = 0; round < 20; round++)
      assert.deepEqual(brief(await check(serverOf(port))), ['passed', 'L4OK']);
  });

  test('a server without a port', async () => {
    const server = serverOf(1, { port: { kind: 'offset', offset: 1 } });
    assert.deepEqual(brief(await check(server)), [
      ...['failed', 'SOCKERR', 'no address or port to ask'],
    ]);
  });

  test('from an address of its own', async () => {
    const from: (string | undefined)[] = [];
    const port = await serve((socket) => {
      from.push(socket.remoteAddress);
      socket.end('x');
    });
    const server = serverOf(port, { source: { ip: ip('127.0.0.9') } }, greeting('x'));
    assert.equal((await check(server)).verdict, 'passed');
    assert.deepEqual(from, ['127.0.0.9']);
  });

  test('who is abandoned is not told, and its connection is closed', async () => {
    const sockets: Socket[] = [];
    const port = await serve((socket) => void sockets.push(socket.resume()));
    const server = serverOf(port, {}, greeting('x'));
    const few = createProxyChecks({
      ...{ clock: createClock(), patterns: createPatternCompiler(), bufferBytes: 1024, most: 1 },
    });
    const told: string[] = [];
    const ask = (name: string): { abandon(): void } =>
      few.check({ kind: 'probe', server, what: 'check', notFound: 'failure' }, () =>
        told.push(name),
      );
    const first = ask('first');
    const second = ask('second');
    ask('third');
    await until(() => sockets.length === 1);
    second.abandon();
    first.abandon();
    await until(() => sockets.length === 2 && sockets[0]?.closed === true);
    few.close();
    await until(() => sockets[1]?.closed === true);
    assert.deepEqual(told, []);
    assert.equal(sockets.length, 2);
  });

  describe('agents', () => {
    test('say a line, after they were told one', async () => {
      const heard: string[] = [];
      const port = await serve((socket) => {
        socket.once('data', (bytes) => {
          heard.push(String(bytes));
          socket.end('75% up\r\nmore\n');
        });
      });
      const report = await askAgent(port, 'hello\n');
      assert.ok(report.kind === 'line');
      assert.deepEqual([report.line, heard], ['75% up', ['hello\n']]);
    });

    test('that say nothing, or half a line', async () => {
      for (const [said, description] of [
        ['', 'TCPCHK got an empty response at step 2'],
        ['75%', 'Ignoring incomplete line from agent'],
      ] as const) {
        const report = await askAgent(await serve((socket) => socket.end(said)));
        assert.ok(report.kind === 'failed');
        assert.deepEqual(
          [report.outcome.status, report.outcome.description],
          ['L7RSP', description],
        );
      }
    });
  });

  describe('TLS', () => {
    const seen: unknown[] = [];
    let port: number;
    let pem: string;
    let client: Secret;
    before(async () => {
      for (const name of ['server', 'client']) {
        const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
        const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
        const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}.example`];
        execFileSync('openssl', ['req', '-x509', ...options, ...files, ...names], {
          stdio: 'ignore',
        });
      }
      const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
      pem = read('server.pem');
      client = new Secret(`${read('client.pem')}${read('client.key')}`);
      const server = createTlsServer(
        {
          key: read('server.key'),
          cert: pem,
          ...{ ALPNProtocols: ['http/1.1'], requestCert: true, rejectUnauthorized: false },
        },
        (socket: TLSSocket) => {
          const { servername: name } = socket as TLSSocket & { servername?: string | false };
          const peer = socket.getPeerCertificate()?.subject?.CN;
          seen.push([name, socket.alpnProtocol, peer]);
          socket.on('error', () => {});
          socket.end('hello');
        },
      );
      server.on('tlsClientError', () => {});
      port = await listen(server);
    });
    const ask = (tls: Partial<ServerTls>): Promise<CheckResult> => {
      const settings: ServerTls = { verify: 'required', ca: pem, alpn: [], ...tls };
      const own = testCheck({ inter: seconds(20), tls: settings });
      return check(serverOf(port, { check: own }, greeting('hello')));
    };
    const sni = (name: string): Sample => ({ fetch: 'str', args: [name], converters: [] });

    for (const [what, tls, verdict] of [
      ['whoever the authority vouches for', {}, 'passed'],
      ['the name that it asks for', { sni: sni('server.example') }, 'passed'],
      ['another name than it asks for', { sni: sni('other.example') }, 'failed'],
      ['a name beside', { verifyHost: 'server.example', sni: sni('other.example') }, 'passed'],
      ['another name beside', { verifyHost: 'other.example' }, 'failed'],
      ['nobody', { verify: 'none', sni: sni('other.example') }, 'passed'],
    ] as const)
      test(`verified: ${what}`, async () => {
        const result = await ask(tls);
        assert.equal(result.verdict, verdict);
        if (verdict === 'failed')
          assert.deepEqual(brief(result).slice(1), [
            ...['L6RSP', 'SSL handshake failure at initial connection step of tcp-check'],
          ]);
      });

    test('an authority that is none fails the check, and nothing else', async () => {
      assert.deepEqual(brief(await ask({ ca: 'no certificate' })).slice(0, 2), ['failed', 'L6RSP']);
    });

    test('name, protocol and certificate are what the server sees', async () => {
      seen.length = 0;
      await ask({ sni: sni('server.example'), alpn: ['http/1.1'], certificate: client });
      assert.deepEqual(seen, [['server.example', 'http/1.1', 'client']]);
    });
  });

  test('nginx behind a Unix socket', { skip: !hasNginx() && 'needs nginx' }, async () => {
    const path = join(folder, 'nginx.sock');
    const config = join(folder, 'nginx.conf');
    writeFileSync(
      config,
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen unix:${path};
    location = /ready { return 200 "all is well"; }
    location = /away { return 404; }
    location = /busy { return 503; }
  }
}
`,
    );
    const nginx = spawn('nginx', ['-c', config], { stdio: 'ignore' });
    try {
      await until(() => existsSync(path), 'nginx', 20_000);
      const ask = (uri: string): Promise<CheckResult> => {
        const script: ProxySection['check'] = {
          ...{ kind: 'http', disableOn404: true },
          steps: [
            {
              ...{ kind: 'send', method: 'GET', uri, version: 'HTTP/1.1' },
              headers: [['Host', 'a.example']],
            },
            { kind: 'expect', negated: false, match: 'rstring', pattern: '^all .* well$' },
          ],
        };
        const address = { kind: 'unix', path } as const;
        return check(serverOf(1, { address }, { check: script }));
      };
      assert.deepEqual(brief(await ask('/ready')), ['passed', 'L7OK', 200]);
      assert.deepEqual(brief(await ask('/away')), ['conditional', 'L7OKC', 404]);
      assert.deepEqual(brief(await ask('/busy')), [
        ...['failed', 'L7RSP', 'HTTP content check did not match'],
      ]);
    } finally {
      nginx.kill();
      await once(nginx, 'exit');
    }
  });
});

function hasNginx(): boolean {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
