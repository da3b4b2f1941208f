/** `holdfast explain --question`: what people ask of a set of files, each answered by a run. */
import { forecast } from '../../sim/forecast/forecast.ts';
import { groupsOf } from '../../sim/forecast/groups.ts';
import type {
  Failure,
  ForecastNode,
  Group,
  GroupForecast,
  Outcome,
  Program,
  Service,
} from '../../sim/forecast/types.ts';
import { readNodes, readSources } from './nodes.ts';
import { holdersText, rangeText, secondsText } from './words.ts';

const OPTIONS = { seed: 1, slowness: 2 };

/** One group, and whoever serves one of its addresses. */
interface Case {
  readonly group: Group;
  readonly service: Service;
  readonly holder: string;
  readonly others: readonly ForecastNode[];
  run(...failures: readonly Failure[]): Outcome | undefined;
}

interface Question {
  readonly ask: string;
  answer(one: Case): string;
}

const QUESTIONS: readonly Question[] = [
  { ask: 'Does this group elect, or does one node just have the address?', answer: whetherElects },
  { ask: 'How does it switch when the server dies?', answer: (one) => afterNode(one, 'crash') },
  { ask: 'And when its cable is pulled?', answer: (one) => afterNode(one, 'cable') },
  { ask: 'And when its daemon is stopped in order?', answer: (one) => afterNode(one, 'stop') },
  { ask: 'And when its daemon is killed, or hangs?', answer: afterProcess },
  { ask: 'And when what it serves dies, not the node?', answer: afterService },
  { ask: 'Does the address come back when the server does?', answer: whetherReturns },
  { ask: 'Can two nodes have it at once?', answer: whetherSplits },
];

/** Prints all answers; 2 where the files cannot be read. */
export async function answerQuestions(paths: readonly string[], program: Program): Promise<number> {
  const refuse = (problems: readonly string[]): number => {
    for (const problem of problems) process.stderr.write(`holdfast explain: ${problem}\n`);
    return 2;
  };
  if (paths.length === 0) return refuse(['no file is given']);
  const sources = readSources(paths);
  if (typeof sources === 'string') return refuse([sources]);
  const { nodes, problems, notes } = readNodes(sources, { program, programs: {}, addresses: {} });
  if (problems.length > 0) return refuse(problems);
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  const text = groupsOf(nodes).flatMap(textsOf).join('\n');
  await new Promise((resolve) => process.stdout.write(text, resolve));
  return 0;
}

function textsOf(group: Group): readonly string[] {
  const { start } = run(group, []);
  return group.services.map((service) => {
    const holders = start.find((one) => one.service === service.name)?.holders ?? [];
    const [holder] = holders;
    const names = group.nodes.map(({ name, program }) => `${name} (${program})`).join(', ');
    const title = `${service.name} on ${names}\n\n`;
    if (holder === undefined) return `${title}Nobody serves it, even when all are up.\n`;
    if (holders.length > 1) {
      const warning = 'they do not hear, or do not accept, each other. See `holdfast lint`.';
      return `${title}${holdersText(holders)} serve it at once when all are up: ${warning}\n`;
    }
    const one: Case = {
      ...{ group, service, holder },
      others: group.nodes.filter(({ name }) => name !== holder),
      run: (...failures) =>
        run(group, [failures]).rows[0]?.outcomes.find((each) => each.service === service.name),
    };
    const answers = QUESTIONS.map(({ ask, answer }) => `${ask}\n${indented(answer(one))}\n`);
    return `${title}${answers.join('\n')}`;
  });
}

function run(group: Group, failures: readonly (readonly Failure[])[]): GroupForecast {
  return forecast(group, { ...OPTIONS, failures });
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

function whetherElects({ service, holder, others, group, run: strike }: Case): string {
  if (others.length === 0) return `No: ${holder} is alone. Give the files of all nodes.`;
  const priorities = service.members.map(({ node, instance }) => {
    const model = group.nodes.find(({ name }) => name === node)?.model;
    const found = model?.instances.find(({ name }) => name === instance);
    return `${node} has priority ${found?.priority ?? 0}`;
  });
  const after = strike({ kind: 'crash', nodes: [holder] })?.after ?? [];
  const verdict = after.length === 0 ? 'No: nobody takes over' : `Yes: ${holdersText(after)} does`;
  return [
    `${verdict} when ${holder} is gone.`,
    `${holder} serves when all are up: ${priorities.join(', ')}.`,
  ].join('\n');
}

/** Which link it is that a cable belongs to: that of the instance. */
function failureOf({ service, holder, group }: Case, kind: 'crash' | 'stop' | 'cable'): Failure {
  if (kind !== 'cable') return { kind, nodes: [holder] };
  const member = service.members.find(({ node }) => node === holder);
  const model = group.nodes.find(({ name }) => name === holder)?.model;
  const instance = model?.instances.find(({ name }) => name === member?.instance);
  return { kind, nodes: [holder], subject: instance?.interface ?? '' };
}

function afterNode(one: Case, kind: 'crash' | 'stop' | 'cable'): string {
  const outcome = one.run(failureOf(one, kind));
  return outcome === undefined ? 'Nothing was simulated.' : switching(outcome);
}

function switching({ before, after, gap, takeover, overlap }: Outcome): string {
  if (gap === undefined) return 'Nobody serves until it is mended.';
  if (takeover === undefined) return `Nothing changes: ${holdersText(before)} goes on.`;
  const served =
    gap.most === 0
      ? `somebody answers all the time; it takes ${rangeText(takeover)}`
      : `nobody answers for ${rangeText(gap)} (at best, typically, at worst)`;
  const who = `${holdersText(after)} ${after.length > 1 ? 'serve' : 'serves'} then; ${served}.`;
  if (after.length > 1) return `${who}\nBoth have the address until it is mended: split brain.`;
  if (overlap.most < 100_000) return who;
  return `${who}\nFor ${secondsText(overlap.typical)} both have it.`;
}

function afterProcess({ holder, run: strike }: Case): string {
  return (['kill', 'hang'] as const)
    .map((kind) => {
      const outcome = strike({ kind, nodes: [holder] });
      return outcome === undefined ? '' : `${kind}: ${switching(outcome)}`;
    })
    .join('\n');
}

function afterService({ holder, group, run: strike }: Case): string {
  const model = group.nodes.find(({ name }) => name === holder)?.model;
  const subjects = (model?.instances ?? []).flatMap((instance) =>
    [...instance.trackedScripts, ...instance.trackedChecks, ...(instance.trackedProxies ?? [])].map(
      ({ name }) => name,
    ),
  );
  if (subjects.length === 0) {
    return `Nothing changes: ${holder} tracks no script, check or proxy, so it keeps the address.`;
  }
  return [...new Set(subjects)]
    .map((subject) => {
      const outcome = strike({ kind: 'script', nodes: [holder], subject });
      return outcome === undefined ? '' : `${subject} fails: ${switching(outcome)}`;
    })
    .join('\n');
}

function whetherReturns({ holder, run: strike }: Case): string {
  const outcome = strike({ kind: 'crash', nodes: [holder] });
  if (outcome === undefined || outcome.after.length === 0) return 'Nobody else had it meanwhile.';
  const isBack = outcome.mended.includes(holder);
  const who = holdersText(outcome.mended);
  return isBack ? `Yes: ${who} serves again.` : `No: ${who} keeps it.`;
}

function whetherSplits({ others, holder, run: strike }: Case): string {
  if (others.length === 0) return `No: there is only ${holder}.`;
  const kinds = ['partition', 'hang', 'kill'] as const;
  const found = kinds.flatMap((kind) => {
    const outcome = strike({ kind, nodes: [holder] });
    if (outcome === undefined || outcome.overlap.most < 100_000) return [];
    const lasts = outcome.after.length > 1;
    const time = lasts ? 'until it is mended' : `for ${secondsText(outcome.overlap.typical)}`;
    return [`${WORDS[kind]}: both, ${time}.`];
  });
  return found.length === 0 ? 'Not by any of these failures.' : `Yes.\n${found.join('\n')}`;
}

const WORDS = {
  partition: 'the nodes do not hear each other',
  hang: 'the daemon hangs',
  kill: 'the daemon is killed',
} as const;
