/** What is counted; named for what they count, in `haproxy`'s words in brackets (CSV column). */

/** A mutable record, all zero at first. */
export interface SideCounters {
  /** Bytes from clients [bin], and to them [bout]. */
  bytesIn: number;
  bytesOut: number;
  /** Sessions so far [stot], now [scur], and at most at once [smax]. */
  sessions: number;
  current: number;
  most: number;
  /** Denied by a rule [dreq, dresp]. */
  deniedRequests: number;
  deniedResponses: number;
  /** Requests that could not be read [ereq]. */
  badRequests: number;
  /** Servers that could not be reached [econ], or whose response was broken [eresp]. */
  connectErrors: number;
  responseErrors: number;
  /** [wretr, wredis] */
  retries: number;
  redispatches: number;
  /** Ended by the client [cli_abrt] or the server [srv_abrt]. */
  clientAborts: number;
  serverAborts: number;
  /** Times a balancer chose it [lbtot], and when it last did. */
  chosen: number;
  lastChosenUs: number;
  /** HTTP: requests [req_tot], and responses by their first digit; index 0: others [hrsp_other]. */
  requests: number;
  readonly responses: number[];
  /** Answered by the proxy itself [intercepted]. */
  intercepted: number;
  /** Connections accepted [conn_tot]; refused by a rule [dcon, dses]. */
  connections: number;
  deniedConnections: number;
  deniedSessions: number;
  /** Connections to the server, new and used again [connect, reuse]. */
  connects: number;
  reuses: number;
  /** Those that waited for a slot, now and at most [qcur, qmax]. */
  queued: number;
  mostQueued: number;
  /** Connections to the server that are open and have nothing to do [srv_icur]. */
  idle: number;
  /** Headers that could not be changed [wrew], and what ended by a bug of ours [eint]. */
  failedRewrites: number;
  internalErrors: number;
  /** TLS: handshakes that came to an end, of them with a known session, and those that failed [ssl_*]. */
  tlsSessions: number;
  tlsResumed: number;
  tlsFailures: number;
}

export function createCounters(): SideCounters {
  return {
    bytesIn: 0,
    bytesOut: 0,
    sessions: 0,
    current: 0,
    most: 0,
    deniedRequests: 0,
    deniedResponses: 0,
    badRequests: 0,
    connectErrors: 0,
    responseErrors: 0,
    retries: 0,
    redispatches: 0,
    clientAborts: 0,
    serverAborts: 0,
    chosen: 0,
    lastChosenUs: 0,
    requests: 0,
    responses: [0, 0, 0, 0, 0, 0],
    intercepted: 0,
    connections: 0,
    deniedConnections: 0,
    deniedSessions: 0,
    connects: 0,
    reuses: 0,
    queued: 0,
    mostQueued: 0,
    idle: 0,
    failedRewrites: 0,
    internalErrors: 0,
    tlsSessions: 0,
    tlsResumed: 0,
    tlsFailures: 0,
  };
}
