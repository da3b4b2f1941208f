import {
  acted,
  free,
  integer,
  type Keyword,
  keywords,
  lines,
  named,
  noEffect,
  notYet,
} from './keyword.ts';

/** What may stand outside all blocks. */
export const ROOT_KEYWORDS: readonly Keyword[] = [
  acted('global_defs', [], keywords('global_defs')),
  acted('vrrp_instance', [named('NAME')], keywords('vrrp_instance')),
  acted('vrrp_script', [named('NAME')], keywords('vrrp_script')),
  acted('track_check', [named('NAME')], {
    ...keywords('track_check'),
    since: 'holdfast',
  }),
  notYet(
    'vrrp_sync_group',
    [named('NAME')],
    'its members change state each by itself',
    keywords('vrrp_sync_group'),
  ),
  notYet(
    'vrrp_track_process',
    [named('NAME')],
    'no process is watched',
    keywords('vrrp_track_process'),
  ),
  // Who follows it is another matter: a check of a real server does, an instance does not yet, and says so.
  acted('track_file', [named('NAME')], keywords('track_file')),
  acted('vrrp_track_file', [named('NAME')], {
    ...keywords('track_file'),
    spellingOf: 'track_file',
    age: 'old',
  }),
  notYet('bfd_instance', [named('NAME')], 'no BFD session is run', keywords('bfd_instance')),
  notYet('garp_group', [], 'each interface limits its own announcements', keywords('garp_group')),
  notYet('static_ipaddress', [], 'these addresses are not added', lines('addresses')),
  notYet('static_routes', [], 'these routes are not added', lines('routes')),
  notYet('static_rules', [], 'these rules are not added', lines('rules')),
  notYet(
    'track_group',
    [named('NAME')],
    'static entries follow no instance',
    keywords('track_group'),
  ),
  notYet('linkbeat_interfaces', [], 'links are watched through netlink', lines('linkbeats')),
  notYet('interface_up_down_delays', [], 'a change of a link counts at once', lines('delays')),
  notYet('linkbeat_use_polling', [], 'links are watched through netlink'),
  acted('virtual_server', [free('ADDRESS [PORT] | fwmark N | group NAME')], {
    ...keywords('virtual_server'),
    required: 1,
    missing: 'missing-parameter',
  }),
  acted('virtual_server_group', [named('NAME')], {
    ...lines('servers'),
    missing: 'missing-parameter',
  }),
  acted('SSL', [], keywords('SSL')),
  acted('net_namespace', [named('NAME')]),
  acted('net_namespace_ipvs', [free('[NAME]')]),
  notYet('namespace_with_ipsets', [], 'no packet filter is set up for virtual addresses'),
  acted('use_pid_dir'),
  acted('instance', [named('NAME')]),
  noEffect('child_wait_time', [integer(0, 3600)], 'no process is waited for', {
    default: '5',
    unit: 's',
  }),
];
