import type { ExplainResult, PeerReport, PriorityPart, TrackerState } from '../../api/explain.ts';
import type { Command } from '../command.ts';
import { parseFlags } from '../flags.ts';
import { loadSimulator } from '../simulate.ts';
import { createDaemonCommand } from './daemon-command.ts';
import { alignTable, durationText, localTime } from './table.ts';

const asked = createDaemonCommand({
  name: 'explain',
  summary: 'say why an instance is in its state and has its priority',
  arguments: ['INSTANCE'],
  about: `Says why INSTANCE is what it is: its priority as the sum of its parts, what each tracker says, what
is known of the other hosts and what cannot be known, how the kernel guards its addresses, how it
hands over, and its last events.

'holdfast explain --question FILE...' needs no daemon: it takes the keepalived.conf of every node and answers what
people ask of them, each by a run of the simulator: does this group elect, how does it switch when the server
dies, does it come back, can two have the address.`,
  ask: (client, [instance]: readonly [string]) => client.ask({ op: 'explain', instance }),
  say: (result) => ({ text: explainText(result, Date.now()), code: 0 }),
});

const USAGE = asked.usage.replace(
  '  -h, --help',
  `      --question      what follows are files, and the simulator answers
      --as PROGRAM    of them: what runs on all nodes, holdfast (default) or keepalived
  -h, --help`,
);

/** With `--question` the words are files, and the simulator answers. */
export const explainCommand: Command = {
  ...asked,
  usage: USAGE,
  run: async (argv) => {
    if (argv.includes('--help') || argv.includes('-h')) {
      process.stdout.write(USAGE);
      return 0;
    }
    return argv.includes('--question') ? explainFiles(argv) : asked.run(argv);
  },
};

async function explainFiles(argv: readonly string[]): Promise<number> {
  const flags = parseFlags(argv, {
    allowPositionals: true,
    options: {
      question: { type: 'boolean' },
      as: { type: 'string', default: 'holdfast' },
    },
  });
  const program = flags.ok ? flags.values.as : '';
  if (!flags.ok || (program !== 'holdfast' && program !== 'keepalived')) {
    const message = flags.ok ? '--as is holdfast or keepalived' : flags.message;
    process.stderr.write(`holdfast explain: ${message}\n`);
    return 2;
  }
  return loadSimulator().simulator.answerQuestions(flags.positionals, program);
}

export function explainText(result: ExplainResult, nowMs: number): string {
  const { status, peers } = result;
  return [
    stateParagraph(result, nowMs),
    priorityParagraph(result),
    section('Trackers', result.trackers.map(trackerRow)),
    section('Other hosts', peers.known.map(peerRow)),
    peers.unknown.length === 0
      ? ''
      : `Not known:\n${peers.unknown.map((one) => `  ${one}\n`).join('')}`,
    `Guard: ${guardText(result)}\n`,
    `Hand-over: ${handoverText(result)}\n`,
    status.faults.length === 0
      ? ''
      : `Faults:\n${status.faults.map((one) => `  ${one}\n`).join('')}`,
    lastEvents(result.lastEvents),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function stateParagraph({ instance, status }: ExplainResult, nowMs: number): string {
  const { state, since, cause, master, addresses, departure, restraint } = status;
  const age = since === null ? '' : ` for ${durationText(nowMs - Date.parse(since))}`;
  const holds = `${addresses.held.length} of its ${addresses.configured} addresses`;
  const lines = [
    `${instance} is ${state}${age}: ${cause ?? 'it was not started yet'}.`,
    `This host holds ${holds}.`,
  ];
  if (state !== 'master' && master !== null) {
    lines.push(`Master is ${master.address} with priority ${master.priority}.`);
  }
  if (departure !== null) lines.push(`It hands over now (${departure}).`);
  if (restraint === 'handed-over') {
    lines.push('An operator had it handed over: it takes over again only when nobody else serves.');
  }
  if (restraint === 'drained') {
    lines.push('An operator drained this host: it takes nothing until `holdfast undrain`.');
  }
  return `${lines.join('\n')}\n`;
}

function priorityParagraph({ priority: { effective, sum, parts } }: ExplainResult): string {
  const rows = parts.map(partRow);
  const total = ['', '=', String(effective), totalText(effective, sum)];
  return `Priority ${effective}:\n${indent(alignTable([...rows, total]))}`;
}

function totalText(effective: number, sum: number): string {
  return effective === sum ? 'in force' : `in force (the sum ${sum}, held within 1 to 254)`;
}

function partRow({ what, name, points, why }: PriorityPart): readonly string[] {
  const sign = what === 'tracker' ? (points < 0 ? '-' : '+') : '';
  return [name ?? what, sign, String(Math.abs(points)), why];
}

function trackerRow(tracker: TrackerState): readonly string[] {
  const { kind, name, verdict, weight, sense, detail } = tracker;
  const effect = weight === 0 ? 'down is a fault' : `weight ${weight}`;
  const reverse = sense === 'reverse' ? ', reversed' : '';
  return [`${kind} ${name}`, verdict, `${effect}${reverse}`, detail ?? 'has said nothing yet'];
}

function peerRow({ address, by, state, priority, preempts, heardMsAgo }: PeerReport) {
  const how: Readonly<Record<PeerReport['by'], string>> = {
    advert: 'by its advertisements',
    'side-message': 'a holdfast, by its own word',
    presence: 'heard or configured, says nothing of itself',
  };
  return [
    address,
    state ?? 'state unknown',
    priority === null ? 'priority unknown' : `priority ${priority}`,
    preempts === 'no' ? 'would not preempt' : '',
    heardMsAgo === null ? how[by] : `${how[by]}, ${(heardMsAgo / 1000).toFixed(1)} s ago`,
  ];
}

function guardText({ guard }: ExplainResult): string {
  if (guard.kind === 'none') return 'none: a daemon that hangs keeps its addresses';
  const how =
    guard.kind === 'lifetime'
      ? 'the kernel removes the addresses'
      : 'the firewall drops what concerns the addresses';
  const renewed =
    guard.renewedMsAgo === null ? '' : ` (renewed ${guard.renewedMsAgo.toFixed(0)} ms ago)`;
  return `${how} ${guard.afterMs / 1000} s after this daemon has last said that it lives${renewed}`;
}

function handoverText({ handover }: ExplainResult): string {
  const { planned, fastTakeover, onAddressLoss, preempt } = handover;
  return (
    `planned_handover ${planned}, fast_takeover ${fastTakeover}, ` +
    `on_address_loss ${onAddressLoss}, ${preempt}`
  );
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : `${title}:\n${indent(alignTable(rows))}`;
}

function lastEvents(events: readonly string[]): string {
  if (events.length === 0) return '';
  const lines = events.map((line) => {
    const [time = '', ...rest] = line.split(' ');
    return `  ${localTime(time)}  ${rest.join(' ')}\n`;
  });
  return `Last events:\n${lines.join('')}`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
