/** From the files of a command line to the nodes that they are for. */
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { formatDiagnostic } from '../../base/diagnostics.ts';
import { parseIp } from '../../base/ip.ts';
import { readSubject } from '../../config/lint/subject.ts';
import type { NodeConfig, Source } from '../../config/lint/types.ts';
import { diskFiles } from '../../daemon/config-files.ts';
import type { ForecastNode, Program } from '../../sim/forecast/types.ts';

export interface NodeSettings {
  /** `keepalived`: on all nodes. */
  readonly program: Program;
  readonly programs: Readonly<Record<string, Program>>;
  readonly addresses: Readonly<Record<string, string>>;
}

export interface ReadNodes {
  readonly nodes: readonly ForecastNode[];
  /** Why nothing can be said; empty where something can. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

export function readSources(paths: readonly string[]): readonly Source[] | string {
  const sources: Source[] = [];
  for (const path of paths) {
    try {
      sources.push({ path, text: readFileSync(path, 'utf8') });
    } catch (error) {
      return `${path}: ${error instanceof Error ? error.message.split(',')[0] : String(error)}`;
    }
  }
  return sources;
}

export function readNodes(sources: readonly Source[], settings: NodeSettings): ReadNodes {
  const { subject } = readSubject(sources, { files: diskFiles });
  const configs = subject.nodes.filter(({ reading }) => reading.model.instances.length > 0);
  const said = subject.nodes.flatMap(({ reading }) => reading.diagnostics);
  const fatal = said.filter(({ severity }) => severity === 'fatal');
  const errors = said.filter(({ severity }) => severity === 'error');
  const names = namesOf(configs);
  const nodes = configs.map(({ reading: { model } }, index): ForecastNode => {
    const name = names[index] ?? `node${index + 1}`;
    const own = settings.addresses[name];
    const address = own === undefined ? undefined : parseIp(own);
    return {
      name,
      model,
      program: settings.programs[name] ?? settings.program,
      ...(address !== undefined && { address }),
    };
  });
  const problems = [
    ...fatal.map(formatDiagnostic),
    ...(nodes.length === 0
      ? [...errors.map(formatDiagnostic), 'none of the files has a vrrp_instance that can be read']
      : []),
    ...[...Object.keys(settings.programs), ...Object.keys(settings.addresses)]
      .filter((name) => !names.includes(name))
      .map((name) => `there is no node '${name}'; there are ${names.join(', ')}`),
  ];
  const mute = subject.nodes.filter((config) => !configs.includes(config));
  const notes = mute.map(({ piece }) => `${piece.file} has no vrrp_instance that can be read`);
  return { nodes, problems, notes: [...notes, ...errors.map(formatDiagnostic), ...notesOf(nodes)] };
}

/** The shortest of file, folder and both that tells all of them apart. */
function namesOf(configs: readonly NodeConfig[]): readonly string[] {
  const ways: readonly ((config: NodeConfig) => string)[] = [
    ({ piece }) => stem(piece.file),
    ({ piece }) => basename(dirname(piece.file)),
    ({ piece }) => `${basename(dirname(piece.file))}-${stem(piece.file)}`,
    ({ piece }) => wordOf(piece.node),
  ];
  for (const way of ways) {
    const names = configs.map((config) => way(config));
    const isPlain = names.every((name) => /^[\w.-]*\w$/.test(name) && name !== 'keepalived');
    if (isPlain && new Set(names).size === names.length) return names;
  }
  return configs.map((_, index) => `node${index + 1}`);
}

function stem(path: string): string {
  return basename(path).replace(/\.(?:conf|cfg|txt|ya?ml|md)$/, '');
}

function wordOf(text: string): string {
  return text.replace(/^the host of /, '').replaceAll(/[^\w.-]+/g, '-');
}

/** What the files leave open, and what was taken instead. */
function notesOf(nodes: readonly ForecastNode[]): readonly string[] {
  const notes: string[] = [];
  const open = nodes.filter(({ model, address }) =>
    model.instances.some(({ source }) => source === undefined && address === undefined),
  );
  const isTied = nodes.some(({ model }, index) =>
    model.instances.some((one) =>
      nodes
        .slice(index + 1)
        .some((other) =>
          other.model.instances.some(
            ({ vrid, family, priority }) =>
              vrid === one.vrid && family === one.family && priority === one.priority,
          ),
        ),
    ),
  );
  if (open.length > 0 && isTied) {
    notes.push(
      'equal priorities are decided by the address of the node, which no file says: ' +
        'here the node that was named last has the highest (a scenario can say `address`)',
    );
  }
  const grouped = nodes.filter(({ model }) => (model.syncGroups ?? []).length > 0);
  const ours = grouped.flatMap(({ name, program }) => (program === 'holdfast' ? [name] : []));
  if (ours.length > 0) {
    notes.push(
      `vrrp_sync_group: holdfast (${ours.join(', ')}) elects each instance by itself; ` +
        'keepalived (--as keepalived) moves the members of a group together',
    );
  }
  if (nodes.length === 1) notes.push('one node alone: give the files of all nodes together');
  return notes;
}
