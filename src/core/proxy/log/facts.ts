/** What a line of the log may tell of one session (tcp) or one request (http). */
import type { IpAddress } from '../../../base/ip.ts';
import type { SessionEnd } from '../session-end.ts';

/** Texts from the network have one character a byte. */
export interface SessionFacts {
  readonly frontend: string;
  /** Whether the client's side was encrypted: `~` after the frontend's name. */
  readonly isTls: boolean;
  readonly tlsVersion?: string;
  readonly tlsCipher?: string;
  readonly backend: string;
  /** A name, or one of `serverLabels`. */
  readonly server: string;
  readonly client?: Endpoint;
  /** Where the client connected to. */
  readonly destination?: Endpoint;
  /** Of the connection to the server: our end and its end. */
  readonly source?: Endpoint;
  readonly target?: Endpoint;
  /** Milliseconds since 1970. */
  readonly acceptedAtMs: number;
  /** First byte of the request; in tcp mode as `acceptedAtMs`. */
  readonly requestAtMs: number;
  readonly times: SessionTimes;
  /** Bytes to the client, and from it. */
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** 0: none. */
  readonly status: number;
  readonly termination: Termination;
  readonly counts: SessionCounts;
  readonly retries: number;
  readonly isRedispatched: boolean;
  /** Places before it in the queue of the server and of the backend. */
  readonly serverQueue: number;
  readonly backendQueue: number;
  /** Absent: could not be read. */
  readonly request?: RequestLine;
  /** `capture cookie`: `NAME=value`, of the request and the response. */
  readonly requestCookie?: string;
  readonly responseCookie?: string;
  /** `capture … header` in order; absent where nothing is captured, or there was no such message. */
  readonly requestHeaders?: readonly (string | undefined)[];
  readonly responseHeaders?: readonly (string | undefined)[];
  readonly uniqueId?: string;
  /** Of the requests of this process, from 0; and of the lines of the log. */
  readonly requestNumber: number;
  readonly logNumber: number;
  /** `option logasap`: written when it had not ended yet. */
  readonly isEarly: boolean;
}

/** Instead of a server's name: nobody was chosen (a rule's answer too), or the page or the metrics were asked for. */
export const serverLabels = { none: '<NOSRV>', stats: '<STATS>', metrics: '<PROMEX>' } as const;

export type Endpoint =
  | { readonly kind: 'ip'; readonly ip: IpAddress; readonly port: number }
  | { readonly kind: 'unix'; readonly id: number };

/** Milliseconds; -1: did not come so far. */
export interface SessionTimes {
  /** From accepting to the end of handshakes (PROXY, TLS) [Th]. */
  readonly handshake: number;
  /** From there, or the end of the last request, to the first byte of this one [Ti]. */
  readonly idle: number;
  /** To the last header of the request [TR]. */
  readonly request: number;
  /** In queues [Tw]; to the established connection [Tc]; to the last header of the response [Tr]. */
  readonly queue: number;
  readonly connect: number;
  readonly response: number;
  /** From the first byte of the request to the end [Ta]; from accepting to the end [Tt]. */
  readonly active: number;
  readonly total: number;
}

/** Connections open at the end: of the process, the frontend, the backend, the server. */
export interface SessionCounts {
  readonly process: number;
  readonly frontend: number;
  readonly backend: number;
  readonly server: number;
}

export interface RequestLine {
  readonly method: string;
  /** As it was sent. */
  readonly uri: string;
  readonly version: string;
}

/** How it ended, and what became of the persistence cookie: as it came, and what was sent. */
export interface Termination extends SessionEnd {
  readonly cookie: 'N' | 'I' | 'D' | 'V' | 'E' | 'O' | 'U' | '-';
  readonly cookieAction: 'N' | 'I' | 'U' | 'P' | 'R' | 'D' | '-';
}
