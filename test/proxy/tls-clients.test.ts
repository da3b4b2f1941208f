import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { after, before, suite, test } from 'node:test';
import type { RunningProxy } from '../../src/daemon/proxy/process.ts';
import { missingPrograms } from '../probe/support.ts';
import { connectTls, freePorts, readAll, TlsLab } from './tls-lab.ts';

const BIG_BYTES = 8_000_000;
const HUGE_BYTES = 64_000_000;

suite('clients that speak TLS', { skip: missingPrograms('openssl') }, () => {
  const lab = new TlsLab('tls-clients');
  let sent = (): number => 0;
  let proxy: RunningProxy;
  let [http, strict, verified, tcp, told] = [0, 0, 0, 0, 0];

  before(async () => {
    lab.certify('first', 'first.test');
    lab.certify('wild', '*.wild.test', 'wild.test');
    lab.certify('exact', 'exact.wild.test');
    lab.certify('stranger', 'stranger.test');
    const answering = createHttpServer((request, response) => {
      if (request.url === '/huge') {
        response.end(Buffer.alloc(HUGE_BYTES, 'b'));
        const { socket } = request;
        sent = () => socket.bytesWritten - socket.writableLength;
      } else response.end(request.headers['x-seen']);
    });
    const counting = createServer({ allowHalfOpen: true }, (socket) => {
      let text = '';
      socket.on('data', (bytes) => {
        text += bytes;
      });
      socket.on('end', () => socket.end(`${text.length}:${text.slice(0, 5)}`));
      socket.on('error', () => {});
    });
    const [httpPort, tcpPort] = [await lab.serve(answering), await lab.serve(counting)];
    [http = 0, strict = 0, verified = 0, tcp = 0, told = 0] = await freePorts(5);
    const started = await lab.start(`
global
  log 127.0.0.1:${await lab.logPort()} local0
  crt-base ${lab.folder}
  ca-base ${lab.folder}
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend f
  bind 127.0.0.1:${http} ssl crt first.pem crt wild.pem crt exact.pem alpn h2,http/1.1
  http-request set-header x-seen "%[ssl_fc_sni] %[ssl_fc,iif(tls,plain)] %[ssl_fc_protocol] %[ssl_fc_alpn]"
  default_backend b
frontend s
  bind 127.0.0.1:${strict} name door ssl crt first.pem strict-sni
  default_backend b
frontend v
  bind 127.0.0.1:${verified} ssl crt first.pem verify required ca-file exact.crt ssl-max-ver TLSv1.2
  http-request set-header x-seen "%[ssl_c_used] %[ssl_c_verify] %[ssl_fc_protocol]"
  default_backend b
frontend t
  mode tcp
  log-format "%ft %sslv %sslc %B %ts"
  timeout client 1s
  bind 127.0.0.1:${tcp} ssl crt first.pem alpn h2,other
  tcp-request content reject if { ssl_fc_sni stranger.test }
  default_backend tb
frontend p
  bind 127.0.0.1:${told} accept-proxy ssl crt first.pem crt wild.pem
  http-request set-header x-seen "%[src] %[dst_port] %[ssl_fc_sni]"
  default_backend b
backend b
  server s 127.0.0.1:${httpPort}
backend tb
  mode tcp
  server s 127.0.0.1:${tcpPort}
`);
    assert('worker' in started);
    proxy = started;
  });

  after(() => lab.close());

  const ask = async (
    port: number,
    options: Parameters<typeof connectTls>[1] = {},
    path = '/',
  ): Promise<{ readonly subject: string; readonly text: string }> => {
    const socket = await connectTls(port, options);
    const subject = String(socket.getPeerCertificate().subject.CN);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    return { subject, text: (await readAll(socket)).split('\r\n\r\n')[1] ?? '' };
  };

  test('the name that is asked for chooses the certificate', async () => {
    const wanted: readonly (readonly [string, string])[] = [
      ['first.test', 'first.test'],
      ['A.Wild.test', '*.wild.test'],
      ['exact.wild.test', 'exact.wild.test'],
      ['a.b.wild.test', 'first.test'],
      ['unknown.test', 'first.test'],
    ];
    for (const [servername, subject] of wanted) {
      const answer = await ask(http, { servername });
      assert.equal(answer.subject, subject, servername);
      assert.equal(answer.text, `${servername} tls TLSv1.3`);
    }
    assert.equal((await ask(http)).subject, 'first.test');
  });

  test('in http mode nothing but HTTP/1 is agreed upon', async () => {
    const answer = await ask(http, { ALPNProtocols: ['h2', 'http/1.1'] });
    assert.match(answer.text, /TLSv1.3 http\/1.1$/);
    const other = await connectTls(tcp, { ALPNProtocols: ['other', 'h2'] });
    assert.equal(other.alpnProtocol, 'h2');
    other.destroy();
  });

  test('rules of tcp mode know what was agreed upon', async () => {
    const socket = await connectTls(tcp, { servername: 'stranger.test' });
    assert.equal(await readAll(socket), '');
    await lab.logged(/^t~ TLSv1.3 .* PR$/);
  });

  test('in strict order nobody is served who asks for another name', async () => {
    for (const options of [{ servername: 'unknown.test' }, {}])
      await assert.rejects(ask(strict, options), /unrecognized name/);
    assert.match(await lab.logged(/door/), /^127.* s\/door: SSL handshake failure$/);
    assert.equal((await ask(strict, { servername: 'first.test' })).subject, 'first.test');
  });

  test('whoever has no certificate, or a strange one, is turned away', async () => {
    await assert.rejects(ask(verified), /handshake failure/);
    await lab.logged(/v\/1: SSL handshake failure$/);
    const strange = { cert: lab.read('stranger.crt'), key: lab.read('stranger.key') };
    await assert.rejects(ask(verified, strange), /alert/);
    await lab.logged(/v\/1: SSL client certificate not trusted$/);
    const known = { cert: lab.read('exact.crt'), key: lab.read('exact.key') };
    assert.equal((await ask(verified, known)).text, '1 0 TLSv1.2');
    assert.match(await lab.logged(/v~/), / v~ b\/s /);
    const { counters } =
      proxy.worker.live.proxies.find((it) => it.config.name === 'v')?.front ?? {};
    assert.deepEqual([counters?.tlsSessions, counters?.tlsFailures], [1, 2]);
  });

  test('what is no TLS, or an old one, or nothing at all, ends', async () => {
    await assert.rejects(
      ask(http, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
      /protocol version/,
    );
    const plain = connect(http, '127.0.0.1');
    plain.write('GET / HTTP/1.1\r\n\r\n');
    assert.equal(await readAll(plain), '');
    connect(http, '127.0.0.1').end();
    await lab.logged(/f\/1: Connection closed during SSL handshake$/);
    for (const [port, where] of [
      [http, 'f'],
      [verified, 'v'],
    ] as const) {
      for (const how of ['end', 'resetAndDestroy'] as const) {
        const client = connect(port, '127.0.0.1').on('error', () => {});
        await new Promise((resolve) => client.write('\x16\x03\x01', resolve));
        client[how]();
        const text = how === 'end' ? 'Connection closed during SSL' : 'SSL handshake failure';
        await lab.logged(new RegExp(`${where}/1: ${text}`));
      }
    }
    const idle = connect(tcp, '127.0.0.1');
    await lab.logged(/t\/1: Timeout during SSL handshake$/);
    idle.destroy();
  });

  test('a first message that comes byte by byte is waited for', async () => {
    const hello = createServer();
    const port = await lab.serve(hello);
    const socket = connectTls(port, { servername: 'x.wild.test' });
    const [caught] = await once(hello, 'connection');
    const [bytes] = await once(caught, 'data');
    caught.destroy();
    await assert.rejects(socket);
    const client = connect(http, '127.0.0.1').setNoDelay();
    for (const byte of bytes.subarray(0, 40)) {
      client.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    client.write(bytes.subarray(40));
    const [answer] = await once(client, 'data');
    // A ServerHello.
    assert.deepEqual([answer[0], answer[5]], [22, 2]);
    client.destroy();
  });

  test('a PROXY header before TLS names the client', async () => {
    const socket = connect(told, '127.0.0.1');
    socket.write('PROXY TCP4 192.0.2.1 192.0.2.2 1001 ');
    await once(socket, 'connect');
    socket.write('443\r\n');
    const answer = await ask(told, { socket, servername: 'a.wild.test' });
    assert.deepEqual(answer, { subject: '*.wild.test', text: '192.0.2.1 443 a.wild.test' });
    await lab.logged(/^192.0.2.1:1001 .* p~ b\/s /);
    const reset = async (text: string): Promise<void> => {
      const client = connect(told, '127.0.0.1').on('error', () => {});
      client.end(text);
      await new Promise((resolve) => client.on('close', resolve));
    };
    await reset('GET / HTTP/1.1\r\n\r\n');
    await lab.logged(/p\/1: Received something which does not look like a PROXY protocol header$/);
    await reset('PROXY TCP4 a b c\r\n');
    await lab.logged(/p\/1: Received an invalid PROXY protocol header$/);
    await reset('PROXY');
    await lab.logged(/p\/1: Truncated PROXY protocol header received$/);
  });

  test('one side may end while the other goes on', async () => {
    const socket = await connectTls(tcp, { allowHalfOpen: true });
    socket.write('hello');
    socket.end('x'.repeat(BIG_BYTES));
    assert.equal(await readAll(socket), `${BIG_BYTES + 5}:hello`);
    assert.match(await lab.logged(/t~/), /^t~ TLSv1.3 TLS_AES_256_GCM_SHA384 \d+ --$/);
  });

  test('a slow reader gets everything, and what it does not take is not fetched', async () => {
    const socket = await connectTls(http);
    socket.write('GET /huge HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    let count = 0;
    for await (const part of socket) {
      count += part.length;
      if (count >= 1_000_000) continue;
      await new Promise((resolve) => setTimeout(resolve, 5));
      // Not more than the buffers of four sockets hold.
      assert(sent() < HUGE_BYTES / 2, `${sent()} bytes were fetched`);
    }
    assert(count > HUGE_BYTES);
    assert(sent() > HUGE_BYTES);
  });

  test('a thousand connections leave nothing behind', async () => {
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    const one = async (index: number): Promise<void> => {
      if (index % 3 === 0) (await connectTls(tcp)).destroy();
      else if (index % 3 === 1) (await connectTls(http)).resume().end();
      else
        connect(http, '127.0.0.1')
          .on('error', () => {})
          .resume()
          .end('\x16\x03\x01');
    };
    await one(0);
    while (proxy.worker.live.current > 0) await new Promise(setImmediate);
    const before = descriptors();
    for (let index = 0; index < 1000; index += 50)
      await Promise.all(Array.from({ length: 50 }, (_, offset) => one(index + offset)));
    while (proxy.worker.live.current > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(proxy.worker.tlsConnections(), 0);
    while (descriptors() > before + 5) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});
