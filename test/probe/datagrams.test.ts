import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { millis } from '../../src/base/time.ts';
import type { DnsRecordType, UdpCheck } from '../../src/config/model/health-check.ts';
import type { ProbeReport } from '../../src/core/check/probe.ts';
import { dnsRecordTypes } from '../../src/wire/dns.ts';
import { testPath } from '../../tools/sweep.ts';
import { skipKernelTests, testEnds } from '../linux/namespaces.ts';
import {
  missingPrograms,
  openProbeLab,
  type ProbeLab,
  SILENT,
  targetOf,
  UNREACHABLE,
  untilPasses,
} from './support.ts';

const skip = skipKernelTests || missingPrograms('unbound');
const [{ right }] = testEnds;
const short = { connectTimeout: millis(100) };

function told({ finding }: ProbeReport): string {
  if (finding.kind === 'failed') return `${finding.cause}: ${finding.detail}`;
  return finding.kind === 'passed' ? `passed: ${finding.detail}` : finding.kind;
}

describe('dns, udp and ping probes', { skip }, () => {
  let lab: ProbeLab;
  const config = testPath('unbound.conf');

  before(async () => {
    lab = await openProbeLab('probe-dgram');
    writeFileSync(config, unboundConfig);
    lab.serve('unbound', '-d', '-c', config);
    lab.serve(process.execPath, join(import.meta.dirname, 'udp-servers.mjs'));
    await untilPasses(lab, dns(53));
    await untilPasses(lab, dns(5302));
  });
  after(async () => {
    await lab.close();
    rmSync(config, { force: true });
  });

  function dns(port: number, recordType: DnsRecordType = 'A', name = 'www.example.com') {
    return { kind: 'dns', target: targetOf(right, port), recordType, name } as const;
  }

  function udp(port: number, changes: Partial<UdpCheck> = {}) {
    const wish = { payload: '010203', reply: 'required', minReplyLength: 0, maxReplyLength: 255 };
    return { kind: 'udp', target: targetOf(right, port), ...wish, ...changes } as UdpCheck;
  }

  test('dns: unbound answers, at the port of the protocol, by IPv4 and IPv6', async () => {
    for (const { right: address } of testEnds) {
      const report = await lab.ask({ ...dns(0), target: targetOf(address, 0) });
      assert.equal(told(report), 'passed: NOERROR, 2 records');
    }
  });

  test('dns: every type can be asked for, and the root', async () => {
    const types = Object.keys(dnsRecordTypes) as DnsRecordType[];
    const reports = await Promise.all(
      types.map((type) => lab.ask(dns(53, type, 'all.example.com.'))),
    );
    const found = Object.fromEntries(types.map((type, at) => [type, reports[at]]));
    for (const [type, report] of Object.entries(found)) {
      const records = ['RRSIG', 'DNSKEY', 'CNAME'].includes(type) ? 0 : 1;
      assert.equal(told(report as ProbeReport), `passed: NOERROR, ${records} records`, type);
    }
    assert.equal(told(await lab.ask(dns(53, 'SOA', '.'))), 'passed: NOERROR, 1 records');
  });

  test('dns: wrong answers, and what is no answer', async () => {
    const of = (port: number) => lab.ask({ ...dns(port), target: targetOf(right, port, short) });
    assert.equal(told(await lab.ask(dns(53, 'A', 'none.example.com'))), 'answer: NXDOMAIN');
    assert.equal(told(await of(5301)), 'answer: SERVFAIL');
    assert.equal(told(await of(5302)), 'passed: NOERROR, truncated');
    assert.equal(told(await lab.ask(dns(5303))), 'passed: NOERROR, 0 records');
    assert.equal(told(await of(5304)), 'timeout: no answer within 0.1 s');
    assert.equal(told(await of(5399)), 'refused: connection refused');
    const name = `${'x'.repeat(64)}.example`;
    assert.match(told(await lab.ask(dns(53, 'A', name))), /^local: 'x+\.example' is no name/);
  });

  test('udp: replies, patterns and lengths', async () => {
    const pattern = { reply: { pattern: '6162xX64' } };
    const cases: [UdpCheck, string][] = [
      [udp(7), 'passed: 3 bytes in reply'],
      [udp(7, { reply: { pattern: '010203' } }), 'passed: 3 bytes in reply'],
      [udp(1001, pattern), 'passed: 4 bytes in reply'],
      [udp(1002, pattern), 'passed: 8 bytes in reply'],
      [udp(1003, pattern), 'answer: 2 bytes in reply, fewer than its pattern has'],
      [udp(1001, { reply: { pattern: '6163' } }), 'answer: byte 1 of the reply differs'],
      [udp(1004), 'passed: 0 bytes in reply'],
      [udp(1002, { ...pattern, maxReplyLength: 7 }), 'answer: 8 bytes in reply, more than 7'],
      [udp(1001, { ...pattern, minReplyLength: 5 }), 'answer: 4 bytes in reply, fewer than 5'],
      // As with keepalived, lengths are those of a pattern.
      [udp(1001, { minReplyLength: 5 }), 'passed: 4 bytes in reply'],
      [udp(1001, { reply: 'unneeded' }), 'passed: 4 bytes in reply'],
    ];
    for (const [probe, expected] of cases) assert.equal(told(await lab.ask(probe)), expected);
    const { payload: _, ...random } = udp(7);
    assert.equal(told(await lab.ask(random)), 'passed: 32 bytes in reply');
  });

  test('udp: silence is good where no reply is needed; a refusal never is', async () => {
    const target = (address: string, port: number) => ({ target: targetOf(address, port, short) });
    const reports = await Promise.all([
      lab.ask(udp(9, { reply: 'unneeded', ...target(right, 9) })),
      lab.ask(udp(9, target(right, 9))),
      lab.ask(udp(10, { reply: 'unneeded', ...target(right, 10) })),
      lab.ask(udp(10, { reply: 'unneeded', ...target(UNREACHABLE[4], 10) })),
      lab.ask(udp(10, { reply: 'unneeded', ...target(UNREACHABLE[6], 10) })),
      lab.ask(udp(10, { reply: 'unneeded', target: targetOf(right, 10, { interface: 'none0' }) })),
    ]);
    assert.deepEqual(reports.map(told), [
      'passed: nobody refused it',
      'timeout: no reply within 0.1 s',
      'refused: connection refused',
      'unreachable: host is unreachable',
      'unreachable: network is unreachable',
      'local: SO_BINDTODEVICE none0: no such device (ENODEV)',
    ]);
  });

  // Kernels come without ICMP sockets for anybody: then it is raw ones.
  for (const range of ['1 0', '0 0']) {
    test(`ping: replies, silence and unreachable hosts, with ping_group_range ${range}`, async () => {
      lab.left.exec('sysctl', '-qw', `net.ipv4.ping_group_range=${range}`);
      const ping = (address: string, changes = {}) =>
        lab.ask({ kind: 'ping', target: targetOf(address, 0, changes) });
      for (const { family, left, right: there } of testEnds) {
        const reports = await Promise.all([
          ping(there),
          ping(there, { source: left, interface: 'eth0' }),
          ping(left),
          ping(SILENT[family], short),
          ping(UNREACHABLE[family]),
        ]);
        const what = family === 4 ? 'host' : 'network';
        assert.deepEqual(reports.map(told), [
          'passed: echo reply',
          'passed: echo reply',
          'passed: echo reply',
          'timeout: no echo reply within 0.1 s',
          `unreachable: ${what} is unreachable`,
        ]);
      }
      const many = await Promise.all(Array.from({ length: 300 }, () => ping(right)));
      assert.deepEqual(new Set(many.map(told)), new Set(['passed: echo reply']));
    });
  }
});

const unboundConfig = `
server:
  directory: "/"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  interface: 0.0.0.0
  interface: ::0
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  do-daemonize: no
  module-config: "iterator"
  local-zone: "." static
  local-data: ". 60 IN SOA a. b. 1 60 60 60 60"
  local-zone: "example.com." static
  local-data: "www.example.com. 60 IN A 192.0.2.1"
  local-data: "www.example.com. 60 IN A 192.0.2.2"
  local-data: "all.example.com. 60 IN A 192.0.2.1"
  local-data: "all.example.com. 60 IN AAAA 2001:db8::1"
  local-data: "all.example.com. 60 IN NS ns.example.com."
  local-data: "all.example.com. 60 IN SOA ns.example.com. root.example.com. 1 60 60 60 60"
  local-data: "all.example.com. 60 IN MX 1 mx.example.com."
  local-data: "all.example.com. 60 IN TXT text"
remote-control:
  control-enable: no
`;
