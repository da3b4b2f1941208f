import {
  acted,
  address,
  bool,
  COUNT_MAX,
  choice,
  free,
  INT_MAX,
  INT_MIN,
  integer,
  type Keyword,
  lines,
  named,
  noEffect,
  notYet,
  script,
  seconds,
} from './keyword.ts';

const noFirewall = 'no packet filter is set up for virtual addresses';
const noSnmp = 'SNMP and DBus are not served';
const eachForItself = 'each address of a group is a service of its own';

const noNames = 'names of tables and protocols come from /etc/iproute2 and /usr/share/iproute2';
const noProcess = 'there is no process of that kind';
const sameBuffer = 'the buffer keeps the size that the kernel gives it';

const SECONDS_MAX = COUNT_MAX / 1_000_000;

/** Seconds that keepalived reads as whole numbers. */
const wholeSeconds = integer(0, 2147);

export const GLOBAL_KEYWORDS: readonly Keyword[] = [
  // Extensions of holdfast, to be written behind @holdfast
  acted('planned_handover', [bool], { default: 'on', since: 'holdfast' }),
  acted('fast_takeover', [bool], { default: 'on', since: 'holdfast' }),
  acted('on_address_loss', [choice('restore', 'reelect')], {
    default: 'restore',
    since: 'holdfast',
  }),
  acted('dead_man', [bool], { default: 'on', since: 'holdfast' }),
  acted('peer_key', [named('KEY')], { since: 'holdfast' }),
  acted('control_socket', [named('PATH')], { since: 'holdfast' }),
  acted('control_group', [named('GROUP')], { since: 'holdfast' }),
  acted('http_socket', [named('PATH')], { since: 'holdfast' }),
  acted('metrics_listen', [named('ADDRESS:PORT')], { since: 'holdfast' }),
  acted('data_plane', [choice('ipvs', 'nftables', 'auto')], {
    default: 'auto',
    since: 'holdfast',
  }),
  acted('events_file', [named('PATH')], { since: 'holdfast' }),
  acted('smtp_tls', [choice('off', 'starttls', 'tls')], { default: 'off', since: 'holdfast' }),
  acted('smtp_login', [named('USER'), named('PASSWORD')], { since: 'holdfast' }),
  // Process identity and files
  acted('process_names'),
  acted('process_name', [named('NAME')]),
  noEffect('vrrp_process_name', [named('NAME')], 'there is one process, called by process_name'),
  noEffect('checker_process_name', [named('NAME')], noProcess),
  noEffect('lvs_process_name', [named('NAME')], noProcess, {
    spellingOf: 'checker_process_name',
    age: 'old',
  }),
  noEffect('bfd_process_name', [named('NAME')], noProcess),
  noEffect('use_symlink_paths', [bool], 'scripts are run by the path that is written', {
    default: 'false',
  }),
  acted('set_supplementary_groups', [bool], {
    default: 'false',
  }),
  acted('router_id', [named('NAME')]),
  acted('umask', [named('MASK')], { default: 'IXUSR|IRWXG|IRWXO' }),
  noEffect('random_seed', [integer(0, COUNT_MAX)], 'chance is taken from the kernel'),
  notYet('iproute_usr_dir', [named('DIRECTORY')], noNames),
  notYet('iproute_etc_dir', [named('DIRECTORY')], noNames),
  acted('config_save_dir', [named('DIRECTORY')]),
  noEffect(
    'tmp_config_directory',
    [named('DIRECTORY')],
    'no copy of the configuration is written to a file',
  ),
  acted('data_use_instance', [bool], { default: 'false' }),
  acted('state_dump_file', [named('FILE')]),
  noEffect('stats_dump_file', [named('FILE')], 'keepalived does not use it either'),
  noEffect('json_dump_file', [named('FILE')], 'keepalived does not use it either'),
  acted('json_version', [integer(1, 2)], { default: '1' }),
  acted('reload_check_config', [free('[LOGFILE]')]),
  acted('reload_time_file', [named('FILE')]),
  acted('reload_repeat', [bool], { default: 'false' }),
  acted('reload_file', [free('[FILE]')]),
  acted('include_check', [free('[+|-]read|match|wildcard_match|brace_match ...')]),
  // Mail
  acted('notification_email', [], lines('mails')),
  acted('notification_email_from', [named('ADDRESS')]),
  acted('smtp_server', [named('HOST'), integer(1, 65_535)], { required: 1 }),
  acted('smtp_helo_name', [named('NAME')]),
  acted('smtp_connect_timeout', [wholeSeconds], { default: '30', unit: 's' }),
  acted('smtp_alert', [bool]),
  acted('smtp_alert_vrrp', [bool]),
  acted('smtp_alert_checker', [bool]),
  acted('no_email_faults'),
  acted('no_checker_emails', [bool], { default: 'false' }),
  acted('checker_log_all_failures', [bool], { default: 'false' }),
  // Scripts and privilege
  acted('script_user', [named('USER'), free('[GROUP]')]),
  acted('enable_script_security'),
  acted('startup_script', [script]),
  acted('shutdown_script', [script]),
  acted('startup_script_timeout', [integer(1, 1000)], {
    default: '10',
    unit: 's',
  }),
  acted('shutdown_script_timeout', [integer(1, 1000)], {
    default: '10',
    unit: 's',
  }),
  acted('notify_fifo', [named('PATH'), free('[USER [GROUP]]')], { missing: 'missing-value' }),
  acted('vrrp_notify_fifo', [named('PATH'), free('[USER [GROUP]]')], { missing: 'missing-value' }),
  acted('lvs_notify_fifo', [named('PATH'), free('[USER [GROUP]]')], { missing: 'missing-value' }),
  acted('notify_fifo_script', [script], { missing: 'missing-value' }),
  acted('vrrp_notify_fifo_script', [script], { missing: 'missing-value' }),
  acted('lvs_notify_fifo_script', [script], { missing: 'missing-value' }),
  acted('vrrp_notify_priority_changes', [bool], { default: 'false' }),
  acted('fifo_write_vrrp_states_on_reload'),
  // VRRP
  acted('default_interface', [named('INTERFACE')], { default: 'eth0' }),
  acted('dynamic_interfaces', [choice('allow_if_changes')], { required: 0 }),
  notYet('disable_local_igmp', [], 'membership reports are left to the kernel'),
  acted('vrrp_version', [integer(2, 3)], { default: '2' }),
  acted('vrrp_mcast_group4', [address], { default: '224.0.0.18' }),
  acted('vrrp_mcast_group6', [address], { default: 'ff02::12' }),
  acted('vrrp_strict', [bool], { default: 'false' }),
  acted('vrrp_skip_check_adv_addr', [bool], { default: 'false' }),
  acted('vrrp_check_unicast_src'),
  acted('vrrp_lower_prio_no_advert', [bool], { default: 'false' }),
  acted('vrrp_higher_prio_send_advert', [bool], { default: 'false' }),
  acted('vrrp_down_timer_adverts', [integer(1, 100)], { default: '3' }),
  acted('vrrp_owner_ignore_adverts', [bool], { default: 'false' }),
  acted('v3_checksum_as_v2'),
  acted('log_unknown_vrids'),
  acted('vrrp_startup_delay', [seconds(0.001, SECONDS_MAX)], { default: '0', unit: 's' }),
  acted('vrrp_delay_after_boot', [seconds(0, SECONDS_MAX)], { default: '0', unit: 's' }),
  notYet(
    'vrrp_rx_bufs_policy',
    [named('MTU | ADVERT | BYTES')],
    'receive buffers keep the size that the kernel gives them',
  ),
  notYet(
    'vrrp_rx_bufs_multiplier',
    [integer(1, COUNT_MAX)],
    'receive buffers keep the size that the kernel gives them',
    { default: '3' },
  ),
  notYet('vmac_prefix', [named('PREFIX')], 'no interface with a virtual MAC address is made', {
    default: 'vrrp',
  }),
  notYet('vmac_addr_prefix', [named('PREFIX')], 'no interface with a virtual MAC address is made'),
  // Announcements
  acted('vrrp_garp_master_delay', [wholeSeconds], { default: '5', unit: 's' }),
  acted('vrrp_garp_master_repeat', [integer(0, COUNT_MAX)], { default: '5' }),
  acted('vrrp_garp_master_refresh', [wholeSeconds], { default: '0', unit: 's' }),
  acted('vrrp_garp_master_refresh_repeat', [integer(0, COUNT_MAX)], { default: '1' }),
  acted('vrrp_garp_lower_prio_delay', [wholeSeconds], { unit: 's' }),
  acted('vrrp_garp_lower_prio_repeat', [integer(0, COUNT_MAX)]),
  acted('vrrp_garp_interval', [seconds(0.000001, SECONDS_MAX)], { default: '0', unit: 's' }),
  acted('vrrp_gna_interval', [seconds(0.000001, SECONDS_MAX)], { default: '0', unit: 's' }),
  acted('vrrp_min_garp', [bool], { default: 'false' }),
  notYet('vrrp_garp_extra_if', [free('[all] [SECONDS]')], 'other interfaces announce nothing'),
  notYet('vrrp_vmac_garp_intvl', [free('[all] [SECONDS]')], 'other interfaces announce nothing', {
    spellingOf: 'vrrp_garp_extra_if',
    age: 'deprecated',
  }),
  // Firewall
  notYet('vrrp_iptables', [free('[IN [OUT]]')], noFirewall),
  notYet('vrrp_ipsets', [free('[SET …]')], noFirewall),
  notYet('nftables', [free('[TABLE]')], noFirewall, { default: 'keepalived' }),
  notYet('nftables_priority', [integer(INT_MIN, INT_MAX)], noFirewall, { default: '-1' }),
  notYet('nftables_ifindex', [], noFirewall),
  notYet('nftables_counters', [], noFirewall),
  noEffect('nftables_ipvs', [free('[TABLE]')], eachForItself, { default: 'keepalived_ipvs' }),
  noEffect('nftables_ipvs_priority', [integer(INT_MIN, INT_MAX)], eachForItself, { default: '-1' }),
  noEffect('nftables_ipvs_start_fwmark', [integer(1, COUNT_MAX)], eachForItself, {
    default: '1000',
  }),
  // Virtual servers
  acted('lvs_timeouts', [free('[tcp N] [tcpfin N] [udp N]')], {
    required: 1,
    missing: 'missing-value',
  }),
  acted('lvs_flush', []),
  acted('lvs_flush_on_stop', [choice('VS')], { required: 0 }),
  acted('lvs_flush_onstop', [choice('VS')], {
    required: 0,
    spellingOf: 'lvs_flush_on_stop',
    age: 'old',
  }),
  acted('lvs_sync_daemon', [
    named('INTERFACE'),
    free('[inst NAME] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]'),
  ]),
  acted('rs_init_notifies', [bool], { default: 'false' }),
  notYet('snmp_vs_stats_update_interval', [seconds(0.001, 30)], noSnmp, { unit: 's' }),
  notYet('snmp_rs_stats_update_interval', [seconds(0.001, 30)], noSnmp, { unit: 's' }),
  // SNMP and DBus
  notYet('snmp_socket', [named('ADDRESS')], noSnmp),
  notYet('enable_traps', [], noSnmp),
  notYet('enable_snmp_vrrp', [], noSnmp),
  notYet('enable_snmp_keepalived', [], noSnmp, {
    spellingOf: 'enable_snmp_vrrp',
    age: 'old',
  }),
  notYet('enable_snmp_rfc', [], noSnmp),
  notYet('enable_snmp_rfcv2', [], noSnmp),
  notYet('enable_snmp_rfcv3', [], noSnmp),
  notYet('enable_snmp_checker', [], noSnmp),
  notYet('enable_dbus', [], noSnmp),
  notYet('dbus_service_name', [named('NAME')], noSnmp, { default: 'org.keepalived.Vrrp1' }),
  notYet('dbus_no_interface_name', [named('NAME')], noSnmp, { default: 'none' }),
  // Scheduling
  acted('vrrp_priority', [integer(-20, 19)], { default: '0' }),
  noEffect('vrrp_no_swap', [], 'the memory that matters is locked in any case'),
  acted('vrrp_rt_priority', [integer(1, 99)]),
  acted('vrrp_cpu_affinity', [named('CPU'), free('…')]),
  acted('vrrp_rlimit_rttime', [integer(1, COUNT_MAX)], { default: '10000', unit: 'µs' }),
  acted('vrrp_rlimit_rtime', [integer(1, COUNT_MAX)], {
    spellingOf: 'vrrp_rlimit_rttime',
    age: 'old',
  }),
  ...['checker', 'bfd'].flatMap((process): Keyword[] => [
    noEffect(`${process}_priority`, [integer(-20, 19)], noProcess, { default: '0' }),
    noEffect(`${process}_no_swap`, [], noProcess),
    noEffect(`${process}_rt_priority`, [integer(1, 99)], noProcess),
    noEffect(`${process}_cpu_affinity`, [named('CPU'), free('…')], noProcess),
    noEffect(`${process}_rlimit_rttime`, [integer(1, COUNT_MAX)], noProcess, {
      default: '10000',
      unit: 'µs',
    }),
    noEffect(`${process}_rlimit_rtime`, [integer(1, COUNT_MAX)], noProcess, {
      spellingOf: `${process}_rlimit_rttime`,
      age: 'old',
    }),
  ]),
  acted('max_auto_priority', [integer(-1, 99)], { required: 0, default: '-1' }),
  noEffect(
    'min_auto_priority_delay',
    [integer(1, 10_000_000)],
    'the process is real-time from the start where it may be',
    { unit: 'µs' },
  ),
  // Netlink buffers
  notYet('vrrp_netlink_cmd_rcv_bufs', [integer(0, COUNT_MAX)], sameBuffer, { unit: 'bytes' }),
  notYet('vrrp_netlink_cmd_rcv_bufs_force', [bool], sameBuffer),
  acted('vrrp_netlink_monitor_rcv_bufs', [integer(0, COUNT_MAX)], { unit: 'bytes' }),
  noEffect(
    'vrrp_netlink_monitor_rcv_bufs_force',
    [bool],
    'the limit of the system is passed where that is permitted',
  ),
  notYet('lvs_netlink_cmd_rcv_bufs', [integer(0, COUNT_MAX)], sameBuffer, { unit: 'bytes' }),
  notYet('lvs_netlink_cmd_rcv_bufs_force', [bool], sameBuffer),
  notYet('lvs_netlink_monitor_rcv_bufs', [integer(0, COUNT_MAX)], sameBuffer, { unit: 'bytes' }),
  notYet('lvs_netlink_monitor_rcv_bufs_force', [bool], sameBuffer),
  notYet('process_monitor_rcv_bufs', [integer(0, COUNT_MAX)], sameBuffer, { unit: 'bytes' }),
  notYet('process_monitor_rcv_bufs_force', [bool], sameBuffer),
];
