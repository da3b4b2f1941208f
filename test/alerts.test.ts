import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { METRICS } from '../src/api/prometheus/exposition.ts';
import { KUBERNETES_METRICS } from '../src/api/prometheus/kubernetes-table.ts';

/** Every name under which samples come. */
const known = new Map<string, readonly string[]>(
  [...METRICS, ...KUBERNETES_METRICS].flatMap(({ name, type, labels }) =>
    type === 'histogram'
      ? ['_bucket', '_sum', '_count'].map((suffix): [string, readonly string[]] => [
          `${name}${suffix}`,
          [...labels, 'le'],
        ])
      : [[name, labels] as [string, readonly string[]]],
  ),
);
/** Of Prometheus itself. */
const targetLabels = ['job', 'instance'];

/** What an expression asks for that no metric of ours has. */
function unknownIn(expression: string): string[] {
  const unknown: string[] = [];
  for (const [, name = '', , matchers = ''] of expression.matchAll(
    /\b(holdfast_\w+)(\{([^}]*)\})?/g,
  )) {
    const labels = known.get(name);
    if (labels === undefined) {
      unknown.push(name);
      continue;
    }
    for (const [, label = ''] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
      if (!labels.includes(label) && !targetLabels.includes(label)) {
        unknown.push(`${name}{${label}}`);
      }
    }
  }
  return unknown;
}

interface Rule {
  readonly name: string;
  readonly text: string;
  readonly expression: string;
}

/** `promtool check rules` reads it properly; here the names in it are of interest. */
function readRules(): Rule[] {
  const [, ...rules] = readFileSync('deploy/prometheus/alerts.yml', 'utf8').split(/^ +- alert: /m);
  return rules.map((text) => ({
    name: text.split('\n')[0] ?? '',
    text,
    expression: /^ +expr: (\|\n)?([\s\S]*?)^ {8}(?:for|labels):/m.exec(text)?.[2] ?? '',
  }));
}

describe('alerts', () => {
  test('ask for metrics and labels that exist', () => {
    for (const { name, expression } of readRules()) {
      assert.match(expression, /\b(?:holdfast_\w+|up)\b/, name);
      assert.deepEqual(unknownIn(expression), [], name);
    }
    assert.deepEqual(unknownIn('rate(holdfast_no_such_total[5m])'), ['holdfast_no_such_total']);
    assert.deepEqual(unknownIn('holdfast_vrrp_state{stat="a"}'), ['holdfast_vrrp_state{stat}']);
  });

  test('each have a paragraph in the runbook, and no other does', () => {
    const rules = readRules();
    const [, ...sections] = readFileSync('docs/runbook.md', 'utf8').split(/^## /m);
    const titles = sections.map((section) => section.split('\n')[0] ?? '');
    assert.deepEqual(titles.toSorted(), rules.map(({ name }) => name).toSorted());
    for (const { name, text } of rules) {
      assert.match(text, new RegExp(`runbook: docs/runbook\\.md#${name.toLowerCase()}$`, 'm'));
      assert.match(text, /severity: (?:critical|warning|info) /, name);
    }
    for (const section of sections) assert(section.length > 200, section);
  });
});

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; query: unknown }[];
  };
}

describe('the Grafana dashboard', () => {
  const dashboard: Dashboard = JSON.parse(readFileSync('deploy/grafana/holdfast.json', 'utf8'));
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  test('has panels with ids and places of their own', () => {
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
    assert(dashboard.schemaVersion >= 36);
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      const { x, y, w, h } = gridPos;
      assert(w > 0 && h > 0 && x >= 0 && x + w <= 24, title);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          assert(!taken.has(`${column} ${row}`), `${title} covers another panel`);
          taken.add(`${column} ${row}`);
        }
      }
    }
  });

  test('asks for metrics and labels that exist, by its own variables', () => {
    const variables = dashboard.templating.list.map(({ name }) => name);
    for (const { title, datasource, targets = [] } of panels) {
      assert.deepEqual(datasource, { type: 'prometheus', uid: '$' + '{datasource}' }, title);
      assert(targets.length > 0, title);
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
      for (const { expr } of targets) {
        assert.match(expr, /holdfast_/, title);
        assert.deepEqual(unknownIn(expr), [], title);
        for (const [, variable = ''] of expr.matchAll(/\$\{?(\w+)/g)) {
          assert([...variables, '__rate_interval', '__range'].includes(variable), variable);
        }
      }
    }
    for (const { name, query } of dashboard.templating.list) {
      assert.deepEqual(unknownIn(JSON.stringify(query ?? '')), [], name);
    }
  });

  test('shows what operators ask about', () => {
    const asked = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join('\n');
    const shown = METRICS.filter(({ name }) => asked.includes(name)).map(({ name }) => name);
    const others = METRICS.map(({ name }) => name).filter((name) => !shown.includes(name));
    for (const { name } of KUBERNETES_METRICS) assert(asked.includes(name), name);
    // A new metric is either shown, or listed here.
    assert.deepEqual(others.toSorted(), [
      'holdfast_check_failures',
      'holdfast_check_last_timestamp_seconds',
      'holdfast_check_up',
      'holdfast_control_connections_total',
      'holdfast_process_heap_bytes',
      'holdfast_real_server_bytes_total',
      'holdfast_real_server_last_change_timestamp_seconds',
      'holdfast_real_server_packets_total',
      'holdfast_real_server_weight_configured',
      'holdfast_real_server_weight_effective',
      'holdfast_track_check_up',
      'holdfast_virtual_server_balanced',
      'holdfast_virtual_server_bytes_total',
      'holdfast_virtual_server_connections_total',
      'holdfast_virtual_server_packets_total',
      'holdfast_vrrp_guard_validity_seconds',
      'holdfast_vrrp_instance_info',
      'holdfast_vrrp_listeners_unknown',
      'holdfast_vrrp_master_changes_total',
      'holdfast_vrrp_priority_operator',
      'holdfast_vrrp_priority_zero_received_total',
      'holdfast_vrrp_priority_zero_sent_total',
      'holdfast_vrrp_released_master_total',
      'holdfast_vrrp_side_message_floods_total',
      'holdfast_vrrp_timer_lateness_max_seconds',
    ]);
  });
});
