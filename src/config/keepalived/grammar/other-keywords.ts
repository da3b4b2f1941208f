import {
  acted,
  bool,
  COUNT_MAX,
  integer,
  type Keyword,
  lines,
  noEffect,
  notYet,
  script,
  seconds,
  word,
  words,
} from './keyword.ts';

const INT_MAX = 2_147_483_647;

export const SCRIPT_KEYWORDS: readonly Keyword[] = [
  acted('script', [script]),
  acted('interval', [seconds(0, COUNT_MAX / 1_000_000)], { default: '1', unit: 's' }),
  acted('timeout', [seconds(0, COUNT_MAX / 1000)], { unit: 's' }),
  acted('weight', [integer(-253, 253), words], { default: '0' }),
  acted('rise', [integer(1, INT_MAX)], { default: '1' }),
  acted('fall', [integer(1, INT_MAX)], { default: '1' }),
  acted('user', [word, words]),
  acted('init_fail'),
];

export const SYNC_GROUP_KEYWORDS: readonly Keyword[] = [
  acted('group', [], lines('names')),
  noEffect('track_interface', [], lines('tracks')),
  noEffect('track_script', [], lines('tracks')),
  noEffect('track_file', [], lines('tracks')),
  noEffect('track_process', [], lines('tracks')),
  noEffect('track_bfd', [], lines('tracks')),
  acted('notify_master', [script]),
  acted('notify_backup', [script]),
  acted('notify_fault', [script]),
  acted('notify_stop', [script]),
  acted('notify', [script]),
  notYet('smtp_alert', 'no mail is sent'),
  notYet('notify_priority_changes', 'nothing is written to the pipe'),
  noEffect('sync_group_tracking_weight'),
  noEffect('global_tracking', [], { age: 'deprecated', spellingOf: 'sync_group_tracking_weight' }),
];

// The blocks below draw one warning as a whole; their contents are only spelled right or wrong.

export const TRACK_PROCESS_KEYWORDS: readonly Keyword[] = [
  noEffect('process', [word, words]),
  noEffect('param_match', [words]),
  noEffect('full_command'),
  noEffect('weight', [integer(-254, 254), words], { default: '0' }),
  noEffect('quorum', [integer(1, 65_535)], { default: '1' }),
  noEffect('quorum_max', [integer(0, 65_535)]),
  noEffect('delay', [seconds(0.000001, 3600)], { unit: 's' }),
  noEffect('terminate_delay', [seconds(0.000001, 3600)], { unit: 's' }),
  noEffect('fork_delay', [seconds(0.000001, 3600)], { unit: 's' }),
];

export const TRACK_FILE_KEYWORDS: readonly Keyword[] = [
  noEffect('file', [word]),
  noEffect('weight', [integer(-254, 254), words], { default: '1' }),
  noEffect('init_file', [words]),
];

export const BFD_KEYWORDS: readonly Keyword[] = [
  noEffect('source_ip', [word]),
  noEffect('neighbor_ip', [word]),
  noEffect('neighbour_ip', [word], { spellingOf: 'neighbor_ip' }),
  noEffect('min_rx', [word], { default: '10', unit: 'ms' }),
  noEffect('min_tx', [word], { default: '10', unit: 'ms' }),
  noEffect('idle_tx', [word], { default: '1000', unit: 'ms' }),
  noEffect('multiplier', [integer(1, 255)], { default: '5' }),
  noEffect('passive'),
  noEffect('ttl', [integer(1, 255)]),
  noEffect('hoplimit', [integer(1, 255)], { spellingOf: 'ttl' }),
  noEffect('max_hops', [integer(-1, 255)], { default: '0' }),
  noEffect('multihop', [bool]),
  noEffect('weight', [integer(-253, 253), words], { default: '0' }),
  noEffect('vrrp'),
  noEffect('checker'),
];

export const GARP_GROUP_KEYWORDS: readonly Keyword[] = [
  noEffect('garp_interval', [seconds(0, 4294)], { unit: 's' }),
  noEffect('gna_interval', [seconds(0, 4294)], { unit: 's' }),
  noEffect('interface', [word]),
  noEffect('interfaces', [], lines('names')),
];
