/** Metrics of the host: the two processes, scripts, and what belongs to no instance. */
import { byKind, type Metric, ofScripts, scriptLabels, several, single } from './entry.ts';

const SCRIPT_METRICS: readonly Metric[] = [
  {
    name: 'holdfast_vrrp_script_up',
    type: 'gauge',
    labels: ['script', 'kind'],
    help: 'What a vrrp_script says: 1 up, 0 down; absent before its first result.',
    samples: ofScripts(({ verdict }) =>
      verdict === 'up' || verdict === 'down'
        ? [{ labels: {}, value: verdict === 'up' ? 1 : 0 }]
        : [],
    ),
  },
  {
    name: 'holdfast_vrrp_script_runs_total',
    type: 'counter',
    labels: ['script', 'kind', 'result'],
    help: 'Runs of scripts that have ended, by how.',
    samples: ofScripts(({ results }) => byKind('result', results)),
  },
  {
    name: 'holdfast_vrrp_script_overruns_total',
    type: 'counter',
    labels: ['script', 'kind'],
    help: 'Runs that were due while the one before was not over.',
    samples: ofScripts(({ overruns }) => [{ labels: {}, value: overruns }]),
  },
  {
    name: 'holdfast_vrrp_script_duration_seconds',
    type: 'histogram',
    labels: ['script', 'kind'],
    help: 'For how long scripts ran.',
    samples: ({ vrrp }) =>
      (vrrp?.scripts ?? []).map((script) => ({
        labels: scriptLabels(script),
        value: script.durations,
      })),
  },
];

const PROCESS_METRICS: readonly Metric[] = [
  {
    name: 'holdfast_build_info',
    type: 'gauge',
    labels: ['version', 'commit', 'node'],
    help: 'Which program runs; always 1.',
    samples: several(({ version, commit, nodeVersion }) => [
      { labels: { version, commit, node: nodeVersion }, value: 1 },
    ]),
  },
  {
    name: 'holdfast_process_start_time_seconds',
    type: 'gauge',
    labels: [],
    help: 'When the VRRP process started, in seconds since 1970.',
    samples: single(({ startedSeconds }) => startedSeconds),
  },
  {
    name: 'holdfast_process_cpu_seconds_total',
    type: 'counter',
    labels: ['mode'],
    help: 'Processor time of the VRRP process.',
    samples: several(({ process }) => [
      { labels: { mode: 'user' }, value: process.cpuUserUs / 1e6 },
      { labels: { mode: 'system' }, value: process.cpuSystemUs / 1e6 },
    ]),
  },
  {
    name: 'holdfast_process_resident_memory_bytes',
    type: 'gauge',
    labels: [],
    help: 'Memory of the VRRP process, what it shares with others included.',
    samples: single(({ process }) => process.residentBytes),
  },
  {
    name: 'holdfast_process_heap_bytes',
    type: 'gauge',
    labels: [],
    help: 'JavaScript objects of the VRRP process.',
    samples: single(({ process }) => process.heapBytes),
  },
  {
    name: 'holdfast_process_open_fds',
    type: 'gauge',
    labels: [],
    help: 'Open descriptors of the VRRP process.',
    samples: single(({ process }) => process.descriptors),
  },
  {
    name: 'holdfast_process_realtime',
    type: 'gauge',
    labels: [],
    help: '1 where the VRRP process has real-time scheduling, 0 where it may be kept waiting.',
    samples: single(({ process }) => (process.scheduling === 'realtime' ? 1 : 0)),
  },
  {
    name: 'holdfast_reloads_total',
    type: 'counter',
    labels: ['outcome'],
    help: 'Reloads of the configuration, by outcome.',
    samples: several(({ reloads }) => byKind('outcome', { ...reloads })),
  },
  {
    name: 'holdfast_control_connections_total',
    type: 'counter',
    labels: [],
    help: 'Connections to the control socket.',
    samples: single(({ control }) => control.connections),
  },
  {
    name: 'holdfast_control_requests_total',
    type: 'counter',
    labels: [],
    help: 'Requests that the VRRP process has read from the control socket and from the control child.',
    samples: single(({ control }) => control.requests),
  },
  {
    name: 'holdfast_control_refusals_total',
    type: 'counter',
    labels: ['code'],
    help: 'Requests refused, by error code, and connections that were cut.',
    samples: several(({ control }) => byKind('code', control.refused)),
  },
];

/** Of the control child. */
export const CHILD_METRICS: readonly Metric[] = [
  {
    name: 'holdfast_control_child_starts_total',
    type: 'counter',
    labels: [],
    help: 'Times that the VRRP process has started its control child: more than one is a restart.',
    samples: single(({ controlChildStarts }) => controlChildStarts),
  },
  {
    name: 'holdfast_control_child_resident_memory_bytes',
    type: 'gauge',
    labels: [],
    help: 'Memory of the control child.',
    samples: ({ child }) => [{ labels: {}, value: child.residentBytes }],
  },
  {
    name: 'holdfast_http_requests_total',
    type: 'counter',
    labels: ['listener', 'code'],
    help: 'HTTP requests that the control child has answered since it started.',
    samples: ({ child }) =>
      child.requests.map(({ listener, code, count }) => ({
        labels: { listener, code: String(code) },
        value: count,
      })),
  },
];

export const HOST_METRICS: readonly Metric[] = [
  {
    name: 'holdfast_vrrp_up',
    type: 'gauge',
    labels: [],
    help: '1 where the VRRP process answered; 0 where it hangs, and all figures of it are missing.',
    samples: ({ vrrp }) => [{ labels: {}, value: vrrp === undefined ? 0 : 1 }],
  },
  {
    name: 'holdfast_vrrp_last_answer_timestamp_seconds',
    type: 'gauge',
    labels: [],
    help: 'When the VRRP process last answered, in seconds since 1970.',
    samples: ({ answeredSeconds }) =>
      answeredSeconds === undefined ? [] : [{ labels: {}, value: answeredSeconds }],
  },
  {
    name: 'holdfast_vrrp_drained',
    type: 'gauge',
    labels: [],
    help: '1 where an operator had this host give up everything and take nothing.',
    samples: single(({ serving }) => (serving === 'drained' ? 1 : 0)),
  },
  {
    name: 'holdfast_vrrp_timer_lateness_seconds',
    type: 'histogram',
    labels: [],
    help: 'How late the timers of the VRRP engine ran.',
    samples: ({ vrrp }) => (vrrp === undefined ? [] : [{ labels: {}, value: vrrp.timerLateness }]),
  },
  {
    name: 'holdfast_vrrp_timer_lateness_max_seconds',
    type: 'gauge',
    labels: [],
    help: 'The latest that a timer of the VRRP engine has run since the start.',
    samples: single(({ timerLateness }) => timerLateness.maxUs / 1e6),
  },
  {
    name: 'holdfast_vrrp_stray_packets_total',
    type: 'counter',
    labels: ['kind'],
    help: 'VRRP packets that belong to no instance.',
    samples: several(({ strays }) => [
      { labels: { kind: 'undecodable' }, value: strays.undecodable },
      { labels: { kind: 'unknown-vrid' }, value: strays.unknownVrids },
    ]),
  },
  {
    name: 'holdfast_vrrp_side_messages_total',
    type: 'counter',
    labels: ['direction'],
    help: 'Messages between holdfasts of a group, beside VRRP.',
    samples: several(({ sideMessages: { sent, received } }) =>
      byKind('direction', { sent, received }),
    ),
  },
  {
    name: 'holdfast_vrrp_side_message_floods_total',
    type: 'counter',
    labels: [],
    help: 'Times that reading messages between holdfasts was put off because so many came.',
    samples: single(({ sideMessages }) => sideMessages.floods),
  },
  {
    name: 'holdfast_vrrp_side_messages_refused_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Messages between holdfasts that were not believed, by reason.',
    samples: several(({ sideMessages }) => byKind('reason', sideMessages.refused)),
  },
  ...SCRIPT_METRICS,
  ...PROCESS_METRICS,
  ...CHILD_METRICS,
];
