/** PostgreSQL's first exchange: a user is named, and the server asks for what it wants to see. */
import { type Answer, type Reading, refusing, well, wrong } from '../steps.ts';

const PROTOCOL = 0x0003_0000;
const AUTHENTICATION = 0x52;
const ERROR = 0x45;
/** Kind, length and code of an authentication request. */
const REQUEST_BYTES = 9;
/** AuthenticationSASLFinal. */
const CODE_MAX = 12;
/** A request names a few mechanisms at most. */
const LENGTH_MAX = 256;
const UNKNOWN = 'PostgreSQL unknown error';

export function encodePgsqlStartup(user: string): Uint8Array {
  const parameters = Buffer.from(`user\0${user}\0\0`, 'utf8');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(head.length + parameters.length);
  head.writeUInt32BE(PROTOCOL, 4);
  return Buffer.concat([head, parameters]);
}

export function readPgsqlAuthentication({ bytes, end }: Answer): Reading {
  if (bytes[0] === ERROR) {
    // Length, and the kind of the first field, which is the severity.
    const zero = bytes.indexOf(0, 6);
    if (bytes.length < 7 || zero < 0) return end === 'ended' ? wrong() : 'more';
    return wrong(bytes.toString('latin1', 6, zero));
  }
  if (bytes.length < REQUEST_BYTES) return end === 'ended' ? refusing(0, UNKNOWN) : 'more';
  const length = bytes.readUInt32BE(1);
  const isRequest = bytes[0] === AUTHENTICATION && length >= 8 && length <= LENGTH_MAX;
  return isRequest && bytes.readUInt32BE(5) <= CODE_MAX
    ? well('PostgreSQL server is ok')
    : refusing(0, UNKNOWN);
}
