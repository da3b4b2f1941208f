import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { createSeedLab, program, type SeedLab, seedFile, skipSeeds } from './machine.ts';

/**
 * Seed 003 as its author wanted it: a name server on two hosts behind one address, which moves when the
 * name server stops. The files are the image's, with the check that it lacks.
 */
const vip = '10.2.1.12';
const command = '/usr/sbin/keepalived -n -l -D -f /etc/keepalived/keepalived.conf';
const skip = program === 'holdfast' ? skipSeeds : 'keepalived knows no track_check';

/** Unbound answers for one name, and says on which host it does. */
function unboundConfiguration(address: string): string {
  return `server:
  interface: 0.0.0.0
  interface-automatic: yes
  access-control: 10.2.1.0/24 allow
  access-control: 127.0.0.0/8 allow
  username: ""
  chroot: ""
  directory: "/run"
  pidfile: "/run/unbound.pid"
  use-syslog: no
  do-daemonize: no
  do-not-query-localhost: no
  module-config: "iterator"
  local-zone: "example.test." static
  local-data: "example.test. IN SOA ns.example.test. root.example.test. 1 3600 900 86400 60"
  local-data: "host.example.test. IN A ${address}"
remote-control:
  control-enable: no
`;
}

const CHECK = `track_check dns {
    retry 1
    DNS_CHECK {
        connect_timeout 1
        delay_before_retry 0.2
        type A
        name host.example.test
    }
}
`;

function withCheck(text: string): string {
  const tracked = text.replace(
    /^vrrp_instance \S+ \{$/m,
    (head) => `${head}\n  track_check {\n    dns\n  }`,
  );
  assert.notEqual(tracked, text);
  return `${CHECK}${tracked}`;
}

async function startUnbound(host: Host): Promise<HostProcess> {
  return host.spawn(['/usr/sbin/unbound', '-d', '-c', '/etc/unbound-test.conf']);
}

async function digs(client: Host, expected: string): Promise<void> {
  const end = monotonicMs() + 40_000;
  for (;;) {
    const words = ['dig', '+short', '+time=1', '+tries=1', `@${vip}`, 'host.example.test', 'A'];
    const { stdout } = await client.run(words);
    if (stdout.trim() === expected) return;
    if (monotonicMs() > end) assert.fail(`dig says '${stdout.trim()}', not ${expected}`);
    await sleep(50);
  }
}

describe('seed 003, its name servers', { skip, concurrency: false }, () => {
  const addresses = ['10.2.1.10', '10.2.1.11'] as const;
  let seed: SeedLab;
  const unbounds: HostProcess[] = [];
  before(async () => {
    seed = await createSeedLab(
      addresses.map((address, index) => ({
        name: `swarm${index + 1}`,
        interfaces: [{ name: 'eth0', addresses: [`${address}/24`] }],
      })),
      '10.2.1.200/24',
    );
    for (const [index, machine] of seed.machines.entries()) {
      await machine.write('/etc/unbound-test.conf', unboundConfiguration(addresses[index] ?? ''));
      unbounds.push(await startUnbound(machine.host));
      const text = withCheck(seedFile(`003/arcts/node${index + 1}`));
      await machine.write('/etc/keepalived/keepalived.conf', text);
    }
    for (const machine of seed.machines) await machine.start(command);
  });
  after(() => seed?.destroy());

  test('the holder answers', async () => {
    await seed.holds('swarm1', vip);
    await digs(seed.lab.client, addresses[0]);
  });

  test('its name server stops: the other one answers', async () => {
    unbounds[0]?.signal('SIGKILL');
    await seed.holds('swarm2', vip);
    await digs(seed.lab.client, addresses[1]);
    assert.equal(seed.machine('swarm1').logged(/track_check\(dns\) is down/), 1);
  });

  test('it is back: so is the first', async () => {
    unbounds[0] = await startUnbound(seed.machine('swarm1').host);
    await seed.holds('swarm1', vip);
    await digs(seed.lab.client, addresses[0]);
  });
});
