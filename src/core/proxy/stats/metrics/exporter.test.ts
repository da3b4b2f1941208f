import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serverOf, testLive, testMoment } from '../test-live.ts';
import { answerMetrics } from './exporter.ts';

function ask(query = '', live = testLive()): string {
  const answer = answerMetrics(`/metrics${query}`, testMoment(live));
  assert.equal(answer.status, 200);
  return answer.body;
}

function families(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name);
}

describe('the exporter', () => {
  it('has the families of haproxy 2.6', () => {
    assert.equal(families(ask()).length, 201);
    const counts = ['global', 'frontend', 'listener', 'backend', 'server'].map(
      (scope) => families(ask(`?scope=${scope}`)).length,
    );
    assert.deepEqual(counts, [60, 28, 14, 50, 49]);
  });

  it('shows states as series', () => {
    const live = testLive();
    serverOf(live, 's3').health.admin.add('drain');
    const last = { status: 'L4CON', code: -1, durationMs: 1500, description: '' };
    Object.assign(serverOf(live, 's1').health, { last });
    const text = ask('', live);
    for (const line of [
      'haproxy_frontend_status{proxy="web",state="UP"} 1',
      'haproxy_backend_agg_server_status{proxy="app",state="MAINT"} 1',
      'haproxy_backend_agg_check_status{proxy="app",state="L4CON"} 1',
      'haproxy_server_status{proxy="app",server="s3",state="DRAIN"} 1',
      'haproxy_server_check_status{proxy="app",server="s1",state="L4CON"} 1',
      'haproxy_server_check_status{proxy="app",server="s1",state="L4OK"} 0',
      'haproxy_server_check_duration_seconds{proxy="app",server="s1"} 1.500000',
      'haproxy_server_limit_sessions{proxy="app",server="s2"} NaN',
      'haproxy_listener_status{proxy="tcpl",listener="second",state="OPEN"} 1',
      'haproxy_process_build_info{version="1.2.3"} 1',
    ])
      assert.ok(text.includes(`${line}\n`), line);
    assert.doesNotMatch(text, /server_check_code\{proxy="app",server="s3"/);
    assert.doesNotMatch(text, /http_responses_total\{proxy="tcpl"/);
  });

  it('shows what is asked for', () => {
    assert.equal(families(ask('?scope=global&scope=listener')).length, 74);
    assert.equal(families(ask('?scope=*')).length, 201);
    assert.equal(ask('?scope='), '');
    assert.equal(answerMetrics('/metrics?scope=bogus', testMoment(testLive())).status, 400);
    assert.deepEqual(families(ask('?metrics=haproxy_server_status,haproxy_process_jobs')), [
      ...['haproxy_process_jobs', 'haproxy_server_status'],
    ]);
    assert.equal(families(ask('?metrics=-haproxy_server_status')).length, 200);
    assert.doesNotMatch(ask('?no-maint'), /server="s4"/);
  });
});
