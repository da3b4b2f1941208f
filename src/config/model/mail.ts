import type { Secret } from '../../base/secret.ts';
import type { Micros } from '../../base/time.ts';

/** How mail about changes is sent. There is none where no server or no recipient is configured. */
export interface MailSettings {
  /** At least one. */
  readonly to: readonly string[];
  /** root at this host where absent. */
  readonly from?: string;
  /** A name is resolved when there is something to send. */
  readonly server: { readonly host: string; readonly port: number };
  /** What this host calls itself; its name where absent. */
  readonly heloName?: string;
  readonly connectTimeout: Micros;
  /** `starttls`: nothing is sent where the server cannot encrypt. */
  readonly tls: 'off' | 'starttls' | 'tls';
  readonly login?: MailLogin;
  /** Mails about instances that enter FAULT. */
  readonly faults: 'sent' | 'left-out';
  /** Mails about real and virtual servers, whatever these say themselves. */
  readonly servers: 'sent' | 'left-out';
}

export interface MailLogin {
  readonly user: string;
  readonly password: Secret;
}
