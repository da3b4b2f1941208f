/** The sessions that the socket shows and ends: who has them implements this. */
export interface SessionView {
  /** As `shutdown session` takes it: `0x` and hexadecimal digits. */
  readonly id: string;
  readonly protocol: 'tcpv4' | 'tcpv6' | 'unix_stream';
  /** `127.0.0.1:50230`, `unix:1`. */
  readonly source: string;
  readonly frontend: string;
  /** Absent: not chosen yet. */
  readonly backend?: string;
  readonly server?: string;
  readonly ageSeconds: number;
  /** Until its time is over; absent: never. */
  readonly expiresSeconds?: number;
  /** Bytes that wait to be sent: to the server, to the client. */
  readonly pendingToServer: number;
  readonly pendingToClient: number;
  readonly retries: number;
}

export interface SessionList {
  list(): Iterable<SessionView>;
}

/** One line, in haproxy's order; what only its own insides mean is left out. */
export function sessionLine(session: SessionView): string {
  const { id, protocol, source, frontend, backend, server, ageSeconds, expiresSeconds } = session;
  const expires = expiresSeconds === undefined ? '' : `${expiresSeconds}s`;
  return [
    `${id}: proto=${protocol} src=${source} fe=${frontend} be=${backend ?? '<NONE>'}`,
    `srv=${server ?? '<none>'} age=${ageSeconds}s`,
    `rq[i=${session.pendingToServer}] rp[i=${session.pendingToClient}]`,
    `exp=${expires} rc=${session.retries}\n`,
  ].join(' ');
}
