import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InternalError } from '../base/assert.ts';
import { type IpAddress, type IpFamily, ipFromBytes } from '../base/ip.ts';
import { micros, seconds } from '../base/time.ts';
import { encodeIpv4Header } from './ipv4.ts';
import { type AdvertContext, decodeAdvert, decodeAdvertPacket, encodeAdvert } from './vrrp.ts';
import type { AdvertContent, ReceivedAdvert } from './vrrp-types.ts';

const ip = (text: string): IpAddress => text as IpAddress;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const onIpv4: AdvertContext = { source: ip('192.0.2.1'), destination: ip('224.0.0.18'), ttl: 255 };
const onIpv6: AdvertContext = { source: ip('fe80::10'), destination: ip('ff02::12'), ttl: 255 };
const plain = { kind: 'plain' } as const;
const pseudo = { kind: 'pseudo-header', ...onIpv4 } as const;

function read(payload: Uint8Array, context = onIpv4): ReceivedAdvert {
  const decoded = decodeAdvert(payload, context);
  assert(decoded.ok);
  return decoded.value;
}

/** VRID 51, priority 200, one address, each second. */
function advert(version: 2 | 3, text = '192.0.2.100'): AdvertContent {
  const addresses = [ip(text)];
  return { version, vrid: 51, priority: 200, advertInterval: seconds(1), addresses };
}

test('the PDUs that keepalived 2.4 tests its HMAC with are written and read', () => {
  const overIpv4 = '3133c80100644402c0000264';
  assert.equal(hex(encodeAdvert(advert(3), { family: 4, checksum: plain })), overIpv4);
  const first = read(bytes(overIpv4), { ...onIpv4, source: ip('198.51.100.10') });
  assert.deepEqual(first.checksum, {
    plain: true,
    pseudoHeader: false,
    groupPseudoHeader: false,
  });

  const overIpv6 = '3133c8010064a2e9fe800000000000000000000000000100';
  const ends = { source: ip('fe80::10'), destination: ip('fe80::20') };
  const checksum = { kind: 'pseudo-header', ...ends } as const;
  // Recorded over the PDU and the 28 bytes behind it, as the sum over IPv6 covers all that is sent.
  const trailer = '010100006800000080000000c8c56146ebfd66ee10ec4d8186461b78';
  const ours = encodeAdvert(advert(3, 'fe80::100'), { family: 6, checksum });
  assert.equal(hex(ours).replace(/^(.{12})..../, '$1a2e9'), overIpv6);
  const second = read(bytes(overIpv6 + trailer), { ...ends, ttl: 64 });
  assert.equal(second.checksum.pseudoHeader, true);
  assert.deepEqual([second.length, second.addresses], ['wrong', ['fe80::100']]);
});

test('the kernel is left to fill in the checksum', () => {
  const pdu = encodeAdvert(advert(3, 'fe80::100'), { family: 6, checksum: 'kernel' });
  assert.equal(hex(pdu), '3133c80100640000fe800000000000000000000000000100');
});

test('the v3 interval has 12 bits of centiseconds; what is reserved is not read', () => {
  const pdu = encodeAdvert(
    { ...advert(3), advertInterval: seconds(40.95) },
    { family: 4, checksum: pseudo },
  );
  assert.equal(hex(pdu).slice(8, 12), '0fff');
  pdu[4] = 0xff;
  assert.equal(read(pdu).advertInterval, seconds(40.95));
});

test('v2 over IPv4 always carries 8 bytes of authentication, over IPv6 never', () => {
  const none = read(encodeAdvert(advert(2), { family: 4, checksum: plain }));
  assert.deepEqual([none.authType, none.authData], [0, '0000000000000000']);
  const password = bytes('736563726574');
  const simple = read(encodeAdvert({ ...advert(2), password }, { family: 4, checksum: plain }));
  assert.deepEqual([simple.authType, simple.authData], [1, '7365637265740000']);
  const ends = { kind: 'pseudo-header', ...onIpv6 } as const;
  const v6 = encodeAdvert(advert(2, 'fe80::100'), { family: 6, checksum: ends });
  assert.equal(v6.length, 24);
  assert.deepEqual([read(v6, onIpv6).authData, read(v6, onIpv6).length], ['', 'right']);
});

test('a unicast checksum in the style of keepalived 1.3.6 is told apart', () => {
  const context = { ...onIpv4, destination: ip('192.0.2.2') };
  const pdu = encodeAdvert(advert(3), { family: 4, checksum: pseudo });
  const { checksum } = read(pdu, context);
  assert.deepEqual(checksum, { plain: false, pseudoHeader: false, groupPseudoHeader: true });
});

test('one bit changed makes every checksum wrong', () => {
  const pdu = encodeAdvert(advert(3), { family: 4, checksum: pseudo });
  for (let bit = 0; bit < pdu.length * 8; bit++) {
    const broken = Uint8Array.from(pdu);
    broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    // A changed count makes it too long or too short to be summed as it was meant.
    if (bit >> 3 === 3) continue;
    const { checksum } = read(broken);
    const none = { plain: false, pseudoHeader: false, groupPseudoHeader: false };
    assert.deepEqual(checksum, none, `bit ${bit}`);
  }
});

test('padding is tolerated up to the least Ethernet payload, and not summed', () => {
  const pdu = encodeAdvert(advert(3), { family: 4, checksum: pseudo });
  const padded = (length: number): Uint8Array => {
    const result = new Uint8Array(length).fill(0x5a);
    result.set(pdu);
    return result;
  };
  for (const length of [13, 26]) {
    assert.equal(read(padded(length)).length, 'right');
    assert.equal(read(padded(length)).checksum.pseudoHeader, true);
  }
  assert.equal(read(padded(27)).length, 'wrong');
  const longer = encodeAdvert(
    { ...advert(3), addresses: Array(5).fill(ip('192.0.2.1')) },
    { family: 4, checksum: pseudo },
  );
  assert.equal(read(longer).length, 'right');
  assert.equal(read(Uint8Array.of(...longer, 0)).length, 'wrong');
});

test('over IPv6 there is no padding', () => {
  const pdu = encodeAdvert(advert(3, 'fe80::1'), { family: 6, checksum: 'kernel' });
  assert.equal(read(Uint8Array.of(...pdu, 0), onIpv6).length, 'wrong');
});

test('what is missing of addresses and password is left out', () => {
  const pdu = encodeAdvert(
    { ...advert(2), addresses: [ip('192.0.2.1'), ip('192.0.2.2')] },
    { family: 4, checksum: plain },
  );
  const cut = read(pdu.subarray(0, 15));
  assert.deepEqual(cut.addresses, ['192.0.2.1']);
  assert.deepEqual([cut.addressCount, cut.authData, cut.length], [2, '', 'wrong']);
});

test('other versions and types are facts, not failures', () => {
  for (let first = 0; first <= 0xff; first++) {
    const decoded = read(Uint8Array.of(first, 1, 2, 0, 0, 100, 0, 0));
    assert.deepEqual([decoded.version, decoded.type], [first >> 4, first & 0xf]);
  }
});

test('refused: less than the fixed part', () => {
  const pdu = encodeAdvert({ ...advert(3), addresses: [] }, { family: 4, checksum: plain });
  assert.equal(read(pdu).length, 'right');
  assert.deepEqual(decodeAdvert(pdu.subarray(0, 7), onIpv4), { ok: false, reason: 'truncated' });
});

const pdu = encodeAdvert(advert(3), { family: 4, checksum: pseudo });
const header = encodeIpv4Header({
  ...onIpv4,
  ttl: 255,
  tos: 0xc0,
  identification: 1,
  protocol: 112,
  payloadLength: pdu.length,
});
const packet = Uint8Array.of(...header, ...pdu);
const changed = (at: number, value: number): Uint8Array => packet.with(at, value);
const refusedPackets: [why: string, packet: Uint8Array, reason: string][] = [
  ['no whole IP header', packet.subarray(0, 19), 'truncated-ip-header'],
  ['IPv6', changed(0, 0x65), 'not-vrrp'],
  ['another protocol', changed(9, 51), 'not-vrrp'],
  ['a fragment', changed(6, 0x20), 'fragment'],
  ['less than the IP total length', packet.subarray(0, 31), 'truncated'],
];
for (const [why, bad, reason] of refusedPackets) {
  test(`packet refused: ${why}`, () => {
    assert.deepEqual(decodeAdvertPacket(bad), { ok: false, reason });
  });
}

test('behind the IP total length anything may follow', () => {
  const padded = decodeAdvertPacket(Uint8Array.of(...packet, ...new Uint8Array(100)));
  assert.deepEqual(padded, { ok: true, value: read(pdu) });
});

test('what does not fit is a bug of the caller', () => {
  const bugs: [AdvertContent, IpFamily][] = [
    [{ ...advert(3), vrid: 0 }, 4],
    [{ ...advert(3), vrid: 256 }, 4],
    [{ ...advert(3), priority: 256 }, 4],
    [{ ...advert(3), priority: -1 }, 4],
    [{ ...advert(3), advertInterval: seconds(40.96) }, 4],
    [{ ...advert(2), advertInterval: seconds(256) }, 4],
    [{ ...advert(3), addresses: Array(256).fill(ip('192.0.2.1')) }, 4],
    [advert(3), 6],
    [{ ...advert(2), password: new Uint8Array(9) }, 4],
    [{ ...advert(3), password: new Uint8Array(8) }, 4],
  ];
  for (const [content, family] of bugs) {
    assert.throws(() => encodeAdvert(content, { family, checksum: 'kernel' }), InternalError);
  }
});

const addressOf = (family: IpFamily) => {
  const length = family === 4 ? 4 : 16;
  return fc.uint8Array({ minLength: length, maxLength: length }).map(ipFromBytes);
};
const contentOf = (family: IpFamily): fc.Arbitrary<AdvertContent> =>
  fc.constantFrom(2 as const, 3 as const).chain((version) => {
    const unit = version === 2 ? 1_000_000 : 10_000;
    const common = {
      version: fc.constant(version),
      vrid: fc.integer({ min: 1, max: 255 }),
      priority: fc.nat(255),
      advertInterval: fc.nat(version === 2 ? 255 : 4095).map((count) => micros(count * unit)),
      addresses: fc.array(addressOf(family), { maxLength: 255 }),
    };
    const password = fc.uint8Array({ minLength: 8, maxLength: 8 });
    return version === 2 && family === 4
      ? fc.record(
          { ...common, password },
          { requiredKeys: ['version', 'vrid', 'priority', 'advertInterval', 'addresses'] },
        )
      : fc.record(common);
  });

for (const family of [4, 6] as const) {
  test(`an advert over IPv${family} comes back as it was written`, () => {
    const ends = fc.record({ source: addressOf(family), destination: addressOf(family) });
    fc.assert(
      fc.property(contentOf(family), ends, (content, { source, destination }) => {
        const kind = content.version === 2 && family === 4 ? 'plain' : 'pseudo-header';
        const pdu = encodeAdvert(content, { family, checksum: { kind, source, destination } });
        const decoded = read(pdu, { source, destination, ttl: undefined });
        const { version, vrid, priority, advertInterval, addresses } = decoded;
        const { password, ...wanted } = content;
        assert.deepEqual({ version, vrid, priority, advertInterval, addresses }, wanted);
        assert.equal(decoded.authType, password === undefined ? 0 : 1);
        if (password !== undefined) assert.equal(decoded.authData, hex(password));
        assert.deepEqual([decoded.type, decoded.length], [1, 'right']);
        assert(kind === 'plain' ? decoded.checksum.plain : decoded.checksum.pseudoHeader);
      }),
    );
  });
}

test('any bytes decode or fail, without an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
      for (const context of [onIpv4, onIpv6]) {
        const decoded = decodeAdvert(payload, context);
        assert.equal(decoded.ok, payload.length >= 8);
        if (decoded.ok) assert(decoded.value.addresses.length <= decoded.value.addressCount);
      }
      decodeAdvertPacket(payload);
    }),
    { numRuns: 1000 },
  );
});
