/** The osixia image's template, as its start script fills it in from the seed's variables. */
export function osixiaConf(options: {
  readonly priority: number;
  readonly peers: readonly string[];
  readonly vip: string;
}): string {
  return `global_defs {
  default_interface eth0
}

vrrp_instance VI_1 {
  interface eth0

  state BACKUP
  virtual_router_id 51
  priority ${options.priority}
  nopreempt

  unicast_peer {
${options.peers.map((peer) => `    ${peer}\n`).join('')}
  }

  virtual_ipaddress {
    ${options.vip}
  }

  authentication {
    auth_type PASS
    auth_pass d0cker
  }

  notify "/usr/local/etc/keepalived/notify.sh"
}
`;
}

/** Writes down what it is called with, one line a call; the image's own prints a sentence. */
export const notifyScript = `#!/bin/bash
# for ANY state transition.
echo "$@" >> /usr/local/etc/keepalived/notifications
`;

export const osixiaCommand =
  'keepalived -f /usr/local/etc/keepalived/keepalived.conf --dont-fork --log-console' +
  ' --log-detail --dump-conf';

/** What the arcts image's start script writes for the seed's variables. */
export function arctsConf(options: {
  readonly state: 'MASTER' | 'BACKUP';
  readonly source: string;
  readonly peers: readonly string[];
  /** The variable's value; in the compose file its quotes belong to it. */
  readonly vip: string;
}): string {
  return `global_defs {
  router_id LVS_MAIN
}

vrrp_instance MAIN {
  state ${options.state}
  interface eth0
  virtual_router_id 2
  priority ${options.state === 'MASTER' ? 200 : 100}
  advert_int 1
  unicast_src_ip ${options.source}
  unicast_peer {
${options.peers.map((peer) => `    ${peer}\n`).join('')}  }

  authentication {
    auth_type PASS
    auth_pass pwd2
  }

  virtual_ipaddress {
    ${options.vip}
  }

  track_interface {
    eth0
  }
}
`;
}

export const arctsCommand = '/usr/sbin/keepalived -n -l -D -f /etc/keepalived/keepalived.conf';
