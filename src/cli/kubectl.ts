/** `kubectl holdfast`: who holds a cluster's addresses, and why, from where kubectl is. */
import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';
import { findInstallations, findPods, type Installation } from './kubectl/installations.ts';
import { Kubectl, KubectlError } from './kubectl/run-kubectl.ts';
import { type ClusterVips, type Holder, readVips } from './kubectl/vips.ts';
import { eventsText, readEvents, vipsText } from './kubectl/vips-text.ts';

const USAGE = `Usage: kubectl holdfast [status]            addresses, the node of each, since when and why
       kubectl holdfast events             what holdfast has said of the cluster's objects
       kubectl holdfast handover ADDRESS   has another node take over the address, with all of its VRRP group
       kubectl holdfast explain ADDRESS    why the node that holds it does, in full
       kubectl holdfast node NODE          holdfast status in the pod of that node

Also holdfast kubectl. Finds the DaemonSets that have --services-configmap among their arguments, and asks by
kubectl, with its contexts and rights; handover, explain and node run holdfast in a pod by kubectl exec.

  -n, --namespace NAME    look for DaemonSets there alone
      --configmap NS/NAME where several ConfigMaps are carried out: this one
      --limit N           so many events, the newest (default 30)
      --json              print as JSON (status and events)
      --context NAME, --cluster NAME, --user NAME, --kubeconfig FILE, --as USER, --request-timeout TIME
                          kubectl's own
  -h, --help              print this text

Exit status: 0 done, 1 not done (the message says why); of handover, explain and node that of kubectl exec.
`;

const PASSED_ON = ['context', 'cluster', 'user', 'kubeconfig', 'as', 'request-timeout'] as const;
const text = { type: 'string' } as const;
const OPTIONS = {
  context: text,
  cluster: text,
  user: text,
  kubeconfig: text,
  as: text,
  'request-timeout': text,
  namespace: { type: 'string', short: 'n' },
  configmap: text,
  limit: text,
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
const WIDTH_WITHOUT_TERMINAL = 1000;
const EVENTS_DEFAULT = 30;

/** What a command may need. */
interface Asked {
  readonly kubectl: Kubectl;
  /** ADDRESS or NODE; '' where none is taken. */
  readonly word: string;
  readonly namespace: string | undefined;
  readonly limit: number;
  readonly output: 'text' | 'json';
  installations(): Promise<readonly Installation[]>;
}

interface Subcommand {
  /** What its word is. */
  readonly takes?: 'ADDRESS' | 'NODE';
  run(asked: Asked): Promise<number>;
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  status: { run: status },
  events: { run: events },
  handover: { takes: 'ADDRESS', run: (asked) => inHolder(asked, 'handover') },
  explain: { takes: 'ADDRESS', run: (asked) => inHolder(asked, 'explain') },
  node: { takes: 'NODE', run: node },
};

export const kubectlCommand: Command = {
  name: 'kubectl',
  summary: "who holds a cluster's VIPs, and why (also as kubectl holdfast)",
  usage: USAGE,
  run: (argv) => runAsPlugin('holdfast kubectl', argv),
};

export async function runAsPlugin(program: string, argv: readonly string[]): Promise<number> {
  const refuse = (message: string): number => {
    process.stderr.write(`${program}: ${message}\n${USAGE}`);
    return 1;
  };
  const flags = parseFlags(argv, { options: OPTIONS, allowPositionals: true });
  if (!flags.ok) return refuse(flags.message);
  const { values, positionals } = flags;
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [name = 'status', word = '', surplus] = positionals;
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (subcommand === undefined) return refuse(`there is no command '${name}'`);
  const { takes } = subcommand;
  if (takes !== undefined && word === '') return refuse(`${takes} is missing`);
  const tooMany = takes === undefined ? word : (surplus ?? '');
  if (tooMany !== '') return refuse(`'${tooMany}' is one word too many`);
  const limit = Number(values.limit ?? EVENTS_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1) return refuse('--limit is a whole number from 1 on');
  const kubectl = new Kubectl(
    PASSED_ON.flatMap((flag) => (values[flag] === undefined ? [] : `--${flag}=${values[flag]}`)),
  );
  const { namespace, configmap: configMap } = values;
  try {
    return await subcommand.run({
      ...{ kubectl, word, namespace, limit, output: values.json === true ? 'json' : 'text' },
      installations: () => findInstallations(kubectl, { namespace, configMap }),
    });
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error;
    process.stderr.write(`${program}: ${error.message}\n`);
    return 1;
  }
}

async function status({ kubectl, installations, output }: Asked): Promise<number> {
  const found = await Promise.all((await installations()).map((one) => readVips(kubectl, one)));
  const options = { nowMs: Date.now(), width: columns() };
  const print = (): string => found.map((one) => vipsText(one, options)).join('\n');
  process.stdout.write(output === 'json' ? `${JSON.stringify(found)}\n` : print());
  return 0;
}

async function events({ kubectl, namespace, limit, output }: Asked): Promise<number> {
  const where = namespace === undefined ? ['--all-namespaces'] : ['--namespace', namespace];
  const list = await kubectl.get('events', ...where, '--field-selector', 'source=holdfast');
  const read = readEvents(list, limit);
  process.stdout.write(
    output === 'json' ? `${JSON.stringify(read)}\n` : eventsText(read, columns()),
  );
  return 0;
}

/** Runs a command on the instance of an address, where that is held. */
async function inHolder(asked: Asked, command: 'handover' | 'explain'): Promise<number> {
  const { kubectl, word: address } = asked;
  const found = await Promise.all(
    (await asked.installations()).map(async (installation) => {
      return { installation, holder: holderOf(await readVips(kubectl, installation), address) };
    }),
  );
  for (const { installation, holder } of found) {
    if (holder === undefined) continue;
    if (holder === null) throw new KubectlError(`nobody has said that it holds ${address}`);
    const { node: name, pod, instance } = holder;
    if (pod === null) throw new KubectlError(`no pod runs on ${name}, which holds ${address}`);
    const { namespace, container } = installation;
    return kubectl.exec({ namespace, pod, container }, ['holdfast', command, instance]);
  }
  throw new KubectlError(`no ConfigMap has ${address}; kubectl holdfast lists the addresses`);
}

/** Undefined: it is none of them. */
function holderOf({ vips }: ClusterVips, address: string): Holder | null | undefined {
  return vips.find((vip) => vip.address === address)?.holder;
}

async function node({ kubectl, word, installations }: Asked): Promise<number> {
  for (const installation of await installations()) {
    const pods = await findPods(kubectl, installation);
    const found = pods.find((one) => one.node === word);
    if (found === undefined) continue;
    const { namespace, container } = installation;
    return kubectl.exec({ namespace, pod: found.pod, container }, ['holdfast', 'status']);
  }
  throw new KubectlError(`no pod of holdfast runs on a node '${word}'`);
}

function columns(): number {
  return process.stdout.columns ?? WIDTH_WITHOUT_TERMINAL;
}

/**
 * kubectl_complete-holdfast: kubectl runs it with the words after `kubectl holdfast`, the last one as far as it is
 * typed, and reads candidates and a directive, 4: file names are none.
 */
export async function completePlugin(argv: readonly string[]): Promise<number> {
  const words = argv.filter((word) => !word.startsWith('-'));
  const last = argv.at(-1) ?? '';
  const candidates = last.startsWith('-')
    ? Object.keys(OPTIONS).map((option) => `--${option}`)
    : words.length <= 1
      ? Object.keys(SUBCOMMANDS)
      : words.length === 2
        ? await wordsFor(words[0] ?? '')
        : [];
  const fitting = candidates.filter((one) => one.startsWith(last));
  process.stdout.write(`${[...fitting, ':4'].join('\n')}\n`);
  return 0;
}

/** Whatever cannot be asked has no candidates. */
async function wordsFor(command: string): Promise<readonly string[]> {
  const takes = Object.hasOwn(SUBCOMMANDS, command) ? SUBCOMMANDS[command]?.takes : undefined;
  if (takes === undefined) return [];
  const kubectl = new Kubectl([]);
  try {
    const found = await findInstallations(kubectl, {});
    if (takes === 'NODE') {
      const pods = await Promise.all(found.map((one) => findPods(kubectl, one)));
      return pods.flat().map((one) => one.node);
    }
    const all = await Promise.all(found.map((one) => readVips(kubectl, one)));
    return all.flatMap(({ vips }) => vips.map(({ address }) => address));
  } catch (error) {
    if (error instanceof KubectlError) return [];
    throw error;
  }
}
