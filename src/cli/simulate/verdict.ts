/** What a scenario requires, against what the simulation shows. */
import type { Requirements } from '../../config/scenario/types.ts';
import type { StoryLine } from '../../sim/forecast/story.ts';
import {
  describeFailure,
  type Failure,
  type ForecastNode,
  type GroupForecast,
  type Outcome,
  type Service,
} from '../../sim/forecast/types.ts';
import { secondsText } from './words.ts';

/** A hand-over takes less. */
const OVERLAP_MIN_US = 100_000;
/** After these a node cannot be asked to serve. */
const OUT: ReadonlySet<string> = new Set(['crash', 'stop', 'kill', 'hang', 'cable', 'script']);

/** Sentences, one for each breach; none where all holds. */
export function judge(
  groups: readonly GroupForecast[],
  nodes: readonly ForecastNode[],
  requirements: Requirements,
): readonly string[] {
  return groups.flatMap((group) => [
    ...judgeStart(group, requirements),
    ...group.rows.flatMap(({ failures, outcomes }) =>
      outcomes.flatMap((outcome) => {
        const service = group.services.find(({ name }) => name === outcome.service);
        if (service === undefined) return [];
        const said = judgeOutcome(outcome, { failures, service, nodes, requirements });
        const what = failures.map(describeFailure).join(' and ');
        return said.map((text) => `${what}: ${text}`);
      }),
    ),
  ]);
}

/** The same of a story, in which nothing is left to when it happens. */
export function judgeStory(
  lines: readonly StoryLine[],
  services: readonly Service[],
  nodes: readonly ForecastNode[],
  { maxGap, noSplitBrain }: Requirements,
): readonly string[] {
  return lines.flatMap(({ service, gap, overlap }) => {
    const found = services.find(({ name }) => name === service);
    const most = Math.max(OVERLAP_MIN_US, found === undefined ? 0 : intervalOf(found, nodes));
    const said: string[] = [];
    if (maxGap !== undefined && gap > maxGap) {
      const limit = secondsText(maxGap);
      said.push(`story: nobody serves ${service} for ${secondsText(gap)}, more than ${limit}`);
    }
    if (noSplitBrain === true && overlap > most) {
      said.push(`story: two hold ${service} at once for ${secondsText(overlap)}`);
    }
    return said;
  });
}

function judgeStart({ start }: GroupForecast, { holder, noSplitBrain }: Requirements): string[] {
  return start.flatMap(({ service, holders }) => {
    const who = holders.join(' and ') || 'nobody';
    if (noSplitBrain === true && holders.length > 1) {
      return [`when all are up, ${who} hold ${service} at once`];
    }
    if (holder !== undefined && who !== holder) {
      return [`when all are up, ${who} serves ${service}, not ${holder}`];
    }
    return [];
  });
}

interface Circumstances {
  readonly failures: readonly Failure[];
  readonly service: Service;
  readonly nodes: readonly ForecastNode[];
  readonly requirements: Requirements;
}

function judgeOutcome(
  { gap, overlap, after, before, mended }: Outcome,
  { failures, service, nodes, requirements }: Circumstances,
): string[] {
  const { maxGap, noSplitBrain, returns } = requirements;
  const { name } = service;
  const said: string[] = [];
  const canServe = service.members.some(
    ({ node }) =>
      !failures.some((failure) => OUT.has(failure.kind) && failure.nodes.includes(node)),
  );
  if (maxGap !== undefined && canServe) {
    if (gap === undefined) said.push(`nobody serves ${name} any more`);
    else if (gap.most > maxGap) {
      const limit = secondsText(maxGap);
      said.push(`nobody serves ${name} for up to ${secondsText(gap.most)}, more than ${limit}`);
    }
  }
  if (noSplitBrain === true) {
    const most = Math.max(OVERLAP_MIN_US, intervalOf(service, nodes));
    if (after.length > 1) said.push(`${after.join(' and ')} hold ${name} at once`);
    else if (overlap.most > most) {
      said.push(`two hold ${name} at once for up to ${secondsText(overlap.most)}`);
    }
  }
  if (returns === true && mended.join() !== before.join()) {
    const who = mended.join(' and ') || 'nobody';
    said.push(`${name} is with ${who} when all is mended, not with ${before.join(' and ')}`);
  }
  return said;
}

/** The longest interval of adverts among those that hold the service. */
function intervalOf({ members }: Service, nodes: readonly ForecastNode[]): number {
  const intervals = members.map(({ node, instance }) => {
    const model = nodes.find(({ name }) => name === node)?.model;
    return model?.instances.find(({ name }) => name === instance)?.advertInterval ?? 0;
  });
  return Math.max(0, ...intervals);
}
