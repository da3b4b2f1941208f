/** What tells one check from another, and what people call it. */
import { ipFamily } from '../../base/ip.ts';
import type { CheckTarget, HealthCheck } from '../../config/model/health-check.ts';

/**
 * Names a check by all that it asks, and how often; equal checks are one. The same text in the next
 * process, too.
 */
export type CheckId = string & { readonly kind: 'check-id' };

/** Names what is asked, however often: a reload that changes the timing asks the same. */
export type CheckSubject = string & { readonly kind: 'check-subject' };

/**
 * What concerns those who want to know, not the one who is asked: whether a server is down until the
 * first success, and whether each failure is told.
 */
const OF_USERS = new Set(['alpha', 'logAllFailures']);
const TIMING = new Set(['interval', 'retries', 'retryDelay', 'warmup']);
const NOT_ASKED: ReadonlySet<string> = new Set([...TIMING, ...OF_USERS]);
const NOTHING: ReadonlySet<string> = new Set();
const PACE_MARK = ' every ';

export function checkId(check: HealthCheck): CheckId {
  const text = questionOf(check);
  if (!('interval' in check)) return text as CheckId;
  const { interval, retries, retryDelay, warmup } = check;
  return `${text}${PACE_MARK}${interval}, ${retries} times ${retryDelay}, ${warmup}` as CheckId;
}

export function subjectOf(id: CheckId): CheckSubject {
  const end = id.lastIndexOf(PACE_MARK);
  return (end < 0 ? id : id.slice(0, end)) as string as CheckSubject;
}

function questionOf(check: HealthCheck): string {
  const { kind } = check;
  // Of these there may be ten thousand, of which sorting the fields takes longer than all else.
  if (kind === 'tcp' || kind === 'ping') {
    return `{"kind":"${kind}","target":${targetQuestion(check.target)}}`;
  }
  return canonicalObject(check, NOT_ASKED);
}

/** All fields, in the order of their names, as JSON, which leaves out those that are undefined. */
function targetQuestion(target: CheckTarget): string {
  const { address, connectTimeout, firewallMark, port, source, sourcePort } = target;
  const { interface: link } = target;
  if (source === undefined && sourcePort === undefined && link === undefined) {
    return `{"address":"${address}","connectTimeout":${connectTimeout},"firewallMark":${firewallMark},"port":${port}}`;
  }
  const all: Ordered = {
    ...{ address, connectTimeout, firewallMark, interface: link, port, source, sourcePort },
  };
  return JSON.stringify(all);
}

/** A field that is new has to be named here, and looked for above. */
type Ordered = { readonly [Field in keyof Required<CheckTarget>]: CheckTarget[Field] };

/** JSON with its fields in order, whoever made the object. */
function canonical(value: unknown): string {
  if (typeof value === 'number') return `${value}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return canonicalObject(value, NOTHING);
}

function canonicalObject(value: object, without: ReadonlySet<string>): string {
  let text = '{';
  for (const key of Object.keys(value).sort()) {
    if (without.has(key)) continue;
    const item: unknown = Reflect.get(value, key);
    if (item === undefined) continue;
    text += `${text === '{' ? '' : ','}"${key}":${canonical(item)}`;
  }
  return `${text}}`;
}

const KEYWORDS: Readonly<Record<HealthCheck['kind'], string>> = {
  tcp: 'TCP_CHECK',
  ping: 'PING_CHECK',
  http: 'HTTP_GET',
  https: 'SSL_GET',
  smtp: 'SMTP_CHECK',
  dns: 'DNS_CHECK',
  udp: 'UDP_CHECK',
  script: 'MISC_CHECK',
  bfd: 'BFD_CHECK',
  file: 'FILE_CHECK',
};

/** `TCP_CHECK [192.0.2.7]:3306`, `MISC_CHECK /usr/local/bin/check`. */
export function describeCheck(check: HealthCheck): string {
  return `${KEYWORDS[check.kind]} ${subjectText(check)}`;
}

function subjectText(check: HealthCheck): string {
  switch (check.kind) {
    case 'script':
      return check.command.argv.join(' ');
    case 'bfd':
      return check.instance;
    case 'file':
      return check.file;
    case 'smtp':
      return check.targets.map(targetText).join(' ');
    case 'ping':
      return check.target.address;
    default:
      return targetText(check.target);
  }
}

export function targetText({ address, port }: Pick<CheckTarget, 'address' | 'port'>): string {
  return `[${address}]:${port}`;
}

/** As it stands in a Host header: IPv6 in brackets. */
export function hostText({ address, port }: Pick<CheckTarget, 'address' | 'port'>): string {
  return ipFamily(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
