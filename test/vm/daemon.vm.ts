/** Clients of a director on which holdfast runs: servers fail and return, and so does holdfast. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpAddress } from '../../src/base/ip.ts';
import { testPath } from '../../tools/sweep.ts';
import type { Stream } from '../balance/host.ts';
import { addressOf, type BalanceStage, openBalanceStage, VIPS } from '../balance/stage.ts';
import { ip } from '../linux/namespaces.ts';
import { Program } from './program.ts';

const LIMIT_MS = 60_000;
const LOOK_MS = 200;
const PORT = 9000;
const VIP = VIPS[4];
/** Routed to the director by the client's default route. */
const RANGE = '10.1.7.1-2';
const RANGED = [ip('10.1.7.1'), ip('10.1.7.2')];
/** Of the group: addresses and ports. */
const DOORS = [
  ...[VIP, ...RANGED].map((address) => [address, 9001] as const),
  [VIP, 9009] as const,
];
const FOLDER = testPath('daemon');

const TEXT = `virtual_server ${VIP} ${PORT} {
  delay_loop 1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  quorum 1
  sorry_server ${addressOf(2, 4)} 8080
${[0, 1].map(realServer).join('\n')}
}
virtual_server_group doors {
  ${VIP} 9001
  ${RANGE} 9001
  fwmark 9
}
virtual_server group doors {
  delay_loop 1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
${[0, 1].map(realServer).join('\n')}
}
`;
/** Marks what comes for port 9009 of the VIP. */
const MARKING = `add table ip marking; add chain ip marking first {
  type filter hook prerouting priority -150; };
  add rule ip marking first ip daddr ${VIP} tcp dport 9009 meta mark set 9`;

function realServer(server: number): string {
  return `  real_server ${addressOf(server, 4)} 8080 {
    TCP_CHECK {
      connect_timeout 1
      retry 0
    }
  }`;
}

describe('holdfast on a director with IPVS', () => {
  let stage: BalanceStage;
  let holdfast: Program;
  const streams: Stream[] = [];
  const fail = (server: number): unknown =>
    stage.director.ip(`route add unreachable ${addressOf(server, 4)}/32`);
  const mend = (server: number): unknown =>
    stage.director.ip(`route del unreachable ${addressOf(server, 4)}/32`);
  const rules = (): string => stage.director.exec('ipvsadm', '-Sn');
  const start = (): Program => new Program('holdfast', stage.director, FOLDER);
  const answeringAt = async (
    address: IpAddress,
    port: number,
    names: readonly string[],
  ): Promise<void> => {
    let seen: readonly string[] = [];
    for (const endMs = Date.now() + LIMIT_MS; Date.now() < endMs; await sleep(LOOK_MS)) {
      seen = [...new Set(await stage.client.askMany(address, port, 4))].sort();
      if (seen.join() === names.join()) return;
    }
    assert.deepEqual(seen, names, `${address} ${port}\n${holdfast.output}`);
  };
  const answering = (...names: readonly string[]): Promise<void> => answeringAt(VIP, PORT, names);
  before(async () => {
    stage = await openBalanceStage('vmd');
    for (const address of RANGED) stage.director.ip(`addr add ${address}/32 dev eth0`);
    stage.director.exec('nft', MARKING);
    mkdirSync(FOLDER);
    writeFileSync(`${FOLDER}/conf`, TEXT);
    holdfast = start();
  });
  after(async () => {
    await holdfast.end('SIGTERM');
    await stage.close();
    rmSync(FOLDER, { recursive: true });
  });

  test('a server that fails is left out, and connections to others stay', async () => {
    await answering('s1', 's2');
    const endMs = Date.now() + LIMIT_MS;
    while (!streams.some(({ server }) => server === 's2')) {
      assert.ok(Date.now() < endMs, holdfast.output);
      streams.push(await stage.client.open(VIP, PORT));
    }
    fail(0);
    await answering('s2');
    for (const stream of streams) {
      if (stream.server === 's2') assert.equal(await stream.talk(), 's2');
    }
  });

  test('below the quorum the sorry server answers, until a server returns', async () => {
    fail(1);
    await answering('s3');
    mend(1);
    await answering('s2');
    mend(0);
    await answering('s1', 's2');
  });

  test('a group is served at each address, in its range and by its mark', async () => {
    for (const [address, port] of DOORS) await answeringAt(address, port, ['s1', 's2']);
    fail(0);
    for (const [address, port] of DOORS) await answeringAt(address, port, ['s2']);
    mend(0);
    for (const [address, port] of DOORS) await answeringAt(address, port, ['s1', 's2']);
  });

  test('a checker that is killed changes nothing, and the next one takes over', async () => {
    const [checker] = holdfast.children();
    assert.ok(checker);
    const before = rules();
    process.kill(checker, 'SIGKILL');
    let next: number | undefined;
    for (const endMs = Date.now() + LIMIT_MS; next === undefined; await sleep(LOOK_MS)) {
      assert.ok(Date.now() < endMs, holdfast.output);
      next = holdfast.children().find((pid) => pid !== checker);
      assert.equal(rules(), before);
    }
    // It judges again.
    fail(0);
    await answering('s2');
    mend(0);
    await answering('s1', 's2');
  });

  test('a holdfast that is killed leaves all as it is, and the next one takes over', async () => {
    const before = rules();
    await holdfast.end('SIGKILL');
    await answering('s1', 's2');
    holdfast = start();
    fail(0);
    await answering('s2');
    mend(0);
    await answering('s1', 's2');
    assert.deepEqual(rules().split('\n').sort(), before.split('\n').sort());
  });

  test('at the end nothing is left', async () => {
    for (const stream of streams) await stream.close();
    await holdfast.end('SIGTERM');
    assert.equal(rules().trim(), '', holdfast.output);
  });
});
