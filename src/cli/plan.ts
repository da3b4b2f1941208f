import { createRequire } from 'node:module';
import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';

const USAGE = `Usage: holdfast plan FILE -o FOLDER [OPTION...]

Makes all files of a cluster from one: keepalived.conf, haproxy.cfg and what starts them for every
host, what kubeadm needs, and a page that says what goes where and how to test it. FILE is an Ansible
inventory as sealos has it, or a cluster.yaml (see docs/plan.md).

  -o, --output FOLDER    where the files go. Where they are there already, what differs is shown and
                         nothing is written
      --write            write also what differs
      --template FILE    a Jinja template of your own: keepalived.conf.j2, haproxy.cfg.j2 or check_haproxy.sh.j2
                         (may be repeated)
      --apply            then put the files onto their hosts by ssh and start them, one host after the other,
                         each well before the next; what lay there before is kept there
      --rollback         put back what the last --apply replaced
      --user NAME        for ssh (default root)
      --ssh COMMAND      instead of 'ssh', with its options
      --wait SECONDS     for a host to be well (default 60; 0: do not wait)
      --deployment HOW   static-pod, compose, docker or systemd
      --interface LINK   the link that carries the VIP, where a host says nothing else
      --name NAME        of the cluster
      --front-port PORT  where the proxy listens
      --back-port PORT   where the servers listen
      --vrid VRID        1 to 255; derived from the name and the VIP otherwise
      --metrics-port PORT
                         where each holder serves metrics to Prometheus (default: nowhere)
      --purpose WHAT     kubernetes, or tcp
  -h, --help             print this text

Passwords are drawn at random once and kept in FOLDER/secrets.json, which only its owner may read.

Exit status: 0 done; 1 nothing could be planned, or a host stopped it; 2 files differ, and were left.
`;

const DEFAULT_WAIT_SECONDS = '60';

/** What the program of its own needs to know. */
export interface PlanArguments {
  readonly file: string;
  readonly folder: string;
  readonly write: boolean;
  readonly action: 'none' | 'apply' | 'rollback';
  /** Files of Jinja templates. */
  readonly templates: readonly string[];
  readonly ssh: readonly string[];
  readonly user: string;
  readonly waitSeconds: number;
  readonly overrides: Readonly<Record<string, string>>;
}

/** Options, and the words of cluster.yaml that they stand for. */
const OVERRIDES = {
  deployment: 'deployment',
  interface: 'interface',
  name: 'cluster',
  'front-port': 'frontPort',
  'back-port': 'backPort',
  vrid: 'vrid',
  'metrics-port': 'metricsPort',
  purpose: 'purpose',
} as const;

export const planCommand: Command = {
  name: 'plan',
  summary: 'make the files of a whole cluster from one',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        output: { type: 'string', short: 'o' },
        write: { type: 'boolean' },
        template: { type: 'string', multiple: true },
        apply: { type: 'boolean' },
        rollback: { type: 'boolean' },
        user: { type: 'string' },
        ssh: { type: 'string' },
        wait: { type: 'string' },
        deployment: { type: 'string' },
        interface: { type: 'string' },
        name: { type: 'string' },
        'front-port': { type: 'string' },
        'back-port': { type: 'string' },
        vrid: { type: 'string' },
        'metrics-port': { type: 'string' },
        purpose: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    if (flags.ok && flags.values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const wait = Number(flags.ok ? (flags.values.wait ?? DEFAULT_WAIT_SECONDS) : 0);
    const [file, ...more] = flags.ok ? flags.positionals : [];
    const folder = flags.ok ? flags.values.output : undefined;
    if (!flags.ok || file === undefined || more.length > 0 || folder === undefined) {
      const message = flags.ok ? 'one FILE and a FOLDER (-o) are needed' : flags.message;
      return refuse(message);
    }
    const { values } = flags;
    if (values.apply === true && values.rollback === true) {
      return refuse('--apply and --rollback exclude each other');
    }
    if (!(wait >= 0)) return refuse(`--wait ${values.wait}: write a number of seconds`);
    const overrides = Object.entries(OVERRIDES).flatMap(([option, field]) => {
      const text = values[option as keyof typeof OVERRIDES];
      return text === undefined ? [] : [[field, text] as const];
    });
    const planner = loadPlanner();
    return planner.writePlan({
      ...{ file, folder, write: values.write === true },
      action: values.apply === true ? 'apply' : values.rollback === true ? 'rollback' : 'none',
      templates: values.template ?? [],
      ssh: (values.ssh ?? 'ssh').split(/\s+/),
      user: values.user ?? 'root',
      waitSeconds: wait,
      overrides: Object.fromEntries(overrides),
    });
  },
};

function refuse(message: string): number {
  process.stderr.write(`holdfast plan: ${message}\n${USAGE}`);
  return 1;
}

type Planner = typeof import('./plan/main.ts').planner;

/** A bundle of its own: what reads YAML shall not be in the memory of the VRRP process. */
export function loadPlanner(): Planner {
  const { planner } = createRequire(import.meta.url)('./plan.cjs') as { planner: Planner };
  return planner;
}
