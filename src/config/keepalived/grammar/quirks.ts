import type { BlockName, Keyword } from './keyword.ts';

type Quirk = Pick<Keyword, 'missing' | 'surplus' | 'since'>;

const REPORTED: Quirk = { missing: 'missing-value' };
const STOP: Quirk = { missing: 'missing-parameter' };
const LATER: Quirk = { since: '2.3' };

function each(names: readonly string[], quirk: Quirk): Readonly<Record<string, Quirk>> {
  return Object.fromEntries(names.map((name) => [name, quirk]));
}

/**
 * How keepalived 2.2.7 takes single keywords, in which it follows no rule: where a missing word does
 * not end its reading, where words too many are an error, and which ones it does not know yet.
 */
export const QUIRKS: Readonly<Partial<Record<BlockName, Readonly<Record<string, Quirk>>>>> = {
  root: {
    instance: REPORTED,
    ...each(['vrrp_instance', 'vrrp_sync_group', 'track_group'], { surplus: 'reported' }),
    ...each(['vrrp_script', 'track_file', 'vrrp_track_file', 'vrrp_track_process'], STOP),
  },
  global_defs: {
    ...each(
      [
        'dbus_no_interface_name',
        'iproute_etc_dir',
        'iproute_usr_dir',
        'json_dump_file',
        'json_version',
        'set_supplementary_groups',
        'snmp_rs_stats_update_interval',
        'snmp_vs_stats_update_interval',
        'state_dump_file',
        'stats_dump_file',
        'use_symlink_paths',
        'v3_checksum_as_v2',
        'vrrp_delay_after_boot',
        'vrrp_owner_ignore_adverts',
      ],
      LATER,
    ),
    ...each(
      [
        'bfd_cpu_affinity',
        'bfd_priority',
        'bfd_rt_priority',
        'checker_cpu_affinity',
        'checker_priority',
        'checker_rt_priority',
        'dbus_service_name',
        'default_interface',
        'lvs_netlink_cmd_rcv_bufs',
        'lvs_netlink_monitor_rcv_bufs',
        'lvs_notify_fifo',
        'lvs_notify_fifo_script',
        'lvs_sync_daemon',
        'min_auto_priority_delay',
        'notification_email_from',
        'notify_fifo',
        'notify_fifo_script',
        'process_monitor_rcv_bufs',
        'router_id',
        'script_user',
        'shutdown_script_timeout',
        'startup_script_timeout',
        'tmp_config_directory',
        'vrrp_cpu_affinity',
        'vrrp_garp_extra_if',
        'vrrp_netlink_cmd_rcv_bufs',
        'vrrp_netlink_monitor_rcv_bufs',
        'vrrp_notify_fifo',
        'vrrp_notify_fifo_script',
        'vrrp_priority',
        'vrrp_rt_priority',
        'vrrp_rx_bufs_policy',
      ],
      REPORTED,
    ),
    reload_time_file: { missing: 'missing-value', surplus: 'reported' },
    snmp_socket: { missing: 'missing-value', surplus: 'reported' },
    smtp_helo_name: { missing: 'nothing' },
    umask: { surplus: 'reported' },
    vrrp_rx_bufs_multiplier: { missing: 'missing-value', surplus: 'reported' },
  },
  vrrp_instance: {
    ...each(
      [
        'no_virtual_ipaddress',
        'owner_ignore_adverts',
        'thread_timer_expired',
        'timer_expired_backup',
        'v3_checksum_as_v2',
      ],
      LATER,
    ),
    garp_extra_if: REPORTED,
    kernel_rx_buf_size: { missing: 'missing-value', surplus: 'reported' },
  },
  vrrp_script: { script: REPORTED },
  track_file: { file: REPORTED, weight: REPORTED },
  vrrp_track_process: { weight: REPORTED },
  bfd_instance: { multihop: LATER },
};
