/** Requests and responses that two readers could read in two ways, and such that nobody can read. */
import { type Case, client } from '../scene.ts';
import { finish, gone, hear, pause, request, response, type Step, say } from '../steps.ts';

const columns = ['req_tot', 'ereq', 'eresp', 'dreq', 'hrsp_2xx', 'hrsp_4xx', 'hrsp_5xx'];

const malformed = (name: string, text: string, ...then: readonly Step[]): Case => ({
  name: `malformed: ${name}`,
  config: 'mode http\noption httplog\ntimeout client 300ms\ntimeout server 300ms\nserver s1 {s1}',
  servers: { s1: [hear('\r\n\r\n'), pause(30), say(response('ok')), gone, finish] },
  columns,
  acts: [client('c', say(text), ...(then.length > 0 ? then : [gone]))],
});
const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n');
const get = (...headers: readonly string[]): string =>
  head('GET / HTTP/1.1', 'Host: a', ...headers);
const post = (body: string, ...headers: readonly string[]): string =>
  head('POST / HTTP/1.1', 'Host: a', ...headers) + body;

const few = Array.from({ length: 40 }, (_, index) => `X-${index}: b`);

/** With a header that makes it so long. */
function sized(message: (...lines: readonly string[]) => string, bytes: number): string {
  return message(`X-A: ${'b'.repeat(bytes - message('X-A: ').length)}`);
}

const answer = (name: string, text: string): Case => ({
  ...malformed(`a response with ${name}`, request()),
  servers: { s1: [hear('\r\n\r\n'), say(text), pause(50), finish, gone] },
});
const ok = (...lines: readonly string[]): string => head('HTTP/1.1 200 OK', ...lines);

export const malformedCases: readonly Case[] = [
  malformed(
    'a length and chunks',
    post(
      '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
      'Content-Length: 40',
      'Transfer-Encoding: chunked',
    ),
  ),
  malformed(
    'chunks and a length',
    post('0\r\n\r\n', 'Transfer-Encoding: chunked', 'Content-Length: 5'),
  ),
  malformed('two lengths that differ', post('12345', 'Content-Length: 5', 'Content-Length: 4')),
  malformed('two lengths that are equal', post('12345', 'Content-Length: 5', 'Content-Length: 5')),
  malformed('a list of equal lengths', post('12345', 'Content-Length: 5, 5')),
  malformed('a list of lengths that differ', post('12345', 'Content-Length: 5, 4')),
  malformed('a length with a sign', post('12345', 'Content-Length: +5')),
  malformed('a negative length', post('12345', 'Content-Length: -5')),
  malformed('a length in hexadecimal', post('12345', 'Content-Length: 0x5')),
  malformed('an empty length', post('12345', 'Content-Length: ')),
  malformed('a length with spaces', post('12345', 'Content-Length:   5  ')),
  malformed('a length with a letter', post('12345', 'Content-Length: 5a')),
  malformed('a length that is too large', post('12345', 'Content-Length: 99999999999999999999')),
  malformed('a length with a zero before it', post('12345', 'Content-Length: 005')),
  malformed(
    'chunked twice',
    post('0\r\n\r\n', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  ),
  malformed('chunked, then identity', post('0\r\n\r\n', 'Transfer-Encoding: chunked, identity')),
  malformed(
    'gzip, then chunked, in two headers',
    post('0\r\n\r\n', 'Transfer-Encoding: gzip', 'Transfer-Encoding: chunked'),
  ),
  malformed('three hosts that differ', head('GET / HTTP/1.1', 'Host: a', 'Host: a', 'Host: b')),
  malformed('hosts that differ in case', head('GET / HTTP/1.1', 'Host: a', 'Host: A')),
  malformed('a folded header with tabs', get('X-A: b \t', '\t c', ' d ')),
  malformed('a header of blanks only', get('X-A: b', '   ')),
  malformed(
    'a folded header with a bare line feed',
    'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\n c\r\n\r\n',
  ),
  malformed('gzip, then chunked', post('0\r\n\r\n', 'Transfer-Encoding: gzip, chunked')),
  malformed('an unknown coding', post('0\r\n\r\n', 'Transfer-Encoding: xchunked')),
  malformed('chunked in capitals', post('0\r\n\r\n', 'Transfer-Encoding: CHUNKED')),
  malformed('chunked in 1.0', `${head('POST / HTTP/1.0', 'Transfer-Encoding: chunked')}0\r\n\r\n`),
  malformed('chunked with a tab', post('0\r\n\r\n', 'Transfer-Encoding:\tchunked')),
  malformed(
    'chunked with a control character',
    post('0\r\n\r\n', 'Transfer-Encoding: \x0bchunked'),
  ),
  malformed('a space before the colon', post('0\r\n\r\n', 'Transfer-Encoding : chunked')),
  malformed('a folded header', get('X-A: b', ' c')),
  malformed('a folded first header', head('GET / HTTP/1.1', ' Host: a')),
  malformed('bare line feeds', 'GET / HTTP/1.1\nHost: a\n\n'),
  malformed('a bare line feed in one line', 'GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n'),
  malformed('a bare carriage return', get('X-A: b\rX-C: d')),
  malformed('NUL in a value', get('X-A: b\0c')),
  malformed('NUL in a name', get('X-\0A: b')),
  malformed('a control character in a value', get('X-A: b\x01c')),
  malformed('bytes over 127 in a value', get('X-A: b\xe9c')),
  malformed('bytes over 127 in the path', head('GET /\xe9 HTTP/1.1', 'Host: a')),
  malformed('a space in the path', head('GET /a b HTTP/1.1', 'Host: a')),
  malformed('a control character in the path', head('GET /a\x01b HTTP/1.1', 'Host: a')),
  malformed('no name', get(': b')),
  malformed('no colon', get('nonsense')),
  malformed('a name with brackets', get('X(A): b')),
  malformed('no path', head('GET HTTP/1.1', 'Host: a')),
  malformed('two spaces', head('GET  / HTTP/1.1', 'Host: a')),
  malformed('two spaces before the version', head('GET /  HTTP/1.1', 'Host: a')),
  malformed('a tab in the line', head('GET\t/ HTTP/1.1', 'Host: a')),
  malformed('a space before the line', head(' GET / HTTP/1.1', 'Host: a')),
  malformed('a space at the end of the line', head('GET / HTTP/1.1 ', 'Host: a')),
  malformed('HTTP/0.9', 'GET /\r\n'),
  malformed('HTTP/2.0', head('GET / HTTP/2.0', 'Host: a')),
  malformed('HTTP/1.2', head('GET / HTTP/1.2', 'Host: a')),
  malformed('HTTP/1.10', head('GET / HTTP/1.10', 'Host: a')),
  malformed('http in small letters', head('GET / http/1.1', 'Host: a')),
  malformed('another protocol', head('GET / FTP/1.1', 'Host: a')),
  malformed('no version, but headers', head('GET /', 'Host: a')),
  malformed('a method in small letters', head('get / HTTP/1.1', 'Host: a')),
  malformed('a method with a strange character', head('G(T / HTTP/1.1', 'Host: a')),
  malformed('two hosts', head('GET / HTTP/1.1', 'Host: a', 'Host: b')),
  malformed('two equal hosts', head('GET / HTTP/1.1', 'Host: a', 'Host: a')),
  malformed('no host', head('GET / HTTP/1.1', 'X-A: b')),
  malformed('an absolute target', head('GET http://a/x?y HTTP/1.1', 'Host: a')),
  malformed('an absolute target and another host', head('GET http://a/x HTTP/1.1', 'Host: b')),
  malformed('an absolute target with its port', head('GET http://a:80/x HTTP/1.1', 'Host: a:80')),
  malformed('an absolute target with a port', head('GET http://a:80/x HTTP/1.1', 'Host: a')),
  malformed('an absolute https target', head('GET https://a:443/x HTTP/1.1', 'Host: a:443')),
  malformed('a host with its port', head('GET /x HTTP/1.1', 'Host: a:80')),
  malformed('CONNECT to 443', head('CONNECT a:443 HTTP/1.1', 'Host: a:443')),
  malformed('CONNECT to 8080', head('CONNECT a:8080 HTTP/1.1', 'Host: a:8080')),
  malformed('CONNECT to another host', head('CONNECT a:443 HTTP/1.1', 'Host: b')),
  malformed('CONNECT to a path', head('CONNECT /x HTTP/1.1', 'Host: a')),
  malformed('CONNECT without a port', head('CONNECT a HTTP/1.1', 'Host: a')),
  malformed('CONNECT without a host', head('CONNECT a:80 HTTP/1.1', 'X-A: b')),
  malformed('an asterisk', head('OPTIONS * HTTP/1.1', 'Host: a')),
  malformed('an asterisk of GET', head('GET * HTTP/1.1', 'Host: a')),
  malformed('a target without a slash', head('GET x HTTP/1.1', 'Host: a')),
  malformed('a fragment', head('GET /a#b HTTP/1.1', 'Host: a')),
  malformed('a TLS hello', '\x16\x03\x01\x00\x05hello\r\n\r\n'),
  malformed('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  malformed('a header that is too large', get(`X-A: ${'b'.repeat(20_000)}`)),
  ...[15_273, 15_274].map((bytes) => malformed(`a head of ${bytes} bytes`, sized(get, bytes))),
  ...[15_269, 15_270].map((bytes) =>
    malformed(
      `a head of ${bytes} bytes with a body`,
      sized((...lines) => post('12345', 'Content-Length: 5', ...lines), bytes + 5),
    ),
  ),
  ...[15_113, 15_114].map((bytes) =>
    malformed(
      `a head of ${bytes} bytes with many headers`,
      sized((...lines) => get(...few, ...lines), bytes),
    ),
  ),
  malformed('a target that is too large', head(`GET /${'b'.repeat(20_000)} HTTP/1.1`, 'Host: a')),
  malformed('101 headers', get(...Array.from({ length: 100 }, (_, index) => `X-${index}: b`))),
  malformed('102 headers', get(...Array.from({ length: 101 }, (_, index) => `X-${index}: b`))),
  malformed('half a head and the end', 'GET / HTTP/1.1\r\nHost', finish, gone),
  malformed(
    'a size of a chunk that is none',
    post('zz\r\nhello\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'),
  ),
  malformed(
    'an empty size of a chunk',
    post('\r\nhello\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'),
  ),
  malformed(
    'a size of a chunk that is too large',
    post('fffffffffffffffff\r\nhello\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'),
  ),
  malformed(
    'a chunk without its end',
    post('3\r\nhello\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'),
  ),
  malformed('a size with a tab', post('3\t\r\nabc\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')),
  malformed('a size with zeros', post('003\r\nabc\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')),
  malformed(
    'an extension with quotes',
    post('3;a="b;c"\r\nabc\r\n0;last\r\n\r\n', 'Transfer-Encoding: chunked'),
  ),
  malformed(
    'an extension without a name',
    post('3;\r\nabc\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'),
  ),
  malformed(
    'a blank before an extension',
    post('3 ;a\r\nabc\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'),
  ),
  malformed('words behind a size', post('3 a\r\nabc\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')),
  malformed('a trailer', post('0\r\nX-A: b\r\nX-B:c\r\n\r\n', 'Transfer-Encoding: chunked')),
  malformed('a trailer without a colon', post('0\r\nX-A\r\n\r\n', 'Transfer-Encoding: chunked')),
  malformed(
    'a trailer that frames',
    post('0\r\nContent-Length: 5\r\nHost: b\r\n\r\n', 'Transfer-Encoding: chunked'),
  ),
  malformed('a size with 0x', post('0x3\r\nabc\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')),
  malformed('a size with a space', post('3 \r\nabc\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')),
  malformed('chunks with bare line feeds', post('3\nabc\n0\n\n', 'Transfer-Encoding: chunked')),
  malformed(
    'an upgrade to websocket without a key',
    get('Connection: upgrade', 'Upgrade: websocket'),
  ),
  answer('two lengths that differ', `${ok('Content-Length: 5', 'Content-Length: 4')}12345`),
  answer(
    'a length and chunks',
    `${ok('Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  ),
  answer('a length that is none', `${ok('Content-Length: x')}12345`),
  answer('a space before the colon', ok('X-A : b', 'Content-Length: 0')),
  answer('a folded header', ok('X-A: b', ' c', 'Content-Length: 0')),
  answer('no colon', ok('nonsense', 'Content-Length: 0')),
  answer('bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'),
  answer('a status that is none', head('HTTP/1.1 abc OK', 'Content-Length: 0')),
  answer('a list of equal lengths', `${ok('Content-Length: 2, 2')}ok`),
  answer('gzip, then chunked', `${ok('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`),
  answer('a status of four digits', head('HTTP/1.1 2000 OK', 'Content-Length: 0')),
  answer('two spaces', head('HTTP/1.1  200 OK', 'Content-Length: 0')),
  answer('a status of two digits', head('HTTP/1.1 20 OK', 'Content-Length: 0')),
  answer('a status of 99', head('HTTP/1.1 099 OK', 'Content-Length: 0')),
  answer('a status of 600', head('HTTP/1.1 600 OK', 'Content-Length: 0')),
  answer('another protocol', 'SSH-2.0-OpenSSH_9\r\n'),
  answer('HTTP/2.0', head('HTTP/2.0 200 OK', 'Content-Length: 0')),
  answer('a bad size of a chunk', `${ok('Transfer-Encoding: chunked')}zz\r\nhello\r\n0\r\n\r\n`),
  answer('an unknown coding', `${ok('Transfer-Encoding: gzip')}12345`),
  answer('a head that is too large', ok(`X-A: ${'b'.repeat(20_000)}`, 'Content-Length: 0')),
  ...[15_273, 15_274].map((bytes) =>
    answer(
      `a head of ${bytes} bytes`,
      sized((...lines) => ok('Content-Length: 0', ...lines), bytes),
    ),
  ),
  answer('102 headers', ok(...Array.from({ length: 102 }, (_, index) => `X-${index}: b`))),
  answer('NUL in a value', ok('X-A: b\0c', 'Content-Length: 0')),
  answer('101 that nobody asked for', head('HTTP/1.1 101 Switching Protocols')),
];
