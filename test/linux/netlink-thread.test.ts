import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpAddress } from '../../src/base/ip.ts';
import { createAddressLanes } from '../../src/linux/address-lanes.ts';
import { ETIMEDOUT } from '../../src/linux/ffi/errno.ts';
import { close, recv, send, socketpair } from '../../src/linux/ffi/libc.ts';
import { littleEndian } from '../../src/linux/ffi/sockaddr.ts';
import { NETLINK_ROUTE } from '../../src/linux/ffi/socket-numbers.ts';
import { type NetlinkChannel, openNetlinkChannel } from '../../src/linux/netlink-channel.ts';
import {
  createNetlinkSocket,
  type NetlinkRequest,
  type NetlinkSocket,
  openNetlinkSocket,
} from '../../src/linux/netlink-socket.ts';
import { type NetlinkThread, startNetlinkThread } from '../../src/linux/netlink-thread.ts';
import type { AddressOperation } from '../../src/ports/network.ts';
import type { SysError } from '../../src/ports/sys-error.ts';
import { writeAddress } from '../../src/wire/netlink/address.ts';
import {
  IFA_F_NODAD,
  NLM_F_CREATE,
  NLM_F_EXCL,
  RTM_NEWADDR,
} from '../../src/wire/netlink/constants.ts';
import { createTestNamespace, skipKernelTests, type TestNamespace, until } from './namespaces.ts';

/** SCHED_OTHER: the threads of a test come before nobody. */
const ordinary = { number: 0, priority: 0 };
const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_DONTWAIT = 0x40;

describe('a thread that sends', { skip: skipKernelTests }, () => {
  let host: TestNamespace;
  let interfaceIndex: number;
  const threads: NetlinkThread[] = [];

  before(() => {
    host = createTestNamespace('netlink-thread');
    host.ip('link add eth0 type veth peer name eth1');
    host.ip('link set eth0 up');
    interfaceIndex = host.indexOf('eth0');
  });
  after(() => {
    for (const thread of threads) thread.close();
    host.remove();
  });

  const additions = (from: number, count: number): AddressOperation[] =>
    Array.from({ length: count }, (_, index) => ({
      kind: 'add',
      interfaceIndex,
      address: `2001:db8::${(from + index).toString(16)}` as IpAddress,
      prefixLength: 64,
      flags: IFA_F_NODAD,
    }));

  const requestOf = (operation: AddressOperation): NetlinkRequest => ({
    call: 'RTM_NEWADDR',
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    write: (writer) => writeAddress(writer, operation),
  });

  function start(channel: NetlinkChannel, patienceMs = 60_000): NetlinkThread {
    const thread = startNetlinkThread(channel, { policy: ordinary, patienceMs });
    threads.push(thread);
    return thread;
  }

  /** Its socket when it runs. */
  async function running(): Promise<NetlinkSocket> {
    const thread = start(host.inside(() => openNetlinkChannel(NETLINK_ROUTE)));
    await until(() => thread.isReady());
    return createNetlinkSocket(thread.channel);
  }

  test('two lanes add everything, and each address has its own answer', async () => {
    const second = await running();
    const first = host.inside(openNetlinkSocket);
    const lanes = createAddressLanes({
      first: { request: (operations) => first.request(operations.map(requestOf)) },
      openSecond: () => ({
        isReady: () => true,
        begin: (operations) => second.begin(operations.map(requestOf)),
        close: () => {},
      }),
      onSingle: assert.fail,
    });
    lanes.expect(1000);
    const operations = additions(0x100, 300);
    // One of either half is there already.
    const there = [operations[10], operations[290]];
    for (const one of there) host.ip(`addr add ${one?.address}/64 dev eth0 nodad`);
    const answers = lanes.request(operations);
    const refused = answers.flatMap((answer, index) => (answer === undefined ? [] : [index]));
    assert.deepEqual(refused, [10, 290]);
    assert.deepEqual([answers[10]?.code, answers[290]?.code], ['EEXIST', 'EEXIST']);
    const shown = host.ip('-o -6 addr show dev eth0');
    for (const { address } of operations) assert.ok(shown.includes(` ${address}/64 `), address);
    first.close();
  });

  test('whoever is first sends, and nobody else', async () => {
    const socket = await running();
    // Sent twice it would be there already; sent by nobody, without an answer.
    for (const operation of additions(0x1000, 300)) {
      const [answer] = socket.begin([requestOf(operation)])();
      assert.equal(answer, undefined, answer?.message);
    }
  });

  test('one that may not be scheduled as it shall be ends, and says so', async () => {
    const channel = host.inside(() => openNetlinkChannel(NETLINK_ROUTE));
    let reason: string | undefined;
    const thread = startNetlinkThread(channel, {
      policy: { number: 2, priority: 1000 },
      onEnd: (given) => {
        reason = given ?? 'none';
      },
    });
    await until(() => reason !== undefined);
    assert.equal(reason, 'the other one may not be real-time');
    assert.equal(thread.isReady(), false);
  });

  test('one that is closed ends without a reason', async () => {
    const channel = host.inside(() => openNetlinkChannel(NETLINK_ROUTE));
    const reasons: (string | undefined)[] = [];
    const onEnd = (given: string | undefined): void => void reasons.push(given);
    const thread = startNetlinkThread(channel, { policy: ordinary, onEnd });
    await until(() => thread.isReady());
    thread.close();
    assert.equal(thread.isReady(), false);
    await until(() => reasons.length === 1);
    assert.deepEqual(reasons, [undefined]);
  });

  test('one that does not come back is told of, and not asked until it has', async () => {
    const pair = new Uint8Array(8);
    assert.equal(socketpair(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0, pair), 0);
    const view = new DataView(pair.buffer);
    const [fd, other] = [view.getInt32(0, littleEndian), view.getInt32(4, littleEndian)];
    const kernel = host.inside(() => openNetlinkChannel(NETLINK_ROUTE));
    const thread = start({ ...kernel, fd }, 1);
    await until(() => thread.isReady());
    const one = new Uint8Array(16);
    while (send(fd, one, one.length, MSG_DONTWAIT) > 0);
    const socket = createNetlinkSocket(thread.channel);
    let answers: readonly (SysError | undefined)[] = [];
    // One that has not even begun is not waited for: the kernel is asked by another socket.
    for (let from = 0x2000; answers[0] === undefined; from += 2) {
      const finish = socket.begin(additions(from, 2).map(requestOf));
      await sleep(20);
      answers = finish();
    }
    assert.deepEqual(
      answers.map((answer) => answer && [answer.call, answer.errno]),
      [
        ['RTM_NEWADDR', ETIMEDOUT],
        ['RTM_NEWADDR', ETIMEDOUT],
      ],
    );
    assert.equal(thread.isReady(), false);
    const bytes = new Uint8Array(4096);
    await until(() => {
      while (recv(other, bytes, bytes.length, MSG_DONTWAIT) > 0);
      return thread.isReady();
    });
    for (const each of [fd, other]) close(each);
  });
});
