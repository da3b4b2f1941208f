import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type IpAddress, parseIp } from '../../src/base/ip.ts';
import { Secret } from '../../src/base/secret.ts';
import { createMemoryFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import { lint } from '../../src/config/lint/index.ts';
import type { Finding, Source } from '../../src/config/lint/types.ts';
import { type Cluster, DEPLOYMENTS } from '../../src/config/model/cluster.ts';
import { diskFiles } from '../../src/daemon/config-files.ts';
import { planFiles } from '../../src/plan/index.ts';
import { deriveSite } from '../../src/plan/site.ts';
import { readCorpus, readVerdicts } from '../conformance/haproxy/corpus.ts';
import { corpusFiles, corpusFolder } from '../conformance/keepalived/corpus.ts';

/** By code: why a configuration that is correct is warned about. */
const JUSTIFIED: Readonly<Record<string, string>> = JSON.parse(
  readFileSync('test/lint/warnings.json', 'utf8'),
);

const warned = new Set<string>();

function judge(sources: readonly Source[]): readonly Finding[] {
  const findings = lint(sources, { files: diskFiles });
  for (const { severity, code } of findings) if (severity === 'warning') warned.add(code);
  return findings;
}

function errorsOf(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ file, line, code, message }) => `${file}:${line} ${code}: ${message}`);
}

describe('lint finds no error in what is correct', () => {
  const files = corpusFiles('valid');
  test(`${files.length} configurations that keepalived takes`, () => {
    assert.ok(files.length >= 60);
    const errors = files.flatMap((file) => {
      const path = `${corpusFolder}/${file}`;
      return errorsOf(judge([{ path, text: readFileSync(path, 'utf8') }]));
    });
    assert.deepEqual(errors, []);
  });

  test('configurations that HAProxy takes, and our reader does', () => {
    const cases = readCorpus();
    const verdicts = readVerdicts(cases);
    const taken = cases.filter(({ text }, index) => {
      if (verdicts[index] !== 0) return false;
      const { diagnostics } = readHaproxy({ paths: ['f'], files: createMemoryFiles({ f: text }) });
      return diagnostics.every(({ severity }) => severity !== 'error' && severity !== 'fatal');
    });
    assert.ok(taken.length >= 300, `${taken.length}`);
    const errors = taken.flatMap(({ name, text }) =>
      errorsOf(judge([{ path: `${name}.cfg`, text }])),
    );
    assert.deepEqual(errors, []);
  });

  for (const deployment of DEPLOYMENTS) {
    test(`the files that plan writes for ${deployment}, all together`, () => {
      const files = planFiles(deriveSite(clusterOf(deployment), secrets));
      const sources = files.map(({ path, text }) => ({ path, text }));
      assert.ok(sources.some(({ path }) => path.endsWith('keepalived.conf')));
      assert.deepEqual(errorsOf(judge(sources)), []);
    });
  }

  test('each warning about them is justified, and each justification is needed', () => {
    assert.deepEqual([...warned].sort(), Object.keys(JUSTIFIED).sort());
  });
});

const secrets = { authPass: new Secret('abcd2345'), peerKey: new Secret('0123456789abcdef') };

function ip(text: string): IpAddress {
  return parseIp(text) ?? assert.fail(text);
}

function clusterOf(deployment: Cluster['deployment']): Cluster {
  return {
    name: 'prod',
    purpose: 'kubernetes',
    deployment,
    vips: [{ address: ip('10.0.0.9') }],
    frontPort: 6444,
    backPort: 6443,
    interface: 'eth0',
    advertIntervalS: 1,
    images: {},
    hosts: ['a', 'b', 'c'].map((name, index) => ({
      name,
      address: ip(`10.0.0.${index + 1}`),
      holder: {},
      isServer: true,
    })),
  };
}
