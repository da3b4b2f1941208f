/** The families of haproxy 2.6's exporter, in its order: what they are called, and which figure they show. */
import type { RowKind } from '../rows.ts';

export type MetricType = 'counter' | 'gauge';

/** `status`, `codes`, `check`, `agg-…`: one series for each state or class. */
export type MetricForm =
  | 'number'
  | 'milliseconds'
  | 'status'
  | 'codes'
  | 'check'
  | 'agg-servers'
  | 'agg-checks';

export interface RowFamily {
  /** Without `haproxy_` and the kind of row. */
  readonly name: string;
  readonly column: string;
  readonly type: MetricType;
  readonly kinds: readonly RowKind[];
  readonly form: MetricForm;
  /** `http`: only of proxies in that mode. */
  readonly of: 'any' | 'http';
}

const kindsByLetter: Readonly<Record<string, RowKind>> = {
  F: 'frontend',
  L: 'listener',
  B: 'backend',
  S: 'server',
};

/** `letters`: the kinds of rows that have it. */
function family(
  name: string,
  column: string,
  letters: string,
  more: { readonly form?: MetricForm; readonly of?: 'http' } = {},
): RowFamily {
  return {
    name,
    column,
    type: name.endsWith('_total') ? 'counter' : 'gauge',
    kinds: [...letters].flatMap((letter) => kindsByLetter[letter] ?? []),
    form: more.form ?? 'number',
    of: more.of ?? 'any',
  };
}

const http = { of: 'http' } as const;
const ms = { form: 'milliseconds' } as const;

export const rowFamilies: readonly RowFamily[] = [
  family('current_queue', 'qcur', 'BS'),
  family('max_queue', 'qmax', 'BS'),
  family('current_sessions', 'scur', 'FLBS'),
  family('max_sessions', 'smax', 'FLBS'),
  family('limit_sessions', 'slim', 'FLBS'),
  family('sessions_total', 'stot', 'FLBS'),
  family('bytes_in_total', 'bin', 'FLBS'),
  family('bytes_out_total', 'bout', 'FLBS'),
  family('requests_denied_total', 'dreq', 'FLB'),
  family('responses_denied_total', 'dresp', 'FLBS'),
  family('request_errors_total', 'ereq', 'FL'),
  family('connection_errors_total', 'econ', 'BS'),
  family('response_errors_total', 'eresp', 'BS'),
  family('retry_warnings_total', 'wretr', 'BS'),
  family('redispatch_warnings_total', 'wredis', 'BS'),
  family('status', 'status', 'FLBS', { form: 'status' }),
  family('weight', 'weight', 'BS'),
  family('active_servers', 'act', 'B'),
  family('backup_servers', 'bck', 'B'),
  family('check_failures_total', 'chkfail', 'S'),
  family('check_up_down_total', 'chkdown', 'BS'),
  family('check_last_change_seconds', 'lastchg', 'BS'),
  family('downtime_seconds_total', 'downtime', 'BS'),
  family('queue_limit', 'qlimit', 'S'),
  family('current_throttle', 'throttle', 'S'),
  family('loadbalanced_total', 'lbtot', 'BS'),
  family('limit_session_rate', 'rate_lim', 'F'),
  family('max_session_rate', 'rate_max', 'FBS'),
  family('check_status', 'check_status', 'S', { form: 'check' }),
  family('check_code', 'check_code', 'S'),
  family('check_duration_seconds', 'check_duration', 'S', ms),
  family('http_responses_total', 'hrsp_2xx', 'FBS', { form: 'codes', ...http }),
  family('http_requests_rate_max', 'req_rate_max', 'F', http),
  family('http_requests_total', 'req_tot', 'FB', http),
  family('client_aborts_total', 'cli_abrt', 'BS'),
  family('server_aborts_total', 'srv_abrt', 'BS'),
  family('http_comp_bytes_in_total', 'comp_in', 'FB', http),
  family('http_comp_bytes_out_total', 'comp_out', 'FB', http),
  family('http_comp_bytes_bypassed_total', 'comp_byp', 'FB', http),
  family('http_comp_responses_total', 'comp_rsp', 'FB', http),
  family('last_session_seconds', 'lastsess', 'BS'),
  family('queue_time_average_seconds', 'qtime', 'BS', ms),
  family('connect_time_average_seconds', 'ctime', 'BS', ms),
  family('response_time_average_seconds', 'rtime', 'BS', ms),
  family('total_time_average_seconds', 'ttime', 'BS', ms),
  family('connections_rate_max', 'conn_rate_max', 'F'),
  family('connections_total', 'conn_tot', 'F'),
  family('intercepted_requests_total', 'intercepted', 'F', http),
  family('denied_connections_total', 'dcon', 'FL'),
  family('denied_sessions_total', 'dses', 'FL'),
  family('failed_header_rewriting_total', 'wrew', 'FLBS'),
  family('connection_attempts_total', 'connect', 'BS'),
  family('connection_reuses_total', 'reuse', 'BS'),
  family('http_cache_lookups_total', 'cache_lookups', 'FB', http),
  family('http_cache_hits_total', 'cache_hits', 'FB', http),
  family('idle_connections_current', 'srv_icur', 'S'),
  family('idle_connections_limit', 'src_ilim', 'S'),
  family('max_queue_time_seconds', 'qtime_max', 'BS', ms),
  family('max_connect_time_seconds', 'ctime_max', 'BS', ms),
  family('max_response_time_seconds', 'rtime_max', 'BS', ms),
  family('max_total_time_seconds', 'ttime_max', 'BS', ms),
  family('internal_errors_total', 'eint', 'FLBS'),
  family('unsafe_idle_connections_current', 'idle_conn_cur', 'S'),
  family('safe_idle_connections_current', 'safe_conn_cur', 'S'),
  family('used_connections_current', 'used_conn_cur', 'S'),
  family('need_connections_current', 'need_conn_est', 'S'),
  family('uweight', 'uweight', 'BS'),
  family('agg_server_status', 'agg_server_status', 'B', { form: 'agg-servers' }),
  family('agg_server_check_status', 'agg_server_check_status', 'B', { form: 'agg-servers' }),
  family('agg_check_status', 'agg_check_status', 'B', { form: 'agg-checks' }),
];

/** Name without `haproxy_process_`, and field of `show info`. */
export const processFamilies: readonly (readonly [name: string, field: string])[] = [
  ['nbthread', 'Nbthread'],
  ['nbproc', 'Nbproc'],
  ['relative_process_id', 'Process_num'],
  ['uptime_seconds', 'Uptime_sec'],
  ['pool_failures_total', 'PoolFailed'],
  ['max_fds', 'Ulimit-n'],
  ['max_sockets', 'Maxsock'],
  ['max_connections', 'Maxconn'],
  ['hard_max_connections', 'Hard_maxconn'],
  ['current_connections', 'CurrConns'],
  ['connections_total', 'CumConns'],
  ['requests_total', 'CumReq'],
  ['max_ssl_connections', 'MaxSslConns'],
  ['current_ssl_connections', 'CurrSslConns'],
  ['ssl_connections_total', 'CumSslConns'],
  ['max_pipes', 'Maxpipes'],
  ['pipes_used_total', 'PipesUsed'],
  ['pipes_free_total', 'PipesFree'],
  ['current_connection_rate', 'ConnRate'],
  ['limit_connection_rate', 'ConnRateLimit'],
  ['max_connection_rate', 'MaxConnRate'],
  ['current_session_rate', 'SessRate'],
  ['limit_session_rate', 'SessRateLimit'],
  ['max_session_rate', 'MaxSessRate'],
  ['current_ssl_rate', 'SslRate'],
  ['limit_ssl_rate', 'SslRateLimit'],
  ['max_ssl_rate', 'MaxSslRate'],
  ['current_frontend_ssl_key_rate', 'SslFrontendKeyRate'],
  ['max_frontend_ssl_key_rate', 'SslFrontendMaxKeyRate'],
  ['frontend_ssl_reuse', 'SslFrontendSessionReuse_pct'],
  ['current_backend_ssl_key_rate', 'SslBackendKeyRate'],
  ['max_backend_ssl_key_rate', 'SslBackendMaxKeyRate'],
  ['ssl_cache_lookups_total', 'SslCacheLookups'],
  ['ssl_cache_misses_total', 'SslCacheMisses'],
  ['http_comp_bytes_in_total', 'CompressBpsIn'],
  ['http_comp_bytes_out_total', 'CompressBpsOut'],
  ['limit_http_comp', 'CompressBpsRateLim'],
  ['current_zlib_memory', 'ZlibMemUsage'],
  ['max_zlib_memory', 'MaxZlibMemUsage'],
  ['current_tasks', 'Tasks'],
  ['current_run_queue', 'Run_queue'],
  ['idle_time_percent', 'Idle_pct'],
  ['stopping', 'Stopping'],
  ['jobs', 'Jobs'],
  ['unstoppable_jobs', 'Unstoppable Jobs'],
  ['listeners', 'Listeners'],
  ['active_peers', 'ActivePeers'],
  ['connected_peers', 'ConnectedPeers'],
  ['dropped_logs_total', 'DroppedLogs'],
  ['busy_polling_enabled', 'BusyPolling'],
  ['failed_resolutions', 'FailedResolutions'],
  ['bytes_out_total', 'TotalBytesOut'],
  ['spliced_bytes_out_total', 'TotalSplicdedBytesOut'],
  ['bytes_out_rate', 'BytesOutRate'],
  ['recv_logs_total', 'CumRecvLogs'],
  ['build_info', 'Build info'],
  ['max_memory_bytes', 'Memmax_bytes'],
  ['pool_allocated_bytes', 'PoolAlloc_bytes'],
  ['pool_used_bytes', 'PoolUsed_bytes'],
  ['start_time_seconds', 'Start_time_sec'],
];
