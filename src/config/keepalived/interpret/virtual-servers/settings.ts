import { Secret } from '../../../../base/secret.ts';
import { type Micros, seconds } from '../../../../base/time.ts';
import type { LoadBalancingSettings, TlsClient } from '../../../model/virtual-server.ts';
import type { Statement } from '../../grammar/tree.ts';
import type { Report } from '../../report.ts';
import { readInteger } from '../numbers.ts';
import { Values } from '../values.ts';
import { readSyncDaemon } from './sync-daemon.ts';

const STATS_SECONDS = 5;
const NFTABLES = { table: 'keepalived_ipvs', priority: -1, mark: 1000 };
const TIMEOUT_MAX = 2_678_400;

const DATA_PLANES = ['ipvs', 'nftables', 'auto'] as const;

/** What global_defs and the words outside all blocks say about IPVS. */
export function readSettings(
  globals: Values,
  root: readonly Statement[],
  report: Report,
): LoadBalancingSettings {
  const statsInterval = globals.micros('snmp_vs_stats_update_interval') ?? seconds(STATS_SECONDS);
  const syncDaemon = readSyncDaemon(globals, report);
  const nftables = readNftables(globals);
  const namespace = root.findLast(({ definition: { name } }) => name === 'net_namespace_ipvs');
  return {
    ...readTimeouts(globals, report),
    dataPlane: DATA_PLANES.find((one) => one === globals.text('data_plane')) ?? 'auto',
    flushAtStart: globals.has('lvs_flush'),
    flushAtStop: readFlush(globals),
    ...(syncDaemon !== undefined && { syncDaemon }),
    notifyInitialStates: globals.bool('rs_init_notifies') ?? false,
    virtualServerStatsInterval: statsInterval,
    realServerStatsInterval: globals.micros('snmp_rs_stats_update_interval') ?? statsInterval,
    ...(nftables !== undefined && { nftables }),
    ...(namespace !== undefined && { namespace: namespace.words[0]?.text ?? 'initial' }),
  };
}

const TIMEOUTS = { tcp: 'tcpTimeout', tcpfin: 'tcpFinTimeout', udp: 'udpTimeout' } as const;

type Timeouts = { [Field in (typeof TIMEOUTS)[keyof typeof TIMEOUTS]]?: Micros };

function readTimeouts(globals: Values, report: Report): Timeouts {
  const timeouts: Timeouts = {};
  for (const { words } of globals.all('lvs_timeouts')) {
    for (let at = 0; at < words.length; at++) {
      const option = words[at];
      if (option === undefined) break;
      const field = Object.hasOwn(TIMEOUTS, option.text)
        ? TIMEOUTS[option.text as keyof typeof TIMEOUTS]
        : undefined;
      if (field === undefined) {
        report.add(
          'invalid-choice',
          option.at,
          `'lvs_timeouts' takes tcp, tcpfin and udp, not '${option.text}': the rest is ignored`,
          'lvs_timeouts tcp 900 tcpfin 120 udp 300',
        );
        break;
      }
      const value = words[++at];
      if (value === undefined) {
        report.add('missing-value', option.at, `'${option.text}' has no value and is ignored`);
        break;
      }
      const rule = { what: `'${option.text}'`, min: 0, max: TIMEOUT_MAX, unit: 's' };
      const timeout = readInteger(value, { ...rule, fallback: 'it is ignored' }, report);
      if (timeout !== undefined) timeouts[field] = seconds(timeout);
    }
  }
  return timeouts;
}

function readFlush(globals: Values): LoadBalancingSettings['flushAtStop'] {
  const right = globals
    .all('lvs_flush_on_stop')
    .filter(({ words: [word] }) => word === undefined || word.text === 'VS')
    .at(-1);
  if (right === undefined) return 'off';
  return right.words.length > 0 ? 'own' : 'everything';
}

function readNftables(globals: Values): LoadBalancingSettings['nftables'] {
  const line = globals.statement('nftables_ipvs');
  if (line === undefined) return undefined;
  return {
    table: line.words[0]?.text ?? NFTABLES.table,
    priority: globals.number('nftables_ipvs_priority') ?? NFTABLES.priority,
    mark: globals.number('nftables_ipvs_start_fwmark') ?? NFTABLES.mark,
  };
}

const TLS_WORDS = ['password', 'ca', 'certificate', 'key'] as const;

/** The SSL block. */
export function readTlsClient(
  statements: readonly Statement[],
  report: Report,
): TlsClient | undefined {
  const [first, second] = statements;
  const last = statements.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (second !== undefined) {
    report.add('repeated-setting', second.keyword.at, 'SSL is given twice: the last one counts');
  }
  for (const { block } of statements) {
    const values = new Values(block?.statements ?? [], report);
    for (const name of TLS_WORDS) {
      const again = values.all(name)[1];
      if (again === undefined) continue;
      const message = `'${name}' is given twice: the last one counts`;
      report.add('repeated-setting', again.keyword.at, message);
    }
  }
  const values = new Values(last.block?.statements ?? [], report);
  const password = values.text('password');
  const caFile = values.text('ca');
  const certificateFile = values.text('certificate');
  const keyFile = values.text('key');
  return {
    ...(password !== undefined && { password: new Secret(password) }),
    ...(caFile !== undefined && { caFile }),
    ...(certificateFile !== undefined && { certificateFile }),
    ...(keyFile !== undefined && { keyFile }),
  };
}
