import {
  acted,
  address,
  bool,
  COUNT_MAX,
  choice,
  free,
  INT_MAX,
  integer,
  type Keyword,
  lines,
  millis,
  named,
  notYet,
  script,
  seconds,
  unacted,
} from './keyword.ts';

/** What keepalived counts in microseconds of 32 bits. */
const MILLIS_MAX = 4_294_967;

export const SCRIPT_KEYWORDS: readonly Keyword[] = [
  acted('script', [script]),
  acted('interval', [seconds(0, COUNT_MAX / 1_000_000)], { default: '1', unit: 's' }),
  acted('timeout', [seconds(0, COUNT_MAX / 1000)], { unit: 's' }),
  acted('weight', [integer(-253, 253), free('[reverse]')], { default: '0' }),
  acted('rise', [integer(1, INT_MAX)], { default: '1' }),
  acted('fall', [integer(1, INT_MAX)], { default: '1' }),
  acted('user', [named('USER'), free('[GROUP]')]),
  acted('init_fail'),
];

// The blocks below draw one warning as a whole.

export const SYNC_GROUP_KEYWORDS: readonly Keyword[] = [
  unacted('group', [], lines('names')),
  unacted('track_interface', [], lines('tracks')),
  unacted('track_script', [], lines('tracks')),
  unacted('track_file', [], lines('tracks')),
  unacted('track_process', [], lines('tracks')),
  unacted('track_bfd', [], lines('tracks')),
  unacted('notify_master', [script]),
  unacted('notify_backup', [script]),
  unacted('notify_fault', [script]),
  unacted('notify_stop', [script]),
  unacted('notify', [script]),
  unacted('smtp_alert', [bool]),
  unacted('notify_priority_changes', [bool]),
  unacted('sync_group_tracking_weight'),
  unacted('global_tracking', [], { age: 'deprecated', spellingOf: 'sync_group_tracking_weight' }),
];

export const TRACK_PROCESS_KEYWORDS: readonly Keyword[] = [
  unacted('process', [named('COMMAND'), free('[PARAMETER …]')]),
  unacted('param_match', [choice('initial', 'partial')], { required: 0 }),
  unacted('full_command'),
  unacted('weight', [integer(-254, 254), free('[reverse]')], { default: '0' }),
  unacted('quorum', [integer(1, 65_535)], { default: '1' }),
  unacted('quorum_max', [integer(0, 65_535)]),
  unacted('delay', [seconds(0.000001, 3600)], { unit: 's' }),
  unacted('terminate_delay', [seconds(0.000001, 3600)], { default: '0', unit: 's' }),
  unacted('fork_delay', [seconds(0.000001, 3600)], { default: '0', unit: 's' }),
];

export const TRACK_FILE_KEYWORDS: readonly Keyword[] = [
  acted('file', [named('FILE')]),
  acted('weight', [integer(-254, 254), free('[reverse | noreverse]')], { default: '1' }),
  notYet('init_file', [free('[VALUE] [overwrite]')], 'nothing is written to the file'),
];

export const BFD_KEYWORDS: readonly Keyword[] = [
  unacted('source_ip', [address]),
  unacted('neighbor_ip', [address]),
  unacted('neighbour_ip', [address], { spellingOf: 'neighbor_ip' }),
  unacted('min_rx', [millis(1, MILLIS_MAX)], { default: '10', unit: 'ms' }),
  unacted('min_tx', [millis(1, MILLIS_MAX)], { default: '10', unit: 'ms' }),
  unacted('idle_tx', [millis(1000, MILLIS_MAX)], { default: '1000', unit: 'ms' }),
  unacted('multiplier', [integer(1, 255)], { default: '5' }),
  unacted('passive'),
  unacted('ttl', [integer(1, 255)], { default: '255 (IPv4), 64 (IPv6)' }),
  unacted('hoplimit', [integer(1, 255)], { spellingOf: 'ttl' }),
  unacted('max_hops', [integer(-1, 255)], { default: '0' }),
  unacted('multihop', [bool], { default: 'false' }),
  unacted('weight', [integer(-253, 253), free('[reverse]')], { default: '0' }),
  unacted('vrrp'),
  unacted('checker'),
];

export const GARP_GROUP_KEYWORDS: readonly Keyword[] = [
  unacted('garp_interval', [seconds(0, 4294)], { unit: 's' }),
  unacted('gna_interval', [seconds(0, 4294)], { unit: 's' }),
  unacted('interface', [named('INTERFACE')]),
  unacted('interfaces', [], lines('names')),
];

export const TRACK_GROUP_KEYWORDS: readonly Keyword[] = [unacted('group', [], lines('names'))];
