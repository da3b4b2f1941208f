import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpAddress } from '../../src/base/ip.ts';
import { millis } from '../../src/base/time.ts';
import { createClock } from '../../src/linux/clock.ts';
import { openFirewall, removeAbandonedFirewalls } from '../../src/linux/firewall-guard.ts';
import { holdName } from '../../src/linux/firewall-names.ts';
import { tablesOf } from '../../src/linux/firewall-rules.ts';
import { openNftablesChannel } from '../../src/linux/nftables-channel.ts';
import type { Firewall } from '../../src/ports/firewall.ts';
import { newTable } from '../../src/wire/netlink/nftables.ts';
import { createTestPair, skipKernelTests, succeeded, type TestNamespace } from './namespaces.ts';

const ip = (text: string) => text as IpAddress;
const V4 = ip('192.0.2.100');
const V6 = ip('2001:db8::100');
const VALIDITY = millis(1500);
const OTHER = millis(60_000);
const OWNER = `/nowhere/test-${process.pid}.pid`;

describe('firewall guard', { skip: skipKernelTests }, () => {
  let left: TestNamespace;
  let right: TestNamespace;
  let firewall: Firewall;
  const clock = createClock();
  before(async () => {
    ({ left, right } = createTestPair('firewall'));
    left.ip('addr add 192.0.2.1/24 dev eth0');
    left.ip(`addr add ${V4}/24 dev eth0`);
    left.ip('addr add 2001:db8::1/64 dev eth0 nodad');
    left.ip(`addr add ${V6}/64 dev eth0 nodad`);
    right.ip('addr add 192.0.2.2/24 dev eth0');
    right.ip('addr add 2001:db8::2/64 dev eth0 nodad');
    firewall = left.inside(() => openFirewall(OWNER, { clock }));
    await sleep(50);
  });
  after(() => {
    firewall.close();
    left.remove();
    right.remove();
  });

  const ruleset = (): string => left.exec('nft', 'list', 'ruleset');

  /** Whether a connection to a port that nobody listens on is refused, not left without an answer. */
  function answers(address: IpAddress, withinMs = 400): boolean {
    // With a socket as its input bash takes itself for a remote shell, and reads somebody's ~/.bashrc first.
    const connect = `timeout ${withinMs / 1000} bash --norc -c ': < /dev/tcp/${address}/9' 2>&1 || true`;
    return right.exec('sh', '-c', connect).includes('refused');
  }

  /** Whether the host may send from the address. */
  function speaks(address: IpAddress, to: string): boolean {
    const type = address.includes(':') ? 'udp6' : 'udp4';
    const script = `const socket = require('node:dgram').createSocket('${type}');
      socket.bind(0, '${address}', () => socket.send('x', 9, '${to}', (error) => {
        console.log(error === null ? 'sent' : error.code);
        process.exit();
      }));`;
    return left.exec(process.execPath, '-e', script).includes('sent');
  }

  /** A neighbour that got no answer asks once a second. */
  const answersAgain = (address: IpAddress): Promise<void> =>
    renewedUntil(() => answers(address), `${address} does not answer`);

  /** Before each try: beside other tests a program may take longer to start than a renewal is good for. */
  function renewedUntil(holds: () => boolean, complaint: string): Promise<void> {
    return until(() => {
      assert.equal(firewall.renew(VALIDITY), undefined);
      return holds();
    }, complaint);
  }

  function forgetNeighbours(): void {
    for (const family of ['-4', '-6']) right.ip(`${family} neigh flush dev eth0`);
  }

  test('the program nft reads what we write', () => {
    assert.equal(firewall.renew(VALIDITY), undefined);
    assert.equal(firewall.cover(VALIDITY, [V4, V6]), undefined);
    const text = ruleset();
    const drop = 'counter packets 0 bytes 0 drop';
    for (const line of [
      `table inet ${firewall.name} {`,
      `table arp ${firewall.name} {`,
      `elements = { ${V4} }`,
      `elements = { ${V6} }`,
      'type filter hook prerouting priority raw; policy accept;',
      `ip daddr @ipv4_1500 meta nfproto != @alive_1500 ${drop}`,
      `ip6 daddr @ipv6_1500 meta nfproto != @alive_1500 ${drop}`,
      `ip saddr @ipv4_1500 meta nfproto != @alive_1500 ${drop}`,
      `ip6 saddr @ipv6_1500 meta nfproto != @alive_1500 ${drop}`,
      `arp daddr ip @ipv4_1500 arp ptype != @alive_1500 ${drop}`,
      `arp saddr ip @ipv4_1500 arp ptype != @alive_1500 ${drop}`,
    ]) {
      assert.ok(text.includes(line), `${line}\n${text}`);
    }
    assert.match(text, /icmpv6 type nd-neighbor-solicit .*@ipv6_1500.* != @alive_1500/);
    assert.match(text, /elements = \{ ipv4 timeout 1s500ms expires \d.*,\s+ipv6 timeout 1s500ms/);
    assert.match(text, /elements = \{ ip timeout 1s500ms expires /);
  });

  test('renewed in time everything passes, for longer than once', async () => {
    for (let round = 0; round < 8; round++) {
      assert.equal(firewall.renew(VALIDITY), undefined);
      await sleep(300);
    }
    assert.equal(firewall.renew(VALIDITY), undefined);
    forgetNeighbours();
    // Beside other tests a shell alone may need more than what silence is told by.
    assert.ok(answers(V4, VALIDITY / 1000));
    assert.equal(firewall.renew(VALIDITY), undefined);
    assert.ok(answers(V6, VALIDITY / 1000));
    assert.match(ruleset(), /arp ptype != @alive_1500 counter packets 0/);
  });

  test('without a renewal nothing of it answers, and the rest of the host does', async () => {
    // The neighbours still know it: traffic is dropped.
    await until(() => !answers(V4) && !answers(V6), 'it goes on answering');
    assert.match(ruleset(), /ip daddr @ipv4_1500 .* counter packets [1-9]/);
    assert.match(ruleset(), /ip6 daddr @ipv6_1500 .* counter packets [1-9]/);
    // They ask anew: nobody answers.
    forgetNeighbours();
    assert.ok(!answers(V4));
    assert.ok(!answers(V6));
    assert.match(ruleset(), /arp daddr ip .* counter packets [1-9]/);
    assert.match(ruleset(), /nd-neighbor-solicit .* counter packets [1-9]/);
    assert.ok(answers(ip('192.0.2.1'), VALIDITY / 1000));
    assert.ok(answers(ip('2001:db8::1'), VALIDITY / 1000));
    // Nor does the host speak from it.
    assert.ok(!speaks(V4, '192.0.2.2'));
    assert.ok(!speaks(V6, '2001:db8::2'));
    assert.equal(firewall.renew(OTHER), undefined);
    await answersAgain(V4);
    await answersAgain(V6);
    await renewedUntil(() => speaks(V4, '192.0.2.2'), `the host does not speak from ${V4}`);
    await renewedUntil(() => speaks(V6, '2001:db8::2'), `the host does not speak from ${V6}`);
  });

  test('an address of one validity does not mind another, nor one that is not covered', () => {
    assert.equal(firewall.renew(OTHER), undefined);
    assert.equal(firewall.uncover(VALIDITY, [V4]), undefined);
    assert.equal(firewall.cover(OTHER, [V4]), undefined);
    assert.equal(firewall.cover(OTHER, [V4]), undefined);
    assert.match(ruleset(), /set ipv4_60000 \{\s+type ipv4_addr\s+elements = \{ 192\.0\.2\.100 \}/);
    assert.match(ruleset(), /set ipv4_1500 \{\s+type ipv4_addr\s+\}/);
    assert.equal(firewall.uncover(OTHER, [V4, ip('192.0.2.101')]), undefined);
    assert.equal(firewall.cover(VALIDITY, [V4]), undefined);
  });

  test('what somebody flushes is made anew, with all that was covered', async () => {
    for (const flush of [`flush ruleset`, `flush set inet ${firewall.name} ipv6_1500`]) {
      left.exec('nft', flush);
      if (flush === 'flush ruleset') assert.equal(ruleset(), '');
      else assert.equal(firewall.uncover(VALIDITY, [V6]), undefined);
      assert.equal(firewall.renew(VALIDITY), undefined);
      assert.equal(firewall.cover(VALIDITY, [V6]), undefined);
      assert.ok(ruleset().includes(`elements = { ${V4} }`));
      assert.ok(ruleset().includes(`elements = { ${V6} }`));
      await answersAgain(V4);
    }
  });

  test('thousands of addresses cost a renewal nothing', () => {
    const many = Array.from({ length: 4000 }, (_, index) =>
      ip(`10.4.${index >> 8}.${index & 255}`),
    );
    const six = many.map((_, index) => ip(`2001:db8:1::${index.toString(16)}`));
    assert.equal(firewall.cover(OTHER, [...many, ...six]), undefined);
    const begin = performance.now();
    for (let round = 0; round < 20; round++) assert.equal(firewall.renew(OTHER), undefined);
    const each = (performance.now() - begin) / 20;
    assert.ok(each < 10, `${each} ms each`);
    assert.equal(firewall.uncover(OTHER, [...many, ...six]), undefined);
  });

  test('validities that nobody needs go, once they are many; what is covered stays', async () => {
    const names = (): readonly string[] => ruleset().match(/set alive_\d+/g) ?? [];
    for (const ms of [2000, 2100, 2200, 2300, 2400]) {
      assert.equal(firewall.prepare(millis(ms)), undefined);
    }
    const before = names().length;
    assert.equal(firewall.retain(new Set([VALIDITY, OTHER, millis(2000)])), undefined);
    assert.equal(names().length, before);
    assert.equal(firewall.prepare(millis(2500)), undefined);
    assert.equal(firewall.renew(VALIDITY), undefined);
    assert.equal(firewall.retain(new Set([millis(2000)])), undefined);
    assert.deepEqual(new Set(names()), new Set(['set alive_1500', 'set alive_2000']));
    await answersAgain(V4);
  });

  test('closing takes out all of it and nothing else', () => {
    left.exec('nft', 'add table inet filter');
    assert.equal(firewall.close(), undefined);
    assert.equal(ruleset().trim(), 'table inet filter {\n}');
    left.exec('nft', 'delete table inet filter');
    firewall = left.inside(() => openFirewall(OWNER, { clock }));
  });

  test('what killed daemons of this owner left is removed, what the living have is not', () => {
    const prefix = firewall.name.replace(/\d+$/, '');
    const names = [`${prefix}999999`, 'holdfast_00000000_999999', `${prefix}x`, 'mine'];
    const channel = left.inside(openNftablesChannel);
    for (const name of names) {
      assert.equal(channel.send(channel.encode(tablesOf(name).map(newTable))), undefined);
    }
    channel.close();
    const living = left.inside(() => holdName(`${prefix}x`));
    assert.equal(firewall.renew(VALIDITY), undefined);
    const removed = left.inside(() => removeAbandonedFirewalls(OWNER));
    assert.deepEqual(removed, [`${prefix}999999`]);
    living.release();
    assert.deepEqual(
      left.inside(() => removeAbandonedFirewalls(OWNER)),
      [`${prefix}x`],
    );
    assert.match(ruleset(), new RegExp(`table inet ${firewall.name} `));
    assert.match(ruleset(), /table arp holdfast_00000000_999999 /);
    assert.match(ruleset(), /table inet mine /);
  });

  test('two of one owner have names of their own', () => {
    const second = left.inside(() => openFirewall(OWNER, { clock }));
    assert.notEqual(second.name, firewall.name);
    assert.equal(succeeded(second.close() ?? 'closed'), 'closed');
  });
});

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (condition()) return;
    await sleep(50);
  }
  assert.fail(what);
}
