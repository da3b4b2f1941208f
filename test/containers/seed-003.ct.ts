import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { imageOf } from '../../tools/containers/images.ts';
import { Site, until } from './site.ts';

// What the seed types, with the image's name alone changed.

describe('osixia/keepalived by two docker commands', () => {
  const vip = '192.168.9.144';
  let site: Site;

  const start = (index: number, priority: number): void => {
    site.hosts[index]?.must(`docker run -d --name keepalived --restart=always \\
      --cap-add=NET_ADMIN --net=host \\
      -e KEEPALIVED_UNICAST_PEERS="#PYTHON2BASH:['192.168.9.26', '192.168.9.27']" \\
      -e KEEPALIVED_VIRTUAL_IPS=192.168.9.144 \\
      -e KEEPALIVED_PRIORITY=${priority} \\
      ${imageOf('osixia-keepalived')}`);
  };

  before(() => {
    // The addresses of the commands, not those of the text: with these no advertisement would arrive.
    site = new Site([
      { name: 'one', address: '192.168.9.26/24' },
      { name: 'two', address: '192.168.9.27/24' },
    ]);
  });
  after(() => site.remove());

  test('the first that starts holds the address, whatever the priority of the second', async () => {
    start(1, 100);
    await site.held(vip, 1, 'the second host alone');
    start(0, 200);
    const [first] = site.hosts;
    await until('the first host to be a backup', () => {
      const logs = first?.logs('keepalived') ?? '';
      return /Entering BACKUP STATE/.test(logs) ? undefined : logs;
    });
    assert.deepEqual(site.holders(vip), [1]);
  });

  test('the log says which image is in force and what each variable has become', () => {
    const logs = site.hosts[0]?.logs('keepalived') ?? '';
    assert.match(logs, /image osixia-keepalived \(classic\): its entry says so/);
    assert.match(logs, /KEEPALIVED_UNICAST_PEERS="192\.168\.9\.26, 192\.168\.9\.27": unicast_peer/);
    assert.doesNotMatch(logs, /d0cker/);
  });

  test('the notify script of the image tells the log', async () => {
    await until('the line of the script', () => {
      const logs = site.hosts[1]?.logs('keepalived') ?? '';
      return /INSTANCE VI_1 is now MASTER/.test(logs) ? undefined : logs;
    });
  });

  test('the address survives the loss of its container, and does not come back by itself', async () => {
    site.hosts[1]?.must('docker stop -t 5 $(docker ps -q --filter name=two-keepalived)');
    await site.held(vip, 0, 'the other host');
    site.hosts[1]?.must('docker start $(docker ps -aq --filter name=two-keepalived)');
    await until('the second host to be a backup', () => {
      const logs = site.hosts[1]?.logs('keepalived') ?? '';
      const start = logs.lastIndexOf('Starting keepalived');
      return logs.indexOf('Entering BACKUP STATE', start) > start ? undefined : logs;
    });
    assert.deepEqual(site.holders(vip), [0]);
  });

  test('the address survives the loss of its host', async () => {
    site.hosts[0]?.plug('out');
    await until('the second host to hold it', () => {
      return site.hosts[1]?.has(vip) === true ? undefined : 'it does not';
    });
    site.hosts[0]?.plug('in');
    await until('one holder', () => {
      const holders = site.holders(vip);
      return holders.length === 1 ? undefined : `held by ${holders.join(' and ')}`;
    });
  });

  test('the commands as written refuse hosts with the addresses of the text', () => {
    const host = site.hosts[0];
    host?.must('ip addr flush dev eth0; ip addr add 192.168.4.1/24 dev eth0');
    const name = host?.container('keepalived');
    host?.must(`docker stop -t 5 ${name}; docker start ${name}`);
    const { stdout } = host?.type(`docker wait ${name}`) ?? { stdout: '' };
    assert.match(stdout, /^1$/m);
    assert.match(
      host?.logs('keepalived') ?? '',
      /every host would be master.*\[image-out-of-reach\]/,
    );
    host?.must('ip addr flush dev eth0; ip addr add 192.168.9.26/24 dev eth0');
    host?.must(`docker start ${name}`);
  });

  test('the container is healthy, and scripts find what they call', async () => {
    const name = site.hosts[0]?.container('keepalived');
    const inside = (command: string): string =>
      site.hosts[0]?.must(`docker exec ${name} ${command}`) ?? '';
    await until('its health', () => {
      const { status, stderr } = site.hosts[0]?.type(`docker exec ${name} healthy`) ?? {};
      return status === 0 ? undefined : stderr;
    });
    inside(`sh -c '(sleep 0.1 &); sleep 0.5; ! ps -eo stat | grep Z'`);
    assert.match(inside('cat /proc/1/comm'), /catatonit/);
    inside('sh -c "pgrep -x keepalived && pidof keepalived && killall -0 keepalived"');
    for (const program of ['bash', 'curl', 'netstat', 'ss', 'ip', 'pgrep', 'killall']) {
      inside(`which ${program}`);
    }
    assert.match(
      inside('cat /container/service/keepalived/assets/keepalived.conf'),
      /priority 200/,
    );
  });
});

describe('osixia/keepalived of 2026', () => {
  let site: Site;

  before(() => {
    site = new Site([{ name: 'one', address: '192.0.2.1/24' }]);
  });
  after(() => site.remove());

  test('takes lists with blanks, hands options on, and reads a file anew when it changes', async () => {
    const [host] = site.hosts;
    host?.must(`docker run -d --name made --cap-drop=ALL --cap-add=NET_ADMIN --cap-add=NET_RAW --network=host \\
      -e KEEPALIVED_VIRTUAL_IPS="192.0.2.10 192.0.2.11" -e KEEPALIVED_UNICAST_PEERS= \\
      ${imageOf('osixia-keepalived')} -- --log-detail`);
    await until('both addresses', () => {
      return host?.has('192.0.2.10') && host.has('192.0.2.11') ? undefined : host?.logs('made');
    });
    assert.match(host?.logs('made') ?? '', /image osixia-keepalived \(2026\)/);
    const name = host?.container('made');
    host?.must(
      `docker exec ${name} sed -i s/192.0.2.11/192.0.2.12/ /etc/keepalived/keepalived.conf`,
    );
    await until('the other address', () => {
      return host?.has('192.0.2.12') && !host.has('192.0.2.11') ? undefined : host?.logs('made');
    });
  });
});

describe('arcts/keepalived by compose and by docker run', () => {
  const vip = '10.2.1.12';
  let site: Site;

  before(() => {
    site = new Site([
      { name: 'one', address: '10.2.1.10/24' },
      { name: 'two', address: '10.2.1.11/24' },
    ]);
  });
  after(() => site.remove());

  test('the compose file makes the first host the master', async () => {
    const [host] = site.hosts;
    const compose = `services:
  keepalived:
     container_name: ${host?.container('keepalived')}
     image: ${imageOf('arcts-keepalived')}
     environment:
       - KEEPALIVED_AUTOCONF=true
       - KEEPALIVED_STATE=MASTER
       - KEEPALIVED_INTERFACE=eth0
       - KEEPALIVED_VIRTUAL_ROUTER_ID=2
       - KEEPALIVED_UNICAST_SRC_IP=10.2.1.10
       - KEEPALIVED_UNICAST_PEER_0=10.2.1.11
       - KEEPALIVED_TRACK_INTERFACE_1=eth0
       - KEEPALIVED_VIRTUAL_IPADDRESS_1="10.2.1.12/24 dev eth0"
     network_mode: "host"
     cap_add:
       - NET_ADMIN
`;
    writeFileSync(site.path('docker-compose.yml'), compose);
    host?.must('podman-compose -f docker-compose.yml up -d');
    await site.held(vip, 0, 'the first host');
    const logs = host?.logs('keepalived') ?? '';
    assert.match(
      logs,
      /KEEPALIVED_VIRTUAL_IPADDRESS_1:1:1: warning: the quotes belong to the value/,
    );
    assert.match(host?.must('ip -o addr show dev eth0') ?? '', /10\.2\.1\.12\/24/);
  });

  test('the second host takes over when it goes, and gives back when it returns', async () => {
    site.hosts[1]?.must(`docker run -d --name keepalived --net=host --cap-add NET_ADMIN \\
      -e KEEPALIVED_AUTOCONF=true               	\\
      -e KEEPALIVED_STATE=BACKUP           		\\
      -e KEEPALIVED_INTERFACE=eth0                \\
      -e KEEPALIVED_VIRTUAL_ROUTER_ID=2           \\
      -e KEEPALIVED_UNICAST_SRC_IP=10.2.1.11    	\\
      -e KEEPALIVED_UNICAST_PEER_0=10.2.1.10     \\
      -e KEEPALIVED_TRACK_INTERFACE_1=eth0        \\
      -e KEEPALIVED_VIRTUAL_IPADDRESS_1="10.2.1.12/24 dev eth0" \\
      ${imageOf('arcts-keepalived')}`);
    await until('the second host to be a backup', () => {
      const logs = site.hosts[1]?.logs('keepalived') ?? '';
      return /Entering BACKUP STATE/.test(logs) ? undefined : logs;
    });
    const name = site.hosts[0]?.container('keepalived');
    site.hosts[0]?.must(`docker stop -t 5 ${name}`);
    await site.held(vip, 1, 'the second host');
    site.hosts[0]?.must(`docker start ${name}`);
    await site.held(vip, 0, 'the first host again');
    site.hosts[0]?.plug('out');
    await until('the second host to hold it', () => {
      return site.hosts[1]?.has(vip) === true ? undefined : 'it does not';
    });
    site.hosts[0]?.plug('in');
    await site.held(vip, 0, 'the first host, by its priority');
  });
});
