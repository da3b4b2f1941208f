/** A cluster.yaml to a draft of a cluster. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { nearestWord } from '../../base/edit-distance.ts';
import {
  CLUSTER_FIELDS,
  type ClusterDraft,
  type Field,
  HOST_FIELDS,
  type HostDraft,
  type HostField,
} from './draft.ts';
import type { Position, Report } from './report.ts';

/** `images` is written as a mapping of its own. */
const PLAIN_FIELDS = CLUSTER_FIELDS.filter((field) => !field.endsWith('Image'));
const IMAGE_FIELDS = { keepalived: 'keepalivedImage', haproxy: 'haproxyImage' } as const;
const ROLES = ['vip', 'server'] as const;

type Entries = ReadonlyMap<string, { readonly value: Node | null; readonly at: Position }>;

export function draftFromYaml(
  file: string,
  text: string,
  report: Report,
): ClusterDraft | undefined {
  return new Reading(file, text, report).draft();
}

class Reading {
  readonly #file: string;
  readonly #text: string;
  readonly #report: Report;
  readonly #lines = new LineCounter();

  constructor(file: string, text: string, report: Report) {
    this.#file = file;
    this.#text = text;
    this.#report = report;
  }

  draft(): ClusterDraft | undefined {
    const document = parseDocument(this.#text, { lineCounter: this.#lines, prettyErrors: false });
    const start = { file: this.#file, line: 1, column: 1 };
    for (const { message, pos } of document.errors) {
      const at = this.#position(pos[0]);
      this.#report.add('not-yaml', at, message.split('\n')[0] ?? '', 'see docs/plan.md');
    }
    if (document.errors.length > 0) return undefined;
    if (!isMap(document.contents)) {
      const hint = 'it begins with `vip: ADDRESS`; `holdfast init` writes one';
      return this.#report.reject('not-yaml', start, 'this is no mapping', hint);
    }
    const known = [...PLAIN_FIELDS, 'vip', 'images', 'hosts'];
    const entries = this.#entries(document.contents, known, 'cluster.yaml');
    const images = this.#mapping(entries.get('images')?.value, Object.keys(IMAGE_FIELDS), 'images');
    const fields = {
      ...this.#fields(entries, PLAIN_FIELDS),
      ...Object.fromEntries(
        Object.entries(IMAGE_FIELDS).flatMap(([key, field]) => {
          const found = this.#field(images, key);
          return found === undefined ? [] : [[field, found]];
        }),
      ),
    };
    const hosts = this.#list(entries.get('hosts')?.value, 'hosts');
    return {
      at: start,
      fields,
      vips: this.#words(entries.get('vip')?.value, 'vip'),
      hosts: hosts.flatMap((node) => this.#host(node) ?? []),
      say: sayInYaml,
    };
  }

  #host(node: Node): HostDraft | undefined {
    const at = this.#positionOf(node);
    if (!isMap(node)) {
      return this.#report.reject('wrong-kind', at, 'a host is no mapping', 'write `- name: NAME`');
    }
    const entries = this.#entries(node, [...HOST_FIELDS, 'roles'], 'a host');
    const roles = this.#words(entries.get('roles')?.value, 'roles');
    for (const { text, at: place } of roles) {
      if (ROLES.some((role) => role === text)) continue;
      const hint = 'a host is `vip` (may hold it), `server` (is balanced), or both';
      this.#report.add('bad-choice', place, `there is no role '${text}'`, hint);
    }
    const has = (role: string): boolean =>
      !entries.has('roles') || roles.some(({ text }) => text === role);
    const fields: Partial<Record<HostField, Field>> = this.#fields(entries, HOST_FIELDS);
    return { at, fields, isHolder: has('vip'), isServer: has('server') };
  }

  #entries(node: Node, known: readonly string[], where: string): Entries {
    const entries = new Map<string, { value: Node | null; at: Position }>();
    if (!isMap(node)) return entries;
    for (const pair of node.items) {
      const at = this.#positionOf(pair.key as Node);
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      if (known.includes(key)) entries.set(key, { value: pair.value as Node | null, at });
      else {
        const nearest = nearestWord(key, known);
        const hint =
          nearest === undefined ? `one of ${known.join(', ')}` : `did you mean ${nearest}?`;
        this.#report.add('unknown-key', at, `${where} has no '${key}'`, hint);
      }
    }
    return entries;
  }

  #mapping(node: Node | null | undefined, known: readonly string[], what: string): Entries {
    if (node === null || node === undefined) return new Map();
    if (isMap(node)) return this.#entries(node, known, what);
    const hint = `write ${known.map((key) => `${key}: …`).join(' and ')} below it`;
    this.#report.add('wrong-kind', this.#positionOf(node), `${what} is no mapping`, hint);
    return new Map();
  }

  #list(node: Node | null | undefined, what: string): readonly Node[] {
    if (node === null || node === undefined) return [];
    if (isSeq(node)) return node.items as Node[];
    const hint = `write one ${what} a line, each behind a dash`;
    this.#report.add('wrong-kind', this.#positionOf(node), `${what} is no list`, hint);
    return [];
  }

  /** One word, or a list of words. */
  #words(node: Node | null | undefined, what: string): readonly Field[] {
    if (node === null || node === undefined) return [];
    const nodes = isSeq(node) ? (node.items as Node[]) : [node];
    return nodes.flatMap((item) => this.#scalar(item, what) ?? []);
  }

  #fields<Key extends string>(entries: Entries, keys: readonly Key[]): Partial<Record<Key, Field>> {
    const found = keys.flatMap((key) => {
      const field = this.#field(entries, key);
      return field === undefined ? [] : [[key, field] as const];
    });
    return Object.fromEntries(found) as Partial<Record<Key, Field>>;
  }

  #field(entries: Entries, key: string): Field | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.value !== null) return this.#scalar(entry.value, key);
    return this.#report.reject(
      'wrong-kind',
      entry.at,
      `${key} is empty`,
      'write a value, or leave it out',
    );
  }

  #scalar(node: Node, what: string): Field | undefined {
    const at = this.#positionOf(node);
    if (isScalar(node) && node.value !== null)
      return { text: node.source ?? String(node.value), at };
    const hint = isAlias(node) ? 'write the value itself' : 'write one word';
    return this.#report.reject('wrong-kind', at, `${what} is no single value`, hint);
  }

  #positionOf(node: Node | null | undefined): Position {
    return this.#position(node?.range?.[0] ?? 0);
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function sayInYaml(what: string): string {
  if (what === 'holder') return 'roles: [vip, server] at a host';
  if (what === 'server') return 'roles: [server] at a host';
  if (what === 'vip') return '`vip: ADDRESS`';
  if (what === 'interface') return '`interface: eth0`, for all or at the host';
  return `\`${what}: …\``;
}
