import { join } from 'node:path';
import { parseIp } from '../base/ip.ts';
import type { Program } from './programs.ts';
import type { Mend, Scenario, ScenarioHost } from './scenario.ts';

export const hostsMax = 18;
const interfaceName = 'eth0';
const vip = '192.168.80.100';
const httpPort = 9443;
const checkScriptName = 'check-haproxy.sh';

/**
 * The three-node set-up of "kubernetes high availability with HAProxy and keepalived", as its shell
 * commands write it, with what keeps it from working mended.
 */
export function seed001(options: {
  readonly hostCount: number;
  readonly programOf: (host: string) => Program;
  readonly netstat: 'present' | 'missing';
}): Scenario {
  const { hostCount, programOf, netstat } = options;
  const step = Math.min(10, Math.floor(99 / hostCount));
  const hosts = Array.from({ length: hostCount }, (_, index): ScenarioHost => {
    const name = `node${index + 1}`;
    return {
      name,
      program: programOf(name),
      config: (directory) =>
        keepalivedConf({
          number: index + 1,
          state: index === 0 ? 'MASTER' : 'BACKUP',
          priority: 100 - index * step,
          script: join(directory, checkScriptName),
        }),
      version: `1.23.${index + 1}`,
      interfaces: [{ name: interfaceName, addresses: [`192.168.80.${81 + index}/24`] }],
      scripts: { [checkScriptName]: checkScript(netstat) },
    };
  });
  const address = parseIp(vip);
  if (address === undefined) throw new RangeError(vip);
  return {
    title: `${hostCount} hosts as for HAProxy and keepalived in front of a kube-apiserver`,
    vip: address,
    hosts,
    clientInterfaces: [{ addresses: ['192.168.80.10/24'] }],
    httpPort,
    mends: mends({ netstat, priorities: hosts.map((_, index) => 100 - index * step) }),
    home: 'node1',
    limitMs: 30_000,
    returnLimitMs: 30_000,
  };
}

function keepalivedConf(node: {
  readonly number: number;
  readonly state: 'MASTER' | 'BACKUP';
  readonly priority: number;
  readonly script: string;
}): string {
  return `! Configuration File for keepalived

global_defs {
   router_id LVS_${node.number}
}

vrrp_script checkhaproxy
{
    script "${node.script}"
    interval 2
    weight -30
}

vrrp_instance VI_1 {
    state ${node.state}
    interface ${interfaceName}
    virtual_router_id 51
    priority ${node.priority}
    advert_int 1

    virtual_ipaddress {
        ${vip}/24 dev ${interfaceName}
    }

    authentication {
        auth_type PASS
        auth_pass password
    }

    track_script {
        checkhaproxy
    }
}
`;
}

function checkScript(netstat: 'present' | 'missing'): string {
  const list = netstat === 'present' ? 'netstat -apn' : 'ss -ltn';
  return `#!/bin/bash

count=\`${list} | grep ${httpPort} | wc -l\`

if [ $count -gt 0 ]; then
    exit 0
else
    exit 1
fi
`;
}

function mends(options: {
  readonly netstat: 'present' | 'missing';
  readonly priorities: readonly number[];
}): Mend[] {
  const list: Mend[] = [
    {
      id: '001-1',
      what: "check-haproxy.sh is written from a quoted here-document (<< 'EOF')",
      why: 'unquoted, the shell that writes it empties $count, and the check fails for ever',
    },
    {
      id: '001-2',
      what: 'check-haproxy.sh is executable (0755)',
      why: 'as 0644 keepalived disables it at start, and a dead HAProxy goes unnoticed',
    },
    {
      id: '001-3',
      what: `the priorities are ${options.priorities.join(', ')}`,
      why: 'with 100 on all, two backups become master in the same instant, and no host is preferred',
    },
    {
      id: 'lab-1',
      what: `the backend listens on :${httpPort} itself, and says its version as the nginx did`,
      why: 'the lab shows the VIP move; a balancer in between would hide which host answers',
    },
    {
      id: 'lab-2',
      what: "check-haproxy.sh lies in the host's own directory instead of /usr/bin",
      why: "the hosts share this machine's file tree, and nothing outside the lab is changed",
    },
  ];
  if (options.netstat === 'missing') {
    list.push({
      id: 'lab-3',
      what: 'check-haproxy.sh asks `ss -ltn` instead of `netstat -apn`',
      why: 'netstat (net-tools) is not installed here',
    });
  }
  return list;
}
