/** An anonymous simple bind of LDAPv3 (RFC 4511 §4.2), and its response. */
import { type Answer, type Reading, refusing, well, wrong } from '../steps.ts';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const ENUMERATED = 0x0a;
const BIND_REQUEST = 0x60;
const BIND_RESPONSE = 0x61;
const SIMPLE = 0x80;
const OCTETS = 0x04;
const MESSAGE_ID = 1;
const VERSION = 3;

const STRANGE = wrong('Not LDAPv3 protocol');
const SEE_RFC = 'See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9';

export function encodeLdapBind(): Uint8Array {
  const bind = Buffer.of(INTEGER, 1, VERSION, OCTETS, 0, SIMPLE, 0);
  const message = Buffer.of(INTEGER, 1, MESSAGE_ID, BIND_REQUEST, bind.length, ...bind);
  return Buffer.of(SEQUENCE, message.length, ...message);
}

export function readLdapBind({ bytes, end }: Answer): Reading {
  const code = readResultCode(bytes);
  if (code === 'short') return end === 'ended' ? wrong() : 'more';
  if (code === 'strange') return STRANGE;
  return code === 0 ? well('Success') : refusing(code, SEE_RFC);
}

function readResultCode(bytes: Buffer): number | 'short' | 'strange' {
  const message = enter(bytes, 0, SEQUENCE);
  if (typeof message === 'string') return message;
  const id = readInteger(bytes, message, INTEGER);
  if (typeof id === 'string') return id;
  if (id.value !== MESSAGE_ID) return 'strange';
  const response = enter(bytes, id.end, BIND_RESPONSE);
  if (typeof response === 'string') return response;
  const code = readInteger(bytes, response, ENUMERATED);
  return typeof code === 'string' ? code : code.value;
}

/** Where the contents of an element begin. */
function enter(bytes: Buffer, at: number, tag: number): number | 'short' | 'strange' {
  const first = bytes[at + 1];
  if (bytes[at] !== undefined && bytes[at] !== tag) return 'strange';
  if (first === undefined) return 'short';
  // The long form gives the length in as many bytes as the lower bits say.
  if (first < 0x80) return at + 2;
  return (first & 0x7f) > 4 ? 'strange' : at + 2 + (first & 0x7f);
}

function readInteger(
  bytes: Buffer,
  at: number,
  tag: number,
): { readonly value: number; readonly end: number } | 'short' | 'strange' {
  if (bytes[at] !== undefined && bytes[at] !== tag) return 'strange';
  const value = bytes[at + 2];
  if (bytes[at + 1] !== undefined && bytes[at + 1] !== 1) return 'strange';
  return value === undefined ? 'short' : { value, end: at + 3 };
}
