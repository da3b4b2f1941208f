import {
  acted,
  address,
  bool,
  COUNT_MAX,
  choice,
  integer,
  type Keyword,
  keywords,
  lines,
  noEffect,
  notYet,
  script,
  seconds,
  word,
  words,
} from './keyword.ts';

const ownMac = 'adverts and virtual addresses keep the MAC address of the interface itself';
const noFirewall = 'the virtual addresses answer whatever is sent to them';
const noMail = 'no mail is sent';

const wholeSeconds = integer(0, 2147);

export const INSTANCE_KEYWORDS: readonly Keyword[] = [
  // Extensions of holdfast, to be written behind @holdfast
  acted('planned_handover', [bool], { default: 'on' }),
  acted('fast_takeover', [bool], { default: 'on' }),
  acted('on_address_loss', [choice('restore', 'reelect')], { default: 'restore' }),
  // Identity, interface and transport
  acted('state', [choice('MASTER', 'BACKUP')]),
  acted('interface', [word]),
  notYet('vrf', 'the instance needs an interface'),
  notYet('use_vmac', ownMac),
  notYet('use_vmac_addr', ownMac),
  notYet('vmac_xmit_base', ownMac),
  notYet('use_ipvlan', 'the virtual addresses go on the interface itself'),
  acted('unicast_peer', [], lines('peers')),
  notYet('unicast_fault_no_peer', 'without a valid peer the instance uses multicast'),
  acted('check_unicast_src'),
  acted('unicast_ttl', [integer(0, 255)], { default: '255' }),
  acted('old_unicast_checksum', [choice('never')], { required: 0 }),
  acted('mcast_src_ip', [address], { spellingOf: 'unicast_src_ip' }),
  acted('unicast_src_ip', [address]),
  acted('track_src_ip'),
  acted('mcast_dst_ip', [address]),
  acted('dont_track_primary'),
  noEffect('linkbeat_use_polling', [], { age: 'deprecated', spellingOf: 'linkbeat_interfaces' }),
  acted('native_ipv6', [], { age: 'deprecated' }),
  notYet('kernel_rx_buf_size', 'receive buffers keep the size that the kernel gives them'),
  acted('virtual_router_id', [integer(1, 255)]),
  acted('version', [integer(2, 3)]),
  acted('priority', [integer(1, 255)], { default: '100' }),
  acted('advert_int', [seconds(0.01, 255)], { default: '1', unit: 's' }),
  acted('down_timer_adverts', [integer(1, 100)], { default: '3' }),
  noEffect('debug', [integer(0, 4)]),
  // Election
  acted('preempt'),
  acted('nopreempt'),
  acted('preempt_delay', [seconds(0, 1000)], { default: '0', unit: 's' }),
  acted('strict_mode', [bool]),
  acted('skip_check_adv_addr', [bool]),
  acted('v3_checksum_as_v2', [bool]),
  acted('lower_prio_no_advert', [bool]),
  acted('higher_prio_send_advert', [bool]),
  acted('owner_ignore_adverts', [bool]),
  notYet('timer_expired_backup', 'a master that was frozen goes on as master when it wakes'),
  notYet('thread_timer_expired', 'a master that was frozen goes on as master when it wakes', {
    spellingOf: 'timer_expired_backup',
  }),
  noEffect('accept'),
  notYet('no_accept', noFirewall),
  // Addresses, routes, rules
  acted('virtual_ipaddress', [], lines('addresses')),
  acted('virtual_ipaddress_excluded', [], lines('addresses')),
  acted('no_virtual_ipaddress'),
  notYet('promote_secondaries', 'set net.ipv4.conf.IF.promote_secondaries=1 yourself'),
  notYet('virtual_routes', 'these routes are not added', lines('routes')),
  notYet('virtual_rules', 'these rules are not added', lines('rules')),
  // Tracking
  acted('track_interface', [], lines('tracks')),
  acted('track_script', [], lines('tracks')),
  notYet('track_file', 'the file does not count', lines('tracks')),
  notYet('track_process', 'the process does not count', lines('tracks')),
  notYet('track_bfd', 'the BFD session does not count', lines('tracks')),
  // Notifications
  acted('notify_master', [script]),
  acted('notify_backup', [script]),
  acted('notify_fault', [script]),
  acted('notify_stop', [script]),
  acted('notify_deleted', [script], { required: 0 }),
  acted('notify_master_rx_lower_pri', [script]),
  acted('notify', [script]),
  notYet('notify_priority_changes', 'nothing is written to the pipe'),
  notYet('smtp_alert', noMail),
  notYet('lvs_sync_daemon_interface', 'connections are not synchronised between hosts', {
    age: 'deprecated',
  }),
  // Announcements
  acted('garp_master_delay', [wholeSeconds], { default: '5', unit: 's' }),
  acted('garp_master_refresh', [wholeSeconds], { default: '0', unit: 's' }),
  acted('garp_master_repeat', [integer(0, COUNT_MAX)], { default: '5' }),
  acted('garp_master_refresh_repeat', [integer(0, COUNT_MAX)], { default: '1' }),
  acted('garp_lower_prio_delay', [wholeSeconds], { unit: 's' }),
  acted('garp_lower_prio_repeat', [integer(0, COUNT_MAX)]),
  notYet('garp_extra_if', 'other interfaces announce nothing'),
  notYet('vmac_garp_intvl', 'other interfaces announce nothing', {
    spellingOf: 'garp_extra_if',
    age: 'deprecated',
  }),
  // Authentication
  acted('authentication', [], keywords('authentication')),
  notYet('auth_hmac', 'adverts are neither signed nor verified', keywords('auth_hmac')),
];

export const AUTHENTICATION_KEYWORDS: readonly Keyword[] = [
  acted('auth_type', [choice('PASS', 'AH')]),
  acted('auth_pass', [word]),
];

export const AUTH_HMAC_KEYWORDS: readonly Keyword[] = [
  noEffect('key', [words]),
  noEffect('active_key', [words]),
  noEffect('time_window', [words]),
  noEffect('anti_replay', [words]),
  noEffect('mode', [words]),
];
