import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { imageOf } from '../../tools/containers/images.ts';
import { podman } from '../../tools/containers/machine.ts';
import { type ContainerHost, Site, until } from './site.ts';

// The two Pods as the seed's kubectl shows them, with the image's name alone changed, and its ConfigMap, whose name
// the seed cut off. The cluster's Secret is the token of a service account.

const FILES = 'test/containers/seed-002';
const vip = '192.168.143.32';
const token = 'a-token-of-the-service-account';
const PODS = { master: 'keepalived-master-cvhzs', slave: 'keepalived-slave-512mt' } as const;
type Role = keyof typeof PODS;

const SECRET = `apiVersion: v1
kind: Secret
metadata:
  name: default-token-sjrj5
type: kubernetes.io/service-account-token
data:
  token: ${Buffer.from(token).toString('base64')}
`;

describe('two Pods before a pair of databases', () => {
  let site: Site;

  /** Pods are named by their files, and containers of a Pod after both. */
  const containerOf = (role: Role): string => `${PODS[role]}-keepalived-${role}`;
  const logs = (role: Role): string => {
    const { stdout, stderr } = podman(['logs', containerOf(role)]);
    return `${stdout}${stderr}`;
  };
  const backup = (role: Role, since: string): Promise<void> =>
    until(`the ${role} to be a backup`, () => {
      const said = logs(role);
      const start = said.lastIndexOf(since);
      return start >= 0 && said.indexOf('Entering BACKUP STATE', start) > start ? undefined : said;
    });
  const database = (host: ContainerHost): void => {
    const server = "require('net').createServer((socket) => socket.end()).listen(3306)";
    host.must(
      `docker run -d --name mysql --net=host --entrypoint node ${imageOf('vip-keepalived')} -e "${server}"`,
    );
  };
  const play = (index: number, role: Role): void => {
    const written = readFileSync(`${FILES}/pod-${role}.yaml`, 'utf8');
    const file = site.path(`${role}.yaml`);
    const image = `image: ${imageOf('vip-keepalived')}:latest`;
    writeFileSync(file, written.replace(/image: \S+/, image));
    site.hosts[index]?.must(`docker kube play --configmap ${site.path('map.yaml')} ${file}`);
  };

  before(() => {
    site = new Site([
      { name: 'm2', address: '192.168.143.65/24', link: 'bond0' },
      { name: 's1', address: '192.168.143.60/24', link: 'bond0' },
    ]);
    const map = readFileSync(`${FILES}/configmap.yaml`, 'utf8');
    writeFileSync(site.path('map.yaml'), `${map}metadata:\n  name: mysql-configmap\n`);
    writeFileSync(site.path('secret.yaml'), SECRET);
    site.hosts[0]?.must('docker kube play secret.yaml');
    for (const host of site.hosts) database(host);
  });
  after(() => {
    podman(['pod', 'rm', '-f', '-t', '3', ...Object.values(PODS)]);
    podman(['secret', 'rm', 'default-token-sjrj5']);
    site.remove();
  });

  test('the master holds the address', async () => {
    play(0, 'master');
    await site.held(vip, 0, 'the master');
    play(1, 'slave');
    await backup('slave', 'Starting keepalived');
    assert.deepEqual(site.holders(vip), [0]);
  });

  test('the Pod has its volumes: the Secret, the modules and the devices', () => {
    const inside = (command: string): string =>
      site.hosts[0]?.must(`docker exec ${containerOf('master')} ${command}`) ?? '';
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
    assert.equal(inside(`cat ${folder}/token`), token);
    assert.match(inside('cat /proc/mounts'), / \/lib\/modules | \/usr\/lib\/modules /);
    inside('test -c /dev/kmsg');
  });

  test('the end of its database moves the address, without any script', async () => {
    site.hosts[0]?.must(`docker stop -t 1 ${site.hosts[0].container('mysql')}`);
    await site.held(vip, 1, 'the slave');
  });

  test('the address survives the loss of the Pod and of the host', async () => {
    site.hosts[0]?.must(`docker start ${site.hosts[0].container('mysql')}`);
    await backup('master', 'FAULT STATE');
    site.hosts[1]?.must(`docker pod stop -t 5 ${PODS.slave}`);
    await site.held(vip, 0, 'the master');
    site.hosts[1]?.must(`docker pod start ${PODS.slave}`);
    await backup('slave', 'Starting keepalived');
    site.hosts[0]?.plug('out');
    await until('the slave to hold it', () => {
      return site.hosts[1]?.has(vip) === true ? undefined : 'it does not';
    });
  });
});
