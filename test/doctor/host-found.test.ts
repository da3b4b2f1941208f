import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { NODE_ENDS } from '../../src/doctor/checks/host.ts';
import { skipKernelTests, until } from '../linux/namespaces.ts';
import { HAPROXY, KEEPALIVED } from './facts.ts';
import { DoctorHost } from './support.ts';

const LIMIT_MS = 30_000;

const NETWORKD = '/lib/systemd/systemd-networkd';
const skipNetworkd = existsSync(NETWORKD) ? false : 'needs systemd-networkd';
/** Of cgroup version 1; version 2 has none. */
const skipBudget = existsSync('/sys/fs/cgroup/cpu/cpu.rt_runtime_us')
  ? false
  : 'needs a kernel with budgets of real-time';

describe('holdfast doctor finds on a real host', { skip: skipKernelTests }, () => {
  let host: DoctorHost;
  before(() => {
    host = new DoctorHost('found');
    for (const name of ['all', 'eth0'])
      host.own.exec('sysctl', '-qw', `net.ipv4.conf.${name}.rp_filter=0`);
  });
  after(() => host.remove());

  function given(files: Readonly<Record<string, string>> = {}): readonly string[] {
    return host.given(files);
  }

  test('capabilities that a container lacks', () => {
    const drop = (...names: readonly string[]): readonly string[] => {
      const list = names.map((name) => `-${name}`).join(',');
      const words = ['setpriv', '--bounding-set', list, '--inh-caps', list];
      return host.through(words, given()).map(({ code }) => code);
    };
    assert.deepEqual(drop('net_raw'), ['capability-missing']);
    assert.deepEqual(drop('sys_nice'), ['capability-wanted']);
  });

  test('a control group without a budget of real-time', { skip: skipBudget }, () => {
    const group = `/sys/fs/cgroup/cpu/hft-${process.pid}-doctor`;
    mkdirSync(group);
    try {
      const enter = `echo $$ > ${group}/cgroup.procs`;
      const { findings } = host.doctor(given(), enter);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['realtime-refused'],
      );
      assert.match(findings[0]?.message ?? '', /budget is 0/);
      writeFileSync(`${group}/cpu.rt_runtime_us`, '10000');
      assert.deepEqual(host.codes(given(), enter), []);
    } finally {
      rmdirSync(group);
    }
  });

  const CLOUDS = {
    'sys_vendor=Amazon EC2': /Amazon/,
    'product_name=Google Compute Engine': /Google/,
    'chassis_asset_tag=7783-7084-3265-9085-8269-3286-77': /Azure/,
    'product_name=OpenStack Nova': /OpenStack/,
  };
  for (const [sign, pattern] of Object.entries(CLOUDS)) {
    test(`a machine that says ${sign}`, () => {
      const [file, text] = sign.split('=');
      const dmi = 'mount -t tmpfs tmpfs /sys/class; mkdir -p /sys/class/dmi/id';
      const { findings } = host.doctor(
        given(),
        `${dmi}; echo '${text}' > /sys/class/dmi/id/${file}`,
      );
      const codes = findings.map(({ code }) => code);
      assert.deepEqual(codes, ['cloud-without-multicast', 'cloud-holds-addresses']);
      assert.match(findings[1]?.message ?? '', pattern);
    });
  }

  test('network managers that hold the link', () => {
    const index = host.own.indexOf('eth0');
    mkdirSync(join(host.folder, 'run/NetworkManager/devices'), { recursive: true });
    host.write(`run/NetworkManager/devices/${index}`, '[device]\nmanaged=true\n');
    const as = (name: string): string =>
      `mkdir -p /run/p; cp /bin/sleep /run/p/${name}; /run/p/${name} 60 & sleep 0.2`;
    const codes = (name: string): readonly string[] => {
      const found = host.codes(given(), as(name));
      host.kill(name);
      return found;
    };
    assert.deepEqual(codes('NetworkManager'), ['networkmanager-manages-link']);
    assert.deepEqual(codes('dhcpcd'), ['dhcpcd-manages-link']);
  });

  test('virtual servers that need IPVS, where the kernel has none', () => {
    const needs = `global_defs {
    @holdfast data_plane ipvs
}
virtual_server 192.0.2.10 80 {
    lvs_sched rr
    lvs_method DR
    protocol TCP
    real_server 192.0.2.20 80 {
        weight 1
    }
}`;
    const files = { 'keepalived.conf': KEEPALIVED({ more: needs }) };
    const expected = existsSync('/proc/net/ip_vs') ? [] : ['ipvs-missing'];
    assert.deepEqual(host.codes(given(files)), expected);
    const other = needs.replace('data_plane ipvs', 'data_plane auto');
    assert.deepEqual(host.codes(given({ 'keepalived.conf': KEEPALIVED({ more: other }) })), []);
  });

  test('links of Cilium', () => {
    host.own.ip('link add cilium_host type veth peer name cilium_net');
    try {
      assert.deepEqual(host.codes(given()), ['cilium-host-firewall']);
    } finally {
      host.own.ip('link del cilium_host');
    }
  });

  test('a rule before the one that drops which nobody can judge from here', () => {
    const rules = ['-A INPUT -m limit --limit 5/s -j ACCEPT', '-P INPUT DROP'];
    for (const rule of rules) host.own.exec('iptables-legacy', ...rule.split(' '));
    try {
      assert.deepEqual(host.codes(given()), ['firewall-unclear']);
    } finally {
      host.own.exec('iptables-legacy', '-P', 'INPUT', 'ACCEPT');
      host.own.exec('iptables-legacy', '-F');
    }
  });

  test('a configuration with errors', () => {
    const files = { 'keepalived.conf': KEEPALIVED({ instance: 'advrt_int 1' }) };
    assert.deepEqual(host.codes(given(files)), ['configuration-has-errors']);
  });

  test('a Node that gets no fixes any more', () => {
    const end = NODE_ENDS[Number(process.versions.node.split('.')[0])];
    const { stdout } = host.run(
      '',
      ...host.program(['--listen', '0', '--only', 'node-end-of-life']),
    );
    const isOver = end !== undefined && end < new Date().toISOString().slice(0, 10);
    assert.equal(/gets no fixes since .*\[node-end-of-life\]/.test(stdout), isOver);
  });

  test('systemd-networkd that holds the link: mended by a file beside its own', {
    skip: skipNetworkd,
  }, async () => {
    const network = '[Match]\nName=eth0\n[Network]\nAddress=192.0.2.1/24\n';
    chmodSync(host.write('network/10-eth0.network', network), 0o644);
    const state = join(host.folder, 'run/systemd/netif');
    mkdirSync(state, { recursive: true });
    execFileSync('chown', ['systemd-network:systemd-network', state]);
    // Without /sys to write to it takes itself for a container, and waits for no udev.
    const start = `mount -t sysfs -o ro sysfs /sys; exec ${NETWORKD}`;
    const networkd = host.start('own', 'sh', '-c', start);
    const is = (codes: string): boolean => host.codes(given()).join() === codes;
    await until(() => is('networkd-removes-addresses'), 'networkd', LIMIT_MS);
    const fixed = host.doctor([...given(), '--fix']);
    assert.deepEqual(fixed.findings, []);
    const beside = join(host.folder, 'network/10-eth0.network.d/holdfast.conf');
    assert.match(readFileSync(beside, 'utf8'), /^KeepConfiguration=yes$/m);
    host.doctor0('--undo');
    assert(!existsSync(beside));
    assert(is('networkd-removes-addresses'));
    await host.stop(networkd);
    host.kill('systemd-network');
    await until(() => is(''), 'its end', LIMIT_MS);
  });

  test('cloud-init that writes the network', () => {
    const init =
      'mkdir -p /run/cloud; mount --bind /run /etc/cloud 2>/dev/null || mount -t tmpfs tmpfs /etc';
    const write = `${init}; mkdir -p /etc/cloud; echo 'users: []' > /etc/cloud/cloud.cfg`;
    assert.deepEqual(host.codes(given(), write), ['cloud-init-writes-network']);
    const off =
      'mkdir -p /etc/cloud/cloud.cfg.d; echo "network: {config: disabled}" > /etc/cloud/cloud.cfg.d/99-x.cfg';
    assert.deepEqual(host.codes(given(), `${write}; ${off}`), []);
  });

  test('keepalived and HAProxy that still run', async () => {
    const conf = host.write('other.conf', KEEPALIVED({ instance: 'state BACKUP' }));
    const keepalived = host.start('own', 'keepalived', '-n', '-f', conf);
    await until(() => host.codes(given()).includes('keepalived-running'), 'keepalived', LIMIT_MS);
    await host.stop(keepalived);
    await until(() => host.codes(given()).length === 0, 'its end', LIMIT_MS);
    const cfg = host.write('other.cfg', HAPROXY('192.0.2.1:81'));
    const proxy = given({ 'haproxy.cfg': HAPROXY('192.0.2.1:80') });
    const haproxy = host.start('own', 'haproxy', '-db', '-f', cfg);
    await until(() => host.codes(proxy).includes('haproxy-running'), 'HAProxy', LIMIT_MS);
    await host.stop(haproxy);
  });

  const PEERS = {
    'vrid-taken': KEEPALIVED({ address: '192.0.2.99/24' }),
    'peer-disagrees': KEEPALIVED({ instance: 'advert_int 2' }),
    'foreign-vrrp': KEEPALIVED().replace('virtual_router_id 51', 'virtual_router_id 7'),
  };
  for (const [code, text] of Object.entries(PEERS)) {
    test(`${code}: a keepalived on the link is heard`, async () => {
      const pids = host.folder;
      const conf = host.write('peer.conf', text);
      const keepalived = host.start(
        ...(['peer', 'keepalived', '-n', '-f', conf] as const),
        ...['-p', `${pids}/p`, '-r', `${pids}/v`, '-c', `${pids}/c`],
      );
      // Also where the firewall drops what comes in.
      const listen = [...given(), '--listen', '4', '--only', code];
      await until(() => host.codes(listen).includes(code), code, 2 * LIMIT_MS);
      await host.stop(keepalived);
    });
  }
});
