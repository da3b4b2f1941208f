/** Whether somebody speaks TLS, without speaking it: a ClientHello is answered, by a hello or an alert. */
import { randomBytes } from 'node:crypto';
import type { Answer, Reading } from '../steps.ts';

const HANDSHAKE = 0x16;
const ALERT = 0x15;
const CLIENT_HELLO = 1;
const RECORD_VERSION = 0x0301;
const CLIENT_VERSION = 0x0303;
/** Of TLS 1.2 and before, by RSA and by ECDSA: any server knows one, or says that it does not. */
const CIPHER_SUITES = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xc013, 0xc014, 0x009c, 0x002f, 0x0035];
/** supported_groups: x25519, secp256r1, secp384r1; ec_point_formats; signature_algorithms. */
const EXTENSIONS = Buffer.from(
  '000a00080006001d00170018' + '000b00020100' + '000d000c000a04030401050306010201',
  'hex',
);

export function encodeClientHello(): Uint8Array {
  const suites = Buffer.concat(CIPHER_SUITES.map((suite) => uint(suite, 2)));
  const body = Buffer.concat([
    uint(CLIENT_VERSION, 2),
    randomBytes(32),
    // No session to be resumed.
    Buffer.of(0),
    uint(suites.length, 2),
    suites,
    // No compression.
    Buffer.of(1, 0),
    uint(EXTENSIONS.length, 2),
    EXTENSIONS,
  ]);
  const message = Buffer.concat([Buffer.of(CLIENT_HELLO), uint(body.length, 3), body]);
  return Buffer.concat([
    Buffer.of(HANDSHAKE),
    uint(RECORD_VERSION, 2),
    uint(message.length, 2),
    message,
  ]);
}

export function readServerHello({ bytes }: Answer): Reading {
  const isTls = bytes[0] === HANDSHAKE || bytes[0] === ALERT;
  return isTls
    ? { kind: 'well', status: 'L6OK', code: -1, description: '' }
    : { kind: 'unwell', status: 'L6RSP', code: -1, description: '' };
}

function uint(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}
