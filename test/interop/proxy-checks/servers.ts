/** Servers that answer well, wrongly, late or not at all: bytes as they go over the wire. */
import { createServer, type Server, type Socket } from 'node:net';

export type Behaviour = (socket: Socket) => void;

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Once it has been spoken to. */
function reply(bytes: string | Buffer, then: 'close' | 'stay' = 'close'): Behaviour {
  const answer = typeof bytes === 'string' ? latin1(bytes) : bytes;
  return (socket) => {
    socket.once('data', () => (then === 'close' ? socket.end(answer) : socket.write(answer)));
  };
}

/** By itself. */
function greet(bytes: string | Buffer, then: 'close' | 'stay' = 'stay'): Behaviour {
  const greeting = typeof bytes === 'string' ? latin1(bytes) : bytes;
  return (socket) => {
    if (then === 'close') socket.end(greeting);
    else socket.write(greeting);
    socket.resume();
  };
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function mysqlPacket(sequence: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.of(payload.length, 0, 0, sequence), payload]);
}

const MYSQL_GREETING = mysqlPacket(
  0,
  Buffer.concat([
    latin1('\x0a8.0.36\0\x01\0\0\0abcdefgh\0'),
    hex('fff72102 00ff8115'),
    Buffer.alloc(10),
    latin1('ijklmnopqrst\0mysql_native_password\0'),
  ]),
);

function mysqlError(sequence: number, code: number, text: string): Buffer {
  return mysqlPacket(
    sequence,
    Buffer.concat([Buffer.of(255, code & 255, code >> 8), latin1(text)]),
  );
}

function mysqlServer(answer: Buffer | undefined, then: 'close' | 'stay' = 'stay'): Behaviour {
  return (socket) => {
    socket.write(MYSQL_GREETING);
    socket.once('data', () => {
      if (answer !== undefined) socket.write(answer);
      if (then === 'close') socket.end();
    });
  };
}

function smtpServer(banner: string | Buffer, hello: string): Behaviour {
  return (socket) => {
    socket.write(banner);
    socket.on('data', (bytes) => {
      const said = String(bytes);
      if (/^(?:HELO|EHLO)/.test(said)) socket.write(hello);
      else if (said.startsWith('QUIT')) socket.end('221 bye\r\n');
    });
  };
}

/** What must not get into a log as it is. */
const ODD = 'say "hi" #x\x01\x7f\xe9\ttab\\ <end>, \0 not seen';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Test: abc\r\n\r\nhello';
const pgsqlError = latin1('SFATAL\0VFATAL\0C28000\0Mrole "x" does not exist\0\0');

export const behaviours = {
  silent: (socket) => void socket.resume(),
  closes: (socket) => socket.end(),
  closesWhenAsked: reply(''),
  // At once, haproxy sees now a failed connection, now a broken one.
  resets: (socket) => void setTimeout(() => socket.resetAndDestroy(), 30),
  resetsWhenAsked: (socket) => void socket.once('data', () => socket.resetAndDestroy()),
  banner: greet('220 hello there\r\n'),
  bannerThenCloses: greet('220 hello there\r\n', 'close'),
  greetsAndCloses: greet('hello world\r\n', 'close'),
  http200: reply(ok),
  http200Kept: reply(ok, 'stay'),
  http204: reply('HTTP/1.1 204 No Content\r\n\r\n'),
  http302: reply('HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
  http404: reply('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
  http500: reply('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n'),
  httpOdd: reply(`HTTP/1.0 500 ${ODD}\r\n\r\n`),
  http503: reply('HTTP/1.1 503\r\nContent-Length: 0\r\n\r\n'),
  httpContinue: reply('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  httpChunked: reply(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
  ),
  httpShort: reply('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel'),
  httpShortKept: reply('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel', 'stay'),
  httpHalfLine: reply('HTTP/1.1 200 O'),
  httpHalfLineKept: reply('HTTP/1.1 200 O', 'stay'),
  httpBadLength: reply('HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n'),
  httpOther: reply('SSH-2.0-OpenSSH_9\r\n', 'stay'),
  httpSlow: (socket) => {
    socket.once('data', () => setTimeout(() => socket.end(ok), 5000).unref());
  },
  redis: reply('+PONG\r\n', 'stay'),
  redisError: reply('-ERR no\r\n'),
  smtp: smtpServer('220 mail ESMTP\r\n', '250 mail\r\n'),
  smtpExtended: smtpServer('220 mail ESMTP\r\n', '250-mail\r\n250-PIPELINING\r\n250 fine\r\n'),
  smtpBusy: smtpServer('421 busy\r\n', ''),
  smtpOdd: smtpServer(latin1(`${ODD}\r\n`), ''),
  smtpStrange: smtpServer('hi there\r\n', ''),
  mysql: mysqlServer(mysqlPacket(2, hex('00000002000000'))),
  mysqlSwitches: mysqlServer(
    mysqlPacket(2, latin1('\xfemysql_native_password\0abcdefghijklmnopqrst\0')),
  ),
  mysqlDenies: mysqlServer(mysqlError(2, 1045, "#28000Access denied for user 'hap'"), 'close'),
  mysqlBlocks: greet(mysqlError(0, 1129, "Host '10.0.0.1' is blocked"), 'close'),
  mysqlCloses: mysqlServer(undefined, 'close'),
  mysqlShort: greet(hex('4a0000000a35'), 'close'),
  pgsql: reply(hex('52 00000008 00000000'), 'stay'),
  pgsqlMd5: reply(hex('52 0000000c 00000005 01020304'), 'stay'),
  pgsqlScram: reply(
    Buffer.concat([hex('52 00000017 0000000a'), latin1('SCRAM-SHA-256\0\0')]),
    'stay',
  ),
  pgsqlError: reply(
    Buffer.concat([hex('45'), Buffer.of(0, 0, 0, pgsqlError.length + 4), pgsqlError]),
  ),
  pgsqlStrange: reply('hello there my friend', 'stay'),
  pgsqlShort: reply(hex('520000')),
  ldap: reply(hex('300c0201 01 6107 0a0100 0400 0400'), 'stay'),
  ldapLong: reply(hex('3084 00000010 020101 6184 00000007 0a0100 0400 0400'), 'stay'),
  ldapRefuses: reply(hex('300c0201 01 6107 0a0131 0400 0400'), 'stay'),
  ldapStrange: reply('hello world!!!!!!', 'stay'),
  ldapOther: reply(hex('300c0201 01 6507 0a0100 0400 0400'), 'stay'),
  ldapShort: reply(hex('300c0201')),
  tlsAlert: reply(hex('15 0300 0002 0228')),
} satisfies Record<string, Behaviour>;

export type BehaviourName = keyof typeof behaviours | 'refused' | 'tls' | 'unreachable' | 'lost';

/** Each on a port of its own; a port for `refused`, where nobody is. */
export async function serveAll(): Promise<{ ports: Map<string, number>; close(): void }> {
  const ports = new Map<string, number>();
  const servers: Server[] = [];
  for (const [name, behave] of Object.entries(behaviours)) {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      socket.once('end', () => setImmediate(() => socket.end()));
      behave(socket);
    });
    servers.push(server);
    ports.set(name, await listen(server));
  }
  const gone = createServer();
  ports.set('refused', await listen(gone));
  await new Promise((resolve) => gone.close(resolve));
  return { ports, close: () => servers.forEach((server) => void server.close()) };
}

/** One that writes down what it hears on each connection, answers a request, and closes. */
export async function serveRecorder(heard: (bytes: Buffer) => void): Promise<number> {
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      if (bytes.length === 0) setTimeout(() => socket.end('HTTP/1.0 200 OK\r\n\r\n'), 100);
      bytes = Buffer.concat([bytes, piece]);
    });
    socket.once('close', () => heard(bytes));
  });
  return listen(server);
}

/** Answers one thing after the other, of the last one again and again; tells how many it has given. */
export async function serveDrama(
  answers: readonly (number | string)[],
  given: (count: number) => void,
): Promise<number> {
  let count = 0;
  const server = createServer((socket) => {
    const answer = answers[Math.min(count++, answers.length - 1)];
    socket.on('error', () => {});
    if (answer === '-') socket.end();
    else if (typeof answer === 'string') socket.end(`${answer}\n`);
    else
      socket.once('data', () =>
        socket.end(`HTTP/1.0 ${answer} As told\r\nContent-Length: 0\r\n\r\n`),
      );
    given(count);
  });
  return listen(server);
}

export function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
