/** A check as it is carried out: whatever it speaks, it connects, sends and waits for an answer. */
import type { IpAddress } from '../../base/ip.ts';
import type { ServerTls } from '../../config/model/proxy.ts';
import type { CheckStatus } from '../../core/proxy/live.ts';

export type Step = ConnectStep | SendStep | ExpectStep;

interface Numbered {
  /** From 1; of a connection that nobody wrote down, 0. */
  readonly number: number;
  /** What is added to an error of this step: ` at step 2 of tcp-check (connect)`. */
  readonly place: string;
}

export interface ConnectStep extends Numbered {
  readonly kind: 'connect';
  /** What is said where it was the last step. */
  readonly passed: string;
  readonly to: Place;
  readonly tls?: ServerTls;
  readonly serverName?: string;
  readonly sendProxy: 'none' | 'v1' | 'v2';
  readonly source?: { readonly ip: IpAddress; readonly port?: number };
}

export type Place =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** What was received before it is forgotten. */
export interface SendStep extends Numbered {
  readonly kind: 'send';
  readonly bytes: Uint8Array;
}

export interface ExpectStep extends Numbered {
  readonly kind: 'expect';
  /** Called with all that has come since the last `send`, each time that more has, and at its end. */
  readonly read: (answer: Answer) => Reading;
  /** Where the connection ends without a byte. */
  readonly onNothing: Unwell;
  /** Where the time is over. */
  readonly lateStatus: 'L6TOUT' | 'L7TOUT';
}

export interface Answer {
  readonly bytes: Buffer;
  /** `ended`: no more will come. */
  readonly end: 'open' | 'ended';
}

export type Reading = 'more' | Well | Unwell;

export interface Well {
  readonly kind: 'well';
  readonly status: 'L6OK' | 'L7OK' | 'L7OKC';
  readonly code: number;
  readonly description: string;
}

export interface Unwell {
  readonly kind: 'unwell';
  readonly status: CheckStatus;
  readonly code: number;
  readonly description: string;
}

export function well(description = '', code = 0): Well {
  return { kind: 'well', status: 'L7OK', code, description };
}

/** It answered, but not what it should have. */
export function wrong(description = ''): Unwell {
  return { kind: 'unwell', status: 'L7RSP', code: -1, description };
}

/** It answered that it is not well. */
export function refusing(code: number, description: string): Unwell {
  return { kind: 'unwell', status: 'L7STS', code, description };
}

export function emptyAt(step: number, comment = ''): string {
  return `TCPCHK got an empty response at step ${step}${comment}`;
}
