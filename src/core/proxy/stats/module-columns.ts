/** Columns of TLS, HTTP/2 (which is not spoken) and HTTP/1, whose order haproxy does not promise. */
import { type Column, column, everywhere } from './column.ts';
import type { BackendRow, FrontendRow } from './rows.ts';

const proxies = ['frontend', 'backend'] as const;

const tls: readonly Column[] = [
  column('ssl_sess', 'MCP', 'u64', 'TLS sessions', everywhere, (row) => row.counters.tlsSessions),
  column(
    'ssl_reused_sess',
    'MCP',
    'u64',
    'TLS sessions that were known already',
    everywhere,
    (row) => row.counters.tlsResumed,
  ),
  column(
    'ssl_failed_handshake',
    'MCP',
    'u64',
    'TLS handshakes that failed',
    everywhere,
    (row) => row.counters.tlsFailures,
  ),
];

const http2: readonly Column[] = [
  ...['headers_rcvd', 'data_rcvd', 'settings_rcvd', 'rst_stream_rcvd', 'goaway_rcvd'],
  ...['detected_conn_protocol_errors', 'detected_strm_protocol_errors'],
  ...['rst_stream_resp', 'goaway_resp', 'open_connections', 'backend_open_streams'],
  ...['total_connections', 'backend_total_streams'],
].map((name) =>
  column(
    `h2_${name}`,
    name.includes('open') ? 'MGP' : 'MCP',
    'u64',
    'HTTP/2, which is not spoken',
    proxies,
    () => 0,
  ),
);

function ofHttp(
  name: string,
  tag: string,
  about: string,
  read: (row: FrontendRow | BackendRow) => number,
): Column {
  return column(`h1_${name}`, tag, 'u64', about, proxies, (row) =>
    row.proxy.config.mode === 'http' ? read(row) : 0,
  );
}

const http1: readonly Column[] = [
  ofHttp('open_connections', 'MGP', 'HTTP/1 connections now', (row) => row.counters.current),
  ofHttp('open_streams', 'MGP', 'HTTP/1 requests now', (row) => row.counters.current),
  ofHttp('total_connections', 'MCP', 'HTTP/1 connections so far', (row) =>
    row.kind === 'frontend' ? row.counters.connections : row.counters.connects,
  ),
  ofHttp('total_streams', 'MCP', 'HTTP/1 requests so far', (row) => row.counters.requests),
  ofHttp('bytes_in', 'MCP', 'Bytes received over HTTP/1', (row) => row.counters.bytesIn),
  ofHttp('bytes_out', 'MCP', 'Bytes sent over HTTP/1', (row) => row.counters.bytesOut),
  ofHttp('spliced_bytes_in', 'MCP', 'Bytes that the kernel received, which it does not', () => 0),
  ofHttp('spliced_bytes_out', 'MCP', 'Bytes that the kernel sent, which it does not', () => 0),
];

export const moduleColumns: readonly Column[] = [...tls, ...http2, ...http1];
