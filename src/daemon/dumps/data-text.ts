/** The text dump of a VRRP process: keepalived's headings, order and wording, without secrets. */
import type { DumpFacts } from './facts.ts';
import { globalLines } from './global-text.ts';
import { instanceLines } from './instance-text.ts';
import { groupLines, interfaceLines, scriptLines } from './surrounding-text.ts';

export function dataLines(facts: DumpFacts): readonly string[] {
  const { model, links } = facts;
  const { instances, scripts, syncGroups = [] } = model;
  return [
    ...globalLines(facts),
    ...section(
      'VRRP Topology',
      instances.flatMap((one) => instanceLines(facts, one)),
    ),
    ...section('VRRP Sync groups', syncGroups.flatMap(groupLines)),
    ...section(
      'VRRP Scripts',
      scripts.flatMap((one) => scriptLines(facts, one)),
    ),
    ...section(
      'Interfaces',
      links.flatMap((one) => interfaceLines(facts, one)),
    ),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`------< ${title} >------`, ...lines];
}
