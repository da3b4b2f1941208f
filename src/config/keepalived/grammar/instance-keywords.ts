import {
  acted,
  address,
  bool,
  COUNT_MAX,
  choice,
  free,
  integer,
  type Keyword,
  keywords,
  lines,
  named,
  noEffect,
  notYet,
  script,
  seconds,
  unacted,
} from './keyword.ts';

const ownMac = 'adverts and virtual addresses keep the MAC address of the interface itself';
const noFirewall = 'the virtual addresses answer whatever is sent to them';

const wholeSeconds = integer(0, 2147);

export const INSTANCE_KEYWORDS: readonly Keyword[] = [
  // Extensions of holdfast, to be written behind @holdfast
  acted('planned_handover', [bool], { default: 'on', since: 'holdfast' }),
  acted('fast_takeover', [bool], { default: 'on', since: 'holdfast' }),
  acted('on_address_loss', [choice('restore', 'reelect')], {
    default: 'restore',
    since: 'holdfast',
  }),
  // Identity, interface and transport
  acted('state', [choice('MASTER', 'BACKUP')]),
  acted('interface', [named('INTERFACE')]),
  notYet('vrf', [named('INTERFACE')], 'the instance needs an interface'),
  notYet('use_vmac', [free('[[NAME] INTERFACE] [MAC] [netlink_notify_msg] [group G]')], ownMac),
  notYet('use_vmac_addr', [], ownMac),
  notYet('vmac_xmit_base', [], ownMac),
  notYet(
    'use_ipvlan',
    [free('[[NAME] INTERFACE] [ADDRESS] [bridge | private | vepa] [group G]')],
    'the virtual addresses go on the interface itself',
  ),
  acted('unicast_peer', [], lines('peers')),
  notYet('unicast_fault_no_peer', [], 'without a valid peer the instance uses multicast'),
  acted('check_unicast_src'),
  acted('unicast_ttl', [integer(0, 255)], { default: '255' }),
  acted('old_unicast_checksum', [choice('never')], { required: 0 }),
  acted('mcast_src_ip', [address], { spellingOf: 'unicast_src_ip' }),
  acted('unicast_src_ip', [address]),
  acted('track_src_ip'),
  acted('mcast_dst_ip', [address]),
  acted('dont_track_primary'),
  notYet('linkbeat_use_polling', [], 'links are watched through netlink', { age: 'deprecated' }),
  acted('native_ipv6', [], { age: 'deprecated' }),
  notYet(
    'kernel_rx_buf_size',
    [integer(0, COUNT_MAX)],
    'receive buffers keep the size that the kernel gives them',
  ),
  acted('virtual_router_id', [integer(1, 255)]),
  acted('version', [integer(2, 3)]),
  acted('priority', [integer(1, 255)], { default: '100' }),
  acted('advert_int', [seconds(0.01, 255)], { default: '1', unit: 's' }),
  acted('down_timer_adverts', [integer(1, 100)], { default: '3' }),
  noEffect('debug', [integer(0, 4)], 'keepalived itself heeds it only when built for that'),
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
  notYet(
    'timer_expired_backup',
    [integer(1, 254)],
    'a master that was frozen goes on as master when it wakes',
    { required: 0, default: '254' },
  ),
  notYet(
    'thread_timer_expired',
    [integer(1, 254)],
    'a master that was frozen goes on as master when it wakes',
    {
      required: 0,
      spellingOf: 'timer_expired_backup',
    },
  ),
  noEffect('accept', [], 'virtual addresses take whatever is sent to them'),
  notYet('no_accept', [], noFirewall),
  // Addresses, routes, rules
  acted('virtual_ipaddress', [], lines('addresses')),
  acted('virtual_ipaddress_excluded', [], lines('addresses')),
  acted('no_virtual_ipaddress'),
  notYet('promote_secondaries', [], 'set net.ipv4.conf.IF.promote_secondaries=1 yourself'),
  notYet('virtual_routes', [], 'these routes are not added', lines('routes')),
  notYet('virtual_rules', [], 'these rules are not added', lines('rules')),
  // Tracking
  acted('track_interface', [], lines('tracks')),
  acted('track_script', [], lines('tracks')),
  acted('track_check', [], { ...lines('tracks'), since: 'holdfast' }),
  acted('track_proxy', [named('PROXY'), free('[weight N] [min N]')], { since: 'holdfast' }),
  notYet('track_file', [], 'the file does not count', lines('tracks')),
  notYet('track_process', [], 'the process does not count', lines('tracks')),
  notYet('track_bfd', [], 'the BFD session does not count', lines('tracks')),
  // Notifications
  acted('notify_master', [script]),
  acted('notify_backup', [script]),
  acted('notify_fault', [script]),
  acted('notify_stop', [script]),
  acted('notify_deleted', [script], { required: 0 }),
  acted('notify_master_rx_lower_pri', [script]),
  acted('notify', [script]),
  acted('notify_priority_changes', [bool]),
  acted('smtp_alert', [bool]),
  notYet(
    'lvs_sync_daemon_interface',
    [named('INTERFACE')],
    'connections are not synchronised between hosts',
    {
      age: 'deprecated',
    },
  ),
  // Announcements
  acted('garp_master_delay', [wholeSeconds], { default: '5', unit: 's' }),
  acted('garp_master_refresh', [wholeSeconds], { default: '0', unit: 's' }),
  acted('garp_master_repeat', [integer(0, COUNT_MAX)], { default: '5' }),
  acted('garp_master_refresh_repeat', [integer(0, COUNT_MAX)], { default: '1' }),
  acted('garp_lower_prio_delay', [wholeSeconds], { unit: 's' }),
  acted('garp_lower_prio_repeat', [integer(0, COUNT_MAX)]),
  notYet('garp_extra_if', [free('[all] [SECONDS]')], 'other interfaces announce nothing'),
  notYet('vmac_garp_intvl', [free('[all] [SECONDS]')], 'other interfaces announce nothing', {
    spellingOf: 'garp_extra_if',
    age: 'deprecated',
  }),
  // Authentication
  acted('authentication', [], keywords('authentication')),
  notYet('auth_hmac', [], 'adverts are neither signed nor verified', {
    ...keywords('auth_hmac'),
    since: '2.4',
  }),
];

export const AUTHENTICATION_KEYWORDS: readonly Keyword[] = [
  acted('auth_type', [choice('PASS', 'AH')]),
  acted('auth_pass', [named('PASSWORD')]),
];

export const AUTH_HMAC_KEYWORDS: readonly Keyword[] = [
  unacted('key', [integer(1, 255), named('KEY')], { since: '2.4' }),
  unacted('active_key', [integer(1, 255)], { since: '2.4' }),
  unacted('time_window', [integer(1, 300)], { unit: 's', since: '2.4' }),
  unacted('anti_replay', [choice('time', 'monotonic')], { default: 'time', since: '2.4' }),
  unacted('mode', [choice('enforce', 'permissive', 'receive-only')], {
    default: 'enforce',
    since: '2.4',
  }),
];
