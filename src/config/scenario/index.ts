/** Reads a scenario: the public entry of this folder. */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Diagnostic } from '../../base/diagnostics.ts';
import { nearestWord } from '../../base/edit-distance.ts';
import { parseIp } from '../../base/ip.ts';
import type { ScenarioCode } from './codes.ts';
import type {
  FailureText,
  Requirements,
  Scenario,
  ScenarioEvent,
  ScenarioNode,
  ScenarioProgram,
} from './types.ts';
import { isWordError, parseDuration, parseEvent, parseFailures } from './words.ts';

const KEYS = ['as', 'nodes', 'failures', 'events', 'slowness', 'require'];
const NODE_KEYS = ['program', 'address'];
const REQUIRE_KEYS = ['max_gap', 'no_split_brain', 'holder', 'returns'];
const WHOLE = 'a scenario';
const PROGRAMS: readonly string[] = ['holdfast', 'keepalived'];

export interface ReadScenario {
  readonly scenario: Scenario;
  readonly diagnostics: readonly Diagnostic[];
}

export function readScenario(file: string, text: string): ReadScenario {
  const reading = new Reading(file, text);
  return { scenario: reading.scenario(), diagnostics: reading.diagnostics };
}

interface Entry {
  readonly key: string;
  readonly at: number;
  readonly value: Node | null;
}

class Reading {
  readonly diagnostics: Diagnostic[] = [];
  readonly #file: string;
  readonly #text: string;
  readonly #lines = new LineCounter();

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  scenario(): Scenario {
    const options = { lineCounter: this.#lines, prettyErrors: false } as const;
    const document = parseDocument(this.#text, options);
    for (const { message, pos } of document.errors) {
      this.#say('scenario-not-yaml', pos[0], message.split('\n')[0] ?? '', 'see docs/simulate.md');
    }
    const nothing: Scenario = { nodes: {}, events: [], requirements: {} };
    if (document.errors.length > 0 || document.contents === null) return nothing;
    const entries = this.#entries(document.contents, KEYS, WHOLE);
    const of = (key: string) => entries.find((entry) => entry.key === key);
    const program = this.#program(of('as'));
    const failures = this.#failures(of('failures'));
    const slowness = this.#slowness(of('slowness'));
    return {
      ...(program !== undefined && { program }),
      ...(failures !== undefined && { failures }),
      ...(slowness !== undefined && { slowness }),
      nodes: this.#nodes(of('nodes')),
      events: this.#list<ScenarioEvent>(of('events'), parseEvent).toSorted((a, b) => a.at - b.at),
      requirements: this.#requirements(of('require')),
    };
  }

  #program(entry: Entry | undefined): ScenarioProgram | undefined {
    const word = this.#word(entry);
    if (word === undefined || entry === undefined) return undefined;
    if (PROGRAMS.includes(word)) return word === 'keepalived' ? 'keepalived' : 'holdfast';
    return this.#refuse(entry, `'${word}' is no program`, 'write holdfast or keepalived');
  }

  #slowness(entry: Entry | undefined): number | undefined {
    const word = this.#word(entry);
    if (word === undefined || entry === undefined) return undefined;
    const factor = Number(word);
    if (factor >= 1 && factor <= 1000) return factor;
    return this.#refuse(entry, `${word} is no factor`, 'write how many seconds one lasts, from 1');
  }

  #failures(entry: Entry | undefined): Scenario['failures'] {
    if (entry === undefined) return undefined;
    if (isSeq(entry.value)) {
      return this.#list<readonly FailureText[]>(entry, parseFailures);
    }
    const word = this.#word(entry);
    if (word === 'none' || word === 'single' || word === 'double') return word;
    const hint = 'write none, single, double, or a list of failures';
    return this.#refuse(entry, 'these are no failures', hint);
  }

  #nodes(entry: Entry | undefined): Readonly<Record<string, ScenarioNode>> {
    if (entry === undefined) return {};
    const nodes: Record<string, ScenarioNode> = {};
    for (const { key, value, at } of this.#entries(entry.value, undefined, 'nodes', entry.at)) {
      const fields = this.#entries(value, NODE_KEYS, 'a node', at);
      const program = this.#program(fields.find((field) => field.key === 'program'));
      const found = fields.find((field) => field.key === 'address');
      const word = this.#word(found);
      const address = word === undefined ? undefined : parseIp(word);
      if (found !== undefined && address === undefined) {
        this.#refuse(found, `'${word ?? ''}' is no address`, 'write an IPv4 or IPv6 address');
      }
      nodes[key] = {
        ...(program !== undefined && { program }),
        ...(address !== undefined && { address }),
      };
    }
    return nodes;
  }

  #requirements(entry: Entry | undefined): Requirements {
    if (entry === undefined) return {};
    const entries = this.#entries(entry.value, REQUIRE_KEYS, '`require`', entry.at);
    const of = (key: string) => entries.find((one) => one.key === key);
    const gap = of('max_gap');
    const word = this.#word(gap);
    const maxGap = word === undefined ? undefined : parseDuration(word);
    if (gap !== undefined && maxGap === undefined) {
      this.#refuse(gap, `'${word ?? ''}' is no length of time`, 'write 4s or 300ms');
    }
    const noSplitBrain = this.#boolean(of('no_split_brain'));
    const returns = this.#boolean(of('returns'));
    const holder = this.#word(of('holder'));
    return {
      ...(maxGap !== undefined && { maxGap }),
      ...(noSplitBrain !== undefined && { noSplitBrain }),
      ...(returns !== undefined && { returns }),
      ...(holder !== undefined && { holder }),
    };
  }

  #boolean(entry: Entry | undefined): boolean | undefined {
    const word = this.#word(entry);
    if (word === undefined || entry === undefined) return undefined;
    if (word === 'true' || word === 'false') return word === 'true';
    return this.#refuse(entry, `'${word}' is neither true nor false`, 'write true or false');
  }

  #list<Item extends object>(
    entry: Entry | undefined,
    parse: (text: string) => Item | { problem: string; hint: string },
  ): Item[] {
    if (entry === undefined) return [];
    if (!isSeq(entry.value)) {
      this.#refuse(entry, `\`${entry.key}\` is no list`, 'write each on a line of its own: `- …`');
      return [];
    }
    return entry.value.items.flatMap((item): Item[] => {
      const node = item as Node;
      const at = node.range?.[0] ?? entry.at;
      const parsed = isScalar(node)
        ? parse(String(node.value))
        : { problem: 'this is no text', hint: 'write `- crash a`' };
      if (!isWordError(parsed)) return [parsed];
      this.#say('scenario-bad-value', at, parsed.problem, parsed.hint);
      return [];
    });
  }

  #word(entry: Entry | undefined): string | undefined {
    if (entry === undefined) return undefined;
    if (isScalar(entry.value) && entry.value.value !== null) return String(entry.value.value);
    return this.#refuse(entry, `\`${entry.key}\` has no value`, 'write one behind the colon');
  }

  #entries(
    node: Node | null,
    known: readonly string[] | undefined,
    what: string,
    at = 0,
  ): readonly Entry[] {
    if (!isMap(node)) {
      const code = what === WHOLE ? 'scenario-not-yaml' : 'scenario-bad-value';
      this.#say(code, node?.range?.[0] ?? at, `${what} is no mapping`, 'write KEY: VALUE');
      return [];
    }
    return node.items.flatMap(({ key, value }) => {
      const place = isScalar(key) ? (key.range?.[0] ?? at) : at;
      const name = isScalar(key) ? String(key.value) : '';
      if (known === undefined || known.includes(name)) {
        return [{ key: name, at: place, value: (value ?? null) as Node | null }];
      }
      const nearest = nearestWord(name, known);
      const hint =
        nearest === undefined ? `it has ${known.join(', ')}` : `did you mean '${nearest}'?`;
      this.#say('scenario-unknown-key', place, `${what} has no '${name}'`, hint);
      return [];
    });
  }

  #refuse(entry: Entry, message: string, hint: string): undefined {
    this.#say('scenario-bad-value', entry.value?.range?.[0] ?? entry.at, message, hint);
    return undefined;
  }

  #say(code: ScenarioCode, offset: number, message: string, hint: string): void {
    const { line, col } = this.#lines.linePos(offset);
    const place = { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
    this.diagnostics.push({ code, severity: 'fatal', ...place, message, hint });
  }
}
