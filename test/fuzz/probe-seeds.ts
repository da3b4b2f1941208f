/** What servers answer to health checks. */
import { encodeDnsQuery } from '../../src/wire/dns.ts';
import { encodeEchoRequest } from '../../src/wire/icmp-echo.ts';

const text = (lines: string) => new TextEncoder().encode(lines);

function dnsAnswer(flags: number, name: string, behind = ''): Uint8Array {
  const query = encodeDnsQuery({ id: 0x1234, name, recordType: 'SOA' });
  if (!query.ok) throw new Error(`no name: ${name}`);
  const answer = Uint8Array.from([...query.value, ...text(behind)]);
  new DataView(answer.buffer).setUint16(2, flags);
  return answer;
}

export const dnsAnswers = [
  dnsAnswer(0x8180, '.'),
  dnsAnswer(0x8183, 'none.example.com'),
  dnsAnswer(0x8380, 'www.example.com', 'records'),
];
export const dnsOthers = [dnsAnswer(0x0100, 'www.example.com'), dnsAnswer(0xa400, 'example.com')];

function reply(family: 4 | 6, payload: string): Uint8Array {
  const echo = { identifier: 7, sequence: 1, payload: text(payload) };
  const message = encodeEchoRequest(family, echo);
  message[0] = family === 4 ? 0 : 129;
  return message;
}

export const echoReplies4 = [reply(4, ''), reply(4, 'some payload')];
export const echoReplies6 = [reply(6, ''), reply(6, 'some payload')];

export const httpAnswers = [
  text('HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 5\r\n\r\nhello'),
  text('HTTP/1.0 404 Not Found\r\n\r\n'),
  text('ICY 200 OK\r\n\r\n\r\n\r\n'),
];
export const strangeHttpAnswers = [
  text('HTTP/1.0 200 OK\n\nhello'),
  text('HTTP/1.0 200\r\n\r\n'),
  text('HTTP/1.0 200 OK\r\nX: y'),
];

export const smtpReplies = [
  text('220 mail.example.com ESMTP\r\n'),
  text('250-mail.example.com\r\n250-SIZE 1000\r\n250 HELP\r\n'),
  text('220\n250\n221\n'),
];
export const strangeSmtpReplies = [text('SSH-2.0-OpenSSH_9.2\r\n'), text('220-'), text('99 x\r\n')];
