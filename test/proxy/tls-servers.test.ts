import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import type { RunningProxy } from '../../src/daemon/proxy/process.ts';
import { missingPrograms } from '../probe/support.ts';
import { freePorts, readAll, TlsLab } from './tls-lab.ts';

const BIG_BYTES = 8_000_000;
const BACKENDS = ['plain', 'trusted', 'named', 'stranger', 'told', 'deaf'];

suite('servers that want TLS', { skip: missingPrograms('openssl') }, () => {
  const lab = new TlsLab('tls-servers');
  const handshakes: string[] = [];
  const headers: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let proxy: RunningProxy;
  let [http, tcp] = [0, 0];

  before(async () => {
    lab.certify('server', 'server.test', '*.many.test');
    lab.certify('client', 'client.test');
    const identity = { cert: lab.read('server.crt'), key: lab.read('server.key') };
    const https = createHttpsServer(
      { ...identity, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] },
      async (message, response) => {
        const { alpnProtocol, servername } = message.socket as TLSSocket & { servername: string };
        const who = (message.socket as TLSSocket).getPeerCertificate().subject?.CN;
        const length = (await readAll(message)).length;
        if (message.url?.endsWith('/big') === true) response.end(Buffer.alloc(BIG_BYTES, 'b'));
        else response.end(`${servername} ${alpnProtocol} ${who} ${length}`);
      },
    );
    https.on('secureConnection', (socket) => handshakes.push(String(socket.servername)));
    const echo = createTlsServer({ ...identity, allowHalfOpen: true }, (socket) => {
      socket.pipe(socket);
      socket.on('error', () => {});
    });
    // Takes the header off, and speaks TLS from there on.
    const told = createServer((socket) => {
      socket.once('readable', () => {
        const bytes: Buffer = socket.read();
        const end = bytes.indexOf('\n') + 1;
        headers.push(bytes.subarray(0, end).toString());
        if (end < bytes.length) socket.unshift(bytes.subarray(end));
        const secure = new TLSSocket(socket, { isServer: true, ...identity });
        secure.on('error', () => {});
        secure.once('data', () => secure.end('HTTP/1.0 200 OK\r\n\r\ntold'));
      });
    });
    const [a, b, c] = [await lab.serve(https), await lab.serve(echo), await lab.serve(told)];
    [http = 0, tcp = 0] = await freePorts(2);
    const started = await lab.start(`
global
  log 127.0.0.1:${await lab.logPort()} local0
  crt-base ${lab.folder}
  ca-base ${lab.folder}
defaults
  mode http
  log global
  option httplog
  retries 0
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend f
  bind 127.0.0.1:${http}
${BACKENDS.map((name) => `  use_backend ${name} if { path_beg /${name} }`).join('\n')}
backend plain
  server s 127.0.0.1:${a} ssl verify none
backend trusted
  server s 127.0.0.1:${a} ssl verify required ca-file server.crt sni req.hdr(host) alpn h2,http/1.1 crt client.pem
backend named
  server s 127.0.0.1:${a} ssl verify required ca-file server.crt verifyhost other.test
backend stranger
  server s 127.0.0.1:${a} ssl verify required ca-file client.crt
backend told
  server s 127.0.0.1:${c} ssl verify none send-proxy
backend deaf
  server s 127.0.0.1:${http} ssl verify none
listen t
  mode tcp
  option tcplog
  bind 127.0.0.1:${tcp}
  server s 127.0.0.1:${b} ssl verify required ca-file server.crt verifyhost server.test
`);
    assert('worker' in started);
    proxy = started;
  });

  after(() => {
    agent.destroy();
    lab.close();
  });

  const ask = async (path: string, host = 'server.test', body = ''): Promise<string> => {
    const headers = { host, 'content-length': body.length };
    const sent = request({ host: '127.0.0.1', port: http, path, method: 'POST', headers, agent });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return `${answer.statusCode} ${await readAll(answer)}`;
  };

  test('without verification any server will do, and none is named', async () => {
    assert.equal(await ask('/plain'), '200 false false undefined 0');
  });

  test('name, protocol and certificate are what the server sees', async () => {
    assert.equal(await ask('/trusted'), '200 server.test http/1.1 client.test 0');
  });

  test('a connection is kept for the name that it was opened for', async () => {
    handshakes.length = 0;
    for (const host of ['a.many.test', 'b.many.test', 'a.many.test', 'b.many.test'])
      assert.equal(await ask('/trusted', host), `200 ${host} http/1.1 client.test 0`);
    assert.deepEqual(handshakes, ['a.many.test', 'b.many.test']);
  });

  test('who is not trusted, or is somebody else, is not talked to', async () => {
    for (const [path, host] of [
      ['/stranger', 'server.test'],
      ['/named', 'server.test'],
      ['/trusted', 'unknown.test'],
      ['/deaf', 'server.test'],
    ] as const) {
      assert.match(await ask(path, host), /^503 /, path);
      const line = await lab.logged(new RegExp(`POST ${path} `));
      assert.match(line, / 503 \d+ - - SC-- /);
    }
    const back = proxy.worker.live.proxies.find((it) => it.config.name === 'stranger')?.back;
    assert.deepEqual([back?.counters.tlsFailures, back?.counters.tlsSessions], [1, 0]);
  });

  test('the PROXY header goes before TLS', async () => {
    assert.equal(await ask('/told'), '200 told');
    assert.match(headers[0] ?? '', /^PROXY TCP4 127.0.0.1 127.0.0.1 \d+ \d+\r\n$/);
  });

  test('much goes both ways', async () => {
    assert.equal(
      await ask('/plain', 'h', 'u'.repeat(BIG_BYTES)),
      `200 false false undefined ${BIG_BYTES}`,
    );
    assert.equal((await ask('/plain/big')).length, BIG_BYTES + 4);
  });

  test('in tcp mode a slow echo comes back whole, and with its end', async () => {
    const socket = connect({ host: '127.0.0.1', port: tcp, allowHalfOpen: true });
    socket.end(Buffer.alloc(BIG_BYTES, 'echo'));
    let count = 0;
    for await (const part of socket) {
      count += part.length;
      if (count < 500_000) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(count, BIG_BYTES);
    assert.match(await lab.logged(/ t t\/s /), / -- /);
  });
});

suite('TLS that cannot be', { skip: missingPrograms('openssl') }, () => {
  const lab = new TlsLab('tls-faults');

  after(() => lab.close());

  test('is told of before anything listens', async () => {
    lab.certify('one', 'one.test');
    lab.certify('two', 'two.test');
    writeFileSync(lab.path('mixed.pem'), lab.read('one.crt') + lab.read('two.key'));
    writeFileSync(lab.path('none.crt'), 'nothing');
    const [port = 0] = await freePorts(1);
    const faults: readonly (readonly [string, RegExp])[] = [
      ['crt mixed.pem', /haproxy.cfg:6\] : .*mixed.pem: the key is not that of the certificate$/],
      ['crt one.pem ciphers nonsense', /no cipher of 'nonsense' is known$/],
      ['crt one.pem ciphersuites nonsense', /not every cipher suite of 'nonsense' is known$/],
      ['crt one.pem verify optional ca-file none.crt', /holds no certificate$/],
    ];
    for (const [options, fault] of faults) {
      const started = await lab.start(`
global
  crt-base ${lab.folder}
  ca-base ${lab.folder}
listen f
  bind 127.0.0.1:${port} ssl ${options}
  mode http
  timeout client 1s
  timeout connect 1s
  timeout server 1s
`);
      assert(!('worker' in started), options);
      assert.match(String(started[0]), fault);
    }
  });
});
