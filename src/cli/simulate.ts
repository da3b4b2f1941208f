import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';

const USAGE = `Usage: holdfast simulate [OPTION...] FILE...

Says what will happen, before it does: takes the keepalived.conf of every node (as 'holdfast lint' does), runs
the production engine on virtual time, and tells who holds each address, and for every failure who takes over,
after how long at best, typically and at worst, where two hold it, where nobody does, and whether it returns.

      --as PROGRAM        what runs on the nodes: holdfast (default) or keepalived, which has no hand-over and no
                          dead-man switch; NODE=PROGRAM for one node (may be repeated)
      --double            also any two failures at once
      --failure TEXT      only this: 'crash a', 'cable eth0 a and stop b' (may be repeated). Kinds: crash, stop,
                          kill, hang, cable, mute, deaf, slow, script, partition (see docs/simulate.md)
      --scenario FILE     a story, what may fail, and what must hold (YAML; see docs/simulate.md)
      --timeline          also who serves from one moment to the next
      --format FORMAT     text (default), json, or svg: the timelines as a picture
  -h, --help              print this text

A node's name is that of its file or folder: a.conf, or a/keepalived.conf.

Exit status: 0 simulated, and all that the scenario requires holds; 1 something that it requires does not;
2 the command line or a file cannot be read.
`;

const FORMATS = ['text', 'json', 'svg'] as const;
type Format = (typeof FORMATS)[number];
type ProgramName = 'holdfast' | 'keepalived';

/** What the bundle of its own needs to know. */
export interface SimulateArguments {
  readonly files: readonly string[];
  readonly program: ProgramName | undefined;
  readonly programs: Readonly<Record<string, ProgramName>>;
  readonly depth: 'double' | undefined;
  readonly failures: readonly string[];
  readonly scenario: string | undefined;
  readonly timeline: 'yes' | 'no';
  readonly format: Format;
  /** What a helper runs. */
  readonly bundle: string;
}

export const simulateCommand: Command = {
  name: 'simulate',
  summary: 'say who takes over when something fails, and after how long',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      allowPositionals: true,
      options: {
        as: { type: 'string', multiple: true, default: [] },
        double: { type: 'boolean' },
        failure: { type: 'string', multiple: true, default: [] },
        scenario: { type: 'string' },
        timeline: { type: 'boolean' },
        format: { type: 'string', default: 'text' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (!flags.ok) return refuse(flags.message);
    const { values, positionals } = flags;
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const format = FORMATS.find((known) => known === values.format);
    if (format === undefined) return refuse(`--format is one of ${FORMATS.join(', ')}`);
    if (positionals.length === 0) return refuse('no file is given');
    const chosen = programsOf(values.as);
    if (typeof chosen === 'string') return refuse(chosen);
    const { simulator, bundle } = loadSimulator();
    return simulator.simulate({
      ...{ files: positionals, ...chosen, format, bundle },
      depth: values.double === true ? 'double' : undefined,
      failures: values.failure,
      scenario: values.scenario,
      timeline: values.timeline === true ? 'yes' : 'no',
    });
  },
};

function refuse(message: string): number {
  process.stderr.write(`holdfast simulate: ${message}\n`);
  return 2;
}

function programsOf(
  texts: readonly string[],
): Pick<SimulateArguments, 'program' | 'programs'> | string {
  let program: ProgramName | undefined;
  const programs: Record<string, ProgramName> = {};
  for (const text of texts) {
    const [, node, name] = /^(?:(.+)=)?([^=]*)$/.exec(text) ?? [];
    if (name !== 'holdfast' && name !== 'keepalived') {
      return `--as ${text}: write holdfast or keepalived, or NODE=keepalived`;
    }
    if (node === undefined) program = name;
    else programs[node] = name;
  }
  return { program, programs };
}

type Simulator = typeof import('./simulate/main.ts').simulator;

/** The bundle that simulates, and where it is. */
export function loadSimulator(): { readonly simulator: Simulator; readonly bundle: string } {
  const bundle = join(import.meta.dirname, 'simulate.cjs');
  const { simulator } = createRequire(import.meta.url)(bundle) as { simulator: Simulator };
  return { simulator, bundle };
}
