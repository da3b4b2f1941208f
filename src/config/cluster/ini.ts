/** The INI form of an Ansible inventory: groups, hosts and their variables, with places. */
import { parseIp } from '../../base/ip.ts';
import { expandHostPattern } from './host-range.ts';
import type { Position, Report } from './report.ts';
import { splitWords } from './words.ts';

export interface Variable {
  readonly value: string;
  readonly at: Position;
}

export type Variables = ReadonlyMap<string, Variable>;

export interface InventoryHost {
  readonly name: string;
  readonly at: Position;
  /** What holds for it: its own words before its groups', those before their parents'. */
  readonly variables: Variables;
}

export interface Inventory {
  /** In the order of their first mention. */
  readonly hosts: readonly InventoryHost[];
  /** The hosts of a group and of its children, in order; undefined: no such group. */
  membersOf(group: string): readonly InventoryHost[] | undefined;
  readonly groups: readonly string[];
  /** Of the group `all`. */
  readonly variables: Variables;
}

interface Group {
  readonly hosts: Set<string>;
  readonly children: Map<string, Position>;
  readonly variables: Map<string, Variable>;
  /** Whether a section of hosts or of children has its name. */
  isDefined: boolean;
  readonly at: Position;
}

const SECTION = /^\[([^\]:]+)(?::([^\]]*))?\]\s*(?:#.*)?$/;

/** Reads everything that can be read; what cannot is reported and left out. */
export function readInventory(file: string, text: string, report: Report): Inventory {
  const groups = new Map<string, Group>();
  const own = new Map<string, Map<string, Variable>>();
  const places = new Map<string, Position>();
  const groupOf = (name: string, at: Position): Group => {
    let group = groups.get(name);
    if (group === undefined) {
      group = { hosts: new Set(), children: new Map(), variables: new Map(), isDefined: false, at };
      groups.set(name, group);
    }
    return group;
  };
  const start = { file, line: 1, column: 1 };
  groupOf('all', start).isDefined = true;
  groupOf('ungrouped', start).isDefined = true;
  let section: { name: string; kind: string } = { name: 'ungrouped', kind: 'hosts' };
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    const at = { file, line: index + 1, column: raw.length - raw.trimStart().length + 1 };
    if (line === '' || /^[#;]/.test(line)) continue;
    if (line.startsWith('[') && SECTION.test(line)) {
      const [, name = '', kind = 'hosts'] = SECTION.exec(line) ?? [];
      if (!['hosts', 'vars', 'children'].includes(kind)) {
        const hint = 'a section is [GROUP], [GROUP:vars] or [GROUP:children]';
        report.add('bad-section', at, `[${name}:${kind}]: there is no such section`, hint);
      }
      section = { name: name.trim(), kind };
      const group = groupOf(section.name, at);
      if (kind !== 'vars') group.isDefined = true;
      continue;
    }
    const group = groupOf(section.name, at);
    if (section.kind === 'vars') readVariable(line, at, group.variables, report);
    else if (section.kind === 'children') group.children.set(firstWord(line), at);
    else if (section.kind === 'hosts') {
      for (const [name, variables] of readHostLine(line, at, report)) {
        group.hosts.add(name);
        if (!places.has(name)) places.set(name, at);
        const known = own.get(name) ?? new Map<string, Variable>();
        for (const [key, value] of variables) known.set(key, value);
        own.set(name, known);
      }
    }
  }
  judgeGroups(groups, report);
  return assemble(groups, own, places);
}

function firstWord(line: string): string {
  return line.split(/\s/)[0] ?? '';
}

function readVariable(
  line: string,
  at: Position,
  variables: Map<string, Variable>,
  report: Report,
): void {
  const equals = line.indexOf('=');
  if (equals < 1) {
    report.add('bad-line', at, `'${line}' is no variable`, 'write NAME=VALUE');
    return;
  }
  const value = line.slice(equals + 1).trim();
  const quoted = /^(["'])(.*)\1$/.exec(value);
  variables.set(line.slice(0, equals).trim(), { value: quoted?.[2] ?? value, at });
}

function readHostLine(
  line: string,
  at: Position,
  report: Report,
): readonly (readonly [string, Variables])[] {
  const words = splitWords(line, at.column);
  if (!words.ok) {
    report.add(
      'unmatched-quote',
      at,
      'a quote is never closed',
      `write the missing ${words.reason}`,
    );
    return [];
  }
  const [pattern, ...rest] = words.value;
  if (pattern === undefined) return [];
  const variables = new Map<string, Variable>();
  for (const { text, column } of rest) {
    const equals = text.indexOf('=');
    const place = { ...at, column };
    if (equals < 1) {
      const hint = 'behind a host stand NAME=VALUE, one host a line';
      report.add('bad-line', place, `'${text}' is no variable`, hint);
      continue;
    }
    variables.set(text.slice(0, equals), { value: text.slice(equals + 1), at: place });
  }
  const names = expandHostPattern(withoutPort(pattern.text));
  if (!names.ok) {
    report.add('bad-range', at, names.reason, 'or write each host on a line of its own');
    return [];
  }
  return names.value.map((name) => [name, variables] as const);
}

/** `host:22` and `[2001:db8::1]:22` name a port of ssh, which is no part of the name. */
function withoutPort(pattern: string): string {
  if (parseIp(pattern) !== undefined) return pattern;
  const [, host = pattern] = /^(.+):\d+$/.exec(pattern) ?? [];
  const inside = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : '';
  return parseIp(inside) === undefined ? host : inside;
}

function judgeGroups(groups: ReadonlyMap<string, Group>, report: Report): void {
  for (const [name, group] of groups) {
    if (!group.isDefined) {
      const hint = `write a section [${name}], or correct the name`;
      report.add('unknown-group', group.at, `variables of ${name}, which is no group`, hint);
    }
    for (const [child, at] of group.children) {
      const known = groups.get(child);
      if (known === undefined || !known.isDefined) {
        const hint = `write a section [${child}], or correct the name`;
        report.add('unknown-group', at, `${child} is no group`, hint);
      } else if (reaches(groups, child, name)) {
        report.add(
          'group-loop',
          at,
          `${name} is a child of ${child} itself`,
          'take one of them out',
        );
        group.children.delete(child);
      }
    }
  }
}

function reaches(groups: ReadonlyMap<string, Group>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const ahead = [from];
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === to) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    ahead.push(...(groups.get(name)?.children.keys() ?? []));
  }
  return false;
}

function assemble(
  groups: ReadonlyMap<string, Group>,
  own: ReadonlyMap<string, Variables>,
  places: ReadonlyMap<string, Position>,
): Inventory {
  const members = new Map<string, ReadonlySet<string>>();
  const namesOf = (name: string): ReadonlySet<string> => {
    const known = members.get(name);
    if (known !== undefined) return known;
    const { hosts = [], children = new Map() } = groups.get(name) ?? {};
    const names = new Set<string>(hosts);
    for (const child of children.keys()) for (const host of namesOf(child)) names.add(host);
    members.set(name, names);
    return names;
  };
  const depths = depthsOf(groups);
  const nearestLast = [...groups].sort(([a], [b]) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
  const hosts = [...places].map(([name, at]) => {
    const variables = new Map<string, Variable>();
    for (const [groupName, group] of nearestLast) {
      if (groupName !== 'all' && !namesOf(groupName).has(name)) continue;
      for (const [key, value] of group.variables) variables.set(key, value);
    }
    for (const [key, value] of own.get(name) ?? []) variables.set(key, value);
    return { name, at, variables };
  });
  return {
    hosts,
    groups: [...groups.keys()],
    variables: groups.get('all')?.variables ?? new Map(),
    membersOf: (name) => {
      if (!groups.has(name)) return undefined;
      if (name === 'all') return hosts;
      const names = namesOf(name);
      return hosts.filter((host) => names.has(host.name));
    },
  };
}

/** How far below `all` a group stands, by its longest way: the deeper one's variables count. */
function depthsOf(groups: ReadonlyMap<string, Group>): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const deepen = (name: string, depth: number): void => {
    if (depth <= (depths.get(name) ?? 0)) return;
    depths.set(name, depth);
    for (const child of groups.get(name)?.children.keys() ?? []) deepen(child, depth + 1);
  };
  for (const name of groups.keys()) if (name !== 'all') deepen(name, 1);
  depths.set('all', 0);
  return depths;
}
