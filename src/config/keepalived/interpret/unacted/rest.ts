import type { Statement } from '../../grammar/tree.ts';
import type { Context } from '../context.ts';
import { Values } from '../values.ts';
import {
  BfdChecks,
  checkTrackFile,
  checkTrackProcess,
  GarpGroupChecks,
  type Judgement,
} from './definitions.ts';
import { checkGlobalWords } from './global-words.ts';
import { checkGroupWeights, defaultWeightOf, type Tracker, weightKey } from './group-weights.ts';
import { checkInstanceWords } from './instance-words.ts';
import { checkStaticEntries } from './static-entries.ts';
import { checkTracks, type Definitions, type TrackedKind } from './tracks.ts';

/** What an instance tracks beside what it acts upon already, and what a group tracks. */
const INSTANCE_TRACKS = new Set<string>(['track_file', 'track_process', 'track_bfd']);
const GROUP_TRACKS = new Set<string>([...INSTANCE_TRACKS, 'track_interface', 'track_script']);

/** Whose contents are read elsewhere. */
const INTERPRETED = new Set([
  'global_defs',
  'vrrp_script',
  'vrrp_instance',
  'vrrp_sync_group',
  'virtual_server',
  'SSL',
]);

/**
 * Judges what nothing is made of yet, with the same care as what is acted upon: keepalived refuses
 * the same values. Definitions count from where they stand. `trackers`: instances beside the statements.
 */
export function checkTheRest(
  statements: readonly Statement[],
  context: Context,
  trackers: readonly Tracker[] = [],
): void {
  const rest = new Rest(context);
  for (const statement of statements) rest.check(statement);
  checkGroupWeights(statements, trackers, rest.weights, context);
}

class Rest {
  readonly #context: Context;
  readonly #bfd = new BfdChecks();
  readonly #garp = new GarpGroupChecks();
  readonly #groups = new Set<string>();
  readonly weights = new Map<string, number>();
  readonly #definitions: Definitions = {
    track_script: new Set(),
    track_file: new Set(),
    track_process: new Set(),
    track_bfd: new Set(),
  };

  constructor(context: Context) {
    this.#context = context;
  }

  check(statement: Statement): void {
    const { definition, block } = statement;
    const inner = block?.statements ?? [];
    switch (definition.spellingOf ?? definition.name) {
      case 'global_defs':
        checkGlobalWords(inner, this.#context);
        return;
      case 'vrrp_instance':
        checkTracks(inner, INSTANCE_TRACKS, this.#definitions, this.#context);
        checkInstanceWords(statement, this.#context);
        return;
      case 'vrrp_sync_group':
        checkTracks(inner, GROUP_TRACKS, this.#definitions, this.#context);
        return;
      case 'vrrp_script':
        this.#define('track_script', statement, 'usable');
        return;
      case 'track_file':
        this.#define('track_file', statement, checkTrackFile(statement, this.#context));
        return;
      case 'vrrp_track_process':
        this.#define('track_process', statement, checkTrackProcess(statement, this.#context));
        return;
      case 'bfd_instance':
        this.#defineBfd(statement);
        return;
      case 'garp_group':
        this.#garp.check(statement, this.#context);
        return;
      case 'track_group':
        this.#defineGroup(statement);
        return;
    }
    if (definition.body?.kind === 'lines') {
      checkStaticEntries(statement, this.#groups, this.#context);
    } else if (definition.body?.kind === 'keywords' && !INTERPRETED.has(definition.name)) {
      new Values(inner, this.#context.report);
    }
  }

  #define(kind: TrackedKind, statement: Statement, judgement: Judgement): void {
    const [name] = statement.words;
    if (name === undefined || judgement === 'unusable') return;
    this.#definitions[kind].add(name.text);
    this.weights.set(weightKey(kind, name.text), defaultWeightOf(statement, kind));
  }

  #defineBfd(statement: Statement): void {
    const [name] = statement.words;
    if (name !== undefined && this.#definitions.track_bfd.has(name.text)) {
      this.#reportAgain(statement);
      return;
    }
    this.#define('track_bfd', statement, this.#bfd.check(statement, this.#context));
  }

  #defineGroup(statement: Statement): void {
    const [name] = statement.words;
    new Values(statement.block?.statements ?? [], this.#context.report);
    if (name === undefined) return;
    if (this.#groups.has(name.text)) this.#reportAgain(statement);
    this.#groups.add(name.text);
  }

  #reportAgain({ words: [name], keyword }: Statement): void {
    this.#context.report.add(
      'definition-incomplete',
      (name ?? keyword).at,
      `${keyword.text} ${name?.text} is defined above: this one is left out`,
      'give it another name',
    );
  }
}
