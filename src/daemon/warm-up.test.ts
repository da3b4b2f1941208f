import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../base/rng.ts';
import { micros } from '../base/time.ts';
import { readKeepalivedConfig } from '../config/keepalived/index.ts';
import { createMemoryFiles } from '../config/keepalived/memory-files.ts';
import type { Model } from '../config/model/model.ts';
import type { AddressOperation, AdvertLinkOptions } from '../ports/network.ts';
import { type WarmUpParts, warmUp } from './warm-up.ts';

const path = '/etc/keepalived/keepalived.conf';
const text = `
vrrp_script check { script "/bin/false" }
vrrp_instance V4 {
  interface eth0
  virtual_router_id 51
  priority 100
  virtual_ipaddress { 192.0.2.10/24 }
  notify_master "/bin/false"
  track_script { check }
}
vrrp_instance V6 {
  interface eth1
  version 3
  virtual_router_id 52
  priority 255
  native_ipv6
  virtual_ipaddress { fe80::10 }
  virtual_ipaddress_excluded { 2001:db8::10/64 dev eth2 }
}
vrrp_instance UNICAST {
  interface eth0
  virtual_router_id 53
  priority 100
  unicast_src_ip 192.0.2.2
  unicast_peer { 192.0.2.3 }
  virtual_ipaddress { 192.0.2.11/24 }
}`;

function readModel(): Model {
  const { model } = readKeepalivedConfig(path, {
    files: createMemoryFiles({ [path]: text }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: 'node1',
  });
  assert(model);
  return model;
}

interface Seen {
  readonly operations: AddressOperation[];
  readonly frames: number[];
  readonly opened: AdvertLinkOptions[];
  readonly destinations: Set<string>;
  readonly left: Set<object>;
}

function createParts(): { parts: WarmUpParts; seen: Seen } {
  const seen: Seen = {
    operations: [],
    frames: [],
    opened: [],
    destinations: new Set(),
    left: new Set(),
  };
  const hold = <Thing extends object>(thing: Thing): Thing & { close(): void } => {
    const held = { ...thing, close: () => void seen.left.delete(held) };
    seen.left.add(held);
    return held;
  };
  let time = 0;
  const parts: WarmUpParts = {
    clock: { now: () => micros(time++), wallMs: () => 0 },
    alarms: {
      createAlarm: (onDue) =>
        hold({ arm: (at: number | undefined) => at !== undefined && setImmediate(onDue) }),
    },
    network: {
      open: (options) => {
        seen.opened.push(options);
        return hold({
          readWaiting: () => {},
          send: ({ destination }: { destination: string }) => {
            seen.destinations.add(destination);
            return undefined;
          },
        });
      },
    },
    table: {
      apply: (operations) => {
        seen.operations.push(...operations);
        return operations.map(() => undefined);
      },
      renew: (operations) => {
        seen.operations.push(...operations);
        return undefined;
      },
      expect: () => {},
      close: () => assert.fail('the table is not ours to close'),
    },
    frames: {
      send: (index) => {
        seen.frames.push(index);
        return undefined;
      },
      close: () => assert.fail('the frame socket is not ours to close'),
    },
    verbosity: 'detail',
  };
  return { parts, seen };
}

test('every kind of instance becomes master and stops, and the network sees none of it', async () => {
  const { parts, seen } = createParts();
  assert((await warmUp(readModel(), parts)) > 1);
  const kinds = new Set(seen.operations.map(({ kind, address }) => `${kind} ${address}`));
  for (const address of ['192.0.2.10', 'fe80::10', '192.0.2.11']) {
    assert(kinds.has(`add ${address}`), `add ${address}`);
    assert(kinds.has(`remove ${address}`), `remove ${address}`);
  }
  const indexes = [...seen.operations.map((each) => each.interfaceIndex), ...seen.frames];
  assert(seen.frames.length > 0);
  assert(indexes.every((index) => index > 1_000_000));
  assert(seen.opened.every(({ interfaceName }) => interfaceName === 'lo'));
  assert.deepEqual([...seen.destinations].sort(), ['255.255.255.255', 'ff02::12']);
  assert.equal(seen.left.size, 0);
});

test('a model without instances takes no round', async () => {
  const { parts } = createParts();
  assert.equal(await warmUp({ ...readModel(), instances: [] }, parts), 0);
});
