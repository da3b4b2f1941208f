import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { imageOf } from '../../tools/containers/images.ts';
import { haproxyCommands, keepalivedCommands, settings } from '../seeds/seed-001.ts';
import { type ContainerHost, Site, until } from './site.ts';

// Three machines with haproxy and keepalived in containers, as the seed types it; its folder of each machine lies
// elsewhere here, since there is but one file system.

const vip = settings.VIP_IP;
const exported = Object.entries(settings)
  .map(([name, value]) => `export ${name}=${value}`)
  .join('\n');

describe('haproxy and keepalived in containers on three machines', () => {
  let site: Site;

  const folderOf = (index: number): string => site.path(`kubernetes-${index + 1}`);
  const typed = (index: number, script: string): string => {
    const host = site.hosts[index] as ContainerHost;
    return host.must(`${exported}\n${script.replaceAll('/etc/kubernetes', folderOf(index))}`);
  };

  before(() => {
    site = new Site([
      { name: 'one', address: `${settings.MASTER_1_IP}/24` },
      { name: 'two', address: `${settings.MASTER_2_IP}/24` },
      { name: 'three', address: `${settings.MASTER_3_IP}/24` },
      { name: 'client', address: '192.168.80.10/24' },
    ]);
    for (const [index] of Object.entries(settings).slice(2).entries()) mkdirSync(folderOf(index));
  });
  after(() => site.remove());

  test('haproxy runs with daemon, chroot, user and stats socket as its file says', async () => {
    for (const index of [0, 1, 2]) {
      typed(index, haproxyCommands);
      typed(
        index,
        `docker run \\
          -d \\
          --name k8s-haproxy \\
          --net=host \\
          --restart=always \\
          -v /etc/kubernetes/haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro \\
          ${imageOf('haproxy')}`,
      );
      // In the place of nginx: tells which machine has answered.
      const server = `require('http').createServer((q, a) => a.end('machine ${index + 1}')).listen(6443)`;
      typed(
        index,
        `docker run -d --name web --net=host --entrypoint node ${imageOf('haproxy')} -e "${server}"`,
      );
    }
    const client = site.hosts[3] as ContainerHost;
    const page = `http://${settings.MASTER_1_IP}:8888/stats`;
    await until('the stats page', () => {
      const { stdout } = client.type(`curl -s --max-time 5 -u admin:password ${page}`);
      return /k8s-master3/.test(stdout) ? undefined : site.hosts[0]?.logs('k8s-haproxy');
    });
    await until('all three machines to answer', () => {
      const asked = `curl -s --max-time 5 http://${settings.MASTER_2_IP}:9443/; echo`;
      const { stdout } = client.type(`for i in 1 2 3 4 5 6; do ${asked}; done`);
      const answers = new Set(stdout.match(/machine \d/g));
      return answers.size === 3 ? undefined : [...answers].join();
    });
    const name = site.hosts[0]?.container('k8s-haproxy');
    assert.match(site.hosts[0]?.must(`docker exec ${name} ls /var/lib/haproxy`) ?? '', /^stats$/m);
    assert.match(
      site.hosts[0]?.must(`docker exec ${name} ps -o user= -C haproxy`) ?? '',
      /^haproxy$/m,
    );
    site.hosts[0]?.must(`docker exec ${name} healthy`);
  });

  test('keepalived takes the mounted files, and the first machine holds the address', async () => {
    typed(0, keepalivedCommands);
    for (const index of [0, 1, 2]) {
      if (index > 0) {
        for (const file of ['keepalived.conf', 'check-haproxy.sh']) {
          typed(index, `cp ${folderOf(0)}/${file} /etc/kubernetes/`);
        }
        typed(
          index,
          `sed -i "s#router_id LVS_1#router_id LVS_${index + 1}#g" /etc/kubernetes/keepalived.conf`,
        );
        typed(index, 'sed -i "s#state MASTER#state BACKUP#g" /etc/kubernetes/keepalived.conf');
      }
      typed(
        index,
        `docker run \\
          -d \\
          --name k8s-keepalived \\
          --restart=always \\
          --net=host \\
          --cap-add=NET_ADMIN \\
          --cap-add=NET_BROADCAST \\
          --cap-add=NET_RAW \\
          -v /etc/kubernetes/keepalived.conf:/container/service/keepalived/assets/keepalived.conf \\
          -v /etc/kubernetes/check-haproxy.sh:/usr/bin/check-haproxy.sh \\
          ${imageOf('osixia-keepalived')} \\
          --copy-service`,
      );
      if (index === 0) await site.held(vip, 0, 'the first machine');
    }
    const asked = `curl -s --max-time 5 http://${vip}:9443/`;
    await until('an answer at the address', () => {
      const { stdout } = (site.hosts[3] as ContainerHost).type(asked);
      return /machine \d/.test(stdout) ? undefined : 'none';
    });
    assert.deepEqual(site.holders(vip), [0]);
  });

  test('the address survives the loss of its container and of its host', async () => {
    const first = site.hosts[0]?.container('k8s-keepalived');
    site.hosts[0]?.must(`docker stop -t 5 ${first}`);
    await until('another machine to hold it', () => {
      const [holder, ...others] = site.holders(vip);
      return holder !== undefined && holder > 0 && others.length === 0 ? undefined : String(holder);
    });
    const holder = site.holders(vip)[0] ?? 0;
    site.hosts[holder]?.plug('out');
    await until('the third machine to hold it', () => {
      const found = site.holders(vip).find((index) => index !== holder);
      return found === undefined ? 'none does' : undefined;
    });
    site.hosts[holder]?.plug('in');
    await until('one machine to hold it', () => {
      const holders = site.holders(vip);
      return holders.length === 1 ? undefined : holders.join();
    });
  });
});
