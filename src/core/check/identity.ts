/** What tells one check from another, and what people call it. */
import { ipFamily } from '../../base/ip.ts';
import type { CheckTarget, HealthCheck } from '../../config/model/health-check.ts';

/** Names a check by all that it asks; equal checks are one. */
export type CheckId = string & { readonly kind: 'check-id' };

/** Names what is asked, however often: a reload that changes the timing asks the same. */
export type CheckSubject = string & { readonly kind: 'check-subject' };

export function checkId(check: HealthCheck): CheckId {
  return JSON.stringify(check) as CheckId;
}

const TIMING = ['interval', 'retries', 'retryDelay', 'warmup', 'alpha', 'logAllFailures'];

export function checkSubject(check: HealthCheck): CheckSubject {
  const lasting = Object.entries(check).filter(([field]) => !TIMING.includes(field));
  return JSON.stringify(lasting) as CheckSubject;
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
