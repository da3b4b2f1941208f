/** Names in failures and requirements that none of the files has. */
import { nearestWord } from '../../base/edit-distance.ts';
import type { FailureText, Scenario } from '../../config/scenario/types.ts';
import type { FailureChoice } from '../../sim/forecast/forecast.ts';
import type { ForecastNode } from '../../sim/forecast/types.ts';

/** Sentences; none where all names are known. */
export function unknownNames(
  nodes: readonly ForecastNode[],
  choice: FailureChoice,
  { events, requirements: { holder } }: Scenario,
): readonly string[] {
  const sets = [
    ...(typeof choice === 'string' ? [] : choice),
    ...events.map((one) => one.failures),
  ];
  const names = nodes.map(({ name }) => name);
  const strange = [
    ...sets.flat().flatMap((failure) => failure.nodes),
    ...(holder === undefined ? [] : [holder]),
  ].filter((name) => !names.includes(name));
  const said = [...new Set(strange)].map((name) => {
    const nearest = nearestWord(name, names);
    const hint =
      nearest === undefined ? `there are ${names.join(', ')}` : `did you mean '${nearest}'?`;
    return `there is no node '${name}' (${hint})`;
  });
  return [...said, ...new Set(sets.flat().flatMap((failure) => unknownSubject(nodes, failure)))];
}

function unknownSubject(
  nodes: readonly ForecastNode[],
  { kind, subject, nodes: struck }: FailureText,
): readonly string[] {
  if (subject === undefined) return [];
  return struck.flatMap((name) => {
    const node = nodes.find((one) => one.name === name);
    if (node === undefined) return [];
    const known = kind === 'cable' ? linksOf(node) : subjectsOf(node);
    if (known.includes(subject)) return [];
    const what = kind === 'cable' ? 'no link' : 'no tracked script, check or proxy';
    const hint = known.length === 0 ? 'it tracks none' : `it has ${known.join(', ')}`;
    return [`${name} has ${what} '${subject}' (${hint})`];
  });
}

function linksOf({ model }: ForecastNode): readonly string[] {
  return model.instances.flatMap((instance) => [
    instance.interface,
    ...instance.trackedInterfaces.map(({ name }) => name),
  ]);
}

function subjectsOf({ model }: ForecastNode): readonly string[] {
  return model.instances.flatMap((instance) =>
    [...instance.trackedScripts, ...instance.trackedChecks, ...(instance.trackedProxies ?? [])].map(
      ({ name }) => name,
    ),
  );
}
