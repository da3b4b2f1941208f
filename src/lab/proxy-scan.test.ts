import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanProxy } from './proxy-scan.ts';

test('finds the ports, and whether servers speak TLS', () => {
  const text = `frontend f # bind *:1
    bind :::6444 v4v6
backend b
    default-server check check-ssl verify none
    server a [2001:db8::1]:6443
`;
  assert.deepEqual(scanProxy(text), { frontPort: 6444, backPort: 6443, tls: 'yes' });
  assert.equal(scanProxy(text.replace('check-ssl', ''))?.tls, 'no');
  assert.equal(scanProxy('frontend f\n'), undefined);
});
