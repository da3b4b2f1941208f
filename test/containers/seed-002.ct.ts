import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { imageOf } from '../../tools/containers/images.ts';
import { podman } from '../../tools/containers/store.ts';
import { type ContainerHost, Site, until } from './site.ts';

// The two Pods and the ConfigMap of the seed. Of what kubectl shows, only what an operator would have written is
// played: no status, no token of a service account, which podman cannot mount.

const vip = '192.168.143.32';
const CONFIG_MAP = `apiVersion: v1
data:
  interface: bond0
  keepalived.vrid: "32"
  master: 192.168.143.65
  mysql.vip: 192.168.143.32
  slave: 192.168.143.60
kind: ConfigMap
metadata:
  name: mysql-configmap
`;

function fromMap(name: string, key: string): string {
  return `    - name: ${name}
      valueFrom:
        configMapKeyRef:
          key: ${key}
          name: mysql-configmap
`;
}

function pod(name: string, role: 'master' | 'slave', priority: number): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels:
    unit: keepalived-${role}
spec:
  containers:
  - env:
${fromMap('VIP', 'mysql.vip')}${fromMap('VRID', 'keepalived.vrid')}${fromMap('INTERFACE', 'interface')}\
    - name: PRIORITY
      value: "${priority}"
${fromMap('REAL_IP', role)}\
    image: ${imageOf('vip-keepalived')}:latest
    imagePullPolicy: Never
    name: keepalived
    resources: {}
    securityContext:
      privileged: true
    terminationMessagePath: /dev/termination-log
    volumeMounts:
    - mountPath: /lib/modules
      name: modules
      readOnly: true
    - mountPath: /dev
      name: dev
  dnsPolicy: ClusterFirst
  hostNetwork: true
  restartPolicy: Always
  terminationGracePeriodSeconds: 30
  volumes:
  - hostPath:
      path: ${MODULES}
    name: modules
  - hostPath:
      path: /dev
    name: dev
`;
}

/** A machine whose kernel has no modules lacks the folder. */
const MODULES = '/lib';

describe('two Pods before a pair of databases', () => {
  let site: Site;

  const database = (host: ContainerHost): void => {
    const server = "require('net').createServer((socket) => socket.end()).listen(3306)";
    host.must(
      `docker run -d --name mysql --net=host --entrypoint node ${imageOf('vip-keepalived')} -e "${server}"`,
    );
  };
  const play = (index: number, role: 'master' | 'slave', priority: number): void => {
    const host = site.hosts[index] as ContainerHost;
    const file = site.path(`${role}.yaml`);
    writeFileSync(file, pod(host.container(role), role, priority));
    host.must(`docker kube play --configmap ${site.path('map.yaml')} ${file}`);
  };

  before(() => {
    site = new Site([
      { name: 'm2', address: '192.168.143.65/24', link: 'bond0' },
      { name: 's1', address: '192.168.143.60/24', link: 'bond0' },
    ]);
    writeFileSync(site.path('map.yaml'), CONFIG_MAP);
    for (const host of site.hosts) database(host);
  });
  after(() => {
    const pods = [site.hosts[0]?.container('master'), site.hosts[1]?.container('slave')];
    for (const pod of pods) podman(['pod', 'rm', '-f', '-t', '3', pod ?? '']);
    site.remove();
  });

  test('the master holds the address', async () => {
    play(0, 'master', 100);
    await site.held(vip, 0, 'the master');
    play(1, 'slave', 90);
    await until('the slave to be a backup', () => {
      const logs = site.hosts[1]?.logs('slave-keepalived') ?? '';
      return /Entering BACKUP STATE/.test(logs) ? undefined : logs;
    });
  });

  test('the end of its database moves the address, without any script', async () => {
    site.hosts[0]?.must(`docker stop -t 1 ${site.hosts[0].container('mysql')}`);
    await site.held(vip, 1, 'the slave');
  });

  test('the address survives the loss of the Pod and of the host', async () => {
    site.hosts[0]?.must(`docker start ${site.hosts[0].container('mysql')}`);
    await until('the master to be a backup', () => {
      const logs = site.hosts[0]?.logs('master-keepalived') ?? '';
      return logs.lastIndexOf('Entering BACKUP STATE') > logs.lastIndexOf('FAULT STATE')
        ? undefined
        : logs;
    });
    site.hosts[1]?.must(`docker pod stop -t 5 ${site.hosts[1].container('slave')}`);
    await site.held(vip, 0, 'the master');
    site.hosts[1]?.must(`docker pod start ${site.hosts[1].container('slave')}`);
    await until('the slave to be a backup', () => {
      const logs = site.hosts[1]?.logs('slave-keepalived') ?? '';
      const start = logs.lastIndexOf('Starting keepalived');
      return logs.indexOf('Entering BACKUP STATE', start) > start ? undefined : logs;
    });
    site.hosts[0]?.plug('out');
    await until('the slave to hold it', () => {
      return site.hosts[1]?.has(vip) === true ? undefined : 'it does not';
    });
  });
});
