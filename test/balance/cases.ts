/**
 * What a data plane must do, whichever it is: each case gets a plane on the director and leaves no
 * service behind. Runs natively for nftables, and wherever there is IPVS for that.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../../src/base/time.ts';
import type { DesiredService } from '../../src/core/balance/plane.ts';
import type { DataPlane } from '../../src/ports/data-plane.ts';
import { ip, until } from '../linux/namespaces.ts';
import { nameIn } from './host.ts';
import {
  type BalanceStage,
  CLIENTS,
  onPort,
  realize,
  remove,
  serverStatistics,
  service,
  statisticsOf,
  tally,
  VIPS,
} from './stage.ts';

export interface BalanceCase {
  readonly name: string;
  run(stage: BalanceStage, plane: DataPlane): Promise<void>;
}

const VIP = VIPS[4];
const WHOLE_ADDRESS = { netmask: ip('255.255.255.255') } as const;

export const balanceCases: readonly BalanceCase[] = [
  {
    name: 'round robin gives each server its turn',
    run: (stage, plane) =>
      withService(plane, service(1001), async () => {
        const names = await stage.client.askMany(VIP, 1001, 9);
        assert.deepEqual(tally(names), { s1: 3, s2: 3, s3: 3 });
      }),
  },
  {
    name: 'weights are proportions, and change in place',
    run: (stage, plane) =>
      withService(plane, service(1002, { scheduler: 'wrr', weights: [3, 1, 2] }), async () => {
        const names = await stage.client.askMany(VIP, 1002, 12);
        assert.deepEqual(tally(names), { s1: 6, s2: 2, s3: 4 });
        realize(plane, service(1002, { scheduler: 'wrr', weights: [1, 1, 4] }));
        const after = await stage.client.askMany(VIP, 1002, 12);
        assert.deepEqual(tally(after), { s1: 2, s2: 2, s3: 8 });
      }),
  },
  {
    name: 'IPv6',
    run: (stage, plane) => {
      const whole = service(onPort(1003, { family: 6 }));
      return withService(plane, whole, async () => {
        assert.deepEqual(tally(await stage.client.askMany(VIPS[6], 1003, 6)), {
          s1: 2,
          s2: 2,
          s3: 2,
        });
        assert.match(await stage.client.ask(VIPS[6], 1003), /^s\d fd01::10$/);
      });
    },
  },
  {
    name: 'UDP, whose servers see the client itself',
    run: (stage, plane) =>
      withService(plane, service(onPort(1004, { protocol: 'udp' })), async () => {
        const answers = new Set<string>();
        for (let round = 0; round < 6; round++) {
          answers.add(await stage.client.datagram(VIP, 1004));
        }
        assert.deepEqual([...answers].sort(), ['s1 10.1.0.10', 's2 10.1.0.10', 's3 10.1.0.10']);
      }),
  },
  {
    name: 'source hashing sends one client to one server, and clients to all of them',
    run: async (stage, plane) => {
      for (const scheduler of ['sh', 'mh']) {
        await withService(plane, service(1005, { scheduler }), async () => {
          const first = await askFromAll(stage, 1005);
          assert.deepEqual(await askFromAll(stage, 1005), first);
          assert.deepEqual(Object.keys(tally(first)), ['s1', 's2', 's3'], scheduler);
        });
      }
    },
  },
  {
    name: 'mh keeps nearly all clients where they are when a server goes and comes',
    run: (stage, plane) =>
      withService(plane, service(1006, { scheduler: 'mh' }), async () => {
        const before = await askFromAll(stage, 1006);
        realize(plane, service(1006, { scheduler: 'mh', weights: [1, undefined, 1] }));
        const without = await askFromAll(stage, 1006);
        const moved = before.filter((name, at) => name !== 's2' && name !== without[at]);
        assert.ok(moved.length <= 4, `${moved.length} moved`);
        assert.ok(!without.includes('s2'));
        realize(plane, service(1006, { scheduler: 'mh' }));
        assert.deepEqual(await askFromAll(stage, 1006), before);
      }),
  },
  {
    name: 'hashing with the port spreads the connections of one client',
    run: (stage, plane) =>
      withService(
        plane,
        service(1007, { scheduler: 'mh', schedulerFlags: ['flag-2'] }),
        async () => {
          const names = await stage.client.askMany(VIP, 1007, 24);
          assert.deepEqual(Object.keys(tally(names)), ['s1', 's2', 's3']);
        },
      ),
  },
  {
    name: 'a persistent client comes back to its server, until the time is over',
    run: (stage, plane) => {
      const persistence = { timeout: seconds(1), mask: WHOLE_ADDRESS };
      return withService(plane, service(1008, { persistence }), async () => {
        const first = tally(await stage.client.askMany(VIP, 1008, 5));
        assert.equal(Object.keys(first).length, 1);
        const names = await askFromAll(stage, 1008);
        assert.deepEqual(Object.keys(tally(names)), ['s1', 's2', 's3']);
        assert.deepEqual(await askFromAll(stage, 1008), names);
        // IPVS keeps it as long as a connection is in TIME_WAIT, which is two minutes.
        if (plane.kind === 'ipvs') return;
        // Whoever comes again once a second too late is new; one of three times by chance the same.
        const later = new Set<string>();
        for (let round = 0; round < 8 && later.size < 2; round++) {
          await sleep(1300);
          later.add(nameIn(await stage.client.ask(VIP, 1008)));
        }
        assert.equal(later.size, 2);
      });
    },
  },
  {
    name: 'persistence by network takes its clients together',
    run: async (stage, plane) => {
      // All of 10.1.0.0/24, by an IPv4 mask and of one IPv6 network by its length.
      const persistence = { timeout: seconds(50), mask: { netmask: ip('255.255.255.0') } };
      await withService(plane, service(1009, { persistence }), async () => {
        assert.equal(new Set(await askFromAll(stage, 1009)).size, 1);
      });
      const six = { timeout: seconds(50), mask: { prefixLength: 64 } };
      const whole = service(onPort(1009, { family: 6 }), { persistence: six });
      await withService(plane, whole, async () => {
        assert.equal(new Set(await stage.client.askMany(VIPS[6], 1009, 4)).size, 1);
      });
    },
  },
  {
    name: 'weight 0: what is open and what is persistent stays, nobody else comes',
    run: (stage, plane) => {
      const persistence = { timeout: seconds(50), mask: WHOLE_ADDRESS };
      return withService(plane, service(1010, { persistence }), async () => {
        const stream = await stage.client.open(VIP, 1010);
        const quiet = SERVER_NAMES.map((name) => (name === stream.server ? 0 : 1));
        realize(plane, service(1010, { persistence, weights: quiet }));
        assert.equal(await stream.talk(), stream.server);
        assert.equal(nameIn(await stage.client.ask(VIP, 1010)), stream.server);
        const others = await askFromAll(stage, 1010, 1);
        assert.ok(!others.includes(stream.server), others.join());
        await stream.close();
      });
    },
  },
  {
    name: 'a change of one server does not disturb the connections to others',
    run: (stage, plane) =>
      withService(plane, service(1011), async () => {
        const streams = [];
        for (let index = 0; index < 12; index++) streams.push(await stage.client.open(VIP, 1011));
        for (const weights of [
          [1, 5, 1],
          [1, undefined, 1],
          [1, 1, 1],
          [1, 0, 1],
        ]) {
          realize(plane, service(1011, { scheduler: 'wrr', weights }));
          for (const stream of streams) {
            if (stream.server !== 's2') assert.equal(await stream.talk(), stream.server);
          }
        }
        for (const stream of streams) await stream.close();
      }),
  },
  {
    name: 'without any server connections are refused, and a server that comes is used',
    run: (stage, plane) =>
      withService(plane, service(1012, { weights: [] }), async () => {
        assert.equal(await stage.client.ask(VIP, 1012), 'ECONNREFUSED');
        realize(plane, service(1012, { weights: [undefined, 1] }));
        assert.deepEqual(tally(await stage.client.askMany(VIP, 1012, 3)), { s2: 3 });
        realize(plane, service(1012, { weights: [undefined, 0] }));
        assert.equal(await stage.client.ask(VIP, 1012), 'ECONNREFUSED');
      }),
  },
  {
    name: 'firewall marks, and servers that get the port of the packet',
    run: (stage, plane) => {
      const mark = service({ kind: 'mark', mark: 7, family: 4 }, { port: 0 });
      return withService(plane, mark, async () => {
        stage.director.exec('nft', MARKING);
        try {
          const names = await stage.client.askMany(VIP, 8080, 3);
          assert.deepEqual(tally(names), { s1: 1, s2: 1, s3: 1 });
        } finally {
          stage.director.exec('nft', 'delete table ip marking');
        }
      });
    },
  },
  {
    name: 'all ports of an address, of which the client gets one server',
    run: (stage, plane) => {
      const persistence = { timeout: seconds(50), mask: WHOLE_ADDRESS };
      const whole = service(onPort(0), { persistence, port: 0 });
      return withService(plane, whole, async () => {
        const names = await stage.client.askMany(VIP, 8080, 3);
        assert.equal(new Set(names).size, 1);
        const other = service(8080, { weights: [1] });
        await withService(plane, other, async () => {
          assert.deepEqual(tally(await stage.client.askMany(VIP, 8080, 2)), { s1: 2 });
        });
      });
    },
  },
  {
    name: 'services come and go without each other',
    run: async (stage, plane) => {
      const one = service(1013, { weights: [1] });
      const other = service(1014, { weights: [undefined, 1] });
      realize(plane, one, other);
      assert.equal(nameIn(await stage.client.ask(VIP, 1013)), 's1');
      const stream = await stage.client.open(VIP, 1014);
      remove(plane, one);
      assert.equal(await stage.client.ask(VIP, 1013), 'ECONNREFUSED');
      assert.equal(await stream.talk(), 's2');
      await stream.close();
      remove(plane, other);
    },
  },
  {
    name: 'figures of servers and of services',
    run: (stage, plane) =>
      withService(plane, service(1015, { weights: [1, 1] }), async () => {
        const whole = service(1015, { weights: [1, 1] });
        const streams = [];
        for (let index = 0; index < 4; index++) streams.push(await stage.client.open(VIP, 1015));
        for (const stream of streams) await stream.talk();
        // IPVS adds them up every two seconds.
        await until(
          async () => (await statisticsOf(plane, whole)).packetsOut >= 12n,
          'figures',
          10_000,
        );
        for (const server of [0, 1]) {
          const figures = await serverStatistics(plane, whole, server);
          assert.equal(figures.activeConnections, 2);
          assert.equal(figures.connections, 2n);
          assert.equal(figures.weight, 1);
          assert.ok(figures.packetsIn >= 8n, `${figures.packetsIn} packets in`);
          assert.ok(figures.packetsOut >= 6n, `${figures.packetsOut} packets out`);
          assert.ok(figures.bytesIn > figures.packetsIn * 40n);
          assert.ok(figures.bytesOut > figures.packetsOut * 40n);
        }
        assert.equal((await statisticsOf(plane, whole)).connections, 4n);
        for (const stream of streams) await stream.close();
      }),
  },
];

/** Marks what comes for the VIP's port 8080, before anything is translated. */
const MARKING = `add table ip marking; add chain ip marking first {
  type filter hook prerouting priority -150; };
  add rule ip marking first ip daddr ${VIP} tcp dport 8080 meta mark set 7`;

const SERVER_NAMES = ['s1', 's2', 's3'];

async function withService(
  plane: DataPlane,
  whole: DesiredService,
  body: () => Promise<void>,
): Promise<void> {
  realize(plane, whole);
  try {
    await body();
  } finally {
    remove(plane, whole);
  }
}

/** One connection from each address of the client, but for the first `skip`. */
async function askFromAll(stage: BalanceStage, port: number, skip = 0): Promise<readonly string[]> {
  const answers = CLIENTS[4]
    .slice(skip)
    .map((localAddress) => stage.client.ask(VIP, port, { localAddress }));
  return (await Promise.all(answers)).map(nameIn);
}
