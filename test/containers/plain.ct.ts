import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { imageOf } from '../../tools/containers/images.ts';
import { Site, until } from './site.ts';

// keepalived on a mounted folder, with the command line of seed 000's image.

const CONFIG = (address: string): string => `vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 100
    priority 100
    virtual_ipaddress {
        ${address}
    }
}
`;

describe('keepalived on a mounted folder', () => {
  let site: Site;

  before(() => {
    site = new Site([{ name: 'one', address: '192.0.2.1/24' }]);
    mkdirSync(site.path('keepalived'));
    writeFileSync(site.path('keepalived/keepalived.conf'), CONFIG('192.0.2.10'));
  });
  after(() => site.remove());

  test('takes its own command line, signals to process 1, and gives up its address at the end', async () => {
    const [host] = site.hosts;
    host?.must(`docker run -d --name plain --net=host --privileged \\
      -v ${site.path('keepalived')}:/etc/keepalived \\
      ${imageOf('keepalived')} \\
      keepalived -n --all -d -D -f /etc/keepalived/keepalived.conf --log-console`);
    await until('the address', () => (host?.has('192.0.2.10') ? undefined : host?.logs('plain')));
    const name = host?.container('plain');
    writeFileSync(site.path('keepalived/keepalived.conf'), CONFIG('192.0.2.11'));
    host?.must(`docker kill -s HUP ${name}`);
    await until('the address of the reload', () => {
      return host?.has('192.0.2.11') && !host.has('192.0.2.10') ? undefined : host?.logs('plain');
    });
    host?.must(`docker stop -t 10 ${name}`);
    assert.equal(host?.has('192.0.2.11'), false);
    assert.equal(host?.must(`docker inspect -f '{{.State.ExitCode}}' ${name}`).trim(), '0');
  });

  test('stops where no file is mounted, and says which', () => {
    const { status, stdout, stderr } = site.hosts[0]?.type(
      `docker run --name bare --net=host ${imageOf('keepalived')}`,
    ) ?? { status: 0, stdout: '', stderr: '' };
    assert.equal(status, 1);
    assert.match(`${stdout}${stderr}`, /keepalived\.conf:1:1: fatal: .*\[image-config-missing\]/);
  });

  test('says which capability is missing, as it is with podman as it comes', async () => {
    const [host] = site.hosts;
    writeFileSync(site.path('keepalived/keepalived.conf'), CONFIG('192.0.2.10'));
    host?.must(`docker run -d --name bounded --net=host --cap-drop=NET_RAW --cap-add=NET_ADMIN \\
      -v ${site.path('keepalived')}:/etc/keepalived ${imageOf('keepalived')}`);
    await until('the line of the log', () => {
      const logs = host?.logs('bounded') ?? '';
      return /CAP_NET_RAW is missing \(--cap-add=NET_RAW\)/.test(logs) ? undefined : logs;
    });
    assert.equal(host?.has('192.0.2.10'), false);
  });

  test('behaves as another image where HOLDFAST_IMAGE says so', () => {
    const shown =
      site.hosts[0]?.must(`docker run --name forced --net=host -e HOLDFAST_IMAGE=arcts-keepalived \\
      -e KEEPALIVED_VIRTUAL_IPADDRESS_1=192.0.2.12 -e KEEPALIVED_CMD='cat /etc/keepalived/keepalived.conf' \\
      ${imageOf('keepalived')}`);
    assert.match(shown ?? '', /^vrrp_instance MAIN \{$/m);
    assert.match(shown ?? '', /^ +unicast_src_ip 192\.0\.2\.1$/m);
    const { stdout, stderr } = site.hosts[0]?.type(`docker run --name cluster --net=host \\
      -e HOLDFAST_IMAGE=kube-keepalived-vip ${imageOf('keepalived')} --services-configmap=a/b`) ?? {
      ...{ stdout: '', stderr: '' },
    };
    assert.match(
      `${stdout}${stderr}`,
      /kube-keepalived-vip: POD_NAME and POD_NAMESPACE are needed/,
    );
  });
});
