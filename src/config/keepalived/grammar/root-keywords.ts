import {
  acted,
  integer,
  type Keyword,
  keywords,
  lines,
  noEffect,
  notYet,
  opaque,
  word,
} from './keyword.ts';

const noBalancing = 'no traffic is balanced and no real server is checked';

/** What may stand outside all blocks. */
export const ROOT_KEYWORDS: readonly Keyword[] = [
  acted('global_defs', [], keywords('global_defs')),
  acted('vrrp_instance', [word], keywords('vrrp_instance')),
  acted('vrrp_script', [word], keywords('vrrp_script')),
  {
    ...acted('vrrp_sync_group', [word], keywords('vrrp_sync_group')),
    status: 'not-yet',
    meaning: 'its members change state each by itself',
  },
  notYet('vrrp_track_process', 'no process is watched', keywords('vrrp_track_process')),
  notYet('track_file', 'no file is watched', keywords('track_file')),
  notYet('vrrp_track_file', 'no file is watched', {
    ...keywords('track_file'),
    spellingOf: 'track_file',
    age: 'deprecated',
  }),
  notYet('bfd_instance', 'no BFD session is run', keywords('bfd_instance')),
  notYet('garp_group', 'each interface limits its own announcements', keywords('garp_group')),
  notYet('static_ipaddress', 'these addresses are not added', lines('addresses')),
  notYet('static_routes', 'these routes are not added', lines('routes')),
  notYet('static_rules', 'these rules are not added', lines('rules')),
  notYet('track_group', 'static entries follow no instance', opaque),
  notYet('linkbeat_interfaces', 'links are watched through netlink', opaque),
  notYet('interface_up_down_delays', 'a change of a link counts at once', opaque),
  notYet('linkbeat_use_polling', 'links are watched through netlink'),
  notYet('virtual_server', noBalancing, opaque),
  notYet('virtual_server_group', noBalancing, opaque),
  notYet('SSL', noBalancing, opaque),
  notYet('net_namespace', 'start holdfast inside the namespace, with ip netns exec'),
  notYet('net_namespace_ipvs', noBalancing),
  noEffect('namespace_with_ipsets'),
  notYet('use_pid_dir', 'pid files keep their usual places'),
  notYet('instance', 'pid files and log lines carry no such tag'),
  noEffect('child_wait_time', [integer(0, 3600)], { default: '5', unit: 's' }),
];
