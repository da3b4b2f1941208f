/** What goes into a support bundle, before anything is taken out of it. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { type ControlClient, connectControl } from '../../../api/client.ts';
import { diagnose } from '../../../doctor/diagnose.ts';
import { type Facts, isUnknown } from '../../../doctor/facts.ts';
import { diagnosisJson } from '../../../doctor/format.ts';
import { withoutComments } from '../../../doctor/redaction.ts';
import { COMMIT, VERSION } from '../../version.ts';
import { read } from '../host.ts';
import { runProgram } from '../run-program.ts';

/** Of what grows without end the last part goes along. */
const TAIL_BYTES = 4 << 20;
/** Of the daemon's pages, which have 200 events at most. */
const EVENTS_A_PAGE = 200;
const EVENTS_MAX = 10_000;
const LOG_LINES = '5000';
const OWN_UNITS = ['holdfast', 'keepalived', 'haproxy'];

export type Entry =
  | {
      readonly name: string;
      readonly from: string;
      readonly kind: 'text' | 'lines';
      readonly text: string;
    }
  | { readonly name: string; readonly from: string; readonly kind: 'json'; readonly value: unknown }
  | {
      readonly name: string;
      readonly from: string;
      readonly kind: 'left-out';
      readonly why: string;
    };

/** The whole host as the doctor saw it; what it holds of the configuration has an entry of its own. */
export function doctorEntries(facts: Facts): readonly Entry[] {
  const { configuration: _, firewall: __, capabilities, ...rest } = facts;
  const rights = isUnknown(capabilities) ? capabilities : [...capabilities];
  const diagnosis = diagnosisJson(diagnose(facts));
  return [
    { kind: 'json', name: 'doctor.json', from: 'holdfast doctor --json', value: diagnosis },
    {
      kind: 'json',
      name: 'facts.json',
      from: 'this host',
      value: { ...rest, capabilities: rights },
    },
  ];
}

export function proxyEntries(paths: readonly string[]): readonly Entry[] {
  return paths.map((path, index): Entry => {
    const name = `configuration/${index === 0 ? '' : `${index + 1}-`}${basename(path)}`;
    const text = read(path);
    if (text === undefined) return { kind: 'left-out', name, from: path, why: 'it cannot be read' };
    return { kind: 'text', name, from: `${path}, without comments`, text: withoutComments(text) };
  });
}

/** What a running daemon says, question by question: one that hangs costs only its own part. */
export async function daemonEntries(socket: string): Promise<readonly Entry[]> {
  let client: ControlClient;
  try {
    client = await connectControl(socket);
  } catch (error) {
    return [{ kind: 'left-out', name: 'daemon/', from: socket, why: messageOf(error) }];
  }
  const entries: Entry[] = [];
  const ask = async <Value>(
    name: string,
    from: string,
    question: () => Promise<Value>,
  ): Promise<Value | undefined> => {
    try {
      const value = await question();
      entries.push({ kind: 'json', name: `daemon/${name}.json`, from, value });
      return value;
    } catch (error) {
      const why = messageOf(error);
      entries.push({ kind: 'left-out', name: `daemon/${name}.json`, from, why });
      return undefined;
    }
  };
  const status = await ask('status', 'holdfast status --json', () => client.ask({ op: 'status' }));
  await ask('events', 'holdfast events --json', () => allEvents(client));
  await ask('metrics', 'the control socket', () => client.ask({ op: 'metrics' }));
  for (const { name } of status?.instances ?? []) {
    const file = `explain-${name.replace(/[^\w.-]/g, '_').slice(0, 60)}`;
    await ask(file, `holdfast explain ${name}`, () =>
      client.ask({ op: 'explain', instance: name }),
    );
  }
  client.close();
  return entries;
}

async function allEvents(client: ControlClient): Promise<readonly unknown[]> {
  const events: unknown[] = [];
  for (let since = 0; events.length < EVENTS_MAX; ) {
    const page = await client.ask({ op: 'events', since, limit: EVENTS_A_PAGE });
    events.push(...page.events);
    since = page.last;
    if (!page.more) break;
  }
  return events;
}

/** The journal, or what files there are. */
export function logEntries(files: Readonly<Record<string, string>>): readonly Entry[] {
  const units = OWN_UNITS.flatMap((unit) => ['-u', unit]);
  const words = ['-n', LOG_LINES, '--no-pager', '-o', 'short-iso-precise', ...units];
  const { kind, stdout, message } = runProgram('journalctl', ...words);
  const from = 'journalctl';
  const journal: Entry =
    kind === 'done'
      ? { kind: 'text', name: 'logs/journal.txt', from, text: stdout }
      : { kind: 'left-out', name: 'logs/journal.txt', from, why: message };
  const others = Object.entries(files).map(([name, path]): Entry => {
    try {
      return { kind: 'lines', name, from: path, text: tailOf(path) };
    } catch (error) {
      return { kind: 'left-out', name, from: path, why: messageOf(error) };
    }
  });
  return [journal, ...others];
}

/** Whole lines. */
function tailOf(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    if (size <= TAIL_BYTES) return readFileSync(fd, 'utf8');
    const bytes = Buffer.alloc(TAIL_BYTES);
    const length = readSync(fd, bytes, 0, TAIL_BYTES, size - TAIL_BYTES);
    const text = bytes.toString('utf8', 0, length);
    return text.slice(text.indexOf('\n') + 1);
  } finally {
    closeSync(fd);
  }
}

/** Of the kernel what is ours, and what packets go by. */
export function kernelEntries(): readonly Entry[] {
  const printed = (name: string, program: string, ...args: readonly string[]): Entry => {
    const from = [program, ...args].join(' ');
    const { kind, stdout, message } = runProgram(program, ...args);
    if (kind !== 'done') return { kind: 'left-out', name, from, why: message };
    return { kind: 'text', name, from, text: stdout };
  };
  const ipvs = read('/proc/net/ip_vs');
  const from = '/proc/net/ip_vs';
  return [
    printed('kernel/addresses.txt', 'ip', '-details', 'address'),
    printed('kernel/routes.txt', 'ip', 'route', 'show', 'table', 'all'),
    printed('kernel/rules.txt', 'ip', 'rule'),
    printed('kernel/neighbours.txt', 'ip', 'neighbour'),
    ...ownTables(),
    ipvs === undefined
      ? { kind: 'left-out', name: 'kernel/ip_vs.txt', from, why: 'the kernel has no IPVS loaded' }
      : { kind: 'text', name: 'kernel/ip_vs.txt', from, text: ipvs },
  ];
}

interface NftTable {
  readonly family: string;
  readonly name: string;
}

/** The tables of holdfast alone: others may name whom they let in. */
function ownTables(): readonly Entry[] {
  const name = 'kernel/nftables.txt';
  const { kind, stdout, message } = runProgram('nft', '-j', 'list', 'tables');
  const from = 'nft list table, of those of holdfast';
  if (kind !== 'done') return [{ kind: 'left-out', name, from, why: message }];
  const { nftables = [] } = JSON.parse(stdout) as { nftables?: { table?: NftTable }[] };
  const own = nftables.flatMap(({ table }) => (table?.name.startsWith('holdfast') ? [table] : []));
  const texts = own.map(
    (table) => runProgram('nft', 'list', 'table', table.family, table.name).stdout,
  );
  return [{ kind: 'text', name, from, text: texts.join('\n') }];
}

export function versionEntry(): Entry {
  const first = (program: string, ...args: readonly string[]): string => {
    const { kind, stdout, message } = runProgram(program, ...args);
    // keepalived prints its version to the other stream.
    return kind === 'missing' ? 'not installed' : ((stdout.trim() || message).split('\n')[0] ?? '');
  };
  const value = {
    holdfast: VERSION,
    commit: COMMIT,
    node: process.versions,
    kernel: first('uname', '-a'),
    system: read('/etc/os-release') ?? 'unknown',
    keepalived: first('keepalived', '-v'),
    haproxy: first('haproxy', '-v'),
    nft: first('nft', '-v'),
    iptables: first('iptables', '-V'),
    systemd: first('systemctl', '--version'),
  };
  return { kind: 'json', name: 'versions.json', from: 'the programs', value };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
