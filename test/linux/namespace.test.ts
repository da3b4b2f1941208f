import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { detectAddressProtocol } from '../../src/linux/address-protocol.ts';
import { withNetworkNamespace } from '../../src/linux/ffi/netns.ts';
import { forwardsIpv6, readSysctl, writeSysctl } from '../../src/linux/sysctl.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import { createTestNamespace, skipKernelTests, type TestNamespace } from './namespaces.ts';

const current = () => readlinkSync('/proc/self/ns/net');

describe('network namespaces and settings', { skip: skipKernelTests }, () => {
  let host: TestNamespace;
  before(() => {
    host = createTestNamespace('settings');
  });
  after(() => host.remove());

  test('the thread is back home afterwards, also after an exception', () => {
    const home = current();
    assert.notEqual(host.inside(current), home);
    assert.equal(current(), home);
    assert.throws(
      () =>
        host.inside(() => {
          throw new Error('inside');
        }),
      /inside/,
    );
    assert.equal(current(), home);
    const missing = withNetworkNamespace('/run/netns/hft-no-such', current);
    assert.ok(isSysError(missing) && missing.code === 'ENOENT');
    const other = withNetworkNamespace('/proc/self/ns/uts', current);
    assert.ok(isSysError(other) && other.code === 'EINVAL');
    assert.equal(current(), home);
  });

  test('settings are those of the namespace', () => {
    const answer = host.inside(() => {
      const before = forwardsIpv6('lo');
      const words = ['net', 'ipv6', 'conf', 'lo', 'forwarding'];
      const failures = [writeSysctl(words, '1'), writeSysctl(['net', '..', 'x'], '1')];
      return { before, after: forwardsIpv6('lo'), failures, raw: readSysctl(...words) };
    });
    assert.equal(answer.before, 'does not');
    assert.equal(answer.after, 'forwards');
    assert.equal(answer.raw, '1');
    assert.equal(answer.failures[0], undefined);
    assert.equal(answer.failures[1]?.code, 'EINVAL');
    assert.equal(readSysctl('net', 'no-such'), undefined);
    assert.equal(forwardsIpv6('no-such-link'), 'does not');
  });

  test('a mark on any address shows that the kernel keeps marks', () => {
    assert.equal(detectAddressProtocol([{ protocol: 18 } as never]), 'kept');
  });
});
