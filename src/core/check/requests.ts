/** The questions that one check consists of, in the order in which they are asked. */
import type { HealthCheck, HttpCheck, HttpUrl } from '../../config/model/health-check.ts';
import { hostText } from './identity.ts';
import type { ProbeRequest } from './probe.ts';

/** A check that asks by itself; others are told. */
export type AskingCheck = Exclude<HealthCheck, { readonly kind: 'bfd' | 'file' }>;

export function isAsking(check: HealthCheck): check is AskingCheck {
  return check.kind !== 'bfd' && check.kind !== 'file';
}

/** At least one. */
export function requestsOf(check: AskingCheck): readonly ProbeRequest[] {
  switch (check.kind) {
    case 'tcp':
    case 'ping':
      return [{ kind: check.kind, target: check.target }];
    case 'http':
    case 'https':
      return check.urls.map((url) => httpRequest(check, url));
    case 'smtp': {
      const { heloName } = check;
      return check.targets.map((target) => ({ kind: 'smtp', target, heloName }));
    }
    case 'dns': {
      const { kind, target, recordType, name } = check;
      return [{ kind, target, recordType, name }];
    }
    case 'udp': {
      const { kind, target, payload, reply, minReplyLength, maxReplyLength } = check;
      const sent = payload === undefined ? {} : { payload };
      return [{ kind, target, ...sent, reply, minReplyLength, maxReplyLength }];
    }
    case 'script': {
      const { kind, command, timeout } = check;
      return [{ kind, command, timeout }];
    }
  }
}

/** The port is named only where the host is the address itself. */
function httpRequest(check: HttpCheck, url: HttpUrl): ProbeRequest {
  const { kind, target, version, sendServerName } = check;
  const serverName = sendServerName ? (check.serverName ?? url.virtualHost) : undefined;
  return {
    kind,
    target,
    version,
    path: url.path,
    host: url.virtualHost ?? hostText(target),
    ...(serverName !== undefined && { serverName }),
    strictTls: check.strictTls || url.strictTls,
    digest: url.digest === undefined ? 'unneeded' : 'wanted',
    ...(url.regex !== undefined && { regex: url.regex }),
  };
}
