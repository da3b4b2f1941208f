import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { InternalError } from '../base/assert.ts';
import { type IpAddress, type IpFamily, ipFromBytes } from '../base/ip.ts';
import {
  ALTERNATES_MAX,
  HEARD_MAX,
  openPeerMessage,
  PEER_MESSAGE_BYTES_MAX,
  readPeerAddressee,
  type SignPeerMessage,
  sealPeerMessage,
} from './peer.ts';
import type { PeerMessage } from './peer-types.ts';

const ip = (text: string): IpAddress => text as IpAddress;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const signer =
  (key: string): SignPeerMessage =>
  (bytes) =>
    createHmac('sha256', key).update(bytes).digest();
const sign = signer('key');

const small: PeerMessage = {
  family: 4,
  vrid: 51,
  sender: ip('192.0.2.1'),
  session: '0123456789abcdef',
  counter: 258,
  state: 'master',
  priority: 150,
  preempts: 'yes',
  heard: [],
  alternates: [],
};
const full: PeerMessage = {
  ...small,
  heard: [{ peer: ip('192.0.2.2'), session: 'fedcba9876543210', counter: 7 }],
  alternates: [ip('198.51.100.1'), ip('2001:db8::1')],
  resignation: { why: 'lowered', successor: ip('192.0.2.2') },
};

/** Writes the content anew, as a holdfast of another version would. */
function resealed(message: PeerMessage, change: (content: Uint8Array) => Uint8Array): Uint8Array {
  const sealed = sealPeerMessage(message, sign);
  const content = change(Uint8Array.from(sealed.subarray(0, -16)));
  return Uint8Array.of(...content, ...sign(content).subarray(0, 16));
}

test('the bytes are those of the documentation', () => {
  const bytes = hex(sealPeerMessage(full, sign));
  const fixed = '4846504d 01 04 33 02 0123456789abcdef 0000000000000102 96 01 0000 c0000201';
  const heard = '01 0014 c0000202 fedcba9876543210 0000000000000007';
  const alternates = '02 0016 04 c6336401 10 20010db8000000000000000000000001';
  const resignation = '03 0005 02 c0000202';
  const content = (fixed + heard + alternates + resignation).replaceAll(' ', '');
  assert.equal(bytes.slice(0, -32), content);
  assert.equal(bytes.slice(-32), hex(sign(Buffer.from(content, 'hex'))).slice(0, 32));
  assert.deepEqual(openPeerMessage(Buffer.from(bytes, 'hex'), sign), { ok: true, value: full });
});

test('whom it concerns can be read before the key is known', () => {
  const sealed = sealPeerMessage(small, sign);
  assert.deepEqual(readPeerAddressee(sealed), { ok: true, value: { family: 4, vrid: 51 } });
});

test('one bit changed, a byte less or another key: refused', () => {
  const sealed = sealPeerMessage(full, sign);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Uint8Array.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(openPeerMessage(changed, sign).ok, false, `bit ${bit}`);
  }
  for (let length = 0; length < sealed.length; length++) {
    assert.equal(openPeerMessage(sealed.subarray(0, length), sign).ok, false, `${length} bytes`);
  }
  const other = openPeerMessage(sealed, signer('another key'));
  assert.deepEqual(other, { ok: false, reason: 'forged' });
});

test('a signature that is too short signs nothing', () => {
  const weak: SignPeerMessage = (bytes) => sign(bytes).subarray(0, 15);
  const sealed = sealPeerMessage(small, weak);
  assert.deepEqual(openPeerMessage(sealed, weak), { ok: false, reason: 'forged' });
});

const refused: [why: string, bytes: Uint8Array, reason: string][] = [
  ['too short', sealPeerMessage(small, sign).subarray(0, 47), 'not-ours'],
  ['another magic', resealed(small, (content) => content.with(0, 0x49)), 'not-ours'],
  ['another version', resealed(small, (content) => content.with(4, 2)), 'version'],
  ['an unknown family', resealed(small, (content) => content.with(5, 5)), 'malformed'],
  ['VRID 0', resealed(small, (content) => content.with(6, 0)), 'malformed'],
  ['priority 0', resealed(small, (content) => content.with(24, 0)), 'malformed'],
  ['a counter beyond 2^53', resealed(small, (content) => content.with(16, 0x20)), 'malformed'],
  [
    'a field without a length',
    resealed(small, (content) => Uint8Array.of(...content, 1, 0)),
    'malformed',
  ],
  [
    'a field cut off',
    resealed(small, (content) => Uint8Array.of(...content, 9, 0, 2, 0)),
    'malformed',
  ],
  ['an IPv6 sender cut off', resealed(small, (content) => content.with(5, 6)), 'malformed'],
];
for (const [why, bytes, reason] of refused) {
  test(`refused: ${why}`, () => {
    assert.deepEqual(openPeerMessage(bytes, sign), { ok: false, reason });
  });
}

test('what a newer version adds is skipped', () => {
  const read = (change: (content: Uint8Array) => Uint8Array, message = small): PeerMessage => {
    const opened = openPeerMessage(resealed(message, change), sign);
    assert(opened.ok);
    return opened.value;
  };
  assert.deepEqual(
    read((content) => Uint8Array.of(...content, 200, 0, 2, 1, 2)),
    small,
  );
  assert.deepEqual(
    read((content) => content.with(25, 0xff).with(26, 1)),
    small,
  );
  assert.equal(read((content) => content.with(7, 99)).state, 'fault');
  // Of a longer resignation the known part counts, an unknown one is none.
  const longer = Uint8Array.of(3, 0, 6, 1, 192, 0, 2, 2, 77);
  const { resignation } = read((content) => Uint8Array.of(...content, ...longer));
  assert.deepEqual(resignation, { why: 'stopping', successor: '192.0.2.2' });
  const unknown = Uint8Array.of(3, 0, 5, 9, 192, 0, 2, 2);
  assert.deepEqual(
    read((content) => Uint8Array.of(...content, ...unknown)),
    small,
  );
  // An address of a family that does not exist yet.
  const alternates = Uint8Array.of(2, 0, 8, 2, 1, 1, 4, 10, 0, 0, 1);
  const { alternates: known } = read((content) => Uint8Array.of(...content, ...alternates));
  assert.deepEqual(known, ['10.0.0.1']);
});

test('longer lists than there may be are cut', () => {
  const echo = [192, 0, 2, 9, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1];
  const echoes = Array.from({ length: 40 }, () => echo).flat();
  const addresses = Array.from({ length: 9 }, () => [4, 10, 0, 0, 1]).flat();
  const field = (type: number, value: number[]) => [
    type,
    value.length >> 8,
    value.length & 255,
    ...value,
  ];
  const bytes = resealed(small, (content) =>
    Uint8Array.of(...content, ...field(1, echoes), ...field(2, addresses)),
  );
  const opened = openPeerMessage(bytes, sign);
  assert(opened.ok);
  assert.equal(opened.value.heard.length, HEARD_MAX);
  assert.equal(opened.value.alternates.length, ALTERNATES_MAX);
});

test('what does not fit is a bug of the caller', () => {
  const bugs: Partial<PeerMessage>[] = [
    { vrid: 0 },
    { priority: 256 },
    { priority: 0 },
    { session: '0123' },
    { session: '0123456789ABCDEF' },
    { counter: -1 },
    { counter: 2 ** 53 },
    { sender: ip('fe80::1') },
    { heard: Array(HEARD_MAX + 1).fill(full.heard[0]) },
    { alternates: Array(ALTERNATES_MAX + 1).fill(ip('10.0.0.1')) },
    { resignation: { why: 'stopping', successor: ip('fe80::1') } },
  ];
  for (const bug of bugs) {
    assert.throws(() => sealPeerMessage({ ...small, ...bug }, sign), InternalError);
  }
});

const addressOf = (family: IpFamily) => {
  const length = family === 4 ? 4 : 16;
  return fc.uint8Array({ minLength: length, maxLength: length }).map(ipFromBytes);
};
const sessions = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(hex);
const messageOf = (family: IpFamily): fc.Arbitrary<PeerMessage> =>
  fc.record(
    {
      family: fc.constant(family),
      vrid: fc.integer({ min: 1, max: 255 }),
      sender: addressOf(family),
      session: sessions,
      counter: fc.maxSafeNat(),
      state: fc.constantFrom('init', 'backup', 'master', 'fault', 'drained'),
      priority: fc.integer({ min: 1, max: 255 }),
      preempts: fc.constantFrom('yes', 'no'),
      heard: fc.array(
        fc.record(
          { peer: addressOf(family), session: sessions, counter: fc.maxSafeNat() },
          { noNullPrototype: true },
        ),
        { maxLength: HEARD_MAX },
      ),
      alternates: fc.array(fc.oneof(addressOf(4), addressOf(6)), { maxLength: ALTERNATES_MAX }),
      resignation: fc.record(
        { why: fc.constantFrom('stopping', 'lowered'), successor: addressOf(family) },
        { noNullPrototype: true },
      ),
    },
    {
      noNullPrototype: true,
      requiredKeys: [
        ...(['family', 'vrid', 'sender', 'session', 'counter', 'state'] as const),
        ...(['priority', 'preempts', 'heard', 'alternates'] as const),
      ],
    },
  ) as fc.Arbitrary<PeerMessage>;

for (const family of [4, 6] as const) {
  test(`a message over IPv${family} comes back as it was written`, () => {
    fc.assert(
      fc.property(messageOf(family), (message) => {
        const sealed = sealPeerMessage(message, sign);
        assert(sealed.length <= PEER_MESSAGE_BYTES_MAX);
        assert.deepEqual(openPeerMessage(sealed, sign), { ok: true, value: message });
      }),
    );
  });
}

test('the longest message fits into the least IPv6 packet', () => {
  const address = ip('2001:db8::1');
  const longest: PeerMessage = {
    ...small,
    family: 6,
    sender: address,
    heard: Array(HEARD_MAX).fill({ peer: address, session: small.session, counter: 1 }),
    alternates: Array(ALTERNATES_MAX).fill(address),
    resignation: { why: 'stopping', successor: address },
  };
  assert.equal(sealPeerMessage(longest, sign).length, 1178);
});

test('any bytes open or fail, without an exception, whoever signed them', () => {
  const constant: SignPeerMessage = () => new Uint8Array(16);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      openPeerMessage(noise, sign);
      const head = sealPeerMessage(small, constant).subarray(0, 32);
      const bytes = Uint8Array.of(...head, ...noise, ...new Uint8Array(16));
      const opened = openPeerMessage(bytes, constant);
      assert(opened.ok || opened.reason === 'malformed');
    }),
    { numRuns: 1000 },
  );
});
