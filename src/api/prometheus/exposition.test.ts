import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { METRICS, negotiateFormat, renderMetrics } from './exposition.ts';
import { testFigures, testInstance, testResult } from './test-figures.ts';

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('the table of metrics', () => {
  test('has names and help as Prometheus wants them, each once', () => {
    const names = METRICS.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const { name, type, labels, help } of METRICS) {
      assert.match(name, /^holdfast_[a-z]+(_[a-z]+)*$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      assert.doesNotMatch(name, /_(?:bucket|sum|count)$/);
      assert.match(help, /^[A-Z0-9][^\n|]*\.$/, name);
      for (const label of labels) assert.match(label, /^[a-z]+(_[a-z]+)*$/);
      // Prometheus and its histograms have these.
      for (const taken of ['instance', 'job', 'le']) assert(!labels.includes(taken), name);
    }
  });

  test('gives samples with the labels that it lists, and no others', () => {
    for (const metric of METRICS) {
      const samples = metric.samples(testFigures());
      assert(samples.length > 0, `${metric.name} has no sample`);
      const seen = new Set<string>();
      for (const { labels } of samples) {
        assert.deepEqual(Object.keys(labels).sort(), [...metric.labels].sort(), metric.name);
        const key = JSON.stringify(Object.entries(labels).sort());
        assert(!seen.has(key), `${metric.name} has ${key} twice`);
        seen.add(key);
      }
    }
  });
});

describe('the exposition', () => {
  test('in the format of Prometheus', async () => {
    const text = await renderMetrics(testFigures(), 'prometheus');
    const all = lines(text);
    const real = 'virtual_server="tcp 10.8.0.1:80",real_server="10.9.0.1:80"';
    for (const line of [
      '# TYPE holdfast_vrrp_state gauge',
      'holdfast_vrrp_state{vrrp_instance="VI_1",state="master"} 1',
      'holdfast_vrrp_state{vrrp_instance="VI_1",state="backup"} 0',
      '# TYPE holdfast_vrrp_transitions_total counter',
      'holdfast_vrrp_transitions_total{vrrp_instance="VI_1",from="backup",to="master",cause="masterDown"} 1',
      '# TYPE holdfast_vrrp_timer_lateness_seconds histogram',
      'holdfast_vrrp_timer_lateness_seconds_bucket{le="0.001"} 3',
      'holdfast_vrrp_timer_lateness_seconds_bucket{le="1.0"} 5',
      'holdfast_vrrp_timer_lateness_seconds_bucket{le="+Inf"} 6',
      'holdfast_vrrp_timer_lateness_seconds_sum 4.5',
      'holdfast_vrrp_timer_lateness_seconds_count 6',
      'holdfast_process_cpu_seconds_total{mode="user"} 2.5',
      'holdfast_build_info{version="1.2.3",commit="abc",node="20.19.0"} 1',
      'holdfast_vrrp_up 1',
      'holdfast_checker_up 1',
      'holdfast_virtual_server_up{virtual_server="tcp 10.8.0.1:80"} 1',
      `holdfast_real_server_state{${real},state="disabled"} 0`,
      `holdfast_real_server_bytes_total{${real},direction="out"} 9000`,
      `holdfast_check_latency_seconds{${real},check="TCP_CHECK [10.9.0.1]:80"} 0.0015`,
      'holdfast_track_check_up{track_check="dns"} 0',
      'holdfast_vrrp_adverts_refused_total{vrrp_instance="VI_1",reason="checksum"} 2',
    ]) {
      assert(all.includes(line), `${line}\n${text}`);
    }
    assert(text.endsWith('\n'));
    assert.equal(all.filter((line) => line.startsWith('# HELP ')).length, METRICS.length);
  });

  test('in OpenMetrics', async () => {
    const text = await renderMetrics(testFigures(), 'openmetrics');
    const all = lines(text);
    for (const line of [
      '# TYPE holdfast_vrrp_transitions counter',
      'holdfast_vrrp_transitions_total{vrrp_instance="VI_1",from="backup",to="master",cause="masterDown"} 1',
      'holdfast_vrrp_script_duration_seconds_bucket{le="+Inf",script="check",kind="track"} 6',
      'holdfast_vrrp_script_duration_seconds_count{script="check",kind="track"} 6',
    ]) {
      assert(all.includes(line), `${line}\n${text}`);
    }
    assert.equal(all.at(-1), '# EOF');
    // No empty line and nothing behind the end: both are errors in OpenMetrics.
    assert(text.endsWith('# EOF\n'));
    assert.doesNotMatch(text, /\n\n/);
    assert.doesNotMatch(text, /_total_total/);
  });

  test('escapes what people call their instances', async () => {
    const vrrp = testResult({ instances: [testInstance({ name: 'a "b"\\c\nd' })] });
    const text = await renderMetrics(testFigures({ vrrp }), 'prometheus');
    assert.match(text, /holdfast_vrrp_peers\{vrrp_instance="a \\"b\\"\\\\c\\nd"\} 1\n/);
  });

  test('says so where the VRRP process does not answer', async () => {
    const text = await renderMetrics(
      testFigures({ vrrp: undefined, servers: 'silent' }),
      'prometheus',
    );
    const samples = lines(text).filter((line) => !line.startsWith('#'));
    assert.deepEqual(samples, [
      'holdfast_vrrp_up 0',
      'holdfast_vrrp_last_answer_timestamp_seconds 1790000100',
      'holdfast_control_child_resident_memory_bytes 50000000',
      'holdfast_http_requests_total{listener="http",code="200"} 3',
      'holdfast_checker_up 0',
    ]);
  });
});

describe('the format', () => {
  const prometheus3 =
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;' +
    'q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
  for (const [accept, format] of [
    [undefined, 'prometheus'],
    ['*/*', 'prometheus'],
    ['text/plain', 'prometheus'],
    [prometheus3, 'openmetrics'],
    ['application/openmetrics-text', 'openmetrics'],
    ['APPLICATION/OPENMETRICS-TEXT; version=1.0.0', 'openmetrics'],
    ['application/openmetrics-text;q=0.1, text/plain;q=0.9', 'prometheus'],
    ['application/openmetrics-text;q=0', 'prometheus'],
    ['application/openmetrics-text;q=x', 'prometheus'],
    [';;,,=', 'prometheus'],
  ] as const) {
    test(`for ${accept ?? 'no wish'} is ${format}`, () => {
      assert.equal(negotiateFormat(accept), format);
    });
  }
});
