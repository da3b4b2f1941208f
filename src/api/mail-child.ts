/**
 * What a process and its mail child say to each other: orders as JSON lines on the child's standard input,
 * since what stands on a command line is for everybody to read, and reports as JSON lines on its standard
 * output. The end of its input is the end of the parent.
 */

/** How mail goes; in force from the next attempt on. */
export interface MailRoute {
  readonly host: string;
  readonly port: number;
  readonly tls: 'off' | 'starttls' | 'tls';
  readonly heloName: string;
  readonly connectTimeoutMs: number;
  readonly from: string;
  readonly to: readonly string[];
  /** The password is one of those that the log must not show. */
  readonly login?: { readonly user: string; readonly password: string };
}

export interface MailMessage {
  readonly subject: string;
  readonly body: string;
}

export type MailOrder =
  | { readonly kind: 'route'; readonly route: MailRoute }
  /** `id` comes back when it is settled. */
  | { readonly kind: 'mail'; readonly id: number; readonly message: MailMessage };

export type MailReport =
  | { readonly kind: 'sent'; readonly id: number }
  /** It is not tried any more. */
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
  /** Not yet, but it is tried again. */
  | { readonly kind: 'waiting'; readonly reason: string };

/** Of what this program itself has written. */
export function parseMailOrder(line: string): MailOrder | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export function parseMailReport(line: string): MailReport | undefined {
  try {
    const report = JSON.parse(line);
    if (typeof report !== 'object' || report === null) return undefined;
    const { kind, id, reason } = report;
    if (kind === 'waiting' && typeof reason === 'string') return { kind, reason };
    if (typeof id !== 'number') return undefined;
    if (kind === 'sent') return { kind, id };
    return kind === 'failed' && typeof reason === 'string' ? { kind, id, reason } : undefined;
  } catch {
    return undefined;
  }
}
