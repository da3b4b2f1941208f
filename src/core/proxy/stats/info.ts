/** `show info`: figures of the process, in the order of haproxy 2.6. */
import { secondsSince } from './figures.ts';
import type { StatsMoment } from './process-facts.ts';
import { tagWords, typedValue } from './typed.ts';

type Value = string | number;

export interface InfoField {
  readonly name: string;
  /** As it is numbered in typed output. */
  readonly position: number;
  readonly tag: string;
  readonly type: 'str' | 'u32' | 'u64';
  readonly about: string;
  /** Undefined: it is left out. */
  read(moment: StatsMoment): Value | undefined;
}

type Entry = readonly [
  name: string,
  tag: string,
  type: InfoField['type'],
  about: string,
  read: (moment: StatsMoment) => Value | undefined,
];

const MEBIBYTE = 1_048_576;
const none = (): number => 0;

const entries: readonly Entry[] = [
  ['Name', 'POS', 'str', 'Name of the program', ({ facts }) => facts.product],
  ['Version', 'POS', 'str', 'Version of the program', ({ facts }) => facts.version],
  ['Release_date', 'POS', 'str', 'Date of this version', ({ facts }) => facts.releaseDate],
  ['Nbthread', 'CGS', 'u32', 'Workers (nbthread)', ({ live }) => live.config.global.workers],
  ['Nbproc', 'CGS', 'u32', 'Always 1', () => 1],
  ['Process_num', 'KGP', 'u32', 'Always 1', () => 1],
  ['Pid', 'SGP', 'u32', 'Number of the process', ({ facts }) => facts.pid],
  ['Uptime', 'MDP', 'str', 'Time since the start', (moment) => uptimeText(uptime(moment))],
  ['Uptime_sec', 'MDP', 'u32', 'Seconds since the start', uptime],
  ['Memmax_MB', 'CLP', 'u32', 'Limit of memory; 0: none', none],
  ['PoolAlloc_MB', 'MGP', 'u32', 'Memory, MiB', ({ facts }) => toMebibytes(facts.memoryBytes)],
  [
    'PoolUsed_MB',
    'MGP',
    'u32',
    'Memory in use, MiB',
    ({ facts }) => toMebibytes(facts.memoryBytes),
  ],
  ['PoolFailed', 'MCP', 'u32', 'Times that there was no memory', none],
  ['Ulimit-n', 'CLP', 'u32', 'Limit of descriptors', ({ facts }) => facts.maxDescriptors],
  ['Maxsock', 'CLP', 'u32', 'Limit of sockets', ({ facts }) => facts.maxDescriptors],
  ['Maxconn', 'CLP', 'u32', 'Limit of connections', ({ facts }) => facts.maxconn],
  ['Hard_maxconn', 'CLP', 'u32', 'Most that the limit may be', ({ facts }) => facts.hardMaxconn],
  ['CurrConns', 'MGP', 'u32', 'Connections now', ({ live }) => live.current],
  ['CumConns', 'MCP', 'u32', 'Connections so far', ({ live }) => live.connections],
  ['CumReq', 'MCP', 'u32', 'Requests so far', ({ live }) => live.requests],
  ['MaxSslConns', 'MMP', 'u32', 'Limit of TLS connections; 0: none', none],
  ['CurrSslConns', 'MGP', 'u32', 'TLS connections now', ({ facts }) => facts.tlsConnections],
  [
    'CumSslConns',
    'MCP',
    'u32',
    'TLS connections so far',
    (moment) => tlsSum(moment, 'tlsSessions'),
  ],
  ['Maxpipes', 'CLP', 'u32', 'Pipes for splicing, which are not used', none],
  ['PipesUsed', 'MGP', 'u32', 'Pipes for splicing, which are not used', none],
  ['PipesFree', 'MGP', 'u32', 'Pipes for splicing, which are not used', none],
  [
    'ConnRate',
    'MRP',
    'u32',
    'Connections in the last second',
    (moment) => rateNow(moment, 'connectionRate'),
  ],
  ['ConnRateLimit', 'CLP', 'u32', 'Limit of connections a second; 0: none', none],
  [
    'MaxConnRate',
    'MMP',
    'u32',
    'Most connections of a frontend in one second',
    (moment) => rateMost(moment, 'connectionRate'),
  ],
  [
    'SessRate',
    'MRP',
    'u32',
    'Sessions in the last second',
    (moment) => rateNow(moment, 'sessionRate'),
  ],
  ['SessRateLimit', 'CLP', 'u32', 'Limit of sessions a second; 0: none', none],
  [
    'MaxSessRate',
    'MRP',
    'u32',
    'Most sessions of a frontend in one second',
    (moment) => rateMost(moment, 'sessionRate'),
  ],
  ['SslRate', 'MRP', 'u32', 'TLS connections in the last second, which are not counted', none],
  ['SslRateLimit', 'CLP', 'u32', 'Limit of TLS connections a second; 0: none', none],
  ['MaxSslRate', 'MMP', 'u32', 'Most TLS connections in one second, which are not counted', none],
  ['SslFrontendKeyRate', 'MGP', 'u32', 'New TLS keys a second, which are not counted', none],
  ['SslFrontendMaxKeyRate', 'MMP', 'u32', 'New TLS keys a second, which are not counted', none],
  [
    'SslFrontendSessionReuse_pct',
    'MGP',
    'u32',
    'Percent of TLS sessions that were known',
    resumedPercent,
  ],
  ['SslBackendKeyRate', 'MRP', 'u32', 'New TLS keys a second, which are not counted', none],
  ['SslBackendMaxKeyRate', 'MMP', 'u32', 'New TLS keys a second, which are not counted', none],
  ['SslCacheLookups', 'MCP', 'u32', 'Look-ups of TLS sessions, which are not counted', none],
  ['SslCacheMisses', 'MCP', 'u32', 'Look-ups of TLS sessions, which are not counted', none],
  ['CompressBpsIn', 'MRP', 'u32', 'Compression, which there is none of', none],
  ['CompressBpsOut', 'MRP', 'u32', 'Compression, which there is none of', none],
  ['CompressBpsRateLim', 'CLP', 'u32', 'Compression, which there is none of', none],
  ['ZlibMemUsage', 'MGP', 'u32', 'Compression, which there is none of', () => undefined],
  ['MaxZlibMemUsage', 'CLP', 'u32', 'Compression, which there is none of', () => undefined],
  ['Tasks', 'MGP', 'u32', 'Timers, checks and connections', ({ facts }) => facts.tasks],
  ['Run_queue', 'MGP', 'u32', 'Tasks that wait', none],
  [
    'Idle_pct',
    'MaP',
    'u32',
    'Percent of the last second without work',
    ({ facts }) => facts.idlePercent,
  ],
  ['node', 'COS', 'str', 'Name of the host (node)', nodeName],
  [
    'description',
    'COS',
    'str',
    'Description of the host',
    ({ live }) => live.config.global.description,
  ],
  ['Stopping', 'MGP', 'u32', '1: it stops', ({ facts }) => (facts.state === 'stopping' ? 1 : 0)],
  [
    'Jobs',
    'MGP',
    'u32',
    'Connections and listeners',
    (moment) => moment.live.current + listenerCount(moment),
  ],
  ['Unstoppable Jobs', 'MGP', 'u32', 'Connections that do not end with the process', none],
  ['Listeners', 'MGP', 'u32', 'Addresses that are listened on', listenerCount],
  ['ActivePeers', 'MGP', 'u32', 'Peers, which there are none of', none],
  ['ConnectedPeers', 'MGP', 'u32', 'Peers, which there are none of', none],
  [
    'DroppedLogs',
    'MGP',
    'u32',
    'Lines of the log that nobody took',
    ({ facts }) => facts.droppedLogs,
  ],
  ['BusyPolling', 'MGP', 'u32', '1: it never sleeps', none],
  [
    'FailedResolutions',
    'MGP',
    'u32',
    'Names that could not be resolved',
    ({ facts }) => facts.failedResolutions,
  ],
  ['TotalBytesOut', 'MGP', 'u64', 'Bytes to clients so far', bytesOut],
  ['TotalSplicdedBytesOut', 'MGP', 'u64', 'Bytes through pipes, which are not used', none],
  [
    'BytesOutRate',
    'MRP',
    'u64',
    'Bytes to clients in the last second',
    ({ facts }) => facts.bytesOutPerSecond,
  ],
  ['DebugCommandsIssued', 'MGP', 'u32', 'Commands for debugging so far', none],
  ['CumRecvLogs', 'MCP', 'u32', 'Lines of logs received, which are not', none],
  ['Build info', 'POS', 'str', 'Version of the program', ({ facts }) => facts.version],
  ['Memmax_bytes', 'CLP', 'u32', 'Limit of memory; 0: none', none],
  ['PoolAlloc_bytes', 'MGP', 'u64', 'Memory, bytes', ({ facts }) => facts.memoryBytes],
  ['PoolUsed_bytes', 'MGP', 'u64', 'Memory in use, bytes', ({ facts }) => facts.memoryBytes],
  ['Start_time_sec', 'MDP', 'u32', 'Seconds since 1970 at the start', startTime],
  ['Tainted', 'SGP', 'str', '0: nothing experimental is in use', () => '0'],
];

export const infoFields: readonly InfoField[] = entries.map(
  ([name, tag, type, about, read], position) => ({ name, position, tag, type, about, read }),
);

export type InfoForm = {
  readonly as: 'lines' | 'typed';
  readonly described: 'names' | 'sentences';
};

export function infoAsText(moment: StatsMoment, { as, described }: InfoForm): string {
  return filled(moment)
    .map(({ field: { name, position, tag, type, about }, value }) => {
      const more = described === 'sentences' ? `:"${about}"` : '';
      return as === 'typed'
        ? `${position}.${name}.1:${tag}:${type}:${value}${more}\n`
        : `${name}: ${value}${more}\n`;
    })
    .join('');
}

export function infoAsJson(moment: StatsMoment): string {
  return JSON.stringify(
    filled(moment).map(({ field, value }) => ({
      field: { pos: field.position, name: field.name },
      processNum: 1,
      tags: tagWords(field.tag),
      value: typedValue(field.type, value),
    })),
  );
}

function filled(moment: StatsMoment): { readonly field: InfoField; readonly value: Value }[] {
  return infoFields.flatMap((field) => {
    const value = field.read(moment);
    return value === undefined ? [] : [{ field, value }];
  });
}

export function uptime({ live, now }: StatsMoment): number {
  return secondsSince(live.startedAt, now);
}

/** `0d 0h00m05s` */
export function uptimeText(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  return `${days}d ${hours}h${two(Math.floor(seconds / 60) % 60)}m${two(seconds % 60)}s`;
}

export function nodeName({ live, facts }: StatsMoment): string {
  return live.config.global.node ?? facts.hostName;
}

function startTime(moment: StatsMoment): number {
  return Math.floor(moment.wallMs / 1000) - uptime(moment);
}

function toMebibytes(bytes: number): number {
  return Math.floor(bytes / MEBIBYTE);
}

function listenerCount({ live }: StatsMoment): number {
  let count = live.config.global.statsSockets.length;
  for (const { config, state } of live.proxies)
    if (state === 'open') for (const { addresses } of config.binds) count += addresses.length;
  return count;
}

function bytesOut({ live }: StatsMoment): number {
  return live.proxies.reduce((sum, { front }) => sum + (front?.counters.bytesOut ?? 0), 0);
}

export function rateNow(
  { live, now }: StatsMoment,
  which: 'connectionRate' | 'sessionRate',
): number {
  return live.proxies.reduce((sum, { front }) => sum + (front?.[which].rate(now) ?? 0), 0);
}

function rateMost({ live }: StatsMoment, which: 'connectionRate' | 'sessionRate'): number {
  return Math.max(0, ...live.proxies.map(({ front }) => front?.[which].most ?? 0));
}

function tlsSum({ live }: StatsMoment, which: 'tlsSessions' | 'tlsResumed'): number {
  return live.proxies.reduce(
    (sum, { front, back }) => sum + (front?.counters[which] ?? 0) + (back?.counters[which] ?? 0),
    0,
  );
}

function resumedPercent(moment: StatsMoment): number {
  const sessions = tlsSum(moment, 'tlsSessions');
  return sessions === 0 ? 0 : Math.floor((100 * tlsSum(moment, 'tlsResumed')) / sessions);
}
