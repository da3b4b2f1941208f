import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeConnection, deletionOf } from './conntrack.ts';
import { decodeAttributes, decodeMessages } from './message.ts';
import { NetlinkWriter } from './writer.ts';

const LABEL = '0000000000000000a1b2c3d4e5f60718';

/** As the kernel tells of a connection: protocol, state, label. */
function connection({ protocol = 6, form = 1, state = 3, labelBytes = 16 } = {}): Uint8Array {
  const writer = new NetlinkWriter();
  writer.raw(Uint8Array.of(2, 0, 0, 0));
  writer.nested(1, (tuple) => {
    tuple.nested(1, (addresses) => addresses.u32be(1, 0x0a000001).u32be(2, 0x0a000002));
    tuple.nested(2, (transport) => transport.u8(1, protocol));
  });
  writer.nested(4, (info) => info.nested(form, (each) => each.u8(1, state)));
  writer.u32be(12, 77);
  writer.attribute(22, Buffer.from(LABEL, 'hex').subarray(0, labelBytes));
  return writer.bytes.slice();
}

describe('tracked connections', () => {
  test('label, protocol and state', () => {
    const { label, protocol, state } = decodeConnection(connection()) ?? {};
    assert.deepEqual([label, protocol, state], [LABEL, 6, 'established']);
    for (const [change, expected] of [
      [{ state: 7 }, 'over'],
      [{ state: 1 }, 'other'],
      [{ protocol: 132, form: 3, state: 4 }, 'established'],
      [{ protocol: 132, form: 3, state: 3 }, 'other'],
    ] as const) {
      assert.equal(decodeConnection(connection(change))?.state, expected);
    }
    assert.equal(decodeConnection(connection({ labelBytes: 8 })), undefined);
  });

  test('a deletion names the same ends and the same connection', () => {
    const payload = connection();
    const found = decodeConnection(payload);
    assert.ok(found);
    const deletion = deletionOf(found);
    payload.fill(0);
    const writer = new NetlinkWriter();
    writer.begin({ type: deletion.type, flags: 0, sequence: 1 });
    deletion.write(writer);
    const [message] = decodeMessages(writer.end().bytes);
    assert.equal(message?.type, 0x0102);
    const attributes = decodeAttributes(message?.payload ?? payload, 4);
    assert.deepEqual([...attributes.keys()], [1, 12]);
    assert.deepEqual([...(attributes.get(12) ?? [])], [0, 0, 0, 77]);
    const again = decodeConnection(connection());
    assert.deepEqual([...(attributes.get(1) ?? [])], [...(again?.tuple ?? [])]);
  });
});
