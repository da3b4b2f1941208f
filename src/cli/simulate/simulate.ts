/** `holdfast simulate`: from files to the answer. */
import { readFileSync } from 'node:fs';
import { formatDiagnostic } from '../../base/diagnostics.ts';
import type { Source } from '../../config/lint/types.ts';
import { readScenario } from '../../config/scenario/index.ts';
import type { FailureText, Scenario } from '../../config/scenario/types.ts';
import { isWordError, parseFailures } from '../../config/scenario/words.ts';
import type { FailureChoice, ForecastOptions } from '../../sim/forecast/forecast.ts';
import { groupsOf } from '../../sim/forecast/groups.ts';
import { type StoryLine, tell } from '../../sim/forecast/story.ts';
import { describeFailure, type ForecastNode, type Program } from '../../sim/forecast/types.ts';
import type { SimulateArguments } from '../simulate.ts';
import { simulateAll } from './crew.ts';
import { type NodeSettings, readNodes, readSources } from './nodes.ts';
import { svgOf } from './picture.ts';
import { tableOf } from './table.ts';
import { type Strip, stripsOf, timelineText } from './timeline.ts';
import { unknownNames } from './unknown-names.ts';
import { judge, judgeStory } from './verdict.ts';

const NOTHING: Scenario = { nodes: {}, events: [], requirements: {} };
const SEED = 1;
const SLOWNESS = 2;
/** Shown of what is broken; the count says how many there are. */
const BREACHES_MAX = 20;

/** Resolves with the exit code: 0, 1 a requirement is broken, 2 nothing could be simulated. */
export async function simulate(given: SimulateArguments): Promise<number> {
  const sources = readSources(given.files);
  if (typeof sources === 'string') return refuse([sources]);
  const scenario = scenarioOf(given.scenario);
  if (typeof scenario === 'string') return refuse([scenario]);
  const settings = settingsOf(given, scenario);
  const { nodes, problems, notes } = readNodes(sources, settings);
  if (problems.length > 0) return refuse(problems);
  const failures = choiceOf(given, scenario);
  if (failures instanceof Error) return refuse([failures.message]);
  const unknown = unknownNames(nodes, failures, scenario);
  if (unknown.length > 0) {
    const where = given.scenario === undefined ? '' : `${given.scenario}: `;
    return refuse(unknown.map((text) => `${where}${text} [scenario-unknown-node]`));
  }
  const options = { failures, seed: SEED, slowness: scenario.slowness ?? SLOWNESS };
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  return answer(given, { sources, settings, nodes, scenario, options });
}

function refuse(problems: readonly string[]): number {
  for (const problem of problems) process.stderr.write(`holdfast simulate: ${problem}\n`);
  return 2;
}

interface Task {
  readonly sources: readonly Source[];
  readonly settings: NodeSettings;
  readonly nodes: readonly ForecastNode[];
  readonly scenario: Scenario;
  readonly options: ForecastOptions;
}

async function answer(
  { format, timeline, bundle }: SimulateArguments,
  task: Task,
): Promise<number> {
  const { sources, settings, nodes, scenario, options } = task;
  const groups = await simulateAll(nodes, { sources, settings, options }, bundle);
  const story = storyOf(nodes, scenario, options);
  const { requirements } = scenario;
  const broken = [
    ...judge(groups, nodes, requirements),
    ...judgeStory(
      story.map(({ line }) => line),
      groups.flatMap(({ services }) => services),
      nodes,
      requirements,
    ),
  ];
  const told = story.map(({ strip }) => strip);
  const strips = [...told, ...(timeline === 'yes' || format === 'svg' ? stripsOf(groups) : [])];
  let text: string;
  if (format === 'svg') text = svgOf(strips);
  else if (format === 'json') {
    const programs = nodes.map(({ name, program }) => ({ name, program }));
    const lines = story.map(({ line }) => line);
    text = `${JSON.stringify({ nodes: programs, groups, story: lines, broken })}\n`;
  } else {
    const timelines = strips.length > 0 ? `\n${timelineText(strips)}` : '';
    text = `${tableOf(groups, nodes)}${timelines}`;
  }
  // The process ends as soon as this has returned: a pipe has to have taken all of it.
  await new Promise((resolve) => process.stdout.write(text, resolve));
  for (const said of broken.slice(0, BREACHES_MAX)) process.stderr.write(`broken: ${said}\n`);
  if (broken.length > BREACHES_MAX) {
    process.stderr.write(`broken: and ${broken.length - BREACHES_MAX} more\n`);
  }
  return broken.length > 0 ? 1 : 0;
}

function scenarioOf(path: string | undefined): Scenario | string {
  if (path === undefined) return NOTHING;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message.split(',')[0] : String(error)}`;
  }
  const { scenario, diagnostics } = readScenario(path, text);
  return diagnostics.length === 0 ? scenario : diagnostics.map(formatDiagnostic).join('\n');
}

/** What the command line says goes before what the scenario says. */
function settingsOf({ program, programs }: SimulateArguments, scenario: Scenario): NodeSettings {
  const written: Record<string, Program> = {};
  const addresses: Record<string, string> = {};
  for (const [name, node] of Object.entries(scenario.nodes)) {
    if (node.program !== undefined) written[name] = node.program;
    if (node.address !== undefined) addresses[name] = node.address;
  }
  return {
    program: program ?? scenario.program ?? 'holdfast',
    programs: { ...written, ...programs },
    addresses,
  };
}

/** A story alone asks for no failures beside those that it tells. */
function choiceOf(given: SimulateArguments, scenario: Scenario): FailureChoice | Error {
  if (given.failures.length > 0) {
    const sets: (readonly FailureText[])[] = [];
    for (const text of given.failures) {
      const parsed = parseFailures(text);
      if (isWordError(parsed)) return new Error(`${parsed.problem}; ${parsed.hint}`);
      sets.push(parsed);
    }
    return sets;
  }
  if (given.depth !== undefined) return given.depth;
  return scenario.failures ?? (scenario.events.length > 0 ? 'none' : 'single');
}

/** A story as numbers, and as a picture. */
interface Told {
  readonly line: StoryLine;
  readonly strip: Strip;
}

function storyOf(
  nodes: readonly ForecastNode[],
  { events }: Scenario,
  options: ForecastOptions,
): readonly Told[] {
  if (events.length === 0) return [];
  return groupsOf(nodes).flatMap((group) => {
    const names = group.nodes.map(({ name }) => name);
    const here = events.flatMap((event) => {
      const failures = event.failures.filter((one) =>
        one.nodes.some((name) => names.includes(name)),
      );
      return failures.length === 0 ? [] : [{ ...event, failures }];
    });
    if (here.length === 0) return [];
    const marks = here.map(({ at, act, failures }) => ({
      at,
      text: `${act === 'mend' ? 'mend ' : ''}${failures.map(describeFailure).join(' and ')}`,
    }));
    return tell(group, here, options).map((line): Told => {
      const { service, before, changes, length } = line;
      const strip = { title: 'story', service, nodes: names, before, changes, marks, length };
      return { line, strip };
    });
  });
}
