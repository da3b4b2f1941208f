import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { Secret } from '../../src/base/secret.ts';
import { millis } from '../../src/base/time.ts';
import type { HttpRegex } from '../../src/config/model/health-check.ts';
import type { TlsClient } from '../../src/config/model/virtual-server.ts';
import type { Finding, HttpProbe } from '../../src/core/check/probe.ts';
import type { Prober, RunningProbe } from '../../src/ports/prober.ts';
import { ip, skipKernelTests, testEnds, until } from '../linux/namespaces.ts';
import { BIG_BYTES, type NginxFiles, writeNginxFiles } from './nginx.ts';
import {
  missingPrograms,
  openProbeLab,
  type ProbeLab,
  SILENT,
  targetOf,
  untilPasses,
} from './support.ts';

const skip = skipKernelTests || missingPrograms('nginx', 'openssl');
const HELLO_MD5 = '5eb63bbbe01eeed093cb22bb8f5acdc3';
const [ends4, ends6] = testEnds;

describe('http and https probes', { skip }, () => {
  let lab: ProbeLab;
  let nginx: NginxFiles;
  const servers: Server[] = [];
  const accepted: Socket[] = [];

  before(async () => {
    lab = await openProbeLab('probe-http');
    nginx = writeNginxFiles();
    lab.serve('nginx', '-c', nginx.config);
    await untilPasses(lab, { kind: 'tcp', target: targetOf(ends4.right, 8444) });
  });
  after(async () => {
    for (const server of servers) server.close();
    // What nobody reads does not learn that the other side has gone.
    for (const socket of accepted) socket.destroy();
    await lab.close();
    nginx.remove();
  });

  function probeOf(port: number, changes: Partial<HttpProbe> = {}): HttpProbe {
    return {
      kind: 'http',
      target: targetOf(ends4.right, port),
      version: '1.0',
      path: '/',
      host: `${ends4.right}:${port}`,
      strictTls: false,
      digest: 'unneeded',
      ...changes,
    };
  }

  async function ask(port: number, changes: Partial<HttpProbe> = {}, prober?: Prober) {
    const { finding } = await lab.ask(probeOf(port, changes), prober);
    return finding;
  }

  /** What a page says, by the digest of what it should say. */
  async function assertSays(finding: Finding, text: string): Promise<void> {
    const digest = createHash('md5').update(text).digest('hex');
    const bodyBytes = Buffer.byteLength(text);
    assert.deepEqual(finding, { kind: 'http-answered', status: 200, digest, bodyBytes });
  }

  /** A server of one answer; the port is the kernel's choice. */
  async function answering(serve: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      accepted.push(socket);
      socket.on('error', () => {});
      serve(socket);
    });
    servers.push(server);
    lab.right.inside(() => void server.listen(0));
    const address = server.address();
    assert(address !== null && typeof address === 'object');
    return address.port;
  }

  test('nginx answers; the digest is that of the body', async () => {
    const finding = await ask(8080, { digest: 'wanted' });
    await assertSays(finding, 'hello world');
    assert.equal(finding.kind === 'http-answered' && finding.digest, HELLO_MD5);
  });

  test('the status is that of the first answer: nothing is followed', async () => {
    const pages = ['/gone', '/moved', '/none'];
    const findings = await Promise.all(pages.map((path) => ask(8080, { path })));
    const statuses = findings.map((finding) => finding.kind === 'http-answered' && finding.status);
    assert.deepEqual(statuses, [410, 302, 404]);
  });

  test('source and host are as asked for, by IPv4 and IPv6', async () => {
    const common = { path: '/who', digest: 'wanted', host: 'v.example' } as const;
    const way4 = { source: ends4.left, sourcePort: 4001 };
    const way6 = { source: ends6.left, sourcePort: 4002 };
    const target4 = targetOf(ends4.right, 8080, way4);
    const target6 = targetOf(ends6.right, 8080, way6);
    await assertSays(await ask(8080, { ...common, target: target4 }), '10.0.0.1 4001 v.example');
    await assertSays(await ask(8080, { ...common, target: target6 }), 'fd00::1 4002 v.example');
  });

  test('a large body passes by without being kept', async () => {
    const digest = createHash('md5').update(Buffer.alloc(BIG_BYTES, 'holdfast ')).digest('hex');
    const found = { kind: 'http-answered', status: 200, digest, bodyBytes: BIG_BYTES };
    for (const [pattern, regex] of [
      ['fast +fast', 'no-match'],
      ['fast holdf$', 'match'],
    ] as const) {
      const wish: HttpRegex = { pattern, expected: 'match', options: [], minOffset: 0 };
      const finding = await ask(8080, { path: '/big', digest: 'wanted', regex: wish });
      assert.deepEqual(finding, { ...found, regex });
    }
  });

  test('refused, silent, slow and cut short are failures of their kinds', async () => {
    const connectTimeout = millis(150);
    const short = (address: string, port: number) => ({
      target: targetOf(address, port, { connectTimeout }),
    });
    const mute = await answering(() => {});
    const slow = await answering((socket) => socket.write('HTTP/1.0 200 OK\r\n\r\nslow'));
    const findings = await Promise.all([
      ask(8081),
      ask(80, short(SILENT[4], 80)),
      ask(mute, short(ends4.right, mute)),
      ask(slow, short(ends4.right, slow)),
      ask(8080, { path: '/cut' }),
    ]);
    assert.deepEqual(findings, [
      { kind: 'failed', cause: 'refused', detail: 'connection refused' },
      { kind: 'failed', cause: 'timeout', detail: 'no connection within 0.15 s' },
      { kind: 'failed', cause: 'timeout', detail: 'no answer within 0.15 s' },
      { kind: 'failed', cause: 'timeout', detail: 'no end of the answer within 0.15 s' },
      {
        kind: 'failed',
        cause: 'answer',
        detail: 'the connection ended before the end of the header',
      },
    ]);
  });

  test('each step has the connect timeout, and all of them ten times as much', async () => {
    const connectTimeout = millis(100);
    const trickle = (pieces: number) =>
      answering((socket) => {
        socket.write('HTTP/1.0 200 OK\r\n\r\n');
        let sent = 0;
        const timer = setInterval(() => {
          if (sent++ < pieces) socket.write('x');
          else socket.end();
        }, 20);
        socket.on('close', () => clearInterval(timer));
      });
    const ports = await Promise.all([trickle(8), trickle(1000)]);
    const [patient, endless] = await Promise.all(
      ports.map((port) => ask(port, { target: targetOf(ends4.right, port, { connectTimeout }) })),
    );
    assert.deepEqual(patient, { kind: 'http-answered', status: 200, bodyBytes: 8 });
    assert.deepEqual(endless, {
      kind: 'failed',
      cause: 'timeout',
      detail: 'no end of the answer within 1 s',
    });
  });

  test('the request has the bytes that keepalived sends', async () => {
    const requests: string[] = [];
    const port = await answering((socket) => {
      socket.on('data', (piece) => {
        requests.push(piece.toString('latin1'));
        socket.end('HTTP/1.0 200 OK\r\n\r\n');
      });
    });
    // Recorded of keepalived 2.2.7 with http_protocol 1.0 (its default), 1.0C and 1.1.
    const expected = [
      'GET /a HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.1:8001\r\n\r\n',
      'GET /a HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: 127.0.0.1:8001\r\n\r\n',
      'GET /a HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: 127.0.0.1:8001\r\n\r\n',
    ];
    for (const version of ['1.0', '1.0-close', '1.1'] as const) {
      await ask(port, { version, path: '/a', host: '127.0.0.1:8001' });
    }
    assert.deepEqual(requests, expected);
  });

  test('what is no answer of HTTP/1, or ends otherwise than it says, is judged as by keepalived', async () => {
    const hello = { kind: 'http-answered', status: 200, digest: HELLO_MD5, bodyBytes: 11 };
    const wrong = (detail: string) => ({ kind: 'failed', cause: 'answer', detail });
    const early = wrong('the connection ended before the end of the header');
    const line = wrong('no HTTP status line');
    // Each but the large header was tried with keepalived 2.2.7, which takes 4 kB of headers.
    const cases: [string, unknown][] = [
      ['HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello world', hello],
      [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(6000)}\r\n\r\nhello world`, hello],
      ['ICY 200 OK\r\n\r\nhello world', hello],
      ['HTTP/1.0 200 OK\n\nhello world', early],
      ['garbage', early],
      ['HTTP/1.0 200 OK\r\nX: y', early],
      ['', early],
      ['HTTP/1.0 200\r\n\r\nhello world', line],
      ['HTTP/1.0 2000 OK\r\n\r\nhello world', line],
      [`HTTP/1.0 200 OK\r\n${'x'.repeat(70_000)}`, wrong('the header is too long')],
      [
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
        { ...hello, status: 100, digest: undefined, bodyBytes: 19 },
      ],
    ];
    for (const [text, expected] of cases) {
      const port = await answering((socket) => socket.once('data', () => socket.end(text)));
      const finding = await ask(port, { digest: 'wanted' });
      const { digest, ...others } = expected as { digest?: string };
      const shown = digest === undefined ? { ...finding, digest: undefined } : finding;
      assert.deepEqual({ ...shown }, { ...others, digest }, text.slice(0, 60));
    }
  });

  test('chunks are part of the body', async () => {
    const body = '5\r\nhello\r\n0\r\n\r\n';
    const text = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
    const port = await answering((socket) => socket.once('data', () => socket.end(text)));
    await assertSays(await ask(port, { digest: 'wanted' }), body);
  });

  test('a regex matches across pieces and within its offsets', async () => {
    const port = await answering((socket) =>
      socket.once('data', () => {
        const pieces = ['HTTP/1.0 200 OK\r\n\r\nhel', 'lo wo', 'rld'];
        const timer = setInterval(() => {
          const piece = pieces.shift();
          if (piece !== undefined) socket.write(piece);
          else {
            clearInterval(timer);
            socket.end();
          }
        }, 5);
      }),
    );
    const cases: [string, Partial<HttpRegex>, string][] = [
      ['hello world', {}, 'match'],
      ['^hello world$', {}, 'match'],
      ['(?<=hello )world', {}, 'match'],
      ['hel$|^lo|wo\\b', {}, 'no-match'],
      ['HELLO', { options: ['caseless'] }, 'match'],
      ['world', { minOffset: 6, maxOffset: 6 }, 'match'],
      ['world', { minOffset: 7 }, 'no-match'],
      ['world', { maxOffset: 5 }, 'no-match'],
    ];
    const findings = await Promise.all(
      cases.map(([pattern, changes]) => {
        const regex = {
          pattern,
          expected: 'match',
          options: [],
          minOffset: 0,
          ...changes,
        } as const;
        return ask(port, { regex });
      }),
    );
    assert.deepEqual(
      findings.map((finding) => finding.kind === 'http-answered' && finding.regex),
      cases.map(([, , expected]) => expected),
    );
    const regex = { pattern: '(', expected: 'match', options: [], minOffset: 0 } as const;
    assert.deepEqual(await ask(port, { regex }), {
      kind: 'failed',
      cause: 'local',
      detail: 'regex, at character 1: missing closing parenthesis',
    });
  });

  test('TLS: any certificate will do; a name is sent where there is one', async () => {
    const secure = { kind: 'https', path: '/name', digest: 'wanted' } as const;
    await assertSays(await ask(8443, secure), '|TLSv1.3');
    await assertSays(await ask(8443, { ...secure, serverName: 'a.example' }), 'a.example|TLSv1.3');
    // No server name is an address.
    await assertSays(await ask(8443, { ...secure, serverName: '10.0.0.2' }), '|TLSv1.3');
  });

  test('TLS: a certificate is shown to a server that asks for it', async () => {
    const { password, ...files } = nginx.client;
    const tlsClient = { ...files, password: new Secret(password) };
    const secure = { kind: 'https', path: '/who', digest: 'wanted' } as const;
    let shown: TlsClient | undefined = tlsClient;
    const prober = lab.another({ tlsClient: () => shown });
    await assertSays(await ask(8444, secure, prober), 'CN=client');
    const without = await ask(8444, secure);
    assert.equal(without.kind === 'http-answered' && without.status, 400);
    // As after a reload.
    shown = undefined;
    const gone = await ask(8444, secure, prober);
    assert.equal(gone.kind === 'http-answered' && gone.status, 400);
    const certificateFile = join(nginx.folder, 'none');
    const broken = lab.another({ tlsClient: () => ({ ...tlsClient, certificateFile }) });
    const finding = await ask(8444, secure, broken);
    assert(finding.kind === 'failed' && finding.cause === 'local');
    assert.match(finding.detail, /certificate for SSL_GET: ENOENT/);
    const locked = lab.another({
      tlsClient: () => ({ ...files, password: new Secret('wrong-secret') }),
    });
    const refused = await ask(8444, secure, locked);
    assert(refused.kind === 'failed' && refused.cause === 'local');
    assert(!refused.detail.includes('wrong-secret'));
  });

  test('TLS: whoever does not speak it, or ends too early, fails', async () => {
    const plain = await ask(8080, { kind: 'https' });
    assert(plain.kind === 'failed' && plain.cause === 'tls', JSON.stringify(plain));
    const port = await answering((socket) => socket.once('data', () => socket.destroy()));
    const cut = await ask(port, { kind: 'https' });
    assert(cut.kind === 'failed' && cut.cause === 'tls', JSON.stringify(cut));
    const mute = await answering(() => {});
    const target = targetOf(ends4.right, mute, { connectTimeout: millis(100) });
    assert.deepEqual(await ask(mute, { kind: 'https', target }), {
      kind: 'failed',
      cause: 'timeout',
      detail: 'no TLS handshake within 0.1 s',
    });
  });

  test('TLS: the end of data without close_notify is a failure only where that is asked for', async () => {
    const read = (file: string) => readFileSync(join(nginx.folder, file));
    const options = { cert: read('server.crt'), key: read('server.key') };
    const tls = (ending: 'clean' | 'cut', bytes: number) =>
      createTlsServer(options, (stream) => {
        stream.on('error', () => {});
        stream.once('data', () => {
          const text = `HTTP/1.0 200 OK\r\n\r\n${'x'.repeat(bytes)}`;
          if (ending === 'clean') stream.end(text);
          // The connection below ends, and TLS does not hear of it.
          else stream.write(text, () => raw.get(stream.remotePort)?.end());
        });
      });
    const raw = new Map<number | undefined, Socket>();
    for (const bytes of [3, 300_000]) {
      const ports = await Promise.all(
        (['clean', 'cut'] as const).map((ending) => {
          const server = tls(ending, bytes);
          return answering((socket) => {
            raw.set(socket.remotePort, socket);
            server.emit('connection', socket);
          });
        }),
      );
      const findings = await Promise.all(
        ports.flatMap((port) =>
          [true, false].map((strictTls) => ask(port, { kind: 'https', strictTls })),
        ),
      );
      const whole = { kind: 'http-answered', status: 200, bodyBytes: bytes };
      const truncated = {
        kind: 'failed',
        cause: 'tls',
        detail: 'the data ended without close_notify',
      };
      assert.deepEqual(findings, [whole, whole, truncated, whole]);
    }
    // nginx says it.
    const finding = await ask(8443, { kind: 'https', strictTls: true });
    assert.deepEqual(finding, { kind: 'http-answered', status: 200, bodyBytes: 11 });
  });

  test('an abandoned probe ends its connection', async () => {
    let begin: RunningProbe | undefined;
    const port = await answering((socket) => {
      socket.once('data', () => begin?.abandon());
      socket.once('close', () => closed.push(socket));
    });
    const closed: Socket[] = [];
    begin = lab.prober.probe(probeOf(port), () => assert.fail('it was abandoned'));
    await until(() => closed.length === 1);
  });

  test('the address is asked at the port of the protocol where none is given', async () => {
    const finding = await ask(0, { target: targetOf(ends4.right, 0) });
    assert.deepEqual(finding, { kind: 'failed', cause: 'refused', detail: 'connection refused' });
    assert.equal(ip(ends4.right), ends4.right);
  });
});
