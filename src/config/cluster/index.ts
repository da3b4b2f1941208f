/** A cluster from one file: an Ansible inventory or a cluster.yaml, told apart by what is in it. */
import type { Diagnostic } from '../../base/diagnostics.ts';
import type { Cluster } from '../model/cluster.ts';
import type { ClusterDraft, ClusterField, Field } from './draft.ts';
import { draftFromInventory } from './from-inventory.ts';
import { draftFromYaml } from './from-yaml.ts';
import { type Inventory, readInventory } from './ini.ts';
import { judgeCluster } from './judge.ts';
import { Report } from './report.ts';

export interface ClusterReading {
  /** Absent where an error was found. */
  readonly cluster?: Cluster;
  /** Where the file is one. */
  readonly inventory?: Inventory;
  readonly diagnostics: readonly Diagnostic[];
}

/** What a command line says, before the file. */
export type Overrides = Readonly<Partial<Record<ClusterField, string>>>;

export function readCluster(file: string, text: string, overrides: Overrides = {}): ClusterReading {
  const report = new Report();
  const inventory = isInventory(text) ? readInventory(file, text, report) : undefined;
  const draft =
    inventory === undefined
      ? draftFromYaml(file, text, report)
      : draftFromInventory(inventory, file, report);
  const cluster = draft && judgeCluster(withOverrides(draft, overrides), report);
  return {
    ...(cluster !== undefined && { cluster }),
    ...(inventory !== undefined && { inventory }),
    diagnostics: report.sorted(),
  };
}

/** Whether the first line that says something is a section, or a host with variables. */
export function isInventory(text: string): boolean {
  const line = text.split('\n').find((each) => !/^\s*(?:[#;].*)?$/.test(each)) ?? '';
  return /^\s*\[[^\]]+\]\s*$/.test(line) || /^\S+\s+[\w-]+=/.test(line);
}

function withOverrides(draft: ClusterDraft, overrides: Overrides): ClusterDraft {
  const at = { file: 'command line', line: 1, column: 1 };
  const given = Object.entries(overrides).map(([key, text]) => [key, { text, at } satisfies Field]);
  return { ...draft, fields: { ...draft.fields, ...Object.fromEntries(given) } };
}
