import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { projectRoot } from '../../src/lab/programs.ts';
import { NODES } from './nodes.ts';
import { RowLab } from './row-lab.ts';
import { skipKubernetes } from './server.ts';

// real 1.20. Each test is named after its row of the table in docs/kubernetes.md.

const VIP = '172.16.40.33';

describe('rows: who holds the addresses', { skip: skipKubernetes, concurrency: false }, () => {
  let lab: RowLab;
  before(async () => {
    lab = await RowLab.create();
  });
  after(() => lab?.nodes.destroy());

  const holder = () => lab.nodes.lab.waitForHolder(VIP, undefined, { timeoutMs: 60_000 });
  const others = (name: string) => NODES.filter((one) => one !== name);
  const prefer = (name: string, priority: number) =>
    lab.nodes.kubectl(`annotate --overwrite node ${name} holdfast/priority=${priority}`);
  const confHas = (name: string, text: string | RegExp) =>
    lab.until(() => {
      const conf = lab.nodes.conf(name);
      const has = typeof text === 'string' ? conf.includes(text) : text.test(conf);
      return has ? true : undefined;
    });

  test('row 6: a preferred node takes over with preemption, and not without', async () => {
    await lab.setVips({ [VIP]: '' });
    const first = await holder();
    const [wanted = '', third = ''] = others(first);
    await prefer(wanted, 250);
    await confHas(wanted, 'priority 250\n');
    await confHas(wanted, 'nopreempt');
    // What it would do it would do by now: three adverts have told it of a lower priority.
    await lab.nodes.pod(first).logContains('Configuration reloaded');
    assert.equal(await holder(), first);
    await lab.setVips({ [VIP]: 'preempt=on' });
    await lab.nodes.lab.waitForHolder(VIP, wanted, { timeoutMs: 60_000 });
    await lab.setVips({ [VIP]: 'preempt=2' });
    for (const name of NODES) await confHas(name, 'preempt_delay 2\n');
    await prefer(third, 254);
    await lab.nodes.lab.waitForHolder(VIP, third, { timeoutMs: 60_000 });
    await lab.nodes.kubectl('annotate node --all holdfast/priority-');
  });

  test('row 31: a new holder announces the address at once', async () => {
    await lab.setVips({ [VIP]: '' });
    for (const name of NODES) await confHas(name, 'nopreempt');
    const client = lab.nodes.lab.client;
    await client.nft(`table arp seen { chain c { type filter hook input priority 0;
      arp saddr ip ${VIP} arp operation request counter; }; }`);
    const before = await holder();
    const [process] = [lab.nodes.pod(before)];
    await process.stop();
    const after = await lab.until(() => {
      const [now, more] = lab.nodes.lab.holdersOf(VIP);
      return now !== undefined && now !== before && more === undefined ? now : undefined;
    });
    assert.notEqual(after, before);
    // Five at once (keepalived's vrrp_garp_master_repeat), before the five of the second burst.
    assert((await announcements()) >= 5, `${await announcements()} announcements`);
    await lab.restartPods();
  });

  /** Gratuitous ARP that the client has seen. */
  const announcements = async (): Promise<number> => {
    const { stdout } = await lab.nodes.lab.client.run('nft list table arp seen');
    return Number(/counter packets (\d+)/.exec(stdout)?.[1]);
  };

  test('row 32: and anew as often as the ConfigMap says', async () => {
    await lab.setVips({ [VIP]: 'garp-refresh=1' });
    for (const name of NODES) await confHas(name, 'garp_master_refresh 1\n');
    await holder();
    const first = await announcements();
    await lab.until(async () => ((await announcements()) >= first + 5 ? true : undefined));
    await lab.nodes.lab.client.nft('delete table arp seen');
  });

  test('row 30, row 50: a tenth of a second between adverts, and the cable is cut', async (context) => {
    await lab.setVips({ [VIP]: 'advert=0.1' });
    for (const name of NODES) await confHas(name, 'advert_int 0.1\n');
    const gaps: number[] = [];
    for (const api of ['up', 'down'] as const) {
      if (api === 'down') await lab.nodes.server.process.stop({ signal: 'SIGKILL' });
      const name = await holder();
      const probe = await lab.nodes.lab.probe(VIP, { periodMs: 5 });
      await probe.waitForService();
      const { gapMs, stallMs } = await probe.gapAround(() =>
        lab.nodes.host(name).setCable('pulled'),
      );
      context.diagnostic(
        `API server ${api}: ${gapMs.toFixed(0)} ms (prober ${stallMs.toFixed(0)})`,
      );
      gaps.push(gapMs - stallMs);
      await probe.stop();
      await lab.nodes.host(name).setCable('plugged');
      await holder();
    }
    await lab.nodes.restartServer();
    for (const gap of gaps) assert(gap < 1000, `${gaps} ms; by the timers it is 0.4 s`);
  });

  test('row 35: a pod that is deleted hands over first', async (context) => {
    await lab.setVips({ [VIP]: '' });
    for (const name of NODES) await confHas(name, 'advert_int 1\n');
    const name = await holder();
    const probe = await lab.nodes.lab.probe(VIP, { periodMs: 5 });
    await probe.waitForService();
    const { gapMs, stallMs } = await probe.gapAround(async () => {
      await lab.nodes.pod(name).stop();
    });
    await probe.stop();
    context.diagnostic(`${gapMs.toFixed(0)} ms (prober ${stallMs.toFixed(0)})`);
    assert(gapMs - stallMs < 500, `a gap of ${gapMs} ms, where silence takes 3600`);
    await lab.restartPods();
  });

  test('row 34: a pod that was killed leaves no address behind', async () => {
    const name = await holder();
    lab.nodes.pod(name).signal('SIGKILL');
    await lab.until(() => {
      const [now, more] = lab.nodes.lab.holdersOf(VIP);
      return now !== undefined && now !== name && more === undefined ? true : undefined;
    });
    await lab.restartPods();
    await lab.until(() => (lab.nodes.lab.holdersOf(VIP).length === 1 ? true : undefined));
  });

  test('row 33: another host with the address is an Event', async () => {
    await holder();
    const master = lab.nodes.host('master');
    await master.run(`ip address add ${VIP}/32 dev eth0`);
    await lab.event(/another host acts as master: .* answers for 172\.16\.40\.33/);
    await master.run(`ip address del ${VIP}/32 dev eth0`);
  });

  test('row 26: groups of their own, and a stranger with our VRID is an Event', async () => {
    await lab.setVips({ [VIP]: '', '172.16.40.34': 'vrid=60' });
    await confHas('bs-01', /vrrp_instance vips_60 \{[^}]*virtual_router_id 60\n/);
    await lab.nodes.lab.waitForHolder('172.16.40.34');
    const host = lab.nodes.host('master');
    const file = host.write(
      'stranger.conf',
      `global_defs {\n vrrp_version 3\n}\nvrrp_instance s {\n state MASTER\n interface eth0
 virtual_router_id 60\n priority 250\n advert_int 1\n virtual_ipaddress {\n  172.16.40.77\n }\n}\n`,
    );
    const stranger = await host.spawn([
      ...[join(projectRoot(), 'bin/holdfast'), 'run', '-f', file],
      ...['--pid', host.path('stranger.pid')],
    ]);
    await lab.event(/vips_60.* 172\.16\.40\.30 is no node of this cluster/);
    await stranger.stop();
    await lab.setVips({ [VIP]: '' });
    await holder();
  });

  test('row 24: unicast where it is asked for, multicast else', async () => {
    const count = async (name: string): Promise<[multicast: number, unicast: number]> => {
      const { stdout } = await lab.nodes.host(name).run('nft list table ip adverts');
      const [multicast, unicast] = [...stdout.matchAll(/counter packets (\d+)/g)].map(countOf);
      return [multicast ?? 0, unicast ?? 0];
    };
    for (const name of NODES)
      await lab.nodes.host(name).nft(`table ip adverts { chain c {
        type filter hook output priority 0;
        ip protocol 112 ip daddr 224.0.0.18 counter; ip protocol 112 ip daddr != 224.0.0.18 counter; }; }`);
    const name = await holder();
    await lab.until(async () => ((await count(name))[0] >= 2 ? true : undefined));
    assert.equal((await count(name))[1], 0);
    await lab.restartPods('--use-unicast');
    const now = await holder();
    const [multicast, unicast] = await count(now);
    await lab.until(async () => ((await count(now))[1] >= unicast + 4 ? true : undefined));
    assert.equal((await count(now))[0], multicast);
  });

  test('row 23: peers are the nodes as they are now', async () => {
    const name = await holder();
    const [gone = '', stays = ''] = others(name);
    const address = (node: string) => `\n    ${lab.nodes.host(node).address(4)}\n`;
    await confHas(name, address(gone));
    const node = await lab.nodes.get(`node ${gone}`);
    await lab.nodes.kubectl(`delete node ${gone}`);
    await lab.until(() => (lab.nodes.conf(name).includes(address(gone)) ? undefined : true));
    assert(lab.nodes.conf(name).includes(address(stays)));
    const { metadata, ...rest } = node as { metadata: { name: string } };
    await lab.nodes.apply({ ...rest, metadata: { name: metadata.name } });
    await confHas(name, address(gone));
    await lab.nodes.pod(name).stop();
    await lab.until(() => {
      const [next, more] = lab.nodes.lab.holdersOf(VIP);
      return next !== undefined && next !== name && more === undefined ? true : undefined;
    });
  });
});

const countOf = ([, digits]: RegExpMatchArray): number => Number(digits);
