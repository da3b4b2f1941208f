/** `holdfast init`: answers, from options or by asking, to a cluster.yaml. */
import { existsSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import type { Field } from '../../config/cluster/draft.ts';
import { readCluster } from '../../config/cluster/index.ts';
import { Report } from '../../config/cluster/report.ts';
import * as values from '../../config/cluster/values.ts';
import { DEPLOYMENTS, PURPOSES } from '../../config/model/cluster.ts';

const KEYS = [
  'cluster',
  'purpose',
  'deployment',
  'vip',
  'interface',
  'frontPort',
  'backPort',
] as const;
type Key = (typeof KEYS)[number];
type Answers = Partial<Record<Key, string | undefined>>;

export interface InitArguments {
  readonly file: string;
  readonly given: Readonly<Answers>;
  /** `NAME=ADDRESS`, in the order of preference. */
  readonly hosts: readonly string[];
}

interface Question {
  readonly key: Key;
  readonly ask: string;
  readonly otherwise: (answers: Answers) => string | undefined;
  readonly check: (field: Field, report: Report) => unknown;
}

const PORTS = [1, 65_535] as const;

const QUESTIONS: readonly Question[] = [
  {
    key: 'cluster',
    ask: 'Name of the cluster',
    otherwise: () => 'cluster',
    check: (field, report) => values.readName(field, 'the cluster', report),
  },
  {
    key: 'purpose',
    ask: `What stands behind the VIP (${PURPOSES.join(', ')})`,
    otherwise: () => 'kubernetes',
    check: (field, report) => values.readChoice(field, 'the purpose', PURPOSES, report),
  },
  {
    key: 'deployment',
    ask: `How the programs are started (${DEPLOYMENTS.join(', ')})`,
    otherwise: ({ purpose }) => (purpose === 'tcp' ? 'systemd' : 'static-pod'),
    check: (field, report) => values.readChoice(field, 'the deployment', DEPLOYMENTS, report),
  },
  {
    key: 'vip',
    ask: 'The virtual address (VIP), one that no host has',
    otherwise: () => undefined,
    check: (field, report) => values.readVip(field, report),
  },
  {
    key: 'interface',
    ask: 'The link of the hosts that carries it',
    otherwise: () => 'eth0',
    check: (field, report) => values.readLink(field, report),
  },
  {
    key: 'frontPort',
    ask: 'The port that clients of the VIP come to',
    otherwise: ({ purpose }) => (purpose === 'tcp' ? undefined : '6444'),
    check: (field, report) => values.readInteger(field, 'the port', PORTS, report),
  },
  {
    key: 'backPort',
    ask: 'The port that the servers listen on',
    otherwise: ({ purpose }) => (purpose === 'tcp' ? undefined : '6443'),
    check: (field, report) => values.readInteger(field, 'the port', PORTS, report),
  },
];

export async function initCluster({ file, given, hosts }: InitArguments): Promise<number> {
  if (existsSync(file)) return fail(`${file} is there already; remove it, or name another`);
  const answers: Answers = { ...given };
  const dialogue = new Dialogue();
  try {
    for (const question of QUESTIONS) {
      const { key } = question;
      const answer = await settle(question, answers, dialogue);
      if (answer === undefined) return fail(`${question.ask}: no answer`);
      answers[key] = answer;
    }
    const named = hosts.length > 0 ? hosts : await askHosts(dialogue);
    return write(file, answers, named);
  } finally {
    dialogue.close();
  }
}

/** What an option says, or what is answered; asks again until the answer will do. */
async function settle(
  { key, ask, otherwise, check }: Question,
  answers: Answers,
  dialogue: Dialogue,
): Promise<string | undefined> {
  const given = answers[key];
  if (given !== undefined) return accept(given, check) ? given : undefined;
  const fallback = otherwise(answers);
  for (;;) {
    const suffix = fallback === undefined ? '' : ` [${fallback}]`;
    const line = await dialogue.ask(`${ask}${suffix}: `);
    if (line === undefined) return undefined;
    const answer = line === '' ? fallback : line;
    if (answer !== undefined && accept(answer, check)) return answer;
  }
}

function accept(text: string, check: Question['check']): boolean {
  const report = new Report();
  check({ text, at: { file: '', line: 1, column: 1 } }, report);
  for (const { message, hint } of report.sorted()) {
    process.stderr.write(`${message}${hint === undefined ? '' : ` (${hint})`}\n`);
  }
  return !report.hasErrors;
}

async function askHosts(dialogue: Dialogue): Promise<readonly string[]> {
  const hosts: string[] = [];
  for (;;) {
    const what = hosts.length === 0 ? 'Hosts, as NAME=ADDRESS, the preferred one first' : 'and';
    const line = await dialogue.ask(`${what} (an empty line ends): `);
    if (line === undefined || line === '') return hosts;
    if (/^[^=\s]+=[^=\s]+$/.test(line)) hosts.push(line);
    else process.stderr.write('write NAME=ADDRESS, such as node01=10.0.0.1\n');
  }
}

function write(file: string, answers: Answers, hosts: readonly string[]): number {
  const document = {
    ...Object.fromEntries(KEYS.map((key) => [key, asNumber(key, answers[key])])),
    hosts: hosts.map((host) => {
      const [name, address] = host.split('=');
      return { name, address };
    }),
  };
  const text = `# yaml-language-server: $schema=cluster.schema.json\n${stringify(document)}`;
  const { cluster, diagnostics } = readCluster(file, text);
  for (const { message, hint } of diagnostics) {
    process.stderr.write(`${message}${hint === undefined ? '' : ` (${hint})`}\n`);
  }
  if (cluster === undefined) return fail('nothing was written');
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    return fail((error as Error).message);
  }
  process.stdout.write(`${file} written; next: holdfast plan ${file} -o ${cluster.name}\n`);
  return 0;
}

function asNumber(key: Key, text: string | undefined): string | number | undefined {
  return key.endsWith('Port') && text !== undefined ? Number(text) : text;
}

/** Asks on the standard error, so that the standard output is the answer of the command alone. */
class Dialogue {
  readonly #lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

  /** Undefined at the end of the input. */
  async ask(text: string): Promise<string | undefined> {
    process.stderr.write(text);
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : value.trim();
  }

  close(): void {
    void this.#lines.return?.();
    process.stdin.unref?.();
  }
}

function fail(message: string): number {
  process.stderr.write(`holdfast init: ${message}\n`);
  return 1;
}
