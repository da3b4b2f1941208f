/** Changes as mails, in keepalived's words, which people filter by. */
import type { MailMessage } from '../../api/mail-child.ts';
import type { DirectorNotice, ServerCause } from '../../core/balance/director-types.ts';
import type { NotifyState } from '../../core/vrrp/types.ts';
import { realServerText, virtualServerText } from '../checker-child/names.ts';

const OWNING = '=> VRRP Instance is now owning VRRP VIPs <=';
const NOT_OWNING = '=> VRRP Instance is no longer owning VRRP VIPs <=';

/** keepalived does not mail about its own end. */
const STATES: Readonly<Partial<Record<NotifyState, MailMessage>>> = {
  MASTER: { subject: 'Entering MASTER state', body: OWNING },
  BACKUP: { subject: 'Entering BACKUP state', body: NOT_OWNING },
  FAULT: { subject: 'Entering FAULT state', body: NOT_OWNING },
  DELETED: { subject: 'Deleted', body: '=> VRRP Deleted at reload <=' },
};

/** `host`: router_id, or the name of the host. Undefined where there is nothing to tell. */
export function instanceMail(
  host: string,
  instance: string,
  state: NotifyState,
): MailMessage | undefined {
  const words = STATES[state];
  if (words === undefined) return undefined;
  return { subject: `[${host}] VRRP Instance ${instance} - ${words.subject}`, body: words.body };
}

export function serverMail(host: string, notice: DirectorNotice): MailMessage {
  const { service, server } = notice;
  const state = notice.state === 'up' ? 'UP' : 'DOWN';
  const virtual = virtualServerText(service);
  const subject =
    server === undefined
      ? `[${host}] Virtualserver ${virtual} - ${state}`
      : `[${host}] Realserver ${realServerText(server, service)} of virtual server ${virtual} - ${state}`;
  return { subject, body: `=> ${reason(notice)} <=` };
}

function reason({ state, cause, sum }: DirectorNotice): string {
  if (cause !== undefined) return serverReason(cause, state);
  if (sum === undefined) return 'Shutting down';
  const { weight, quorum, hysteresis } = sum;
  return state === 'up'
    ? `Gained quorum ${quorum}+${hysteresis}=${quorum + hysteresis} <= ${weight}`
    : `Lost quorum ${quorum}-${hysteresis}=${quorum - hysteresis} > ${weight}`;
}

/** By the kind of check, up and down. */
const CHECKS: Readonly<Record<string, readonly [string, string]>> = {
  TCP_CHECK: ['TCP CHECK succeed on service', 'TCP CHECK failed on service'],
  UDP_CHECK: ['UDP CHECK succeed on service', 'UDP CHECK failed on service'],
  PING_CHECK: ['ICMP CHECK succeed on service', 'ICMP CHECK failed on service'],
  MISC_CHECK: ['MISC CHECK succeeded on service', 'MISC CHECK failed on service'],
  DNS_CHECK: ['DNS_CHECK: succeed on service', 'DNS_CHECK: failed on service'],
  HTTP_GET: ['CHECK succeed on service', 'CHECK failed on service : HTTP request failed'],
  SSL_GET: ['CHECK succeed on service', 'CHECK failed on service : HTTP request failed'],
};

function serverReason(cause: ServerCause, state: 'up' | 'down'): string {
  const check = cause.kind === 'check' ? cause : undefined;
  const words = CHECKS[check?.check.split(' ', 1)[0] ?? ''];
  if (words !== undefined) return state === 'up' ? words[0] : words[1];
  if (state === 'up') return 'CHECK succeed on service';
  const detail = check?.detail ?? '';
  return detail === '' ? 'CHECK failed on service' : `CHECK failed on service : ${detail}`;
}
