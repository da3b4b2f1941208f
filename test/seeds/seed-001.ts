import type { Machine } from './machine.ts';

/** What the operator exports on each machine before typing the seed's commands. */
export const settings = {
  INTERFACE_NAME: 'eth0',
  VIP_IP: '192.168.80.100',
  MASTER_1_IP: '192.168.80.81',
  MASTER_2_IP: '192.168.80.82',
  MASTER_3_IP: '192.168.80.83',
};

/** What the image's start script makes of the mounted files: keepalived's command line. */
export const keepalivedCommand =
  'keepalived -f /usr/local/etc/keepalived/keepalived.conf --dont-fork --log-console' +
  ' --log-detail --dump-conf';

/** haproxy.cfg, as the seed's commands write it on each machine. */
export async function installHaproxy(machine: Machine): Promise<void> {
  await machine.shell(haproxyCommands, settings);
}

/** keepalived.conf and the check script, as typed on the first machine. */
export async function installKeepalived(
  machine: Machine,
  mending: 'as-written' | 'mended',
): Promise<void> {
  // With "mended" the delimiter is quoted, and the shell leaves $count to the script.
  const commands =
    mending === 'mended'
      ? keepalivedCommands.replace('check-haproxy.sh << EOF', "check-haproxy.sh << 'EOF'")
      : keepalivedCommands;
  const text = mending === 'mended' ? commands.replaceAll('\\`', '`') : commands;
  await machine.shell(text, settings);
  if (mending === 'mended') await machine.shell('chmod 755 /etc/kubernetes/check-haproxy.sh');
}

/** What the seed does on the machines after the first: copy, and replace two words. */
export async function copyKeepalived(
  from: Machine,
  to: Machine,
  options: { readonly number: number; readonly priority?: number },
): Promise<void> {
  for (const [file, mode] of [
    ['keepalived.conf', '0644'],
    ['check-haproxy.sh', '%a'],
  ] as const) {
    const path = `/etc/kubernetes/${file}`;
    const bits = mode === '%a' ? (await from.shell(`stat -c %a ${path}`)).trim() : mode;
    await to.write(path, await from.shell(`cat ${path}`), bits);
  }
  await to.shell(`
    sed -i "s#router_id LVS_1#router_id LVS_${options.number}#g" /etc/kubernetes/keepalived.conf
    sed -i "s#state MASTER#state BACKUP#g" /etc/kubernetes/keepalived.conf`);
  if (options.priority === undefined) return;
  await to.shell(`sed -i "s/priority 100/priority ${options.priority}/" /etc/kubernetes/*.conf`);
}

/** The volumes of `docker run`; the check script's place is in the image, and not kept. */
export async function mountVolumes(machine: Machine): Promise<void> {
  await machine.shell(`
    set -e
    ln -sf /etc/kubernetes/keepalived.conf /usr/local/etc/keepalived/keepalived.conf
    touch /usr/bin/check-haproxy.sh
    mount --bind /etc/kubernetes/check-haproxy.sh /usr/bin/check-haproxy.sh`);
}

export const haproxyCommands = String.raw`
mkdir -p /etc/kubernetes/

cat > /etc/kubernetes/haproxy.cfg << EOF
global
    log         127.0.0.1 local2
    chroot      /var/lib/haproxy
    pidfile     /var/run/haproxy.pid
    maxconn     4096
    user        haproxy
    group       haproxy
    daemon
    stats socket /var/lib/haproxy/stats

defaults
    mode                    http
    log                     global
    option                  httplog
    option                  dontlognull
    option                  http-server-close
    option                  forwardfor    except 127.0.0.0/8
    option                  redispatch
    retries                 3
    timeout http-request    10s
    timeout queue           1m
    timeout connect         10s
    timeout client          1m
    timeout server          1m
    timeout http-keep-alive 10s
    timeout check           10s
    maxconn                 3000

frontend  kube-apiserver
    mode                 tcp
    bind                 *:9443
    option               tcplog
    default_backend      kube-apiserver

listen stats
    mode                 http
    bind                 *:8888
    stats auth           admin:password
    stats refresh        5s
    stats realm          HAProxy\ Statistics
    stats uri            /stats
    log                  127.0.0.1 local3 err

backend kube-apiserver
    mode        tcp
    balance     roundrobin
    server  k8s-master1 $MASTER_1_IP:6443 check
    server  k8s-master2 $MASTER_2_IP:6443 check
    server  k8s-master3 $MASTER_3_IP:6443 check

EOF
`;

export const keepalivedCommands = String.raw`
cat > /etc/kubernetes/keepalived.conf << EOF
! Configuration File for keepalived

global_defs {
   router_id LVS_1
}

vrrp_script checkhaproxy
{
    script "/usr/bin/check-haproxy.sh"
    interval 2
    weight -30
}

vrrp_instance VI_1 {
    state MASTER
    interface $INTERFACE_NAME
    virtual_router_id 51
    priority 100
    advert_int 1

    virtual_ipaddress {
        $VIP_IP/24 dev $INTERFACE_NAME
    }

    authentication {
        auth_type PASS
        auth_pass password
    }

    track_script {
        checkhaproxy
    }
}

EOF

cat > /etc/kubernetes/check-haproxy.sh << EOF
#!/bin/bash

count=\`netstat -apn | grep 9443 | wc -l\`

if [ $count -gt 0 ]; then
    exit 0
else
    exit 1
fi

EOF
`;
