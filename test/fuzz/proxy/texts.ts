/** Requests, responses, PROXY headers and commands, valid ones and what could be made of them. */

import { parseIp } from '../../../src/base/ip.ts';
import type { Rng } from '../../../src/base/rng.ts';
import {
  encodeProxyV1,
  encodeProxyV2,
  type ProxyAddresses,
} from '../../../src/wire/proxy-protocol.ts';
import { makePacket } from '../mutations.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

const message = (line: string, headers: readonly string[], body = ''): Uint8Array =>
  bytesOf(`${[line, ...headers].join('\r\n')}\r\n\r\n${body}`);

const CHUNKS = '5\r\nhello\r\n3;a=b\r\nxyz\r\n0\r\nX-Sum: 1\r\n\r\n';
const FORM = 's=s&action=drain&b=%23s';

export const requests: readonly Uint8Array[] = [
  message('GET / HTTP/1.1', ['Host: a.example']),
  message('GET /a/b?c=d&e=%2f HTTP/1.1', ['Host: a', 'Accept: */*', 'X-Old: 1', 'X-Old: 2']),
  message('GET http://a.example:80/x HTTP/1.1', ['Host: a.example:80', 'Connection: close']),
  message('GET / HTTP/1.0', ['Connection: keep-alive']),
  message('HEAD /head HTTP/1.1', ['Host: a', 'Cookie: a=b; c=d']),
  message('POST /p HTTP/1.1', ['Host: a', 'Content-Length: 5'], 'hello'),
  message(
    'PUT /c HTTP/1.1',
    ['Host: a', 'Transfer-Encoding: chunked', 'Expect: 100-continue'],
    CHUNKS,
  ),
  message(
    'POST /b HTTP/1.1',
    ['Host: a', 'Transfer-Encoding: chunked', 'Content-Length: 4'],
    CHUNKS,
  ),
  message('GET /ws HTTP/1.1', ['Host: a', 'Connection: Upgrade', 'Upgrade: echo']),
  message('OPTIONS * HTTP/1.1', ['Host: a', 'Authorization: Basic dTpw']),
  message('GET /stats;csv HTTP/1.1', ['Host: a', 'Authorization: Basic dTpw']),
  message('POST /stats HTTP/1.1', ['Host: a', `Content-Length: ${FORM.length}`], FORM),
  message('GET /metrics?scope=server HTTP/1.1', ['Host: a']),
  message('GET /up HTTP/1.1', ['Host: a', 'X-Forwarded-For: 10.0.0.1']),
  message('DELETE /deny HTTP/1.1', ['Host: b', 'Connection: x-old, keep-alive', 'X-Old: 1']),
  // Two in a row.
  bytesOf('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n'),
];

export const responses: readonly Uint8Array[] = [
  message('HTTP/1.1 200 OK', ['Content-Length: 2'], 'ok'),
  message('HTTP/1.1 200 OK', ['Transfer-Encoding: chunked', 'Trailer: X-Sum'], CHUNKS),
  message('HTTP/1.0 200 OK', ['Connection: keep-alive', 'Content-Length: 0']),
  message('HTTP/1.1 204 No Content', []),
  message('HTTP/1.1 304 Not Modified', ['Content-Length: 7', 'ETag: "x"']),
  message('HTTP/1.1 404 Not Found', ['Content-Length: 3', 'Set-Cookie: a=b', 'X-Old: y'], 'no\n'),
  message('HTTP/1.1 101 Switching Protocols', ['Connection: Upgrade', 'Upgrade: echo'], 'bytes'),
  message('HTTP/1.1 200 OK', ['Connection: close'], 'until the end'),
  bytesOf('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  message('HTTP/1.1 503', ['Content-Length: 0', 'Retry-After: 1']),
];

const ip = (text: string) => {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const four: ProxyAddresses = {
  source: { ip: ip('192.0.2.1'), port: 1234 },
  destination: { ip: ip('192.0.2.2'), port: 80 },
};
const six: ProxyAddresses = {
  source: { ip: ip('2001:db8::1'), port: 65535 },
  destination: { ip: ip('2001:db8::2'), port: 1 },
};

export const proxyHeaders: readonly Uint8Array[] = [
  ...[four, six, undefined].flatMap((addresses) => [
    encodeProxyV1(addresses),
    encodeProxyV2(addresses),
  ]),
  bytesOf('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'),
  // With TLVs behind the addresses, and over a Unix socket.
  Uint8Array.from([
    ...encodeProxyV2(four).subarray(0, 14),
    ...[0, 20],
    ...encodeProxyV2(four).subarray(16),
    ...[4, 0, 5, 1, 2, 3, 4, 5],
  ]),
  Uint8Array.from([
    ...encodeProxyV2(undefined).subarray(0, 12),
    0x21,
    0x31,
    0,
    216,
    ...Array(216).fill(97),
  ]),
];

const HTTP_TOKENS: readonly Uint8Array[] = [
  ...[
    '\r\n',
    '\n',
    '\r',
    ' ',
    '\t',
    ':',
    '\0',
    '\x80',
    ',',
    ';',
    '"',
    '%',
    '#',
    '\r\n\r\n',
    '\r\n ',
  ],
  ...['Content-Length: 5\r\n', 'Content-Length: +5\r\n', 'Content-Length: 5, 5\r\n'],
  ...['Content-Length: 99999999999999999999\r\n', 'Transfer-Encoding: chunked\r\n'],
  ...['Transfer-Encoding: gzip, chunked\r\n', 'Transfer-Encoding : chunked\r\n', 'Host: b\r\n'],
  ...['Connection: close\r\n', 'Connection: keep-alive, upgrade\r\n', 'Upgrade: h2c\r\n'],
  ...[
    'Expect: 100-continue\r\n',
    'Authorization: Basic ====\r\n',
    ' HTTP/1.1',
    ' HTTP/2.0',
    ' HTTP/0.9',
  ],
  ...['GET ', 'CONNECT a:1', '0\r\n\r\n', 'ffffffff\r\n', '100000000\r\n', '-1\r\n', 'a;b="c\r\n'],
  ...[
    'X: y\r\n'.repeat(120),
    'a'.repeat(3000),
    '%00',
    '//',
    '/../',
    '?',
    '&',
    '=',
    ';norefresh',
    ';st=DONE',
  ],
].map(bytesOf);

/** Half of them mutated as bytes, the other half with words of HTTP put in. */
export function makeMessage(rng: Rng, own: readonly Uint8Array[]): Uint8Array {
  const all = [...requests, ...responses];
  let bytes = rng.chance(0.5) ? makePacket(rng, { own, all }) : rng.pick(own);
  for (let round = rng.integer(0, 2); round > 0; round--)
    bytes = insert(rng, bytes, rng.pick(HTTP_TOKENS));
  return bytes;
}

export function makeProxyHeader(rng: Rng): Uint8Array {
  return makePacket(rng, { own: proxyHeaders, all: proxyHeaders });
}

/** Mostly at the beginning of a line, where headers stand. */
function insert(rng: Rng, bytes: Uint8Array, token: Uint8Array): Uint8Array {
  const from = rng.integer(0, bytes.length);
  const line = bytes.indexOf(10, from) + 1;
  const at = rng.chance(0.7) && line > 0 ? line : from;
  const made = new Uint8Array(bytes.length + token.length);
  made.set(bytes.subarray(0, at));
  made.set(token, at);
  made.set(bytes.subarray(at), at + token.length);
  return made;
}

/** `b`, `s` and others are names of the configuration that is under test. */
export const commands: readonly string[] = [
  ...[
    'show stat',
    'show stat typed',
    'show stat json',
    'show stat 2 4 -1',
    'show info',
    'show info typed',
  ],
  ...[
    'show stat web 7 -1 up',
    'show stat no-maint',
    'show schema json',
    'show version',
    'show backend',
  ],
  ...[
    'show servers state',
    'show servers state app',
    'show servers conn',
    'show sess',
    'show sess all',
  ],
  ...['show env', 'show errors', 'show table', 'show pools', 'show activity', 'show cli sockets'],
  ...[
    'show cli level',
    'help',
    'help set',
    'prompt',
    'quit',
    'operator',
    'user',
    'clear counters all',
  ],
  ...['clear counters', 'disable server app/s', 'enable server app/s', 'disable agent app/s'],
  ...['disable health app/s', 'enable health app/s', 'disable frontend web', 'enable frontend web'],
  ...[
    'get weight app/s',
    'set weight app/s 50%',
    'set weight app/s 256',
    'set maxconn frontend web 7',
  ],
  ...['set maxconn global 100', 'set maxconn server app/s 0', 'set server app/s state maint'],
  ...[
    'set server app/s state ready',
    'set server app/s state drain',
    'set server app/s health stopping',
  ],
  ...['set server app/s health down', 'set server app/s agent up', 'set server app/s weight 0'],
  ...[
    'set server app/s addr 127.0.0.1 port 1',
    'set server #3/#1 state ready',
    'set timeout cli 5',
  ],
  ...['shutdown session 0x1', 'shutdown sessions server app/s', 'enable agent app/spare'],
];

const COMMAND_TOKENS = [
  ...[
    ' ',
    ';',
    '\\',
    '\\;',
    '\\ ',
    '\r',
    '\t',
    '#',
    '#1',
    '#999999',
    '/',
    'app/',
    '/s',
    'app/spare',
    'tcp/t',
  ],
  ...[
    '-1',
    '0',
    '256',
    '257',
    '100%',
    '101%',
    '99999999999999999999',
    '1e3',
    '0x',
    'NaN',
    '__proto__',
  ],
  ...[
    'constructor',
    'toString',
    'all',
    'typed',
    'json',
    'maint',
    'ready',
    'port',
    '::1',
    '[::1]',
    '300.1.1.1',
  ],
  ...['\0', 'ä', '%s', '"', 'web', 'stats', 'tcp', 'x'.repeat(300)],
];

export function makeCommand(rng: Rng): string {
  let text = rng.pick(commands);
  if (rng.chance(0.1)) text += `;${rng.pick(commands)}`;
  for (let round = rng.integer(0, 3); round > 0; round--) text = changeCommand(rng, text);
  return text;
}

function changeCommand(rng: Rng, text: string): string {
  const at = rng.integer(0, text.length);
  const words = text.split(' ');
  const word = rng.integer(0, words.length - 1);
  switch (rng.integer(0, 5)) {
    case 0:
      return text.slice(0, at) + rng.pick(COMMAND_TOKENS) + text.slice(at);
    case 1:
      return words.with(word, rng.pick(COMMAND_TOKENS)).join(' ');
    case 2:
      return words.with(word, rng.pick(rng.pick(commands).split(' '))).join(' ');
    case 3:
      return words.toSpliced(word, 1).join(' ');
    case 4:
      return text.slice(0, at) + String.fromCharCode(rng.integer(0, 255)) + text.slice(at + 1);
    default:
      return words.toSpliced(word, 0, rng.pick(COMMAND_TOKENS)).join(' ');
  }
}
