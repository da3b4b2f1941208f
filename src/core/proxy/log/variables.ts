/** The variables of `log-format`. */
import { ipToBytes } from '../../../base/ip.ts';
import { logDate, zonedDate } from './dates.ts';
import { encodeHeader, encodeUri, escapeStructured } from './escapes.ts';
import type { Endpoint, RequestLine, SessionFacts } from './facts.ts';

/** What a line may tell of the process. */
export interface LogContext {
  readonly hostName: string;
  readonly pid: number;
  /** Minutes east of Greenwich. */
  readonly zoneMinutes: number;
}

/** `%{+Q,+X,+E}`: in quotes; numbers and addresses in hexadecimal; `"`, `\` and `]` escaped. */
export interface FormatFlags {
  readonly quote: boolean;
  readonly hex: boolean;
  readonly escape: boolean;
}

export interface LogVariable {
  /** Where it means something. */
  readonly in: 'any' | 'http';
  write(facts: SessionFacts, context: LogContext, flags: FormatFlags): string;
}

/** Text in quotes where asked for; nothing at all is `-`, or `""`. */
export function writeText(value: string | undefined, flags: FormatFlags): string {
  if (value === undefined) return flags.quote ? '""' : '-';
  const text = flags.escape ? escapeStructured(value) : value;
  return flags.quote ? `"${text}"` : text;
}

type Read<Value> = (facts: SessionFacts, context: LogContext) => Value;

function text(read: Read<string | undefined>, where: LogVariable['in'] = 'any'): LogVariable {
  return {
    in: where,
    write: (facts, context, flags) => writeText(read(facts, context), flags),
  };
}

/** Never in quotes. `hexDigits`: how many at least, where it may be hexadecimal. */
function plain(
  read: Read<number | string>,
  options: { readonly in?: LogVariable['in']; readonly hexDigits?: number } = {},
): LogVariable {
  const { hexDigits } = options;
  return {
    in: options.in ?? 'any',
    write: (facts, context, { hex }) => {
      const value = read(facts, context);
      return hex && hexDigits !== undefined
        ? Number(value).toString(16).toUpperCase().padStart(hexDigits, '0')
        : String(value);
    },
  };
}

/** Of a part of the request line; `<BADREQ>` where there was none that could be read. */
function ofRequest(read: (request: RequestLine) => string): LogVariable {
  return text(
    ({ request }) => (request === undefined ? '<BADREQ>' : encodeUri(read(request))),
    'http',
  );
}

function address(read: (facts: SessionFacts) => Endpoint | undefined): LogVariable {
  return {
    in: 'any',
    write: (facts, _context, flags) => {
      const endpoint = read(facts);
      if (endpoint === undefined) return writeText(undefined, flags);
      if (endpoint.kind === 'unix') return writeText('unix', flags);
      const { ip } = endpoint;
      if (!flags.hex) return writeText(ip, flags);
      return [...ipToBytes(ip)].map(hexByte).join('');
    },
  };
}

/** Not in quotes, unless there is none. */
function port(read: (facts: SessionFacts) => Endpoint | undefined): LogVariable {
  return {
    in: 'any',
    write: (facts, _context, flags) => {
      const endpoint = read(facts);
      if (endpoint === undefined) return writeText(undefined, flags);
      const value = endpoint.kind === 'unix' ? endpoint.id : endpoint.port;
      return flags.hex ? value.toString(16).toUpperCase().padStart(4, '0') : String(value);
    },
  };
}

function hexByte(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

type Captures = readonly (string | undefined)[] | undefined;

/** `{a|b}`; nothing at all where nothing is captured. */
function braced(read: (facts: SessionFacts) => Captures): LogVariable {
  return {
    in: 'any',
    write: (facts, _context, flags) => {
      const values = read(facts);
      if (values === undefined) return '';
      const inside = values.map((value) => encodeHeader(value ?? '')).join('|');
      return writeText(`{${inside}}`, flags);
    },
  };
}

/** Each for itself, with blanks between them. */
function listed(read: (facts: SessionFacts) => Captures): LogVariable {
  return {
    in: 'any',
    write: (facts, _context, flags) =>
      (read(facts) ?? [])
        .map((value) => writeText(value === undefined ? undefined : encodeHeader(value), flags))
        .join(' '),
  };
}

/** With `+` in front: there is more to come. */
function early(read: (facts: SessionFacts) => number, where: LogVariable['in']): LogVariable {
  return plain((facts) => `${facts.isEarly ? '+' : ''}${read(facts)}`, { in: where });
}

const http = { in: 'http' } as const;

function frontendName({ frontend }: SessionFacts): string {
  return frontend;
}

/** Time to the whole request, idle time included; -1 where it never came. */
function toRequest({ times }: SessionFacts): number {
  return times.request < 0 ? -1 : times.handshake + times.idle + times.request;
}

/** What the response took after its headers. */
function dataTime({ times }: SessionFacts): number {
  const { request, queue, connect, response, active } = times;
  if (response < 0) return -1;
  return active - (Math.max(request, 0) + Math.max(queue, 0) + Math.max(connect, 0) + response);
}

function pathOf(uri: string): string {
  const end = uri.search(/[?#]/);
  return end < 0 ? uri : uri.slice(0, end);
}

/** Without `scheme://authority`. */
function pathOnly(uri: string): string {
  return pathOf(uri.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, ''));
}

function queryOf(uri: string): string {
  const start = uri.indexOf('?');
  return start < 0 ? '' : uri.slice(start);
}

export const logVariables: Readonly<Record<string, LogVariable>> = {
  ci: address((facts) => facts.client),
  cp: port((facts) => facts.client),
  fi: address((facts) => facts.destination),
  fp: port((facts) => facts.destination),
  bi: address((facts) => facts.source),
  bp: port((facts) => facts.source),
  si: address((facts) => facts.target),
  sp: port((facts) => facts.target),
  f: text(frontendName),
  ft: text((facts) => `${facts.frontend}${facts.isTls ? '~' : ''}`),
  b: text((facts) => facts.backend),
  s: text((facts) => facts.server),
  H: text((_facts, { hostName }) => hostName),
  ID: text((facts) => facts.uniqueId),
  pid: plain((_facts, { pid }) => pid, { hexDigits: 4 }),
  rt: plain((facts) => facts.requestNumber, { hexDigits: 4 }),
  lc: plain((facts) => facts.logNumber),
  t: plain((facts, { zoneMinutes }) => logDate(facts.acceptedAtMs, zoneMinutes)),
  T: plain((facts) => zonedDate(facts.acceptedAtMs, 0)),
  Tl: plain((facts, { zoneMinutes }) => zonedDate(facts.acceptedAtMs, zoneMinutes)),
  tr: plain((facts, { zoneMinutes }) => logDate(facts.requestAtMs, zoneMinutes), http),
  trg: plain((facts) => zonedDate(facts.requestAtMs, 0), http),
  trl: plain((facts, { zoneMinutes }) => zonedDate(facts.requestAtMs, zoneMinutes), http),
  Ts: plain((facts) => Math.floor(facts.acceptedAtMs / 1000), { hexDigits: 4 }),
  ms: {
    in: 'any',
    write: ({ acceptedAtMs }, _context, { hex }) => {
      const millis = Math.floor(acceptedAtMs) % 1000;
      return hex
        ? millis.toString(16).toUpperCase().padStart(2, '0')
        : String(millis).padStart(3, '0');
    },
  },
  Th: plain(({ times }) => times.handshake),
  Ti: plain(({ times }) => times.idle, http),
  TR: plain(({ times }) => times.request, http),
  Tq: plain(toRequest, http),
  Tw: plain(({ times }) => times.queue),
  Tc: plain(({ times }) => times.connect),
  Tr: plain(({ times }) => times.response, http),
  Td: plain(dataTime),
  Ta: early(({ times }) => times.active, 'http'),
  Tt: early(({ times }) => times.total, 'any'),
  Tu: early(({ times }) => times.total - Math.max(times.idle, 0), 'any'),
  B: early((facts) => facts.bytesOut, 'any'),
  U: plain((facts) => facts.bytesIn),
  ST: plain((facts) => facts.status),
  ts: plain(({ termination: { cause, phase } }) => `${cause}${phase}`),
  tsc: plain(
    ({ termination: { cause, phase, cookie, cookieAction } }) =>
      `${cause}${phase}${cookie}${cookieAction}`,
  ),
  ac: plain(({ counts }) => counts.process),
  fc: plain(({ counts }) => counts.frontend),
  bc: plain(({ counts }) => counts.backend),
  sc: plain(({ counts }) => counts.server),
  rc: plain(({ retries, isRedispatched }) => `${isRedispatched ? '+' : ''}${retries}`),
  sq: plain((facts) => facts.serverQueue),
  bq: plain((facts) => facts.backendQueue),
  CC: text((facts) => facts.requestCookie, 'http'),
  CS: text((facts) => facts.responseCookie, 'http'),
  hr: braced((facts) => facts.requestHeaders),
  hs: braced((facts) => facts.responseHeaders),
  hrl: listed((facts) => facts.requestHeaders),
  hsl: listed((facts) => facts.responseHeaders),
  r: ofRequest(({ method, uri, version }) => `${method} ${uri} ${version}`),
  HM: ofRequest(({ method }) => method),
  HU: ofRequest(({ uri }) => uri),
  HP: ofRequest(({ uri }) => pathOf(uri)),
  HPO: ofRequest(({ uri }) => pathOnly(uri)),
  HQ: ofRequest(({ uri }) => queryOf(uri)),
  HV: ofRequest(({ version }) => version),
  sslv: text((facts) => facts.tlsVersion),
  sslc: text((facts) => facts.tlsCipher),
};
