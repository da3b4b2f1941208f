import { failed, ok, type Result } from '../base/result.ts';

/*
 * RFC 1035 §4.1.1
 *
 *      0  id                  2  QR opcode AA TC RD | RA Z AD CD RCODE
 *      4  questions           6  answers
 *      8  authorities        10  additional records
 */
const HEADER_BYTES = 12;
const RESPONSE = 0x8000;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const OPCODE_SHIFT = 11;
const CLASS_IN = 1;
const LABEL_BYTES_MAX = 63;
const NAME_BYTES_MAX = 255;

/** Record types that can be asked for, by their numbers. */
export const dnsRecordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  RRSIG: 46,
  DNSKEY: 48,
} as const;

export interface DnsQuestion {
  /** 16 bits. */
  readonly id: number;
  /** Labels with dots between them, also one at the end; `.` is the root. */
  readonly name: string;
  readonly recordType: keyof typeof dnsRecordTypes;
}

/** A query for recursion, as keepalived sends it. */
export function encodeDnsQuery(
  question: DnsQuestion,
): Result<Uint8Array, 'empty-label' | 'long-label' | 'long-name'> {
  const name = encodeName(question.name);
  if (!name.ok) return name;
  const end = HEADER_BYTES + name.value.length;
  const query = new Uint8Array(end + 4);
  const view = new DataView(query.buffer);
  view.setUint16(0, question.id);
  view.setUint16(2, RECURSION_DESIRED);
  view.setUint16(4, 1);
  query.set(name.value, HEADER_BYTES);
  view.setUint16(end, dnsRecordTypes[question.recordType]);
  view.setUint16(end + 2, CLASS_IN);
  return ok(query);
}

function encodeName(name: string): Result<Uint8Array, 'empty-label' | 'long-label' | 'long-name'> {
  const bytes: number[] = [];
  const text = name.endsWith('.') ? name.slice(0, -1) : name;
  for (const label of text === '' ? [] : text.split('.')) {
    const octets = new TextEncoder().encode(label);
    if (octets.length === 0) return failed('empty-label');
    if (octets.length > LABEL_BYTES_MAX) return failed('long-label');
    bytes.push(octets.length, ...octets);
  }
  bytes.push(0);
  return bytes.length > NAME_BYTES_MAX ? failed('long-name') : ok(Uint8Array.from(bytes));
}

export interface DnsAnswer {
  readonly id: number;
  /** 0..15, as in `dnsRcodes`. */
  readonly rcode: number;
  /** There is more than the datagram holds. */
  readonly length: 'whole' | 'truncated';
  /** How many records answer the question. */
  readonly answers: number;
}

/** The header of an answer to a query; the records are not looked at. */
export function decodeDnsAnswer(bytes: Uint8Array): Result<DnsAnswer, 'short' | 'no-answer'> {
  if (bytes.length < HEADER_BYTES) return failed('short');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const flags = view.getUint16(2);
  if ((flags & RESPONSE) === 0 || ((flags >> OPCODE_SHIFT) & 0xf) !== 0) return failed('no-answer');
  return ok({
    id: view.getUint16(0),
    rcode: flags & 0xf,
    length: (flags & TRUNCATED) === 0 ? 'whole' : 'truncated',
    answers: view.getUint16(6),
  });
}

const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

export function dnsRcodeName(rcode: number): string {
  return rcodes[rcode] ?? `RCODE${rcode}`;
}
