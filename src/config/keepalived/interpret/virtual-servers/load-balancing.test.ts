import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from '../../test-support.ts';

function servers(text: string) {
  return read(text).loadBalancing.virtualServers;
}

const MINIMAL = `virtual_server 10.0.0.1 80 {
  real_server 10.0.0.2 {
    CHECK
  }
}
`;

/** The check as it comes out of a virtual server that says nothing else. */
function checkOf(lines: string, before = '') {
  return servers(`${before}${MINIMAL.replace('CHECK', lines)}`)[0]?.realServers[0]?.checks[0];
}

const target = {
  address: '10.0.0.2',
  port: 80,
  connectTimeout: 5_000_000,
  firewallMark: 0,
};

const timing = {
  interval: 60_000_000,
  retries: 1,
  retryDelay: 1_000_000,
  warmup: 60_000_000,
  alpha: false,
  logAllFailures: false,
};

test('every default of a virtual server', () => {
  assert.deepEqual(servers(MINIMAL.replace('CHECK', '')), [
    {
      key: { kind: 'address', address: '10.0.0.1', port: 80 },
      family: 4,
      purpose: 'balanced',
      removedConnections: 'drain',
      protocol: 'udp',
      scheduler: 'wlc',
      schedulerFlags: [],
      onePacket: false,
      quorum: 1,
      hysteresis: 0,
      suspendWithoutAddress: false,
      notifyAtStop: false,
      mail: false,
      realServers: [
        {
          address: '10.0.0.2',
          port: 80,
          weight: 1,
          forwarding: { method: 'masquerade' },
          upperThreshold: 0,
          lowerThreshold: 0,
          inhibitOnFailure: false,
          mail: true,
          checks: [],
        },
      ],
    },
  ]);
});

test('every default of each check', () => {
  assert.deepEqual(checkOf('TCP_CHECK {\n}'), { kind: 'tcp', ...timing, target });
  assert.deepEqual(checkOf('PING_CHECK {\n}'), { kind: 'ping', ...timing, target });
  assert.deepEqual(checkOf('SSL_GET {\nurl {\npath /\n}\n}'), {
    kind: 'https',
    ...timing,
    retryDelay: 3_000_000,
    target,
    version: '1.0',
    sendServerName: false,
    fastRecovery: false,
    strictTls: false,
    urls: [{ path: '/', statusCodes: [{ first: 200, last: 299 }], strictTls: false }],
  });
  assert.deepEqual(checkOf('SMTP_CHECK {\n}'), {
    kind: 'smtp',
    ...timing,
    heloName: 'smtpchecker.keepalived.org',
    targets: [target],
  });
  assert.deepEqual(checkOf('DNS_CHECK {\n}'), {
    kind: 'dns',
    ...timing,
    retries: 3,
    retryDelay: 60_000_000,
    target,
    recordType: 'SOA',
    name: '.',
  });
  assert.deepEqual(checkOf('UDP_CHECK {\n}'), {
    kind: 'udp',
    ...timing,
    target,
    reply: 'unneeded',
    minReplyLength: 0,
    maxReplyLength: 255,
  });
  assert.deepEqual(checkOf('MISC_CHECK {\nmisc_path "/bin/check -x"\n}'), {
    kind: 'script',
    ...timing,
    retries: 0,
    command: { argv: ['/bin/check', '-x'] },
    timeout: 60_000_000,
    setsWeight: false,
  });
  const bfd = 'bfd_instance peer {\nneighbor_ip 10.0.0.9\n}\n';
  assert.deepEqual(checkOf('BFD_CHECK {\nname peer\n}', bfd), {
    kind: 'bfd',
    instance: 'peer',
    alpha: false,
  });
  const file = 'track_file load {\nfile /tmp/load\nweight 7 reverse\n}\n';
  assert.deepEqual(checkOf('FILE_CHECK {\ntrack_file load\n}', file), {
    kind: 'file',
    file: 'load',
    weight: 7,
    sense: 'reverse',
  });
});

test('checks inherit from the real server, and that from the virtual server, wherever it says so', () => {
  const [server] = servers(`global_defs {
  smtp_alert false
  checker_log_all_failures
}
virtual_server 10.0.0.1 80 {
  retry 7
  delay_loop 9
  real_server 10.0.0.2 80 {
    retry 6
    warmup 2
    TCP_CHECK {
      connect_port 81
      warmup 0
    }
    HTTP_GET {
      retry 0
      url {
        path /a
      }
      url {
        path /b
        virtualhost own
        status_code 404 500-501
      }
    }
  }
  alpha
  weight 4
  virtualhost www
  connect_timeout 2
  inhibit_on_failure
}`);
  const [real] = server?.realServers ?? [];
  assert.equal(real?.weight, 4);
  assert.equal(real?.inhibitOnFailure, true);
  assert.equal(real?.mail, false);
  const [tcp, http] = real?.checks ?? [];
  assert.deepEqual(tcp, {
    kind: 'tcp',
    interval: 9_000_000,
    retries: 6,
    retryDelay: 1_000_000,
    warmup: 0,
    alpha: true,
    logAllFailures: true,
    target: { ...target, port: 81, connectTimeout: 2_000_000 },
  });
  assert(http?.kind === 'http');
  assert.equal(http.retries, 0);
  assert.equal(http.warmup, 2_000_000);
  assert.deepEqual(http.urls, [
    {
      path: '/a',
      virtualHost: 'www',
      statusCodes: [{ first: 200, last: 299 }],
      strictTls: false,
    },
    {
      path: '/b',
      virtualHost: 'own',
      statusCodes: [
        { first: 404, last: 404 },
        { first: 500, last: 501 },
      ],
      strictTls: false,
    },
  ]);
});

test('without address translation servers have the port of the service', () => {
  const [server] = servers(`virtual_server 10.0.0.1 80 {
  sorry_server 10.0.0.9 81
  sorry_server_lvs_method TUN type gue port 6080 csum
  real_server 10.0.0.2 81 {
    TCP_CHECK {
    }
  }
  real_server 10.0.0.2 82 {
  }
  real_server 10.0.0.3 83 {
    lvs_method NAT
  }
  lvs_method DR
}`);
  assert.deepEqual(
    server?.realServers.map(({ address, port, checks }) => [address, port, checks.length]),
    [
      ['10.0.0.2', 80, 1],
      ['10.0.0.3', 83, 0],
    ],
  );
  const check = server?.realServers[0]?.checks[0];
  assert(check?.kind === 'tcp' && check.target.port === 80);
  assert.deepEqual(server?.sorryServer, {
    address: '10.0.0.9',
    port: 80,
    forwarding: { method: 'tunnel', tunnel: { type: 'gue', port: 6080, checksum: 'full' } },
    inhibit: false,
  });
});

test('the first real server gives a firewall mark its family', () => {
  const [mark] = servers(`virtual_server fwmark 5 {
  persistence_timeout
  real_server fd00::2 {
  }
  real_server 10.0.0.2 {
  }
}`);
  assert.equal(mark?.family, 6);
  assert.equal(mark?.protocol, undefined);
  assert.deepEqual(mark?.persistence, { timeout: 360_000_000, mask: { prefixLength: 128 } });
  assert.deepEqual(
    mark?.realServers.map(({ address, port }) => [address, port]),
    [['fd00::2', 0]],
  );
});

test('quorum and hysteresis stay below the weights', () => {
  const quorumOf = (lines: string, weight: number) => {
    const [server] = servers(
      `virtual_server 10.0.0.1 80 {\n${lines}\nreal_server 10.0.0.2 80 {\nweight ${weight}\n}\n}`,
    );
    return [server?.quorum, server?.hysteresis];
  };
  assert.deepEqual(quorumOf('', 5), [1, 0]);
  assert.deepEqual(quorumOf('quorum 5\nhysteresis 4', 5), [5, 4]);
  assert.deepEqual(quorumOf('quorum 9\nhysteresis 9', 5), [5, 4]);
  assert.deepEqual(quorumOf('', 0), [1, 0]);
});

test('groups: one address, ranges, networks and marks', () => {
  const { groups } = read(`virtual_server_group web {
  10.0.0.1 80
  10.0.0.1-9 80
  10.0.0.250-10.0.1.4
  10.0.2.0/30 80
  fd00::1-ff 80
  fd00::/120 80
  fwmark 5
  fwmark 6 inet6
}`).loadBalancing;
  const range = (first: string, last: string, port = 80) => ({
    kind: 'addresses',
    first,
    last,
    port,
  });
  assert.deepEqual(groups, [
    {
      name: 'web',
      entries: [
        range('10.0.0.1', '10.0.0.1'),
        range('10.0.0.1', '10.0.0.9'),
        range('10.0.0.250', '10.0.1.4', 0),
        range('10.0.2.0', '10.0.2.3'),
        range('fd00::1', 'fd00::ff'),
        range('fd00::', 'fd00::ff'),
        { kind: 'mark', mark: 5 },
        { kind: 'mark', mark: 6, family: 6 },
      ],
    },
  ]);
});

test('flags are those of the kernel, whatever they are called', () => {
  const [server] = servers(`virtual_server 10.0.0.1 80 {
  lvs_sched mh
  mh-port
  flag-3
  flag-2
  real_server 10.0.0.2 80 {
  }
}`);
  assert.deepEqual(server?.schedulerFlags, ['flag-2', 'flag-3']);
});

test('hex digits make bytes: an odd one out is a byte of its own', () => {
  const check = checkOf('UDP_CHECK {\npayload Ab12f 3 456\nrequire_reply aX x\n}');
  assert(check?.kind === 'udp');
  assert.equal(check.payload, 'ab120f034506');
  assert.deepEqual(check.reply, { pattern: 'ax0x' });
});

test('hosts of SMTP_CHECK inherit from it', () => {
  const check = checkOf(
    'SMTP_CHECK {\nconnect_port 26\nhost {\nconnect_ip 10.0.0.5\n}\nhost {\nconnect_port 27\nretry 8\n}\n}',
  );
  assert(check?.kind === 'smtp');
  assert.equal(check.retries, 8);
  assert.deepEqual(
    check.targets.map(({ address, port }) => [address, port]),
    [
      ['10.0.0.5', 26],
      ['10.0.0.2', 27],
    ],
  );
});

test('what global_defs, SSL and net_namespace_ipvs say', () => {
  const { settings, tlsClient } = read(`net_namespace_ipvs
global_defs {
  lvs_timeouts tcp 7200 udp 0
  lvs_flush
  lvs_flush_on_stop VS
  lvs_sync_daemon eth0 inst VI_1 id 7 maxlen 1472 port 8848 ttl 1 group 224.0.0.81
  nftables_ipvs
  nftables_ipvs_start_fwmark 2000
  snmp_vs_stats_update_interval 10
}
SSL {
  password hunter2
  ca /ca.pem
}`).loadBalancing;
  assert.deepEqual(settings, {
    tcpTimeout: 7_200_000_000,
    udpTimeout: 0,
    dataPlane: 'auto',
    flushAtStart: true,
    flushAtStop: 'own',
    syncDaemon: {
      interface: 'eth0',
      instance: 'VI_1',
      id: 7,
      maxLength: 1472,
      port: 8848,
      ttl: 1,
      group: '224.0.0.81',
    },
    notifyInitialStates: false,
    virtualServerStatsInterval: 10_000_000,
    realServerStatsInterval: 10_000_000,
    nftables: { table: 'keepalived_ipvs', priority: -1, mark: 2000 },
    namespace: 'initial',
  });
  assert.equal(tlsClient?.password?.reveal(), 'hunter2');
  assert.equal(tlsClient?.caFile, '/ca.pem');
});
